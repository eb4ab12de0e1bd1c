"""What references resolve to: variables, locals, each, endpoints' handles, and objects as far as they are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.config.expansion import items_of
from kplan.config.model import Instance
from kplan.graph.address import block_address, within
from kplan.lang.diagnostics import did_you_mean
from kplan.lang.evaluate import EvaluationError, ReferenceProblem, evaluate
from kplan.lang.types import ConversionError, convert, parse_type
from kplan.sdk.types import Composite, EndpointKind, Is, Source
from kplan.sdk.values import (
    UNKNOWN,
    Endpoint,
    Secret,
    Unknown,
    Value,
    make_list,
    make_map,
    marks,
    marks_in,
    reveal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kplan.config.model import Call, Composed, Declared, Each, EndpointInstance, Place
    from kplan.config.units import Unit
    from kplan.lang.ast import Attribute, Node
    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.functions import Surroundings

LABELS = parse_type("map(string)", frozenset())
CLUSTER_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")


class Shared:
    """What all scopes of one evaluation share.

    `live` False: nothing is read, and what only a live system decides is unknown for good.
    """

    def __init__(self, surroundings: Surroundings, workspace: str, *, live: bool) -> None:
        """Start with nothing evaluated."""
        self.surroundings, self.workspace, self.live = surroundings, workspace, live
        self.handles: dict[str, EndpointInstance] = {}
        self.kinds: dict[str, EndpointKind] = {}  # of the handles
        self.planned: dict[str, dict[str, Value]] = {}
        self.uids: dict[str, str | None] = {}  # of the endpoints contacted by now; None: it gave none
        self.diagnostics: list[Diagnostic] = []
        self.apart: dict[str, set[tuple[str, str, tuple[str, ...]]]] = {}  # leaves, by their `before`
        self.taken: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}  # handles, by composites


class Outer(NamedTuple):
    """Where a module's instance is called from: its caller's scope, and which instance of the call it is."""

    scope: Scope
    each: Each | None


class Scope:
    """Resolves references while one instance of a module is evaluated; its blocks come one after another.

    A name whose evaluation failed resolves to an Unknown, so that one mistake is told once. So does, where nothing is
    read, what only a live system decides: whether it would do can't be told.
    """

    def __init__(
        self, unit: Unit, shared: Shared, variables: dict[str, Value], address: str, outer: Outer | None
    ) -> None:
        """Start with nothing evaluated. `variables` are values known already: the root module's."""
        self.unit, self.shared, self.address = unit, shared, address
        self.surroundings = shared.surroundings
        self.diagnostics = shared.diagnostics
        self.each: tuple[str | int, Any] | None = None
        self.endpoints: dict[str, dict[str | int | None, EndpointInstance]] = {}
        self.instances: dict[str, dict[str | int | None, Instance]] = {}
        self.composed: dict[str, dict[str | int | None, Composed]] = {}
        self.answers: dict[str, dict[str | int | None, Value]] = {}
        self.children: dict[str, dict[str | int | None, Scope]] = {}
        self._outer = outer
        self._variables = variables
        self._locals: dict[str, Value] = {}
        self._outputs: dict[str, Value] = {}
        self._objects: dict[str, Value] = {}
        self._open: list[tuple[dict[str, Value], str]] = []  # memos with something unknown in them
        self._fixed: dict[tuple[str, ...], tuple[Value, int]] = {}  # what can't change once it is known

    def resolve(self, names: tuple[str, ...]) -> tuple[Value, int]:
        """Give the value of the longest known prefix of a dotted reference, and its length."""
        fixed = self._fixed.get(names)
        if fixed is not None:
            return fixed
        if len(names) < 2:
            return Unknown(), 1  # told by the static check of references
        match names[0]:
            case "var":
                return self.variable(names[1]), 2
            case "local":
                return self.local(names[1]), 2
            case "each" | "count":
                return self._instance(names)
            case "module":
                return self._module(names)
            case "path":
                return (self.unit.folder if names[1] == "module" else "."), 2
            case "kplan":
                return self.shared.workspace, 2
            case "data":
                return self._answer(".".join(names[:3])), 3
        return self._block(names)

    def inside(self, local: str) -> str:
        """Name something of this module's instance."""
        return within(self.address, local)

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """Name the module's and the block's instance that are being evaluated, for a message."""
        where = (("module", self.address),) if self.address else ()
        if self.each is None:
            return where
        key = self.each[0]
        return (*where, ("each.key", f'"{key}"') if isinstance(key, str) else ("count.index", str(key)))

    def variable(self, name: str) -> Value:
        """Give a variable's value; an input of a module is evaluated once, in its caller's scope."""
        if name not in self._variables and self._outer is not None:
            self._remember(self._variables, name, self._input, self._outer)
        return self._variables.get(name, Unknown())

    def _input(self, name: str, outer: Outer) -> Value:
        variable, call = self.unit.module.variables.get(name), self.unit.call
        if variable is None or call is None:
            return Unknown()
        given = call.inputs.get(name)
        value = None if given is None else outer.scope.within_call(call, outer.each, given)
        if given is None or (reveal(value) is None and not variable.nullable):
            given = None
            default = variable.default
            value = self._written(name, (variable.place, default[3])) if default is not None else Unknown()
        try:
            value = convert(value, variable.type, "")
        except ConversionError as problem:
            detail = f"The value given for {self.inside(f'var.{name}')} does not suit: {problem.detail}"
            place = call.place if given else variable.place
            span = given[3][1:3] if given else variable.block[2:4]
            self._tell(
                place.error("Invalid value for input variable", detail, *span, values=outer.scope.said)
            )
            return Unknown()
        return Secret(value) if variable.sensitive else value

    def within_call(self, call: Call, each: Each | None, given: Attribute) -> Value:
        """Evaluate an argument of a module call for one of its instances."""
        if each is not None and marks(each[1]) & UNKNOWN and call.for_each is not None:
            items = items_of(evaluate(call.for_each[3], self))  # it may be known by now
            if isinstance(items, dict) and each[0] in items:
                each = each[0], items[each[0]]
        held, self.each = self.each, each
        try:
            return evaluate(given[3], self)
        except EvaluationError as problem:
            values = (*problem.values, *self.said)
            span = problem.start, problem.end
            self._tell(call.place.error(problem.summary, problem.detail, *span, values=values))
            return Unknown()
        finally:
            self.each = held

    def _remember(
        self, memo: dict[str, Value], name: str, make: Callable[[str, Any], Value], given: Any
    ) -> Value:
        """Compute a value once; should it be asked for again meanwhile, the cycle is told elsewhere."""
        memo[name] = Unknown()
        memo[name] = made = make(name, given)
        if marks(made) & UNKNOWN:
            self._open.append((memo, name))
        return made

    def _tell(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

    def _instance(self, names: tuple[str, ...]) -> tuple[Value, int]:
        if self.each is None:
            return Unknown(), len(names)  # told by the static check of references
        value = self.each[0] if names[1] in {"key", "index"} else self.each[1]
        if len(names) > 2 and isinstance(value, Endpoint):
            return self.endpoint_attribute(value, names[2]), 3
        return value, 2

    def local(self, name: str) -> Value:
        """Evaluate a local once."""
        if name in self._locals:
            return self._locals[name]
        declared = self.unit.module.locals.get(name)
        if declared is None:
            return Unknown()
        return self._remember(self._locals, name, self._written, (declared.place, declared.attribute[3]))

    def _written(self, _: str, written: tuple[Place, Node]) -> Value:
        """Evaluate an expression that belongs to the module, not to one of its blocks."""
        place, node = written
        held, self.each = self.each, None
        try:
            return evaluate(node, self)
        except EvaluationError as problem:
            values = (*problem.values, *self.said)
            span = problem.start, problem.end
            self._tell(place.error(problem.summary, problem.detail, *span, values=values))
            return Unknown()
        finally:
            self.each = held

    def output(self, name: str) -> Value:
        """Evaluate an output once, as the module's caller sees it."""
        if name in self._outputs:
            return self._outputs[name]
        declared = self.unit.module.outputs.get(name)
        if declared is None:
            return Unknown()
        value = self._remember(self._outputs, name, self._written, (declared.place, declared.value[3]))
        if declared.sensitive:
            value = self._outputs[name] = Secret(value)
        return value

    def _module(self, names: tuple[str, ...]) -> tuple[Value, int]:
        child = self.unit.children.get(names[1])
        found = self.children.get(names[1])
        if child is None or child.call is None or found is None:
            return Unknown(), len(names)
        if len(names) > 2 and not child.call.repeats:
            return found[None].output(names[2]), 3
        objects = {
            key: make_map({name: one.output(name) for name in child.module.outputs})
            for key, one in found.items()
        }
        return _by_instance(objects, child.call), 2

    def _block(self, names: tuple[str, ...]) -> tuple[Value, int]:
        address = f"{names[0]}.{names[1]}" if len(names) > 1 else names[0]
        declared = self.unit.declared.get(address)
        if declared is None:
            return Unknown(), len(names)  # told by the static check of references
        if isinstance(declared.kind, EndpointKind):
            return self._endpoint(declared, names)
        if not declared.repeats and len(names) > 2:
            found = self._evaluated(declared)
            return (self.attribute(declared, found[None], names[2]) if found else Unknown()), 3
        return self._object(declared), 2

    def _endpoint(self, declared: Declared, names: tuple[str, ...]) -> tuple[Value, int]:
        found = self.endpoints.get(declared.address)
        if found is None:
            return Unknown(declared.kind.name), len(names)
        if declared.repeats:
            return _by_instance(
                {key: Endpoint(one.address, one.kind) for key, one in found.items()}, declared
            ), 2
        handle = Endpoint(found[None].address, found[None].kind)
        resolved = (self.endpoint_attribute(handle, names[2]), 3) if len(names) > 2 else (handle, 2)
        self._fixed[names] = resolved
        return resolved

    def endpoint_attribute(self, handle: Endpoint, name: str) -> Value:
        """Read what may be read of an endpoint; never its security."""
        instance, kind = self.shared.handles[handle.address], self.shared.kinds[handle.kind]
        if name not in kind.readable:
            hint = did_you_mean(name, kind.readable)
            allowed = ", ".join(kind.readable)
            raise ReferenceProblem(
                "Unsupported attribute", f'"{name}" can\'t be read of a {kind.name}, only: {allowed}.{hint}'
            )
        value = instance.labels if name == "labels" else instance.settings.get(name)
        return self._live_id(instance, name) if value is None and name == kind.uid else value

    def _live_id(self, endpoint: EndpointInstance, name: str) -> Value:
        """Give the id with which an endpoint answered, where its block doesn't pin one."""
        if endpoint.address in self.shared.uids or not self.shared.live:
            return self.shared.uids.get(endpoint.address) or self._later("string", endpoint.address)
        raise ReferenceProblem(
            "Not known yet",
            f"The {name} of {endpoint.address} is known once it has answered, which is too late here. Read it as "
            f"{endpoint.kind}.NAME.{name}, or state it in the block.",
        )

    def every_leaf(self) -> Iterator[Instance]:
        """Step through the leaves that its blocks came to."""
        for found in self.instances.values():
            yield from found.values()
        for composed in self.composed.values():
            for one in composed.values():
                yield from one.children

    def _evaluated(self, declared: Declared) -> Mapping[str | int | None, Instance | Composed] | None:
        if isinstance(declared.kind, Composite):
            return self.composed.get(declared.address)
        return self.instances.get(declared.address)

    def attribute(self, declared: Declared, instance: Instance | Composed, name: str) -> Value:
        """Read one attribute of an object: as planned if it is, else as declared, else decided later."""
        planned = self.shared.planned.get(instance.address)
        if planned is not None and name in planned:
            return planned[name]
        if name in instance.desired:
            return instance.desired[name]
        if name == "labels":
            return self._labels(declared, instance)
        if isinstance(instance, Instance) and name == instance.leaf.on_attribute:
            return Endpoint(instance.endpoint, instance.leaf.on)
        attribute = declared.schema.declared.get(name)
        if attribute is None and name not in declared.schema.blocks:
            known = [*declared.schema.declared, "labels"]
            raise ReferenceProblem(
                "Unsupported attribute",
                f'A {declared.kind.name} has no attribute "{name}".{did_you_mean(name, known)}',
            )
        if attribute is not None and Is.COMPUTED in attribute.flags:
            return self._later(attribute.type, instance.address)
        return None

    def _labels(self, declared: Declared, instance: Instance | Composed) -> Value:
        """Give an object's labels; evaluated anew while they hold something unknown, as no change brings them."""
        if not marks(instance.labels) & UNKNOWN or declared.labels is None:
            return instance.labels
        held, self.each = self.each, instance.each
        try:
            return convert(evaluate(declared.labels[3], self), LABELS)
        finally:
            self.each = held

    def _later(self, type_: str, address: str) -> Unknown:
        return Unknown(type_, (address,) if self.shared.live else ())

    def _object(self, declared: Declared) -> Value:
        """Build a block's object, or the map of its instances' objects, once until something of it is planned."""
        address = declared.address
        if address not in self._objects:
            found = self._evaluated(declared)
            if found is None:
                return Unknown()
            names = [
                *declared.schema.declared,
                *(one for one in declared.schema.blocks if one != "lifecycle"),
                "labels",
            ]
            objects = {
                key: make_map({name: self.attribute(declared, one, name) for name in names})
                for key, one in found.items()
            }
            self._objects[address] = _by_instance(objects, declared)
            if marks(self._objects[address]) & UNKNOWN:
                self._open.append((self._objects, address))
        return self._objects[address]

    def _answer(self, local: str) -> Value:
        declared = self.unit.declared.get(local)
        found = self.answers.get(declared.address) if declared is not None else None
        if declared is None or not isinstance(declared.kind, Source) or found is None:
            return self._later("any", self.inside(local))
        return _by_instance(found, declared)

    def learn(self, address: str, values: dict[str, Value]) -> None:
        """Take in an object as planned or as applied; what was computed from an unknown is computed anew."""
        if marks_in(values.values()) & UNKNOWN:  # a provider can't know who decides them
            values = {name: _by(value, address) for name, value in values.items()}
        self.shared.planned[address] = values
        self._objects.pop(block_address(address), None)

    def forget_unknowns(self) -> None:
        """Let what held something unknown be computed anew."""
        for memo, name in self._open:
            memo.pop(name, None)
        self._open.clear()


def _by_instance(found: Mapping[str | int | None, Value], block: Declared | Call) -> Value:
    """Give what a block stands for: a map by key, a list by number, or the one there is."""
    if block.for_each is not None:
        return make_map({str(key): one for key, one in found.items()})
    if block.counted is not None:
        return make_list(found[key] for key in sorted(found, key=lambda key: int(key or 0)))
    return found[None]


def _by(value: Value, address: str) -> Value:
    """Say of each unknown who decides it."""
    if not marks(value) & UNKNOWN:
        return value
    if isinstance(value, Unknown):
        return value if value.by else Unknown(value.type, (address,))
    if isinstance(value, Secret):
        return value.derive(lambda inner: _by(inner, address))
    if isinstance(value, dict):
        return make_map({key: _by(item, address) for key, item in value.items()})
    return make_list(_by(item, address) for item in value)
