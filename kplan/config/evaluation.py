"""Blocks to instances: for_each and count expanded, expressions evaluated, values converted, defaults filled in.

Nodes are evaluated in dependency order, a stratum at a time; what a stratum's read and plan decided is taken in by
`learn` before the next. A block in a module is evaluated in each instance of the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.config.arguments import (
    flag_of,
    labels_of,
    span_of,
    tell,
    tell_faults,
    value_of,
    values_of,
)
from kplan.config.composites import compose
from kplan.config.conditions import Words, judge
from kplan.config.expansion import count_of, items_of
from kplan.config.model import EndpointInstance, Instance, Query
from kplan.config.named_before import named_before
from kplan.config.scope import CLUSTER_NAME, Outer, Scope, Shared
from kplan.graph.address import block_address, instance_address, module_of
from kplan.lang import ast
from kplan.sdk.types import Composite, EndpointKind, Leaf, Source
from kplan.sdk.values import (
    UNKNOWN,
    Endpoint,
    Unknown,
    Value,
    make_map,
    marks,
    marks_in,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.composites import Answer
    from kplan.config.configuration import Configuration
    from kplan.config.model import Call, Declared
    from kplan.config.units import Unit
    from kplan.lang.diagnostics import Diagnostic

_LITERAL = ast.LITERAL


class Evaluation:
    """Evaluates a configuration's blocks."""

    def __init__(self, configuration: Configuration, *, live: bool = True) -> None:
        """Start with nothing evaluated. `live`: what only a live system decides will be read as far as it can be."""
        self.module, self.types, self.depends = (
            configuration.module,
            configuration.types,
            configuration.edges,
        )
        self.units = {unit.path: unit for unit in configuration.units}
        self.shared = Shared(configuration.surroundings, configuration.workspace, live=live)
        self.root = Scope(self.units[""], self.shared, configuration.variables, "", None)
        self.scope = self.root  # the one that is being evaluated in
        self.diagnostics: list[Diagnostic] = self.shared.diagnostics
        self.scopes: dict[str, list[Scope]] = {"": [self.root]}  # by the module's address without keys
        self._by_address: dict[str, Scope] = {"": self.root}
        self._names: dict[tuple[str, str], str] = {}  # of endpoints, by kind
        self.answer: Answer | None = None  # to questions of composites, where endpoints can be asked

    def scope_of(self, module: str) -> Scope:
        """Give the scope of a module's instance by its address."""
        return self._by_address[module]

    def learn(self, address: str, values: dict[str, Value]) -> None:
        """Take in an object as planned or as applied."""
        self._by_address[module_of(address)].learn(address, values)

    def forget_unknowns(self) -> None:
        """Let everything that held something unknown be computed anew."""
        for scope in self._by_address.values():
            scope.forget_unknowns()

    def _within(self, module: str) -> Iterator[Scope]:
        """Step through the instances of a module, each the scope to evaluate in meanwhile."""
        try:
            for scope in self.scopes.get(module, ()):
                self.scope = scope
                yield scope
        finally:
            self.scope = self.root

    def value(self, node: str) -> None:
        """Evaluate a node that is no block: a module call's instances, a local, a variable, an output."""
        if node in self.units and node:
            self._expand(self.units[node])
            return
        *outer, kind, name = node.split(".")
        module = ".".join(outer)
        if module not in self.units or kind not in {"local", "var", "output"}:
            return
        for scope in self._within(module):
            if kind == "local":
                scope.local(name)
            elif kind == "output":
                self._output(scope, name)
            else:
                self._variable(scope, name)

    def _expand(self, unit: Unit) -> None:
        """Make the instances of a module call, in each instance of its caller."""
        call, parent = unit.call, unit.parent
        assert call is not None  # noqa: S101 - the root is not called
        assert parent is not None  # noqa: S101
        made = self.scopes.setdefault(unit.path, [])
        for scope in self._within(parent.path):
            items = self._items(call)
            if items is None:
                continue
            found: dict[str | int | None, Scope] = {}
            for key in items:
                address = scope.inside(instance_address(f"module.{call.name}", key))
                each = None if key is None else (key, items[key])
                child = Scope(unit, self.shared, {}, address, Outer(scope, each))
                found[key] = self._by_address[address] = child
                made.append(child)
            scope.children[call.name] = found

    def _output(self, scope: Scope, name: str) -> None:
        scope.output(name)
        output = scope.unit.module.outputs[name]
        words = Words("Module output value precondition failed", values=scope.said)
        self.diagnostics += judge(output.preconditions, output.place, scope, words).diagnostics

    def _variable(self, scope: Scope, name: str) -> None:
        scope.variable(name)
        variable = scope.unit.module.variables[name]
        words = Words("Invalid value for variable", values=scope.said, hidden=variable.sensitive)
        self.diagnostics += judge(variable.validations, variable.place, scope, words).diagnostics

    def endpoints(self, declared: Declared) -> list[EndpointInstance]:
        """Evaluate an endpoint block; `name` defaults to the label, with for_each to `<label>-<key>`."""
        return [one for scope in self._within(declared.module) for one in self._endpoints(scope, declared)]

    def _endpoints(self, scope: Scope, declared: Declared) -> list[EndpointInstance]:
        found: dict[str | int | None, EndpointInstance] = {}
        kind = declared.kind
        assert isinstance(kind, EndpointKind)  # noqa: S101 - the caller's match
        self.shared.kinds[kind.name] = kind
        items = self._items(declared)
        for key in self._keys(items):
            settings = values_of(self.scope, declared)
            if settings is None:
                continue
            address = scope.inside(instance_address(declared.local, key))
            settings.setdefault("name", declared.label if key is None else f"{declared.label}-{key}")
            pinned = settings.get(kind.uid)
            one = EndpointInstance(
                address,
                declared.address,
                kind.name,
                settings,
                labels_of(self.scope, declared),
                pinned if isinstance(pinned, str) else "",
            )
            self._endpoint_name(declared, one)
            tell_faults(
                self.scope, declared, self.types.providers[kind.name].check_endpoint(kind.name, settings)
            )
            found[key] = self.shared.handles[address] = one
        if items is not None and len(found) == len(items):
            scope.endpoints[declared.address] = found
        return list(found.values())

    def _endpoint_name(self, declared: Declared, one: EndpointInstance) -> None:
        name = one.settings["name"]
        if not isinstance(name, str) or not CLUSTER_NAME.match(name):
            detail = f"A {one.kind}'s name must have only letters, digits, underscores and dashes: it is its alias in replication."
            tell(self.scope, declared, "Invalid name", detail, span_of(declared, ("name",)))
            return
        first = self._names.setdefault((one.kind, name), one.address)
        if first != one.address:
            detail = f'{first} is named "{name}" as well. Names of {one.kind} blocks must be unique.'
            tell(self.scope, declared, "Duplicate name", detail, span_of(declared, ("name",)))

    def leaves(self, declared: Declared) -> list[Instance]:
        """Evaluate a leaf's or a composite's block to leaves. After an error its object stays unknown to others."""
        expand = self._composed if isinstance(declared.kind, Composite) else self._leaves
        return [one for scope in self._within(declared.module) for one in expand(scope, declared)]

    def _composed(self, scope: Scope, declared: Declared) -> list[Instance]:
        items = self._items(declared)
        composed = {key: compose(self, declared, key) for key in self._keys(items)}
        found = {key: one for key, one in composed.items() if one is not None}
        if items is not None and len(found) == len(items):
            scope.composed[declared.address] = found
        return [child for one in found.values() for child in one.children]

    def _leaves(self, scope: Scope, declared: Declared) -> list[Instance]:
        found: dict[str | int | None, Instance] = {}
        items = self._items(declared)
        for key in self._keys(items):
            one = self.leaf(declared, key)
            if one is not None:
                found[key] = one
        if items is not None and len(found) == len(items):
            scope.instances[declared.address] = found
        self._nameless_twins(declared, found)
        return list(found.values())

    def again(self, before: Instance) -> Instance | None:
        """Evaluate one instance anew, once more is known. None after an error, or if it is no longer there."""
        declared = self.module.declared[before.block]
        key, item = before.each or (None, None)
        self.scope = self._by_address[before.module]
        try:
            if marks(item) & UNKNOWN:
                items = self._items(declared)
                if items is None or key not in items:
                    return None
                item = items[key]
            self.scope.each = None if key is None else (key, item)
            if not before.parent:
                return self.leaf(declared, key)
            made = compose(self, declared, key)
            children = made.children if made is not None else ()
            return next((one for one in children if one.address == before.address), None)
        finally:
            self.scope.each = None
            self.scope = self.root

    def leaf(self, declared: Declared, key: str | int | None) -> Instance | None:
        """Evaluate one instance; `scope.each` is set by the caller. None after an error."""
        leaf = declared.kind
        assert isinstance(leaf, Leaf)  # noqa: S101
        desired = values_of(self.scope, declared)
        if desired is None:
            return None
        before = named_before(self.scope, declared, desired) if declared.schema.before else ""
        handle = desired.pop(leaf.on_attribute, None)
        if not isinstance(handle, Endpoint) or handle.address not in self.shared.handles:
            self.bad_handle(declared, (leaf.on_attribute,), leaf.on, handle)
            return None
        defaulted = "name" in leaf.identity and "name" not in desired
        if defaulted:
            desired["name"] = declared.label
        settings = self.shared.handles[handle.address].settings
        rules = self.types.rules[leaf.name]
        desired = rules.complete(leaf.name, desired, settings)
        named = tuple(desired.get(name) for name in leaf.identity)
        identity = tuple(part for part in named if type(part) is str)
        address = instance_address(declared.local, key)
        if self.scope.address:
            address = self.scope.inside(address)
        if len(identity) != len(named):
            self._bad_identity(declared, leaf, named)
            return None
        faults = rules.check(leaf.name, desired)
        outside = rules.fenced_out(leaf.name, identity, settings)
        if outside:
            tell(
                self.scope,
                declared,
                "Outside what this workspace manages",
                f"{address}: {outside}",
                span_of(declared, leaf.identity[:1]),
            )
        if faults:
            tell_faults(self.scope, declared, faults)
        held = self.precondition(declared) if declared.preconditions else True
        if before:
            self.shared.apart.setdefault(before, set()).add((leaf.name, handle.address, identity))
        return Instance(
            address,
            declared.address,
            leaf,
            handle.address,
            identity,
            desired,
            labels_of(self.scope, declared) if declared.labels is not None else {},
            flag_of(self.scope, declared, declared.prevent_destroy),
            defaulted,
            self.depends.get(declared.address, ()),
            bool(marks_in(desired.values()) & UNKNOWN) or not held,
            self.scope.each,
            self.scope.address,
            taken_over=bool(before),
            before=before,
        )

    def precondition(self, declared: Declared) -> bool:
        """Judge a block's preconditions; tells whether they could be decided."""
        words = Words("Resource precondition failed", values=self.scope.said)
        judged = judge(declared.preconditions, declared.place, self.scope, words)
        self.diagnostics += judged.diagnostics
        return not judged.undecided

    def postconditions(self, address: str, values: dict[str, Value]) -> tuple[Diagnostic, ...]:
        """Judge the postconditions of an object, as planned or as it is after its change."""
        declared = self.module.declared[block_address(address)]
        if not declared.postconditions or isinstance(
            declared.kind, Composite
        ):  # those were judged when expanded
            return ()
        scope = self._by_address[module_of(address)]
        instance = next(
            (one for one in scope.instances.get(declared.address, {}).values() if one.address == address),
            None,
        )
        held, scope.each = scope.each, instance.each if instance else None
        try:
            words = Words("Resource postcondition failed", values=(("address", address),))
            itself = make_map({**(instance.desired if instance else {}), **values})
            return judge(declared.postconditions, declared.place, scope, words, {"self": itself}).diagnostics
        finally:
            scope.each = held

    def queries(self, declared: Declared) -> list[Query]:
        """Evaluate a data block to what is to be asked."""
        return [one for scope in self._within(declared.module) for one in self._queries(scope, declared)]

    def _queries(self, scope: Scope, declared: Declared) -> Iterator[Query]:
        source = declared.kind
        assert isinstance(source, Source)  # noqa: S101
        for key in self._keys(self._items(declared)):
            args = values_of(self.scope, declared)
            if args is None:
                continue
            if declared.preconditions:
                self.precondition(declared)
            handle = args.pop(source.on_attribute, None)
            if not isinstance(handle, Endpoint) or handle.address not in self.shared.handles:
                self.bad_handle(declared, (source.on_attribute,), source.on, handle)
                continue
            tell_faults(scope, declared, self.types.rules[source.name].check_query(source.name, args))
            address = scope.inside(instance_address(declared.local, key))
            yield Query(address, key, declared.address, source.name, handle.address, args, scope.address)
        scope.answers.setdefault(declared.address, {})

    def _items(self, block: Declared | Call) -> dict[Any, Value] | None:
        """Give the instances' items by key, one without a key where nothing repeats; None if they can't be known."""
        keys = block.for_each or block.counted
        if keys is None:
            return {None: None}
        self.scope.each = None
        value = value_of(self.scope, block, keys)
        found = items_of(value) if block.for_each is not None else count_of(value)
        if isinstance(found, str):
            tell(self.scope, block, f"Invalid {keys[0]} argument", found, keys[3][1:3])
            return None
        return dict(found) if found is not None else None

    def _keys(self, items: dict[Any, Value] | None) -> Iterator[str | int | None]:
        """Step through the instances' keys in order, with `each` set in the scope meanwhile."""
        found = items or {}
        scope = self.scope
        try:
            for key in sorted(found, key=lambda key: key if isinstance(key, int) else str(key)):
                scope.each = None if key is None else (key, found[key])
                yield key
        finally:
            scope.each = None

    def bad_handle(self, declared: Declared, path: tuple[str, ...], on: str, handle: Value) -> None:
        """Tell that the argument at `path` is no handle of an endpoint of the kind `on`."""
        span, name = span_of(declared, path), path[-1]
        if (isinstance(handle, Unknown) and not handle.by) or (
            len(path) == 1 and name not in declared.attributes
        ):
            return  # follows from another error
        detail = f'"{name}" must name a {on} block, as `{on}.NAME`' + (
            ": it has to be known while planning."
            if isinstance(handle, Unknown)
            else f", not a {type_name(handle)}."
        )
        tell(self.scope, declared, f"Invalid {on}", detail, span, values=self.scope.said)

    def _bad_identity(self, declared: Declared, leaf: Leaf, identity: tuple[Any, ...]) -> None:
        for name, part in zip(leaf.identity, identity, strict=True):
            if type(part) is str:
                continue
            if isinstance(part, Unknown) and not part.by:
                continue
            if marks(part) & UNKNOWN:
                detail = f'"{name}" says which object this is, so it must be known while planning.'
            else:
                detail = f'"{name}" says which object this is; it must be a text.'
            tell(self.scope, declared, "Invalid identity", detail, span_of(declared, (name,)))

    def _nameless_twins(self, declared: Declared, found: dict[str | int | None, Instance]) -> None:
        """Refuse several instances on one endpoint that would all be called as the label."""
        on: set[str] = set()
        for one in found.values():
            if not one.name_defaulted or one.endpoint not in on:
                on.add(one.endpoint)
                continue
            each = "each.key" if declared.for_each else f'"{declared.label}-${{count.index}}"'
            detail = (
                f'Several instances on {one.endpoint} would all be named "{declared.label}". Say what each is called, '
                f"for instance with `name = {each}`."
            )
            keys = declared.for_each or declared.counted
            span = keys[3][1:3] if keys else span_of(declared, ())
            tell(self.scope, declared, "Missing name", detail, span)
            return
