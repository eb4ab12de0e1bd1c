"""Whether an attribute is the live system's to decide: it is computed, and declared not at all or as what may be null.

A null counts as not declared, so `partitions = var.partitions` leaves the number to the cluster where the variable is
null. What reads such an attribute must wait for a read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.lang import ast
from kplan.sdk.types import EndpointKind, Is
from kplan.sdk.values import Unknown, reveal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.config.model import Declared
    from kplan.config.units import Unit
    from kplan.lang.ast import Names, Node
    from kplan.sdk.values import Value

_NEVER_NULL: Final = frozenset(
    {
        ast.NUMBER,
        ast.TEMPLATE,
        ast.JOIN,
        ast.LIST,
        ast.OBJECT,
        ast.SPLAT,
        ast.UNARY,
        ast.BINARY,
        ast.FOR_LIST,
        ast.FOR_MAP,
    }
)
_FOLLOWED: Final = 50  # references one after another; a longer chain may end in a null for all that is known


class Nullness:
    """Judges a unit's expressions by their form and by the variables' values; errs towards null."""

    def __init__(self, unit: Unit, variables: Mapping[str, Value], above: Nullness | None = None) -> None:
        """Take the unit, the values of the root module's variables, and the judge of the unit that calls this one."""
        self._unit, self._variables, self._above = unit, variables, above
        self._known: dict[Names, bool] = {}

    def decided_live(self, declared: Declared, name: str) -> bool:
        """Tell whether an attribute of a block's schema is decided by the live system."""
        if Is.COMPUTED not in declared.schema.declared[name].flags:
            return False
        attribute = declared.attributes.get(name)
        return attribute is None or self._expression(attribute[3], 0)

    def _expression(self, node: Node, followed: int) -> bool:
        kind = node[0]
        if kind == ast.LITERAL:
            return node[3] is None
        if kind == ast.REF:
            return self._reference(node[3], followed + 1)
        if kind == ast.COND:
            return self._expression(node[4], followed) or self._expression(node[5], followed)
        return kind not in _NEVER_NULL

    def _reference(self, names: Names, followed: int) -> bool:
        if followed > _FOLLOWED:
            return True
        if names not in self._known:
            self._known[names] = True  # for a circle, which is told elsewhere
            self._known[names] = self._named(names, followed)
        return self._known[names]

    def _named(self, names: Names, followed: int) -> bool:
        match names:
            case ("each", "key") | ("count", "index") | ("path" | "kplan", _):
                return False
            case ("var", name):
                return self._variable(name, followed)
            case ("local", name) if name in self._unit.module.locals:
                return self._expression(self._unit.module.locals[name].attribute[3], followed)
            case (_, _):
                return names[0] in ("each", "local", "data", "module")
            case (kind, label, name):
                declared = self._unit.declared.get(f"{kind}.{label}")
                return declared is None or self._attribute(declared, name, followed)
        return True

    def _variable(self, name: str, followed: int) -> bool:
        call, above = self._unit.call, self._above
        if call is None or above is None:
            value = reveal(self._variables.get(name))
            return value is None or isinstance(value, Unknown)
        given = call.inputs.get(name)
        if given is None or (given[3][0] == ast.LITERAL and given[3][3] is None):
            declared = self._unit.module.variables.get(name)
            given = declared.default if declared else None
            return given is None or self._expression(given[3], followed)
        return above._expression(given[3], followed)  # noqa: SLF001 - another of the same

    def _attribute(self, declared: Declared, name: str, followed: int) -> bool:
        schema = declared.schema.declared.get(name)
        if schema is None or declared.repeats or isinstance(declared.kind, EndpointKind):
            return True
        if Is.COMPUTED in schema.flags:
            return False  # who reads it waits until the live system has decided it
        attribute = declared.attributes.get(name)
        return attribute is None or self._expression(attribute[3], followed)
