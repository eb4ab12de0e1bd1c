"""Kafka's errors in words: what it means, what to do, and whether trying again can help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Retry
    from kplan_kafka.cluster import NoContact
    from kplan_kafka.unreachable import Unreachable

OK: Final = 0
UNKNOWN_TOPIC: Final = 3
TIMED_OUT: Final = 7
TOPIC_UNAUTHORIZED: Final = 29
GROUP_UNAUTHORIZED: Final = 30
CLUSTER_UNAUTHORIZED: Final = 31
TOPIC_EXISTS: Final = 36
INVALID_PARTITIONS: Final = 37
NOT_CONTROLLER: Final = 41
THROTTLED: Final = 89
UNKNOWN_TOPIC_ID: Final = 100

UNAUTHORIZED: Final = frozenset((TOPIC_UNAUTHORIZED, GROUP_UNAUTHORIZED, CLUSTER_UNAUTHORIZED))

PASSING: Final = frozenset((5, 6, NOT_CONTROLLER, 72, THROTTLED))
"""Errors of a moment, by which nothing was done: no leader yet, another controller, the quota of changes."""
_NO_COPIES: Final = 38
_FENCED: Final = "brokers are currently fenced"  # all of them (Kafka 4.3: StripedReplicaPlacer); seen after a single one hung


class _Known(NamedTuple):
    code: str
    words: str
    remedy: str = ""
    path: tuple[str, ...] = ()
    retry: Retry = "no"


_KNOWN: Final[dict[int, _Known]] = {
    -1: _Known(
        "server_error", "the cluster failed on it without saying why", "See the log of its controller."
    ),
    UNKNOWN_TOPIC: _Known("not_found", "it is not there", "Plan again: somebody has deleted it."),
    TIMED_OUT: _Known(
        "timed_out",
        "the cluster did not finish in time",
        "Plan again to see what came of it.",
        retry="outcome_unknown",
    ),
    17: _Known("invalid_topic_name", "the cluster does not take its name", "Choose another name.", ("name",)),
    TOPIC_UNAUTHORIZED: _Known("not_authorized", "not authorised for this topic"),
    GROUP_UNAUTHORIZED: _Known("not_authorized", "not authorised for the group"),
    CLUSTER_UNAUTHORIZED: _Known("not_authorized", "not authorised for this on the cluster"),
    TOPIC_EXISTS: _Known(
        "already_exists",
        "it exists: someone else made it since the plan",
        "Plan again; adopt it with an import block or --adopt if it is to be kplan's.",
    ),
    INVALID_PARTITIONS: _Known(
        "invalid_partitions", "the cluster refuses that number of partitions", "Plan again.", ("partitions",)
    ),
    _NO_COPIES: _Known(
        "invalid_replication_factor",
        "the cluster cannot make that many copies",
        "Declare at most as many as it has brokers.",
        ("replication_factor",),
    ),
    40: _Known("invalid_config", "the cluster refuses its config", "Change the value.", ("config",)),
    NOT_CONTROLLER: _Known(
        "no_controller", "the cluster has no active controller just now", "Try again.", retry="later"
    ),
    42: _Known("invalid_request", "the cluster takes the request for invalid"),
    44: _Known("policy_violation", "a policy of the cluster forbids it", "Ask those who run the cluster."),
    54: _Known(
        "no_authorizer",
        "the brokers keep no access control lists",
        "They need an authorizer (authorizer.class.name); ask those who run the cluster.",
    ),
    60: _Known(
        "reassignment_in_progress",
        "its replicas are being reassigned",
        "Try again when that is done.",
        retry="later",
    ),
    73: _Known(
        "deletion_disabled", "the brokers have delete.topic.enable=false", "Ask those who run the cluster."
    ),
    THROTTLED: _Known(
        "throttled", "the cluster's quota of changes is used up", "Try again later.", retry="later"
    ),
    UNKNOWN_TOPIC_ID: _Known("recreated", "the topic of this id is gone", "Plan again."),
}

NONE_SERVES: Final = _Known(
    "brokers_fenced",
    "none of its brokers is in service just now",
    "Apply again once they are back.",
    retry="later",
)

_KEY_IN_MESSAGE: Final = (
    re.compile(r"for configuration ([\w.-]+)"),
    re.compile(r"topic config name: ([\w.-]+)"),
    re.compile(r"config(?:uration)? (?:key )?'?([a-z]+(?:\.[a-z]+)+)'?"),
)
_CONFIG_ERRORS: Final = frozenset((40, 42, 44))


def of_code(code: int, what: str, message: str | None = None, remedy: str = "") -> Fault:
    """Put a broker's error in words. `what`: what could not be done; `message`: the broker's own words."""
    known = NONE_SERVES if _is_fenced(code, message) else _KNOWN.get(code)
    if known is None:
        return Fault(f"kafka_{code}", f"cannot {what}: {_name(code)}", message or "", remedy)
    if code in UNAUTHORIZED:
        message = None  # at most a dump of the broker's own request, connection and all
    path = _path(message) or known.path if code in _CONFIG_ERRORS else known.path
    return Fault(
        known.code, f"cannot {what}: {known.words}", message or "", remedy or known.remedy, path, known.retry
    )


def is_passing(code: int, message: str | None) -> bool:
    """Tell an error of a moment, by which nothing was done."""
    return code in PASSING or _is_fenced(code, message)


def _is_fenced(code: int, message: str | None) -> bool:
    return code == _NO_COPIES and _FENCED in (message or "")


def _path(message: str | None) -> tuple[str, ...]:
    found = next((hit for pattern in _KEY_IN_MESSAGE if (hit := pattern.search(message or ""))), None)
    return ("config", found[1]) if found else ()


def _name(code: int) -> str:
    from kplan_kafka.protocol import for_code

    error = for_code(code)
    text: str = getattr(error, "message", "") or error.__name__
    return text.lower().replace("_", " ")


def of_unreachable(failed: Unreachable | NoContact, what: str, *, write: bool = False) -> Fault:
    """Put a lost or missing answer in words. A write that had left may have taken effect."""
    retry: Retry = "outcome_unknown" if write and failed.sent else "later"
    return Fault("unreachable", f"cannot {what}: {failed}", "", "", (), retry)


def of_no_contact(failures: Sequence[Unreachable]) -> Fault:
    """Say why no broker of a cluster can be reached, each with its cause."""
    hints = dict.fromkeys(one.hint for one in failures if one.hint)
    remedy = " ".join([*hints, "Check bootstrap_servers." if not hints else ""]).strip()
    abouts = {one.about for one in failures}
    path = abouts.pop() if len(abouts) == 1 else ("bootstrap_servers",)
    if len(failures) == 1:
        return Fault("unreachable", f"broker {failures[0]}", "", remedy, path, "later")
    detail = "\n".join(map(str, failures))
    return Fault("unreachable", "none of the brokers can be reached", detail, remedy, path, "later")


def of_topic(code: int, what: str, operation: str, topic: str, message: str | None = None) -> Fault:
    """Put a broker's error about a topic in words; `operation` is the right that it takes."""
    lacks = code == TOPIC_UNAUTHORIZED
    return of_code(code, what, message, missing_right(operation, f"topic {topic}") if lacks else "")


def of_unseen(prefixes: Sequence[str], names: Sequence[str] = ()) -> Fault:
    """Say that a listing may leave out topics whose names begin so, or that are called so."""
    whole = (f"topics that begin with {one}" if one else "all topics" for one in prefixes)
    which = ", ".join((*whole, *(f"topic {one}" for one in names)))
    detail = "Kafka leaves out of its listing, without a word, what may not be seen."
    remedy = missing_right("DESCRIBE", which)
    return Fault("not_authorized", "cannot list topics: some may be hidden", detail, remedy)


def of_cluster(code: int, what: str, operation: str, message: str | None = None) -> Fault:
    """Put a broker's error about the cluster in words; `operation` is the right that it takes."""
    lacks = code == CLUSTER_UNAUTHORIZED
    return of_code(code, what, message, missing_right(operation, "the cluster") if lacks else "")


def missing_right(operation: str, resource: str) -> str:
    """Name the right that a principal lacks, as a remedy."""
    return f"kplan's principal needs {operation} on {resource}."
