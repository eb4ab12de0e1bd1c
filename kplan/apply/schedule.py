"""What may start now: dependencies first and deletes last to first; a failure skips what needed it, siblings go on.

Blocks are joined by gates, one for each block and direction, so that edges stay linear in blocks plus changes:
a change waits for the gates of the blocks it refers to, a gate for its block's changes and for the gates before it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from kplan.graph.address import is_child
from kplan.graph.order import components, order
from kplan.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kplan.plan.model import Change

Node = int | tuple[str, str]


class Schedule:
    """The graph of an apply. Nodes are positions in `changes`, and gates."""

    def __init__(self, changes: Sequence[Change], edges: dict[str, tuple[str, ...]]) -> None:
        """Lay out the graph; `edges` are the blocks' dependencies in configuration."""
        self._changes = changes
        self._waits: dict[Node, int] = {}
        self._next: dict[Node, list[Node]] = {}
        self._failed: dict[Node, int] = {}  # a gate that some change's failure closed: that change
        self.skipped: dict[int, int] = {}
        self.ready: list[int] = []
        for number in range(len(changes)):
            self._waits[number] = 0
        self._with_ups: set[str] = set()
        self._forward(edges)
        self._backward()
        for node, count in list(self._waits.items()):
            if count == 0:
                self._open(node)

    def _edge(self, first: Node, then: Node) -> None:
        self._next.setdefault(first, []).append(then)
        self._waits[then] = self._waits.get(then, 0) + 1

    def _forward(self, edges: dict[str, tuple[str, ...]]) -> None:
        """Join creates and updates by what their blocks refer to, through blocks without changes too."""
        ups = [(n, one) for n, one in enumerate(self._changes) if one.action is not Action.DELETE]
        with_changes: dict[str, list[int]] = {}
        for number, change in ups:
            for block in change.blocks:
                with_changes.setdefault(block, []).append(number)
        needed: set[str] = set()
        ordered = order(edges)[0]
        for block in ordered:
            live = [one for one in edges[block] if one in needed]
            if block in with_changes or live:
                needed.add(block)
                for one in live:
                    self._edge(("up", one), ("up", block))
        place = {block: number for number, block in enumerate(ordered)}
        circles = self._circles(edges)
        for block, numbers in with_changes.items():
            before = [one for one in edges.get(block, ()) if one in needed]
            for number in numbers:
                self._edge(number, ("up", block))
                first = min((place[one] for one in self._changes[number].blocks if one in place), default=0)
                for one in before:
                    if place[one] < first or circles.get(one) != circles.get(block):
                        self._edge(("up", one), number)
        self._with_ups.update(with_changes)
        self._among_siblings(ups)

    def _among_siblings(self, ups: Sequence[tuple[int, Change]]) -> None:
        """Let what a composite yields wait for those of the same that it needs."""
        numbers = {change.address: number for number, change in ups if is_child(change.address)}
        for number, change in ups:
            for address in change.siblings:
                if address in numbers:
                    self._edge(numbers[address], number)

    def _circles(self, edges: dict[str, tuple[str, ...]]) -> dict[str, str]:
        """Find the blocks that would wait for each other, as a change of several blocks has them wait together.

        Among those, the order of blocks decides what waits.
        """
        together: dict[str, list[str]] = {}
        for change in self._changes:
            if change.owners and change.action is not Action.DELETE:
                first, *others = change.blocks
                for one in others:
                    together.setdefault(first, []).append(one)
                    together.setdefault(one, []).append(first)
        if not together:
            return {}
        names = edges.keys() | together.keys()
        return components({name: (*edges.get(name, ()), *together.get(name, ())) for name in names})

    def _backward(self) -> None:
        """Let a delete wait for every change of an object that referred to its block."""
        downs: dict[str, list[int]] = {}
        for number, change in enumerate(self._changes):
            if change.action is Action.DELETE:
                for name in (*change.blocks, *([change.address] if is_child(change.address) else [])):
                    downs.setdefault(name, []).append(number)
        place = self._places(downs)
        waited: set[str] = set()
        for number, change in enumerate(self._changes):
            gone = change.action is Action.DELETE
            own = min(place[one] for one in change.blocks) if gone else len(place)
            for name in change.prior_depends:
                if name not in downs:
                    continue
                mine = place[change.address] if gone and is_child(name) and change.address in place else own
                if place[name] < mine:
                    waited.add(name)
                    self._edge(number, ("down", name))
            if gone and is_child(change.address):
                self._after_siblings(number, change)
        for name in sorted(waited):
            for number in downs[name]:
                self._edge(("down", name), number)

    def _after_siblings(self, number: int, change: Change) -> None:
        """Keep what a composite no longer yields until all is there that it yields now: access must have no gap."""
        for block in change.blocks:
            if block in self._with_ups:
                self._edge(("up", block), number)

    def _places(self, downs: dict[str, list[int]]) -> dict[str, int]:
        """Give each block with deletes its place in their order.

        What state remembers of references may go in a circle, for it was not all written by one run: the order
        breaks it, where a schedule would wait for ever.
        """
        edges = {
            block: [one for number in numbers for one in self._changes[number].prior_depends]
            for block, numbers in downs.items()
        }
        return {block: number for number, block in enumerate(order(edges)[0])}

    def _open(self, node: Node) -> list[int]:
        """Pass on that a node waits for nothing any more: a change is ready or skipped. Gives those skipped."""
        skipped = []
        queue: deque[Node] = deque([node])
        while queue:
            one = queue.popleft()
            because = self._failed.get(one)
            if isinstance(one, int):
                if because is None:
                    self.ready.append(one)
                    continue
                self.skipped[one] = because
                skipped.append(one)
            queue.extend(self._pass_on(one, because))
        return skipped

    def _pass_on(self, node: Node, because: int | None) -> Iterable[Node]:
        for then in self._next.get(node, ()):
            if because is not None:
                self._failed.setdefault(then, because)
            self._waits[then] -= 1
            if self._waits[then] == 0:
                yield then

    def take_ready(self) -> list[int]:
        """Hand over the changes that became ready since the last call."""
        taken, self.ready = self.ready, []
        return taken

    def settle(self, number: int, *, succeeded: bool) -> list[int]:
        """Take in how a change ended; gives what is skipped for it, in order."""
        skipped: list[int] = []
        for node in list(self._pass_on(number, None if succeeded else number)):
            skipped.extend(self._open(node))
        return sorted(skipped)
