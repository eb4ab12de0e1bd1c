"""Order of a graph of names: dependencies first, ties by name, cycles found with their path. All linear."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Edges = "Mapping[str, Sequence[str]]"


def order(edges: Mapping[str, Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Sort so that what a name depends on stands before it; ties by name. Also gives every cycle met, as its path.

    `edges` maps each name to what it depends on; names that are no key are ignored. Nodes of cycles are in the
    order too, so that a caller may go on and find more errors.
    """
    sorted_: list[str] = []
    cycles: list[list[str]] = []
    done: set[str] = set()
    for root in sorted(edges):
        if root not in done:
            _visit(root, edges, done, sorted_, cycles)
    return sorted_, cycles


def _visit(
    root: str, edges: Mapping[str, Sequence[str]], done: set[str], sorted_: list[str], cycles: list[list[str]]
) -> None:
    path: dict[str, None] = {root: None}
    stack = [(root, iter(sorted(edges[root])))]
    while stack:
        name, rest = stack[-1]
        for needed in rest:
            if needed in path:
                way = list(path)
                cycles.append([*way[way.index(needed) :], needed])
            elif needed not in done and needed in edges:
                path[needed] = None
                stack.append((needed, iter(sorted(edges[needed]))))
                break
        else:
            stack.pop()
            path.popitem()
            done.add(name)
            sorted_.append(name)


def components(edges: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Tell apart what goes in a circle: names that reach each other get the same one of them."""
    turned = reverse(edges)
    found: dict[str, str] = {}
    for root in reversed(order(edges)[0]):
        stack = [root]
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = root
                stack.extend(turned[name])
    return found


def closure(edges: Mapping[str, Iterable[str]], start: Iterable[str]) -> set[str]:
    """Find everything that is reached from `start`, itself included."""
    found = set(start)
    stack = list(found)
    while stack:
        for needed in edges.get(stack.pop(), ()):
            if needed not in found:
                found.add(needed)
                stack.append(needed)
    return found


def reverse(edges: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Turn every edge round."""
    turned: dict[str, list[str]] = {name: [] for name in edges}
    for name, needed in edges.items():
        for one in needed:
            turned.setdefault(one, []).append(name)
    return turned
