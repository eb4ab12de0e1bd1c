"""What a configuration's nodes refer to: edges between blocks, values, modules' inputs and outputs; and strata.

Nodes are blocks by address, and beside them, prefixed with their module's address, `local.x`, `output.x`, `check.x`,
and `var.x` where it is more than a value known from the start. A call of a module is a node by its address, on which
all that is in the module depends; `module.x.output` stands for all its outputs, `module.x.*` for all its blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.before import blocks_in
from kplan.config.nullness import Nullness
from kplan.config.references import References
from kplan.sdk.types import Composite, EndpointKind, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import Call, Condition, Declared, Import, Place
    from kplan.config.units import Unit
    from kplan.lang.ast import Attribute, Reference
    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.values import Value

Edges = dict[str, tuple[str, ...]]


class Links:
    """The edges of a configuration.

    `raising` has, for each node, the blocks that it takes a computed attribute or a data result from: those must be
    read and planned before it can be evaluated. A data block's are all that it refers to: it is asked once it is known
    whether they are to change.
    """

    def __init__(self, units: Iterable[Unit], variables: Mapping[str, Value]) -> None:
        """Check every reference; `variables` are the values of the root module's variables."""
        self.diagnostics: list[Diagnostic] = []
        self.edges: Edges = {}
        self.raising: dict[str, tuple[str, ...]] = {}
        self._declared: dict[str, Declared] = {}
        self._units: dict[str, Unit] = {}
        self._references: dict[str, References] = {}
        self._before: list[tuple[str, str]] = []  # composites, each with a block that is there before it
        nullness: dict[str, Nullness] = {}
        for unit in units:  # callers before what they call
            above = nullness[unit.parent.path] if unit.parent else None
            nullness[unit.path] = Nullness(unit, variables, above)
            self._units[unit.path] = unit
            self._references[unit.path] = References(unit, nullness[unit.path], self.diagnostics)
            self._declared.update((one.address, one) for one in unit.declared.values())
        for unit in self._units.values():
            self._unit(unit)
        for composite, before in self._before:
            self.edges[composite] = (*self.edges[composite], before)
        for address, declared in self._declared.items():
            if isinstance(declared.kind, Source):
                self.raising[address] = tuple(self._objects_behind(address))
            elif isinstance(declared.kind, Composite) and declared.kind.asks:
                self.raising[address] = self.edges[address]  # its endpoints must have answered before it asks
        for number, one in enumerate(self._units[""].module.imports if "" in self._units else ()):
            self._import(f"import.{number}", one)

    def _unit(self, unit: Unit) -> None:
        module, references = unit.module, self._references[unit.path]
        needed: tuple[str, ...] = ()
        if unit.call is not None:
            self._call(unit)
            needed = (unit.path,)
        self._variables(unit, references, needed)
        for name, local in module.locals.items():
            self._node(references, unit.node(f"local.{name}"), local.place, local.attribute[4], needed)
        for declared in unit.declared.values():
            self._block(unit, references, declared, needed)
        for name, output in module.outputs.items():
            conditions = _references_of(output.preconditions)
            after = self._named_whole(unit, references, output.place, output.depends_on, output.value)
            node = unit.node(f"output.{name}")
            self._node(references, node, output.place, (*output.value[4], *conditions), (*needed, *after))
        for name, check in module.checks.items():
            own = [one.address for one in unit.declared.values() if one.check == name]
            node = unit.node(f"check.{name}")
            self._node(references, node, check.place, check.references, (*needed, *own), check=name)
        if unit.call is not None:
            outputs = tuple(unit.node(f"output.{name}") for name in module.outputs)
            self.edges[f"{unit.path}.output"] = (unit.path, *outputs)

    def _call(self, unit: Unit) -> None:
        """Link a call: what decides its instances, and what it is to wait for; in its caller's words."""
        call, parent = unit.call, unit.parent
        assert call is not None  # noqa: S101 - the root is not called
        assert parent is not None  # noqa: S101
        references = self._references[parent.path]
        keys = call.for_each or call.counted
        after = self._named_whole(parent, references, call.place, call.depends_on, keys)
        if keys is not None:
            self._forbid_each(references, call.place, keys)
        above = (parent.path,) if parent.path else ()
        self._node(references, unit.path, call.place, keys[4] if keys else (), (*above, *after))

    def _variables(self, unit: Unit, references: References, needed: tuple[str, ...]) -> None:
        for name, variable in unit.module.variables.items():
            if variable.default is not None:
                for _, start, end in variable.default[4]:
                    detail = "A variable's default must be a value of its own, without references."
                    references.error(variable.place, "Variables not allowed", detail, start, end)
            node = unit.node(f"var.{name}")
            conditions = [one for one in _references_of(variable.validations) if one[0][:2] != ("var", name)]
            if unit.call is not None or variable.validations:
                self._node(references, node, variable.place, conditions, needed)
            if unit.call is not None and name in unit.call.inputs:
                self._input(unit, node, unit.call.inputs[name])

    def _input(self, unit: Unit, node: str, given: Attribute) -> None:
        """Add what a module's input refers to, which is written where the module is called."""
        call, parent = unit.call, unit.parent
        assert call is not None  # noqa: S101 - it has inputs
        assert parent is not None  # noqa: S101
        own, raising = self.edges[node], self.raising.get(node, ())
        references = self._references[parent.path]
        self._node(references, node, call.place, given[4], own, repeated=_repeated(call))
        if raising:
            self.raising[node] = (*raising, *self.raising.get(node, ()))

    def _block(self, unit: Unit, references: References, declared: Declared, needed: tuple[str, ...]) -> None:
        after: tuple[str, ...] = ()
        if declared.depends_on:
            written = next((one for one in declared.block[4] if one[0] == "depends_on"), None)
            after = self._named_whole(unit, references, declared.place, declared.depends_on, written)
        repeated = _repeated(declared)
        node = declared.address
        self._node(
            references, node, declared.place, declared.references, (*needed, *after), repeated=repeated
        )
        for names, start, end in blocks_in(declared):
            named = references.use(declared.place, names, start, end, repeated).node
            self._before += [(named, node)] if named else []
        keys = declared.for_each or declared.counted
        if keys is not None:
            self._forbid_each(references, declared.place, keys)

    def _forbid_each(self, references: References, place: Place, keys: Attribute) -> None:
        for names, start, end in keys[4]:
            if names[0] in {"each", "count"}:
                detail = f"{keys[0]} is evaluated before there are instances, so it can't use {names[0]}."
                references.error(place, "Invalid reference", detail, start, end)

    def _named_whole(
        self,
        unit: Unit,
        references: References,
        place: Place,
        addresses: tuple[str, ...],
        written: Attribute | None,
    ) -> tuple[str, ...]:
        """Resolve the blocks and modules that a depends_on names."""
        found = []
        for local in addresses:
            if local.startswith("module."):
                child = unit.children.get(local.removeprefix("module."))
                known: Iterable[str] = [f"module.{name}" for name in unit.children]
                target = self._all_of(child) if child else ""
            else:
                known = unit.declared
                target = unit.declared[local].address if local in unit.declared else ""
            if target:
                found.append(target)
            if target or local in unit.module.unread:
                continue
            spans = {".".join(names): (start, end) for names, start, end in written[4]} if written else {}
            detail = f"No block {local} is declared.{references.hint('block', local, known)}"
            span = spans.get(local, written[3][1:3] if written else (0, 0))
            references.error(place, "Reference to undeclared block", detail, *span)
        return tuple(found)

    def _all_of(self, unit: Unit) -> str:
        """Name the node that stands for every block of a module and of those that it calls."""
        node = f"{unit.path}.*"
        if node not in self.edges:
            inner = [self._all_of(child) for child in unit.children.values()]
            self.edges[node] = (*(one.address for one in unit.declared.values()), *inner)
        return node

    def _node(
        self,
        references: References,
        node: str,
        place: Place,
        written: Iterable[Reference],
        also: tuple[str, ...] = (),
        *,
        repeated: str = "",
        check: str = "",
    ) -> None:
        needed: dict[str, None] = dict.fromkeys(also)
        raising: dict[str, None] = {}
        use = references.use
        for names, start, end in written:
            target, raises = use(place, names, start, end, repeated, check)
            if target:
                needed[target] = None
                if raises:
                    raising[target] = None
        self.edges[node] = tuple(needed)
        if raising:
            self.raising[node] = tuple(raising)

    def _import(self, node: str, one: Import) -> None:
        """Link an import block, which is evaluated before anything is read."""
        references = self._references[""]
        parts = [one.to, one.id, *([one.for_each] if one.for_each else [])]
        repeated = "for_each" if one.for_each else ""
        written = [each for part in parts[1:] for each in part[4]]
        written += [each for each in one.to[4] if ".".join(each[0]) not in one.block]
        self._node(references, node, one.place, written, repeated=repeated)
        for behind in self._objects_behind(node):
            detail = f"An import is settled before anything is read, so it can't depend on {behind}."
            references.error(one.place, "Invalid reference", detail, *one.id[3][1:3])
            break
        self.edges.pop(node)

    def _objects_behind(self, node: str) -> Iterable[str]:
        """List the blocks of objects and data that a node refers to, directly or through values."""
        found: dict[str, None] = {}
        waiting, seen = list(self.edges[node]), set()
        while waiting:
            one = waiting.pop()
            if one in self._declared:
                if not isinstance(self._declared[one].kind, EndpointKind):
                    found[one] = None
            elif one not in seen:
                seen.add(one)
                waiting.extend(self.edges.get(one, ()))
        return found


def _repeated(one: Declared | Call) -> str:
    """Say by what a block or call is repeated."""
    if one.for_each is not None:
        return "for_each"
    return "count" if one.counted is not None else ""


def _references_of(conditions: Iterable[Condition]) -> list[Reference]:
    return [each for one in conditions for part in (one.condition, one.message) for each in part[4]]


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


def block_edges(edges: Edges, order: Iterable[str], blocks: Mapping[str, object]) -> Edges:
    """Leave out what is no block: what each block depends on among blocks only, directly or through values."""
    through: dict[str, tuple[str, ...]] = {}
    found: Edges = {}
    for node in order:
        needed = edges.get(node, ())
        if any(one not in blocks for one in needed):
            flat: dict[str, None] = {}
            for one in needed:
                flat.update(dict.fromkeys((one,) if one in blocks else through.get(one, ())))
            needed = tuple(flat)
        (found if node in blocks else through)[node] = needed
    return found
