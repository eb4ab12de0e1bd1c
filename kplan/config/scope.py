"""What references resolve to: variables, locals, each, endpoints' handles, and objects as far as they are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kplan.lang.diagnostics import did_you_mean
from kplan.lang.evaluate import EvaluationError, ReferenceProblem, evaluate
from kplan.lang.types import convert, parse_type
from kplan.sdk.types import EndpointKind, Is, Source
from kplan.sdk.values import UNKNOWN, Endpoint, Secret, Unknown, Value, make_list, make_map, marks, marks_in

if TYPE_CHECKING:
    from kplan.config.model import Declared, EndpointInstance, Instance, Module
    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.functions import Surroundings

LABELS = parse_type("map(string)", frozenset())
CLUSTER_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")


class Scope:
    """Resolves references while a module is evaluated. One per evaluation; blocks are evaluated one after another.

    A name whose evaluation failed resolves to an Unknown, so that one mistake is told once. So does, where nothing is
    read (`live` False), what only a live system decides: whether it would do can't be told.
    """

    def __init__(
        self, module: Module, variables: dict[str, Value], surroundings: Surroundings, *, live: bool
    ) -> None:
        """Start with nothing evaluated."""
        self.module = module
        self.variables = variables
        self.surroundings = surroundings
        self._live = live
        self.each: tuple[str, Value] | None = None
        self.endpoints: dict[str, dict[str | None, EndpointInstance]] = {}
        self.handles: dict[str, EndpointInstance] = {}
        self.instances: dict[str, dict[str | None, Instance]] = {}
        self.answers: dict[str, dict[str | None, Value]] = {}
        self.planned: dict[str, dict[str, Value]] = {}
        self.uids: dict[str, str | None] = {}  # of the endpoints contacted by now; None: it gave none
        self.diagnostics: list[Diagnostic] = []
        self._locals: dict[str, Value] = {}
        self._objects: dict[str, Value] = {}
        self._open_locals: list[str] = []  # with something unknown in them
        self._open_objects: list[str] = []
        self._fixed: dict[tuple[str, ...], tuple[Value, int]] = {}  # what can't change once it is known

    def resolve(self, names: tuple[str, ...]) -> tuple[Value, int]:
        """Give the value of the longest known prefix of a dotted reference, and its length."""
        fixed = self._fixed.get(names)
        if fixed is not None:
            return fixed
        match names[0]:
            case "var":
                return self._variable(names[1]), 2
            case "local":
                return self.local(names[1]), 2
            case "each":
                return self._each(names)
            case "path":
                return ".", 2
            case "data":
                return self._answer(".".join(names[:3])), 3
        return self._block(names)

    def _variable(self, name: str) -> Value:
        return self.variables.get(name, Unknown())

    def _each(self, names: tuple[str, ...]) -> tuple[Value, int]:
        if self.each is None:
            return Unknown(), len(names)  # told by the static check of references
        value = self.each[0] if names[1] == "key" else self.each[1]
        if len(names) > 2 and isinstance(value, Endpoint):
            return self.endpoint_attribute(value, names[2]), 3
        return value, 2

    def local(self, name: str) -> Value:
        """Evaluate a local once."""
        if name in self._locals:
            return self._locals[name]
        declared = self.module.locals.get(name)
        if declared is None:
            return Unknown()
        self._locals[name] = Unknown()  # should it be asked for again meanwhile: the cycle is told elsewhere
        try:
            self._locals[name] = evaluate(declared.attribute[3], self)
            if marks(self._locals[name]) & UNKNOWN:
                self._open_locals.append(name)
        except EvaluationError as problem:
            self.diagnostics.append(
                declared.place.error(
                    problem.summary, problem.detail, problem.start, problem.end, values=problem.values
                )
            )
        return self._locals[name]

    def _block(self, names: tuple[str, ...]) -> tuple[Value, int]:
        address = f"{names[0]}.{names[1]}" if len(names) > 1 else names[0]
        declared = self.module.declared.get(address)
        if declared is None:
            return Unknown(), len(names)  # told by the static check of references
        if isinstance(declared.kind, EndpointKind):
            return self._endpoint(declared, names)
        if declared.for_each is None and len(names) > 2:
            found = self.instances.get(address)
            return (self.attribute(declared, found[None], names[2]) if found else Unknown()), 3
        return self._object(declared), 2

    def _endpoint(self, declared: Declared, names: tuple[str, ...]) -> tuple[Value, int]:
        found = self.endpoints.get(declared.address)
        if found is None:
            return Unknown(declared.kind.name), len(names)
        if declared.for_each is not None:
            return {str(key): Endpoint(one.address, one.kind) for key, one in found.items()}, 2
        handle = Endpoint(found[None].address, found[None].kind)
        resolved = (self.endpoint_attribute(handle, names[2]), 3) if len(names) > 2 else (handle, 2)
        self._fixed[names] = resolved
        return resolved

    def endpoint_attribute(self, handle: Endpoint, name: str) -> Value:
        """Read what may be read of an endpoint; never its security."""
        instance = self.handles[handle.address]
        kind = self.module.declared[instance.block].kind
        assert isinstance(kind, EndpointKind)  # noqa: S101 - only endpoints have handles
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
        if endpoint.address in self.uids or not self._live:
            return self.uids.get(endpoint.address) or self._later("string", endpoint.address)
        raise ReferenceProblem(
            "Not known yet",
            f"The {name} of {endpoint.address} is known once it has answered, which is too late here. Read it as "
            f"{endpoint.kind}.NAME.{name}, or state it in the block.",
        )

    def attribute(self, declared: Declared, instance: Instance, name: str) -> Value:
        """Read one attribute of an object: as planned if it is, else as declared, else decided later."""
        planned = self.planned.get(instance.address)
        if planned is not None and name in planned:
            return planned[name]
        if name in instance.desired:
            return instance.desired[name]
        if name == "labels":
            return self._labels(declared, instance)
        if name == instance.leaf.on_attribute:
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

    def _labels(self, declared: Declared, instance: Instance) -> Value:
        """Give an object's labels; evaluated anew while they hold something unknown, as no change brings them."""
        if not marks(instance.labels) & UNKNOWN or declared.labels is None:
            return instance.labels
        held, self.each = self.each, instance.each
        try:
            return convert(evaluate(declared.labels[3], self), LABELS)
        finally:
            self.each = held

    def _later(self, type_: str, address: str) -> Unknown:
        return Unknown(type_, (address,) if self._live else ())

    def _object(self, declared: Declared) -> Value:
        """Build a block's object, or the map of its instances' objects, once until something of it is planned."""
        address = declared.address
        if address not in self._objects:
            found = self.instances.get(address)
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
            self._objects[address] = (
                make_map({str(key): one for key, one in objects.items()})
                if declared.for_each is not None
                else objects[None]
            )
            if marks(self._objects[address]) & UNKNOWN:
                self._open_objects.append(address)
        return self._objects[address]

    def _answer(self, address: str) -> Value:
        declared = self.module.declared.get(address)
        found = self.answers.get(address)
        if declared is None or not isinstance(declared.kind, Source) or found is None:
            return self._later("any", address)
        if declared.for_each is not None:
            return make_map({str(key): value for key, value in found.items()})
        return found[None]

    def learn(self, address: str, values: dict[str, Value]) -> None:
        """Take in an object as planned or as applied; what was computed from an unknown is computed anew."""
        block = address.partition("[")[0]
        if marks_in(values.values()) & UNKNOWN:  # a provider can't know who decides them
            values = {name: _by(value, address) for name, value in values.items()}
        self.planned[address] = values
        self._objects.pop(block, None)

    def forget_unknowns(self) -> None:
        """Let locals and objects that held something unknown be computed anew."""
        for memo, names in ((self._locals, self._open_locals), (self._objects, self._open_objects)):
            for name in names:
                memo.pop(name, None)
            names.clear()


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


def describe_each(each: tuple[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Name the for_each key that took part, for a message."""
    return (("each.key", f'"{each[0]}"'),) if each is not None else ()
