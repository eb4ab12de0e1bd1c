"""Users read and written, in bulk. kplan hashes passwords itself, as Kafka's own client does: none leaves in the open.

Over kplan's own connection: librdkafka's call to describe users ends the process where the right to is missing.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Done, Failed, Fault, Found, Parked, Unreadable
from kplan.sdk.values import UNKNOWN, marks, reveal
from kplan_kafka import admin, errors
from kplan_kafka.cluster import NoContact
from kplan_kafka.protocol import AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest
from kplan_kafka.retrying import until_settled
from kplan_kafka.topic_visible import VISIBLE_WITHIN
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.user_types import MECHANISMS, SHA_256
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kplan.sdk.session import Ask, Event, Identity, Seen, Stop, Values, Work
    from kplan_kafka.cluster import Cluster
    from kplan_kafka.retrying import Results

    Told = Callable[[Any], Any]

_NO_SUCH_USER: Final = 91
_NAMED_AT_MOST: Final = 200  # more are read with all that there are
_READ_WITHIN: Final = 30.0
_SALT: Final = 24  # bytes; Kafka's own client takes as many
_FIRST_WAIT: Final = 0.025
_LONGEST_WAIT: Final = 1.0
_NAMES: Final = {code: name for name, code in MECHANISMS.items()}
_HASHES: Final = {SHA_256: "sha256"}


class _Refused(Exception):  # noqa: N818 - an answer
    def __init__(self, code: int, message: str | None) -> None:
        super().__init__(message or str(code))
        self.code, self.message = code, message


def read_users(cluster: Cluster, asks: Sequence[Ask]) -> Mapping[Identity, Seen]:
    """Say of each user whether it is there, and how often its password was hashed."""
    names = {ask.identity[0] for ask in asks}
    found = _all(cluster, names if len(names) <= _NAMED_AT_MOST else None)
    if isinstance(found, Fault):
        return dict.fromkeys((ask.identity for ask in asks), Unreadable(found))
    seen: dict[Identity, Seen] = {}
    for identity, _, prior in asks:
        iterations = found.get(identity)
        if iterations is None:
            seen[identity] = Absent()
            continue
        values = _values(identity, iterations)
        if prior is not None and prior.get("password_version") is not None:
            values["password_version"] = prior["password_version"]  # nothing but state knows it
        seen[identity] = Found(values)
    return seen


def list_users(cluster: Cluster) -> Iterator[tuple[Identity, Seen]]:
    """List every user of a cluster, by mechanism."""
    found = _all(cluster, None)
    if isinstance(found, Fault):
        yield (), Unreadable(found)
        return
    for identity, iterations in sorted(found.items()):
        yield identity, Found(_values(identity, iterations))


def _values(identity: Identity, iterations: int) -> Values:
    return {"name": identity[0], "mechanism": identity[1], "iterations": iterations}


def _all(cluster: Cluster, names: set[str] | None) -> dict[Identity, int] | Fault:
    what = "read users"
    try:
        return _describe(lambda request: cluster.ask(request, within=_READ_WITHIN), names)
    except _Refused as refused:
        remedy = (
            errors.missing_right("DESCRIBE", "the cluster")
            if refused.code == errors.CLUSTER_UNAUTHORIZED
            else ""
        )
        return errors.of_code(refused.code, what, refused.message, remedy)
    except NoContact as lost:
        return errors.of_unreachable(lost, what)
    except TooOld as wrong:
        remedy = "Kafka 2.7 or newer is needed, with KRaft 3.5."
        return Fault("too_old", "the brokers are too old for users of SCRAM", str(wrong), remedy)


def _describe(ask: Told, names: set[str] | None) -> dict[Identity, int]:
    """Read iterations by name and mechanism; None: of all users."""
    name_of = DescribeUserScramCredentialsRequest.UserName
    users = None if names is None else [name_of(name=name) for name in sorted(names)]
    answer = ask(DescribeUserScramCredentialsRequest(users=users))
    if answer.error_code:
        raise _Refused(answer.error_code, answer.error_message)
    found: dict[Identity, int] = {}
    for one in answer.results:
        if one.error_code not in (errors.OK, _NO_SUCH_USER):
            raise _Refused(one.error_code, one.error_message)
        for credential in one.credential_infos:
            mechanism = _NAMES.get(credential.mechanism)
            if mechanism is not None:
                found[one.user, mechanism] = credential.iterations
    return found


def apply_users(cluster: Cluster, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
    """Carry out a batch of one verb. A request may name a user once, so those with two mechanisms take turns."""
    for turn in _turns(work):
        if stop.requested():
            yield from (Parked(one.id) for one in turn)
        else:
            yield from _carry_out(cluster, turn, stop)


def _turns(work: Sequence[Work]) -> list[list[Work]]:
    turns: list[dict[str, Work]] = []
    for one in work:
        name = one.identity[0]
        turn = next((turn for turn in turns if name not in turn), None)
        if turn is None:
            turn = {}
            turns.append(turn)
        turn[name] = one
    return [list(turn.values()) for turn in turns]


def _carry_out(cluster: Cluster, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
    unknown = [one for one in work if any(marks(step.args) & UNKNOWN for step in one.steps)]
    for one in unknown:
        yield Failed(one.id, Fault("unknown_value", "a value is not known yet", "Nothing was sent."))
    works = {one.identity[0]: one for one in work if one not in unknown}
    if not works:
        return
    results = until_settled(
        lambda names, left: _send(cluster, [works[name] for name in names], left),
        list(works),
        min(admin.WRITE_WITHIN, stop.seconds_left()),
    )
    written = [one for name, one in works.items() if results[name] is None]
    late = _late(cluster, written, stop)
    for name, one in works.items():
        fault = results[name] or (_not_shown(name) if one.identity in late else None)
        yield Done(one.id, _after(one)) if fault is None else Failed(one.id, fault)


def _after(work: Work) -> Values:
    if work.steps[0].verb == "delete":
        return {}
    return _values(work.identity, work.steps[0].args["iterations"])


def _send(cluster: Cluster, work: Sequence[Work], within: float) -> Results:
    request = AlterUserScramCredentialsRequest(
        deletions=[_deletion(one) for one in work if one.steps[0].verb == "delete"],
        upsertions=[_upsertion(one) for one in work if one.steps[0].verb == "upsert"],
    )
    names = [one.identity[0] for one in work]
    try:
        answers = cluster.tell(request, within=within).results
        if any(one.error_code == errors.NOT_CONTROLLER for one in answers):
            answers = cluster.tell_controller(request, within=within).results
    except NoContact as lost:
        return dict.fromkeys(names, errors.of_unreachable(lost, "change users", write=True))
    except TooOld as wrong:
        return dict.fromkeys(
            names, Fault("too_old", "the brokers are too old for users of SCRAM", str(wrong))
        )
    verbs = {one.identity[0]: one.steps[0].verb for one in work}
    told = {one.user: _result(one, verbs[one.user]) for one in answers}
    silent = Fault("no_answer", "the cluster said nothing of it", "", "Plan again.", (), "outcome_unknown")
    return {name: told.get(name, silent) for name in names}


def _result(answer: Any, verb: str) -> Fault | None:
    code = answer.error_code
    if code == errors.OK or (code == _NO_SUCH_USER and verb == "delete"):
        return None
    what = f"{'delete' if verb == 'delete' else 'set the password of'} user {answer.user}"
    remedy = errors.missing_right("ALTER", "the cluster") if code == errors.CLUSTER_UNAUTHORIZED else ""
    return errors.of_code(code, what, answer.error_message, remedy)


def _deletion(work: Work) -> Any:
    name, mechanism = work.identity
    deletion = AlterUserScramCredentialsRequest.ScramCredentialDeletion
    return deletion(name=name, mechanism=MECHANISMS[mechanism])


def _upsertion(work: Work) -> Any:
    """Hash a password, as RFC 5802 has it: SaltedPassword := Hi(password, salt, i), which is PBKDF2."""
    name, mechanism = work.identity
    args = reveal(work.steps[0].args)
    salt, hash_ = secrets.token_bytes(_SALT), _HASHES.get(mechanism, "sha512")
    salted = hashlib.pbkdf2_hmac(hash_, args["password"].encode(), salt, args["iterations"])
    return AlterUserScramCredentialsRequest.ScramCredentialUpsertion(
        name=name,
        mechanism=MECHANISMS[mechanism],
        iterations=args["iterations"],
        salt=salt,
        salted_password=salted,
    )


def _late(cluster: Cluster, written: Sequence[Work], stop: Stop) -> set[Identity]:
    """Wait until every broker that answers shows users as written; gives those that one of them doesn't in time."""
    expected = {one.identity: _after(one).get("iterations") for one in written}
    if not expected:
        return set()
    until = time.monotonic() + min(VISIBLE_WITHIN, stop.seconds_left())
    late: set[Identity] = set()
    answered = False
    for ask in cluster.each(_READ_WITHIN):
        try:
            late |= _wait(ask, expected, until)
        except (Unreachable, _Refused):
            continue  # a broker that does not answer has no say, nor one that may not be asked
        answered = True
    return late if answered else set(expected)


def _wait(ask: Told, expected: Mapping[Identity, int | None], until: float) -> set[Identity]:
    wait = _FIRST_WAIT
    while True:
        shown = _describe(ask, {name for name, _ in expected})
        missing = {identity for identity, wanted in expected.items() if shown.get(identity) != wanted}
        if not missing or time.monotonic() + wait > until:
            return missing
        time.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)


def _not_shown(name: str) -> Fault:
    summary = f"user {name}: the cluster took the change, but not every broker shows it yet"
    return Fault("not_visible", summary, "", "Plan again to see what came of it.", (), "outcome_unknown")
