"""What a provider does: a session reads and writes (effects), rules decide (pure).

Errors are values: a Fault. A failed read is Unreadable, never Absent. Everything here is data but the protocols.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value

Identity = tuple[str, ...]
Values = dict[str, Any]
Retry = Literal["no", "later", "outcome_unknown"]


class Fault(NamedTuple):
    """One error. `path` leads into the declared attributes, such as ("config", "retention.ms").

    The engine knows one `code`: "already_exists", a create refused because the object is there, so that nothing was
    written. Under a claim (an earlier create without an answer) it then looks whether that object is its own.
    `retry`: "no", "later" (the same call may go through), or "outcome_unknown" (it may have taken effect).
    """

    code: str
    summary: str
    detail: str = ""
    remedy: str = ""
    path: tuple[str | int, ...] = ()
    retry: Retry = "no"


class Stop(Protocol):
    """Asked between calls: whether to end early, and how much time is left."""

    def requested(self) -> bool:
        """Tell whether the user asked to stop."""

    def seconds_left(self) -> float:
        """Give the time left for this call, in seconds; may be infinite."""


class Ask(NamedTuple):
    """One object to read. What is wanted travels along, so that only what is needed is read."""

    identity: Identity
    desired: Values | None
    prior: Values | None


class Found(NamedTuple):
    """A live object. `values` has every attribute that the type compares, computed ones included.

    `answers` is for the rules only; `moving` names a change under way by itself (a reassignment).
    """

    values: Values
    answers: Any = None
    moving: str = ""


class Absent(NamedTuple):
    """Confirmed absent: asked by name, with the right to see it."""

    answers: Any = None


class Unreadable(NamedTuple):
    """Not known: neither there nor absent."""

    fault: Fault


Seen = Found | Absent | Unreadable


class Facts(NamedTuple):
    """What an endpoint says of itself. `uid` is its live id; `values` are provider-defined (brokers, known keys).

    `inside`: the live id of the endpoint that it belongs to, where its kind belongs to one.
    """

    uid: str
    values: Mapping[str, Any]
    inside: str = ""


class Danger(Enum):
    """What a change may cost."""

    DATA_LOSS = "data loss"
    IRREVERSIBLE = "irreversible"
    INTERRUPTS = "interrupts"
    LONG = "long"


class Loss(NamedTuple):
    """One thing that a change costs; `amount` in words with a unit (records, bytes, hours), "" if not known."""

    danger: Danger
    what: str
    amount: str = ""


class Step(NamedTuple):
    """One call to make, as data: it is journalled, printed and replayed. Steps with the same verbs share a batch."""

    verb: str
    args: Values


class Case(NamedTuple):
    """One object to plan. desired None = to go; prior None = not in state (create or adopt).

    `desired` may hold Unknown and Secret; `seen` is never Unreadable here.
    """

    identity: Identity
    prior: Values | None
    seen: Found | Absent
    desired: Values | None
    rotated: bool = False


class Keep(NamedTuple):
    """Live is as desired. `planned`: the object's values after (declared and computed).

    `remarks`: what is to be told of it all the same, such as that it doesn't run; each becomes a warning.
    """

    planned: Values
    remarks: tuple[Fault, ...] = ()


class Do(NamedTuple):
    """Steps to make live as desired. `planned` holds Unknown where only the apply decides; {} for a delete."""

    planned: Values
    steps: tuple[Step, ...]
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()  # shown beside the change: what reads surprisingly without a word


class Refuse(NamedTuple):
    """Impossible, with every reason and its remedy."""

    faults: tuple[Fault, ...]


Verdict = Keep | Do | Refuse


class Work(NamedTuple):
    """One object's steps to carry out. `resume`: the token of its last checkpoint, or None."""

    id: str
    identity: Identity
    steps: tuple[Step, ...]
    seen: Found | Absent
    planned: Values
    resume: Any = None


class Checkpoint(NamedTuple):
    """Progress of long work; `token` (JSON) is stored before the session is asked for the next event."""

    id: str
    token: Any
    done: int
    total: int


class Done(NamedTuple):
    """Carried out and seen by every broker that answers. `values`: the object as it is now, {} after a delete.

    `fault`: what is wrong with it as it is, such as that it was made and doesn't run. The change then counts as failed,
    and the object is in state.
    """

    id: str
    values: Values
    fault: Fault | None = None


class Failed(NamedTuple):
    """Not carried out, or not known to be (`fault.retry` says which)."""

    id: str
    fault: Fault


class Parked(NamedTuple):
    """Stopped on request after its last checkpoint; the next run resumes it. Without one: nothing was sent."""

    id: str


Event = Checkpoint | Done | Failed | Parked


class Opened(NamedTuple):
    """An intent found open after a crash, or whose outcome was lost: the steps, what was seen before, what was planned."""

    identity: Identity
    steps: tuple[Step, ...]
    seen: Found | Absent
    planned: Values
    resume: Any = None


Settlement = Literal["done", "not_done", "redo", "stop"]


class Session(Protocol):
    """A live connection to one endpoint. One call at a time per leaf type, from any thread."""

    def facts(self, stop: Stop) -> Facts | Fault:
        """Read what the endpoint says of itself; this is the first contact."""

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:
        """Read objects in bulk; every ask gets an answer."""

    def list(self, leaf: str, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
        """List what exists, for adoption and inventory.

        An endpoint that can't be listed gives one Unreadable with the identity (), so that nothing passes for "none".
        """

    def query(self, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:
        """Answer data blocks of one source, each by its arguments; same order back."""

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
        """Carry out a batch. Every work ends in exactly one Done, Failed or Parked."""

    def close(self) -> None:
        """Let go of connections."""


class Outcome(NamedTuple):
    """One of a provider's objects as a whole plan leaves it: there or not. `goes`: this plan deletes it.

    `values`: what it is then, as far as that is known; {} for what the plan doesn't look at.
    """

    leaf: str
    endpoint: str
    identity: Identity
    there: bool
    goes: bool
    values: Values = {}  # noqa: RUF012 - a default that is never changed


class Rules(Protocol):
    """The pure half of a provider; runs without a session."""

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:
        """Fill in what the endpoint's block defaults (such as `topic_defaults`). `endpoint`: its evaluated block."""

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find what is wrong with a declared object before anything is contacted."""

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:
        """Find what is wrong with a data block's arguments before anything is contacted."""

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:
        """Say why an object lies outside the endpoint's `manages`, or ""."""

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:
        """Decide each case; all cases of one leaf type on one endpoint come together. Same order back."""

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent of unknown outcome came to, from what is seen now."""


@runtime_checkable
class Reviewing(Protocol):
    """Rules of a provider whose objects have something to do with each other."""

    def review(self, outcomes: Sequence[Outcome]) -> Mapping[int, Fault]:
        """Find what doesn't go together in a whole plan that changes something, by the place in `outcomes`."""


class Provider(Protocol):
    """What an entry point names. Making one imports no client library."""

    @property
    def types(self) -> Sequence[BlockType]:
        """Declare every block type of this provider."""

    def rules(self) -> Rules:
        """Give the pure rules."""

    def check_endpoint(self, kind: str, settings: Mapping[str, Value]) -> Sequence[Fault]:
        """Find what is wrong with an endpoint's block before it is contacted."""

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:
        """Open a session; contact may wait until `facts`.

        On an endpoint of another provider's kind, for leaves of its own there; then it is not asked for `facts`.
        """
