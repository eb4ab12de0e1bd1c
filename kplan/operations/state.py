"""The stories of `kplan state …`, `lock` and `force-unlock`: state looked at and put right by hand, never a cluster."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from kplan import __version__
from kplan.graph.address import (
    block_address,
    instance_address,
    is_child,
    matches,
    parent_address,
    parse,
)
from kplan.lang.diagnostics import DiagnosticsError, did_you_mean, sort_and_dedupe
from kplan.operations.endpoints import unknown_settings
from kplan.operations.live import Live
from kplan.operations.workspace import load_configuration, open_state, open_store, remember
from kplan.sdk.session import Fault
from kplan.sdk.types import EndpointKind
from kplan.state import codec
from kplan.state.lock import Hold, now_text, whoami
from kplan.state.model import EndpointRecord
from kplan.state.records import Began, Draft, Dropped, Met, Put
from kplan.state.store import StateProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kplan.config.configuration import Configuration
    from kplan.operations.options import Options
    from kplan.state.local import LocalStore
    from kplan.state.model import Key, State, StateLeaf
    from kplan.state.records import Record


def list_(options: Options, patterns: Sequence[str] = ()) -> tuple[StateLeaf, ...]:
    """List objects in state, in order of address; patterns are addresses of blocks or instances."""
    state = remember(open_state(options)).state
    leaves = sorted(state.leaves.values(), key=lambda leaf: (leaf.owners, leaf.key))
    wanted = [_address(pattern) for pattern in patterns]
    if not wanted:
        return tuple(leaves)
    return tuple(
        leaf for leaf in leaves if any(matches(owner, one) for owner in leaf.owners for one in wanted)
    )


def show(options: Options, address: str) -> StateLeaf:
    """Give one object of state."""
    return _leaves(remember(open_state(options)).state, [address])[0]


def move(options: Options, source: str, destination: str) -> tuple[tuple[str, str], ...]:
    """Give objects another address in state; a block's address moves all its instances."""
    store = open_state(options)
    with store.lock("state mv", options.lock_timeout):
        state = remember(store).state
        old, new = _address(source), _address(destination)
        moved = [
            (owner, leaf) for leaf in _leaves(state, [source]) for owner in leaf.owners if matches(owner, old)
        ]
        if is_child(old) != is_child(new):
            detail = f"{old} can't become {new}: only one of them is a part of what a block comes to."
            raise StateProblem("Not alike", detail)
        if block_address(new) != new and any(old not in (owner, parent_address(owner)) for owner, _ in moved):
            raise StateProblem(
                "Not one object",
                f"{old} stands for {len(moved)} instances in state, which can't all be {new}: name a block, as "
                f"{block_address(new)}, or move them one by one.",
            )
        taken = {owner for leaf in state.leaves.values() for owner in leaf.owners}
        taken.difference_update(owner for owner, _ in moved)
        taken |= {whole for owner in taken for whole in (parent_address(owner), block_address(owner))}
        made: dict[Key, StateLeaf] = {}
        pairs: list[tuple[str, str]] = []
        for owner, leaf in moved:
            if parent_address(owner) != old and owner != old and "[" in new:
                detail = f"{old} has instances, and {new} is one; move them one by one, or name a block."
                raise StateProblem("A block can't become an instance", detail)
            to = new if owner == old else new + owner[len(old) :]
            if taken & {to, new}:
                raise StateProblem(
                    "Address is taken", f"State has an object at {new} already; move or remove that first."
                )
            if _type(to) != _type(owner):
                raise StateProblem("Another type", f"{owner} is a {_type(owner)}; it can't become {to}.")
            held = made.get(leaf.key, leaf)
            owners = tuple(sorted(to if one == owner else one for one in held.owners))
            made[leaf.key] = held._replace(owners=owners)
            pairs.append((owner, to))
        _write(store, state, [Put(leaf) for leaf in made.values()])
    return tuple(pairs)


def _type(address: str) -> str:
    return block_address(address).split(".")[-2]


def remove(options: Options, addresses: Sequence[str]) -> tuple[str, ...]:
    """Forget objects, claims included; nothing on a cluster is touched."""
    store = open_state(options)
    with store.lock("state rm", options.lock_timeout):
        state = remember(store).state
        wanted = [_address(one) for one in addresses]
        claims = [
            one for one in state.pending.values() if any(matches(one.address, address) for address in wanted)
        ]
        claimed = {one.address for one in claims}
        unclaimed = [
            text
            for text, one in zip(addresses, wanted, strict=True)
            if not any(matches(c, one) for c in claimed)
        ]
        leaves = _leaves(state, addresses) if not claims else _leaves(state, unclaimed) if unclaimed else []
        also = [
            leaf
            for leaf in state.leaves.values()
            if any(matches(owner, one) for owner in leaf.owners for one in wanted)
        ]
        records: dict[Key, Record] = {one.key: Dropped(one.key) for one in claims}
        for leaf in (*leaves, *also):
            kept = tuple(owner for owner in leaf.owners if not any(matches(owner, one) for one in wanted))
            records[leaf.key] = Put(leaf._replace(owners=kept)) if kept else Dropped(leaf.key)
        _write(store, state, list(records.values()))
    gone = {one for leaf in (*leaves, *also) for one in leaf.owners if any(matches(one, it) for it in wanted)}
    return tuple(sorted({*gone, *claimed}))


def pull(options: Options) -> bytes:
    """Give the state as it is now, the journal folded in, in the form that `push` takes."""
    store = open_state(options)
    with store.lock("state pull", options.lock_timeout):
        return codec.encode_state(remember(store).state, __version__)


def push(options: Options, data: bytes, *, force: bool = False) -> None:
    """Put a state in place of the one there; another lineage or an older serial only by force."""
    store = open_state(options)
    try:
        pushed = codec.decode_state(data)
    except (codec.DamagedError, codec.TooNewError, KeyError, TypeError, ValueError) as error:
        raise StateProblem("Not a usable state", f"What was given can't be pushed: {error}.") from None
    with store.lock("state push", options.lock_timeout):
        here = None if force else remember(store).state
        if here is not None and here.serial and here.lineage != pushed.lineage:
            raise StateProblem(
                "State of another lineage",
                "The pushed state began elsewhere: it describes other objects. Use -force only if you are sure.",
            )
        if here is not None and here.serial > pushed.serial:
            raise StateProblem(
                "State is older",
                f"The pushed state has serial {pushed.serial}, the one here {here.serial}: newer work would be lost. "
                "Use -force only if you are sure.",
            )
        store.compact(pushed if here is None else pushed._replace(serial=max(pushed.serial, here.serial)))


def replace_endpoint(options: Options, address: str, uid: str | None = None) -> tuple[str, str]:
    """Accept that another live system answers under an endpoint's address: its objects are to be made anew there.

    Asks the endpoint who it is, unless `uid` says. Gives the old and the new live id.
    """
    configuration = load_configuration(options)
    store = open_store(options, configuration.module.backend_path)
    with store.lock("state replace-endpoint", options.lock_timeout):
        state = remember(store).state
        known = state.endpoints.get(_address(address))
        if known is None:
            hint = did_you_mean(address, state.endpoints)
            raise StateProblem("No such endpoint", f"State knows no endpoint {address}.{hint}")
        new = uid or _ask(configuration, known)
        other = next((one for one in state.endpoints.values() if one.uid == new and one is not known), None)
        if other is not None:
            raise StateProblem(
                "Another endpoint's id",
                f"{new} is known as {other.address}, of the same state: two addresses can't be one live system. Check "
                f"where {known.address} leads.",
            )
        records: list[Record] = [Met(EndpointRecord(known.address, known.kind, new))]
        for leaf in state.leaves.values():
            if leaf.key.uid == known.uid and new != known.uid:
                records.append(Dropped(leaf.key))
                records.append(Put(leaf._replace(key=leaf.key._replace(uid=new), computed={})))
        records.extend(Dropped(key) for key in state.pending if key.uid == known.uid and new != known.uid)
        _write(store, state, records)
    return known.uid, new


def _ask(configuration: Configuration, known: EndpointRecord) -> str:
    from kplan.config.evaluation import Evaluation

    module = configuration.module
    evaluation = Evaluation(configuration)
    met = [
        each
        for node in configuration.order
        if node in module.declared and isinstance(module.declared[node].kind, EndpointKind)
        for each in evaluation.endpoints(module.declared[node])
    ]
    one = next((each for each in met if each.address == known.address), None)
    problem = unknown_settings(one, module) if one else None
    diagnostics = [*evaluation.diagnostics, *([problem] if problem else [])]
    if diagnostics:
        raise DiagnosticsError(sort_and_dedupe(diagnostics))
    if one is None:
        raise StateProblem(
            "No such endpoint", f"{known.address} is no longer declared, so it can't be asked; pass -uid."
        )
    with Live(configuration.types, lambda _: None, lambda: False) as live:
        answer = live.connect([one])[known.address]
    if isinstance(answer, Fault):
        raise StateProblem(answer.summary, f"{known.address}: {answer.detail}")
    return answer.uid


def lock(options: Options, reason: str) -> Hold:
    """Record a hold on the workspace: every run is refused until it is lifted."""
    store = open_state(options)
    hold = Hold(uuid.uuid4().hex[:8], whoami(), now_text(), reason)
    before = store.current_hold()
    if before is not None:
        raise StateProblem(
            "Workspace is on hold",
            f"{before.who} put a hold on it at {before.since}: {before.reason}\nLift it first, with: kplan force-unlock {before.id}",
        )
    store.hold(hold)
    return hold


def force_unlock(options: Options, id_: str = "") -> Hold | None:
    """Lift the recorded hold; None if there is none. A lock of a running process frees itself."""
    store = open_state(options)
    hold = store.current_hold()
    if hold is None:
        return None
    if id_ and id_ != hold.id:
        raise StateProblem(
            "Another hold", f"The hold on this workspace is {hold.id}, not {id_}: {hold.reason}"
        )
    store.lift()
    return hold


def _address(text: str) -> str:
    parsed = parse(text)
    if parsed is None:
        raise StateProblem(
            "Invalid address", f'"{text}" is no address; write one such as topic.orders["eu"].'
        )
    return instance_address(*parsed)


def _leaves(state: State, addresses: Iterable[str]) -> list[StateLeaf]:
    found: dict[str, StateLeaf] = {}
    known = sorted(owner for leaf in state.leaves.values() for owner in leaf.owners)
    for text in addresses:
        wanted = _address(text)
        matching = [
            leaf for leaf in state.leaves.values() if any(matches(owner, wanted) for owner in leaf.owners)
        ]
        if not matching:
            raise StateProblem(
                "No such object", f"State has nothing at {wanted}.{did_you_mean(wanted, known)}"
            )
        found.update((leaf.address, leaf) for leaf in matching)
    return [found[address] for address in sorted(found)]


def _write(store: LocalStore, state: State, records: list[Record]) -> None:
    if not records:
        return
    draft = Draft(state)
    for record in records:
        draft.fold(record)
    store.append([Began(state.lineage, state.serial, "state", time.time()), *records])
    store.compact(draft.state())
