"""Static checks of references, and the edges between blocks that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.nullness import Nullness
from kplan.lang.diagnostics import Diagnostic, did_you_mean
from kplan.sdk.types import EndpointKind, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import Declared, Module, Place
    from kplan.lang.ast import Reference
    from kplan.sdk.values import Value

ROOTS = ("var", "local", "each", "data", "path")
PATHS = ("module", "root")
_MOST_HINTS = 100  # unknown names that get one: each is held against all that is known
Edges = dict[str, tuple[str, ...]]


class Links:
    """The edges of a module: what each block, local and output refers to, and which of its references need a read.

    `edges` has the nodes `local.x`, `output.x` and block addresses. `raising` has, for each node, the blocks that it
    takes a computed attribute or a data result from: those must be read and planned before it can be evaluated. A data
    block's are all that it refers to: it is asked once it is known whether they are to change.
    """

    def __init__(self, module: Module, variables: Mapping[str, Value]) -> None:
        """Check every reference of a module; `variables` are its variables' values."""
        self.module = module
        self._nullness = Nullness(module, variables)
        self.diagnostics: list[Diagnostic] = []
        self.edges: Edges = {}
        self.raising: dict[str, tuple[str, ...]] = {}
        self._known: dict[tuple[str, ...], tuple[str, bool]] = {}
        self._hints: dict[tuple[str, str], str] = {}
        for name, local in module.locals.items():
            self._node(f"local.{name}", local.place, local.attribute[4], each=False)
        for address, declared in module.declared.items():
            self._declared(address, declared)
        for name, output in module.outputs.items():
            self._node(f"output.{name}", output.place, output.value[4], each=False, also=output.depends_on)
        for address, declared in module.declared.items():
            if isinstance(declared.kind, Source):
                self.raising[address] = self._needed_objects(address)
        for variable in module.variables.values():
            if variable.default is not None:
                self._forbid(variable.place, variable.default[4])

    def _declared(self, address: str, declared: Declared) -> None:
        references: Iterable[Reference] = declared.references
        self._node(
            address, declared.place, references, each=declared.for_each is not None, also=declared.depends_on
        )
        if declared.for_each is not None:
            for names, start, end in declared.for_each[4]:
                if names[0] == "each":
                    detail = "for_each is evaluated before there are instances, so it can't use each."
                    self._error(declared.place, "Invalid reference", detail, start, end)
        for needed in declared.depends_on:
            if needed not in self.module.declared:
                attribute = next(one for one in declared.block[4] if one[0] == "depends_on")
                written = {".".join(names): (start, end) for names, start, end in attribute[4]}
                detail = f"No block {needed} is declared.{self._hint('block', needed, self.module.declared)}"
                span = written.get(needed, attribute[3][1:3])
                self._error(declared.place, "Reference to undeclared block", detail, *span)

    def _node(
        self,
        node: str,
        place: Place,
        references: Iterable[Reference],
        *,
        each: bool,
        also: tuple[str, ...] = (),
    ) -> None:
        needed: dict[str, None] = dict.fromkeys(one for one in also if one in self.module.declared)
        raising: dict[str, None] = {}
        for names, start, end in references:
            resolved = self._known.get(names)
            if resolved is None:
                resolved = self._resolve(place, names, start, end, each)
            target, raises = resolved
            if target:
                needed[target] = None
                if raises:
                    raising[target] = None
        self.edges[node] = tuple(needed)
        if raising:
            self.raising[node] = tuple(raising)

    def _needed_objects(self, data: str) -> tuple[str, ...]:
        """List the blocks of objects and data that a data block refers to, directly or through locals."""
        found: dict[str, None] = {}
        waiting, seen = list(self.edges[data]), set()
        while waiting:
            one = waiting.pop()
            if one in self.module.declared:
                if not isinstance(self.module.declared[one].kind, EndpointKind):
                    found[one] = None
            elif one not in seen:
                seen.add(one)
                waiting.extend(self.edges.get(one, ()))
        return tuple(found)

    def _resolve(
        self, place: Place, names: tuple[str, ...], start: int, end: int, each: bool
    ) -> tuple[str, bool]:
        root = names[0]
        if root == "each":
            self._each(place, names, start, end, each)
            return "", False
        found: tuple[str, bool] | None
        if root == "var":
            found = self._named(place, "variable", self.module.variables, names, start, end, "")
        elif root == "local":
            found = self._named(place, "local value", self.module.locals, names, start, end, "local.")
        elif root == "path":
            found = self._path(place, names, start, end)
        else:
            found = self._block(place, names, start, end)
        if found is None:
            return "", False
        self._known[names] = found
        return found

    def _each(self, place: Place, names: tuple[str, ...], start: int, end: int, allowed: bool) -> None:
        if not allowed:
            detail = "each is only there in a block that has for_each."
            self._error(place, "Invalid reference", detail, start, end)
        elif len(names) < 2 or names[1] not in ("key", "value"):
            self._error(place, "Invalid reference", "Only each.key and each.value are there.", start, end)

    def _path(self, place: Place, names: tuple[str, ...], start: int, end: int) -> tuple[str, bool] | None:
        if len(names) == 2 and names[1] in PATHS:
            return "", False
        self._error(place, "Invalid reference", "Only path.module and path.root are there.", start, end)
        return None

    def _named(
        self,
        place: Place,
        what: str,
        known: Iterable[str],
        names: tuple[str, ...],
        start: int,
        end: int,
        prefix: str,
    ) -> tuple[str, bool] | None:
        if len(names) < 2:
            self._error(place, "Invalid reference", f"Name the {what}: `{names[0]}.NAME`.", start, end)
            return None
        if names[1] not in known:
            how = "" if prefix else f' Declare it with `variable "{names[1]}" {{}}`.'
            detail = f'No {what} is called "{names[1]}".{self._hint(what, names[1], known) or how}'
            self._error(place, f"Reference to undeclared {what}", detail, start, end)
            return None
        return (prefix + names[1] if prefix else ""), False

    def _block(self, place: Place, names: tuple[str, ...], start: int, end: int) -> tuple[str, bool] | None:
        size = 3 if names[0] == "data" else 2
        address = ".".join(names[:size])
        declared = self.module.declared.get(address) if len(names) >= size else None
        if declared is None:
            self._undeclared(place, names, size, start, end)
            return None
        if isinstance(declared.kind, EndpointKind):
            return self._readable(place, declared, names, start, end)
        found: tuple[str, bool] | None
        if len(names) == size or declared.for_each is not None:
            of = declared.schema.declared
            found = address, any(self._nullness.decided_live(declared, name) for name in of)
        else:
            found = self._attribute(place, declared, names, size, start, end)
        return (address, True) if found and isinstance(declared.kind, Source) else found

    def _readable(
        self, place: Place, declared: Declared, names: tuple[str, ...], start: int, end: int
    ) -> tuple[str, bool] | None:
        kind = declared.kind
        assert isinstance(kind, EndpointKind)  # noqa: S101 - the caller's match
        if len(names) > 2 and declared.for_each is None and names[2] not in kind.readable:
            allowed = ", ".join(kind.readable)
            hint = did_you_mean(names[2], kind.readable)
            detail = f'"{names[2]}" can\'t be read of a {kind.name}, only: {allowed}.{hint}'
            self._error(place, "Unsupported attribute", detail, start, end)
            return None
        name = names[2] if len(names) > 2 and declared.for_each is None else ""
        return declared.address, name == kind.uid and self._nullness.decided_live(declared, name)

    def _attribute(
        self, place: Place, declared: Declared, names: tuple[str, ...], size: int, start: int, end: int
    ) -> tuple[str, bool] | None:
        name = names[size]
        if name in declared.schema.declared:
            return declared.address, self._nullness.decided_live(declared, name)
        if name in declared.schema.blocks or name in declared.schema.metas & {"labels"}:
            return declared.address, False
        known = [*declared.schema.declared, *(declared.schema.metas & {"labels"})]
        detail = f'A {declared.kind.name} has no attribute "{name}".{did_you_mean(name, known)}'
        self._error(place, "Unsupported attribute", detail, start, end)
        return None

    def _undeclared(self, place: Place, names: tuple[str, ...], size: int, start: int, end: int) -> None:
        address = ".".join(names[:size])
        known = self.module.declared
        if len(names) == 1:
            bare = [one for one in known if one.endswith(f".{names[0]}")][:1]
            if bare:
                hint = f" Did you mean {bare[0]}?"
            else:
                hint = f' A text is written in quotes: "{names[0]}".{did_you_mean(names[0], ROOTS)}'
            self._error(place, "Invalid reference", f'"{names[0]}" is no reference.{hint}', start, end)
            return
        detail = f"No block {address} is declared.{self._hint('block', address, known)}"
        self._error(place, "Reference to undeclared block", detail, start, end)

    def _hint(self, what: str, name: str, known: Iterable[str]) -> str:
        """Name the nearest known name; found once for all who got it wrong alike."""
        if (what, name) not in self._hints:
            searched = len(self._hints) < _MOST_HINTS
            self._hints[what, name] = did_you_mean(name, known) if searched else ""
        return self._hints[what, name]

    def _forbid(self, place: Place, references: Iterable[Reference]) -> None:
        for _, start, end in references:
            detail = "A variable's default must be a value of its own, without references."
            self._error(place, "Variables not allowed", detail, start, end)

    def _error(self, place: Place, summary: str, detail: str, start: int, end: int) -> None:
        self.diagnostics.append(place.error(summary, detail, start, end))


def strata(order: Iterable[str], edges: Edges, raising: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Give each node's stratum: the round in which it can be evaluated. `order`: dependencies first."""
    found: dict[str, int] = {}
    for node in order:
        needed = edges.get(node, ())
        level = max((found.get(one, 0) for one in needed), default=0) if needed else 0
        raised = raising.get(node)
        if raised:
            level = max(level, 1 + max(found.get(one, 0) for one in raised))
        found[node] = level
    return found


def block_edges(edges: Edges, order: Iterable[str]) -> Edges:
    """Leave locals out: what each block depends on among blocks only, directly or through locals."""
    through: dict[str, tuple[str, ...]] = {}
    found: Edges = {}
    for node in order:
        needed = edges.get(node, ())
        if any(one.startswith("local.") for one in needed):
            flat: dict[str, None] = {}
            for one in needed:
                flat.update(dict.fromkeys(through.get(one, (one,)) if one.startswith("local.") else (one,)))
            needed = tuple(flat)
        if node.startswith("local."):
            through[node] = needed
        else:
            found[node] = needed
    return found
