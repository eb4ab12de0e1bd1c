"""Connectors read: all in one call, what is secret in them compared and left behind, what differs validated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Absent, Ask, Fault, Found, Unreadable
from kplan.sdk.values import UNKNOWN, marks_in, secret_keys
from kplan_connect.checking import allowed_plain
from kplan_connect.flat import CLASS, entries, flat_of, parts_of
from kplan_connect.http import NoneAnswers
from kplan_connect.seen import Answers, Refused
from kplan_connect.sensitive import HIDDEN, is_open_secret, scrubbed, secrets_in
from kplan_connect.types import FAILED, KEEP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Identity, Seen, Stop, Values
    from kplan_connect.worker import Live, Worker

_AT_ONCE: Final = 4
_OF_STATE: Final = ("sensitive_config_version", "allow_plain", "may_be_idle")
"""What no worker knows, and state does."""


class Wanted(NamedTuple):
    """What is declared of a connector and can be known by now.

    `flat` is its whole configuration (None: not enough is known), `secret` its keys that are sensitive, `plain` those
    that are written out and may not hold a secret.
    """

    flat: Mapping[str, str] | None
    secret: frozenset[str]
    plain: frozenset[str]


def read_connectors(worker: Worker, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:
    """Say of each connector whether it is there, and how."""
    if not asks:
        return {}
    live = _live(worker, {ask.identity[0] for ask in asks}, stop)
    if isinstance(live, Fault):
        return dict.fromkeys((ask.identity for ask in asks), Unreadable(live))
    seen: dict[Identity, Seen] = {}
    doubtful: list[tuple[Ask, Wanted]] = []
    for ask in asks:
        wanted, one = wanted_of(ask), live.get(ask.identity[0])
        seen[ask.identity] = (
            Absent(_answers(worker, wanted, None)) if one is None else _found(worker, ask, wanted, one)
        )
        if wanted.flat is not None and (one is None or wanted.flat != one.config):
            doubtful.append((ask, wanted))
    for identity, answers in _validated(worker, doubtful, stop):
        here = seen[identity]
        if isinstance(here, (Absent, Found)):
            seen[identity] = here._replace(answers=here.answers._replace(**answers))
    return seen


def _live(worker: Worker, names: set[str], stop: Stop) -> dict[str, Live] | Fault:
    """Read all; what the one call leaves out is looked for once more, as that call omits what nobody runs yet."""
    live = worker.connectors(stop.seconds_left())
    if isinstance(live, Fault) or names <= live.keys():
        return live
    more = worker.unrun()
    return more if isinstance(more, Fault) else {**more, **live}


def list_connectors(worker: Worker, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
    """List all connectors."""
    live, more = worker.connectors(stop.seconds_left()), worker.unrun()
    for fault in (live, more):
        if isinstance(fault, Fault):
            yield (), Unreadable(fault)
            return
    assert not isinstance(live, Fault)  # noqa: S101 - for the type checker
    assert not isinstance(more, Fault)  # noqa: S101
    for name, one in sorted({**more, **live}.items()):
        ask = Ask((name,), None, None)
        yield (name,), _found(worker, ask, wanted_of(ask), one)


def wanted_of(ask: Ask) -> Wanted:
    """Take together what is declared. What an earlier run left open is not validated: its secrets were not written down."""
    desired, prior = ask.desired, ask.prior or {}
    remembered = frozenset(prior.get("sensitive_keys") or ())
    if desired is None:
        return Wanted(None, remembered, frozenset())
    declared = secret_keys(desired.get("sensitive_config"))
    named = (declared if isinstance(declared, tuple) else ()) or desired.get("sensitive_keys") or ()
    plain = frozenset(key for key, _ in entries(desired).values())
    secret = frozenset(named) | (frozenset() if isinstance(declared, tuple) else remembered)
    whole = "type" not in desired and not marks_in(desired.values()) & UNKNOWN
    flat = flat_of(ask.identity[0], desired) if whole else None
    return Wanted(flat, secret - plain, plain - (allowed_plain(desired) or frozenset()))


def values_after(worker: Worker, identity: Identity, planned: Values, one: Live) -> Values:
    """Give a connector's values as they are after a change, as a read would."""
    ask = Ask(identity, planned, planned)
    return _found(worker, ask, wanted_of(ask), one).values


def _found(worker: Worker, ask: Ask, wanted: Wanted, one: Live) -> Found:
    prior = ask.prior or {}
    gone = frozenset(prior.get("sensitive_keys") or ()) - wanted.secret
    values = parts_of(_shown(worker, ask, wanted, one, gone))
    kept = tuple(sorted(wanted.secret & one.config.keys()))
    if kept:
        values["sensitive_keys"] = kept
    if one.type:
        values["type"] = one.type
    if ask.desired is None or ask.desired.get("state") is not None:
        values["state"] = FAILED if one.trace else one.state
    values["offsets_on_destroy"] = prior.get("offsets_on_destroy") or KEEP
    values |= {name: prior[name] for name in _OF_STATE if prior.get(name) is not None}
    idle = bool(prior.get("may_be_idle") if ask.desired is None else ask.desired.get("may_be_idle"))
    return Found(values, _answers(worker, wanted, one._replace(may_be_idle=idle)))


def _shown(worker: Worker, ask: Ask, wanted: Wanted, one: Live, gone: frozenset[str]) -> dict[str, str]:
    """Give a configuration without what is sensitive: keys declared so are left out, others hidden."""
    allowed = allowed_plain(ask.desired or ask.prior or {}) or frozenset()
    passwords = worker.passwords(one.config.get(CLASS, ""))
    return {
        key: HIDDEN
        if key in gone or (key not in allowed and is_open_secret(key, value, passwords))
        else value
        for key, value in one.config.items()
        if key not in wanted.secret
    }


def _answers(worker: Worker, wanted: Wanted, one: Live | None) -> Answers:
    flat, secret = wanted.flat, wanted.secret
    opened = _open_secrets(worker, wanted)
    if one is None:
        return Answers(open_secrets=opened)
    trouble, cause = (_scrubbed(text, one.config, flat, secret, worker) for text in one.trouble())
    differing = (
        ()
        if flat is None
        else tuple(
            sorted(key for key in secret if flat.get(key) is not None and flat[key] != one.config.get(key))
        )
    )
    kept = tuple(sorted(secret & one.config.keys()))
    return Answers(one.state, trouble, cause, differing, kept, opened, compared=flat is not None)


def _open_secrets(worker: Worker, wanted: Wanted) -> tuple[str, ...]:
    """Name the keys that are declared in the open and that the plugin takes for passwords."""
    flat = wanted.flat
    if flat is None:
        return ()
    passwords = worker.passwords(flat[CLASS])
    return tuple(
        sorted(key for key in wanted.plain & passwords if is_open_secret(key, flat.get(key, ""), passwords))
    )


def _scrubbed(
    text: str, live: Mapping[str, str], flat: Mapping[str, str] | None, secret: frozenset[str], worker: Worker
) -> str:
    return (
        scrubbed(text, hidden_values(worker, live, secret) | secrets_in(flat or {}, secret)) if text else ""
    )


def hidden_values(worker: Worker, config: Mapping[str, str], secret: frozenset[str]) -> frozenset[str]:
    """Collect the values of a configuration that nobody is to see."""
    passwords = worker.passwords(config.get(CLASS, ""))
    keys = [key for key, value in config.items() if key in secret or is_open_secret(key, value, passwords)]
    return secrets_in(config, keys)


# --- validation


def _validated(
    worker: Worker, doubtful: Sequence[tuple[Ask, Wanted]], stop: Stop
) -> Iterator[tuple[Identity, dict[str, Any]]]:
    """Have workers validate what is to be sent, some at once."""
    if not doubtful:
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="validate") as pool:
        answers = pool.map(lambda pair: _validate(worker, pair[1], stop), doubtful)
        yield from zip((ask.identity for ask, _ in doubtful), answers, strict=True)


def _validate(worker: Worker, wanted: Wanted, stop: Stop) -> dict[str, Any]:
    flat = wanted.flat or {}
    if stop.requested() or stop.seconds_left() <= 0:
        return {"unasked": "there was no time for it"}
    try:
        answer = worker.validate(flat[CLASS], flat)
    except NoneAnswers as failed:
        return {"unasked": str(failed)}
    if not answer.ok or not isinstance(answer.body, dict):
        return {"unasked": scrubbed(answer.message.split("\n", 1)[0], secrets_in(flat, wanted.secret))}
    return {"refused": tuple(_refused(answer.body, flat, wanted.secret))}


def _refused(body: Mapping[str, Any], flat: Mapping[str, str], secret: frozenset[str]) -> Iterator[Refused]:
    secrets = secrets_in(flat, secret)
    for one in body.get("configs", ()):
        value = one.get("value") or {}
        key, told = str(value.get("name") or ""), value.get("errors") or ()
        if told and key in secret:
            yield Refused(key, "What they say of it is not shown, as it may hold the secret.")
        elif told:
            yield Refused(key, scrubbed(" ".join(dict.fromkeys(map(str, told))), secrets))
