"""`moved` blocks held against state. An object is known by what it is, so a move needs no doing: the blocks must be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.address import instance_address, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.config.model import Instance, Moved
    from kplan.graph.address import Step
    from kplan.lang.diagnostics import Diagnostic
    from kplan.state.model import Key, StateLeaf


def moved_to(address: str, source: str, to: str) -> str | None:
    """Give the address that an instance has after a move of it, its block or its module; None if it isn't meant."""
    mine, old, new = (split(one) or () for one in (address, source, to))
    count = len(old)
    if len(mine) < count or not count or not new:
        return None
    pairs = list(zip(mine, old, strict=False))
    if any(one.name != other.name or other.key not in {None, one.key} for one, other in pairs):
        return None
    made = [_with_key(step, pairs[at][0]) if at < count - 1 else step for at, step in enumerate(new)]
    carried = mine[count - 1].key if old[-1].key is None else None
    if carried is not None:
        if new[-1].key is not None:
            return None
        made[-1] = new[-1]._replace(key=carried)
    made[-1] = made[-1]._replace(child=mine[count - 1].child)
    return ".".join(instance_address(*step) for step in (*made, *mine[count:]))


def _with_key(step: Step, mine: Step) -> Step:
    """Keep the key of an outer module that the move does not touch."""
    return step._replace(key=mine.key) if step.key is None and step.name == mine.name else step


def check_moves(
    moved: Sequence[Moved], leaves: Mapping[Key, StateLeaf], declared: Mapping[Key, Instance]
) -> Iterator[Diagnostic]:
    """Find moves that are not true: of what is still there, onto what is there already, or of another object."""
    if not moved:
        return
    keys = {instance.address: key for key, instance in declared.items()}
    for address, leaf in [(owner, one) for one in leaves.values() for owner in one.owners]:
        last, to = _followed(address, moved)
        if last is None:
            continue
        if address in keys:
            detail = f"{address} is still declared, so it can't have become {to}. Take this block away, or that one."
            yield last.place.error("Moved object still exists", detail, *last.at_source)
        elif to in keys and keys[to] != leaf.key:
            yield _another(last, leaf, to, keys[to], leaves)


def _followed(address: str, moved: Sequence[Moved]) -> tuple[Moved | None, str]:
    """Follow an address through all moves; gives the last that meant it, and where it is now."""
    last: Moved | None = None
    seen = {address}
    while True:
        for one in moved:
            to = moved_to(address, one.source, one.to)
            if to is not None and to not in seen:
                last, address = one, to
                seen.add(to)
                break
        else:
            return last, address


def _another(move: Moved, leaf: StateLeaf, to: str, key: Key, leaves: Mapping[Key, StateLeaf]) -> Diagnostic:
    was, is_ = (":".join(one.identity) for one in (leaf.key, key))
    if key in leaves:
        detail = (
            f'{leaf.address} ({leaf.key.type} "{was}") can\'t become {to}: that is {key.type} "{is_}", which state holds as '
            "an object of its own."
        )
        return move.place.error("Moved onto another object", detail, *move.at_to)
    if leaf.key.uid != key.uid:
        why = "it would be on another cluster"
    elif leaf.name_defaulted:
        why = f'it would be "{is_}", as its name follows its label. Add to its block: name = "{was}"'
    else:
        why = f'its block says that it is "{is_}"'
    detail = f'{leaf.address} is {leaf.key.type} "{was}" and can\'t become {to}: {why}.'
    return move.place.error("Moved to another object", detail, *move.at_to)
