"""Journal records: each is data, and a state transition. State = snapshot folded with its records, in order."""

from __future__ import annotations

from typing import Any, NamedTuple, assert_never

from kplan.state.model import EndpointRecord, Key, OutputRecord, Pending, State, StateLeaf


class Began(NamedTuple):
    """A run began over a snapshot; records that follow fold onto exactly that one."""

    lineage: str
    base_serial: int
    run: str
    at: float


class Met(NamedTuple):
    """An endpoint's live id was read for the first time, or accepted anew."""

    endpoint: EndpointRecord


class Left(NamedTuple):
    """An endpoint is no longer declared and holds nothing."""

    address: str


class Put(NamedTuple):
    """An object is ours as written here: adopted, moved, settled, or remembered anew."""

    leaf: StateLeaf


class Dropped(NamedTuple):
    """An object is no longer ours: forgotten, or found gone."""

    key: Key


class Intended(NamedTuple):
    """A batch is about to be sent. On disk before the first byte goes out."""

    batch: tuple[Pending, ...]


class Progressed(NamedTuple):
    """Long work reached a checkpoint. On disk before the work goes on."""

    key: Key
    token: Any


class Succeeded(NamedTuple):
    """Steps were carried out and seen; `leaf` None after a delete."""

    key: Key
    leaf: StateLeaf | None


class Declined(NamedTuple):
    """Steps are known not to have happened: state is as before the intent."""

    key: Key


class LostTrack(NamedTuple):
    """The answer was lost: the intent stays as a claim until it is settled."""

    key: Key


class Paused(NamedTuple):
    """Long work was parked at its last checkpoint."""

    key: Key


class Digested(NamedTuple):
    """The digests of secrets after an apply."""

    digests: dict[str, Any]


class Outputs(NamedTuple):
    """The root outputs after an apply."""

    outputs: dict[str, OutputRecord]


Record = (
    Began
    | Met
    | Left
    | Put
    | Dropped
    | Intended
    | Progressed
    | Succeeded
    | Declined
    | LostTrack
    | Paused
    | Digested
    | Outputs
)


class Draft:
    """A state being folded: the only mutable form, owned by one run."""

    def __init__(self, state: State) -> None:
        """Start from a state, which stays as it is."""
        self.lineage, self.serial = state.lineage, state.serial
        self.endpoints = dict(state.endpoints)
        self.leaves = dict(state.leaves)
        self.pending = dict(state.pending)
        self.outputs = dict(state.outputs)
        self.secret_digests, self._topology = state.secret_digests, state.topology

    def state(self) -> State:
        """Give the state as folded so far."""
        return State(
            self.lineage,
            self.serial,
            dict(self.endpoints),
            dict(self.leaves),
            dict(self.pending),
            dict(self.outputs),
            self.secret_digests,
            self._topology,
        )

    def fold(self, record: Record) -> None:
        """Take one record in. Folding the same record twice gives what once gives."""
        match record:
            case Began():
                pass
            case Met(endpoint):
                self.endpoints[endpoint.address] = endpoint
            case Left(address):
                self.endpoints.pop(address, None)
            case Put(leaf):
                self.leaves[leaf.key] = leaf
                self.pending.pop(leaf.key, None)
            case Dropped(key) | Succeeded(key, None):
                self.leaves.pop(key, None)
                self.pending.pop(key, None)
            case Intended(batch):
                self.pending.update((one.key, one) for one in batch)
            case Progressed(key, token):
                self.pending[key] = self.pending[key]._replace(resume=token)
            case Succeeded(key, leaf):
                assert leaf is not None  # noqa: S101 - the case above took None
                self.leaves[key] = leaf
                self.pending.pop(key, None)
            case Declined(key):
                self.pending.pop(key, None)
            case LostTrack():
                pass
            case Paused(key):
                self.pending[key] = self.pending[key]._replace(parked=True)
            case Digested(digests):
                self.secret_digests = digests
            case Outputs(outputs):
                self.outputs = dict(outputs)
            case _:
                assert_never(record)


def fold(state: State, records: list[Record]) -> State:
    """Fold records onto a state."""
    if not records:
        return state
    draft = Draft(state)
    for record in records:
        draft.fold(record)
    return draft.state()
