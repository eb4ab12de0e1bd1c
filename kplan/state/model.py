"""State as values: what kplan made or adopted, keyed by what it is, not by what it is called."""

from __future__ import annotations

from typing import Any, NamedTuple

Identity = tuple[str, ...]
Values = dict[str, Any]


class Key(NamedTuple):
    """One live object: the endpoint's live id, the block type, the object's identity there."""

    uid: str
    type: str
    identity: Identity


class EndpointRecord(NamedTuple):
    """An endpoint as first met: its instance address, kind and live id."""

    address: str
    kind: str
    uid: str


class StateLeaf(NamedTuple):
    """One object of ours. `owners` are instance addresses, the first is the one it is shown under.

    `attributes` are the declared ones as last applied (secrets are null), `computed` what the live system decided.
    `dependencies` are block addresses, and siblings' where a composite yields it, for the order of deletes once the block
    is gone. `left`: it stays where it is when nothing yields it any more.
    """

    key: Key
    owners: tuple[str, ...]
    endpoint: str
    attributes: Values
    computed: Values
    dependencies: tuple[str, ...] = ()
    prevent_destroy: bool = False
    name_defaulted: bool = False
    left: bool = False

    @property
    def address(self) -> str:
        """The address it is shown under."""
        return self.owners[0]


class Pending(NamedTuple):
    """Steps whose outcome is not known yet: an intent open in the journal, a claim, or parked long work.

    `before` is what was seen (None: absent); `leaf` is what state holds if it turns out done (None: it is gone).
    `since` is the intent's time (seconds since the epoch); `resume` the last checkpoint's token.
    """

    key: Key
    address: str
    endpoint: str
    action: str
    steps: tuple[tuple[str, Values], ...]
    before: Values | None
    planned: Values
    leaf: StateLeaf | None
    since: float
    resume: Any = None
    parked: bool = False


class OutputRecord(NamedTuple):
    """A root output as last applied; a sensitive one's value is never stored."""

    value: Any
    sensitive: bool


class State(NamedTuple):
    """Everything remembered. The dicts are never changed in place; `Draft` is for building the next State."""

    lineage: str
    serial: int
    endpoints: dict[str, EndpointRecord]
    leaves: dict[Key, StateLeaf]
    pending: dict[Key, Pending]
    outputs: dict[str, OutputRecord]
    secret_digests: dict[str, Any] = {}  # noqa: RUF012 - a default that is never changed
    topology: dict[str, Any] = {}  # noqa: RUF012


def empty(lineage: str) -> State:
    """Make a state that remembers nothing yet."""
    return State(lineage, 0, {}, {}, {}, {})
