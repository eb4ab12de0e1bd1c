"""Static checks of a module's references: what each names, and whether its value must be read first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.lang.diagnostics import Diagnostic, did_you_mean
from kplan.sdk.types import EndpointKind, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kplan.config.model import Declared, Place
    from kplan.config.nullness import Nullness
    from kplan.config.units import Unit
    from kplan.lang.ast import Names

ROOTS = ("var", "local", "module", "each", "count", "data", "path", "kplan")
PATHS = ("module", "root", "cwd")
SETTINGS = ("workspace",)
_MOST_HINTS = 100  # unknown names that get one: each is held against all that is known
_REPEATED = {
    "each": ("for_each", ("key", "value")),
    "count": ("count", ("index",)),
}


class Use(NamedTuple):
    """What a reference comes to: the node that it needs ("" for none), and whether that must be read first."""

    node: str
    raises: bool


_NOTHING = Use("", raises=False)


class References:
    """Resolves the references of one unit; every mistake becomes a diagnostic."""

    def __init__(self, unit: Unit, nullness: Nullness, diagnostics: list[Diagnostic]) -> None:
        """Add errors to `diagnostics`."""
        self.unit, self._nullness, self._diagnostics = unit, nullness, diagnostics
        self._known: dict[Names, Use] = {}
        self._hints: dict[tuple[str, str], str] = {}

    def use(
        self, place: Place, names: Names, start: int, end: int, repeated: str = "", check: str = ""
    ) -> Use:
        """Resolve a reference. `repeated`: "for_each", "count" or "", of the block that it is in; `check`: its check."""
        known = self._known.get(names)
        if known is not None:
            return known
        span = start, end
        root = names[0]
        if root in _REPEATED:
            self._instance(place, names, span, repeated)
            return _NOTHING
        if root == "var":
            found = self._named(place, "variable", self.unit.module.variables, names, span)
        elif root == "local":
            found = self._named(place, "local value", self.unit.module.locals, names, span)
        elif root == "module":
            found = self._output(place, names, span)
        elif root in {"path", "kplan"}:
            found = self._setting(place, names, span)
        else:
            found = self._block(place, names, span, check)
        if found is None:
            return _NOTHING
        if not check:
            self._known[names] = found
        return found

    def _instance(self, place: Place, names: Names, span: tuple[int, int], repeated: str) -> None:
        needed, parts = _REPEATED[names[0]]
        if repeated != needed:
            detail = f"{names[0]} is only there in a block that has {needed}."
            self.error(place, "Invalid reference", detail, *span)
        elif len(names) < 2 or names[1] not in parts:
            there = " and ".join(f"{names[0]}.{part}" for part in parts)
            verb = "are" if len(parts) > 1 else "is"
            self.error(place, "Invalid reference", f"Only {there} {verb} there.", *span)

    def _setting(self, place: Place, names: Names, span: tuple[int, int]) -> Use | None:
        known = PATHS if names[0] == "path" else SETTINGS
        if len(names) == 2 and names[1] in known:
            return _NOTHING
        listed = [f"{names[0]}.{one}" for one in known]
        there = ", ".join(listed[:-1]) + (" and " if listed[:-1] else "") + listed[-1]
        verb = "are" if len(listed) > 1 else "is"
        self.error(place, "Invalid reference", f"Only {there} {verb} there.", *span)
        return None

    def _named(
        self, place: Place, what: str, known: Iterable[str], names: Names, span: tuple[int, int]
    ) -> Use | None:
        if len(names) < 2:
            self.error(place, "Invalid reference", f"Name the {what}: `{names[0]}.NAME`.", *span)
            return None
        if names[1] not in known:
            if self._unread(names[0], f"{names[0]}.{names[1]}"):
                return None
            how = f' Declare it with `variable "{names[1]}" {{}}`.' if names[0] == "var" else ""
            detail = f'No {what} is called "{names[1]}".{self.hint(what, names[1], known) or how}'
            self.error(place, f"Reference to undeclared {what}", detail, *span)
            return None
        if names[0] == "var" and self.unit.call is None:
            return _NOTHING  # the root module's values are known before anything else
        return Use(self.unit.node(f"{names[0]}.{names[1]}"), raises=False)

    def _output(self, place: Place, names: Names, span: tuple[int, int]) -> Use | None:
        calls = self.unit.module.calls
        if len(names) < 2:
            self.error(
                place, "Invalid reference", "Name the module and its output: `module.NAME.OUTPUT`.", *span
            )
            return None
        if names[1] not in calls:
            if self._unread(f"module.{names[1]}"):
                return None
            detail = f'No module is called "{names[1]}".{self.hint("module", names[1], calls)}'
            self.error(place, "Reference to undeclared module", detail, *span)
            return None
        child = self.unit.children.get(names[1])
        if child is None:  # its call is wrong, which is told
            return None
        if len(names) < 3 or calls[names[1]].repeats:
            return Use(f"{child.path}.output", raises=False)
        outputs = child.module.outputs
        if names[2] not in outputs:
            hint = self.hint(child.path, names[2], outputs) or (
                "" if outputs else " It has no outputs at all."
            )
            detail = f'module.{names[1]} has no output "{names[2]}".{hint}'
            self.error(place, "Unsupported attribute", detail, *span)
            return None
        return Use(child.node(f"output.{names[2]}"), raises=False)

    def _block(self, place: Place, names: Names, span: tuple[int, int], check: str) -> Use | None:
        size = 3 if names[0] == "data" else 2
        local = ".".join(names[:size])
        declared = self.unit.declared.get(local) if len(names) >= size else None
        if declared is None:
            self._undeclared(place, names, size, span)
            return None
        if declared.check and declared.check != check:
            detail = f'{local} is the data block of check "{declared.check}", and only that can use it.'
            self.error(place, "Reference to a check's data", detail, *span)
            return None
        if isinstance(declared.kind, EndpointKind):
            return self._readable(place, declared, names, span)
        found: Use | None
        if len(names) == size or declared.repeats:
            of = declared.schema.declared
            found = Use(declared.address, any(self._nullness.decided_live(declared, name) for name in of))
        else:
            found = self._attribute(place, declared, names, size, span)
        return Use(declared.address, raises=True) if found and isinstance(declared.kind, Source) else found

    def _readable(self, place: Place, declared: Declared, names: Names, span: tuple[int, int]) -> Use | None:
        kind = declared.kind
        assert isinstance(kind, EndpointKind)  # noqa: S101 - the caller's match
        name = names[2] if len(names) > 2 and not declared.repeats else ""
        if name and name not in kind.readable:
            allowed = ", ".join(kind.readable)
            hint = did_you_mean(name, kind.readable)
            detail = f'"{name}" can\'t be read of a {kind.name}, only: {allowed}.{hint}'
            self.error(place, "Unsupported attribute", detail, *span)
            return None
        return Use(declared.address, name == kind.uid and self._nullness.decided_live(declared, name))

    def _attribute(
        self, place: Place, declared: Declared, names: Names, size: int, span: tuple[int, int]
    ) -> Use | None:
        name = names[size]
        if name in declared.schema.declared:
            return Use(declared.address, self._nullness.decided_live(declared, name))
        if name in declared.schema.blocks or name in declared.schema.metas & {"labels"}:
            return Use(declared.address, raises=False)
        known = [*declared.schema.declared, *(declared.schema.metas & {"labels"})]
        detail = f'A {declared.kind.name} has no attribute "{name}".{did_you_mean(name, known)}'
        self.error(place, "Unsupported attribute", detail, *span)
        return None

    def _undeclared(self, place: Place, names: Names, size: int, span: tuple[int, int]) -> None:
        address = ".".join(names[:size])
        known = self.unit.declared
        if self._unread(address):
            return
        if names[0] == "self":
            detail = "self is only there in a postcondition, where it is the object as it will be."
            self.error(place, "Invalid reference", detail, *span)
            return
        if len(names) == 1:
            bare = [one for one in known if one.endswith(f".{names[0]}")][:1]
            if bare:
                hint = f" Did you mean {bare[0]}?"
            else:
                hint = f' A text is written in quotes: "{names[0]}".{did_you_mean(names[0], ROOTS)}'
            self.error(place, "Invalid reference", f'"{names[0]}" is no reference.{hint}', *span)
            return
        where = f" in {self.unit.folder}" if self.unit.path else ""
        detail = f"No block {address} is declared{where}.{self.hint('block', address, known)}"
        self.error(place, "Reference to undeclared block", detail, *span)

    def _unread(self, *addresses: str) -> bool:
        """Tell whether something stands in a file with mistakes, which are told."""
        return not self.unit.module.unread.isdisjoint(addresses)

    def hint(self, what: str, name: str, known: Iterable[str]) -> str:
        """Name the nearest known name; found once for all who got it wrong alike."""
        if (what, name) not in self._hints:
            searched = len(self._hints) < _MOST_HINTS
            self._hints[what, name] = did_you_mean(name, known) if searched else ""
        return self._hints[what, name]

    def error(self, place: Place, summary: str, detail: str, start: int, end: int) -> None:
        """Tell a mistake."""
        self._diagnostics.append(place.error(summary, detail, start, end))
