"""Values of the language: plain Python on the fast path, marks where something is unknown or secret.

A Value is None, bool, int, Decimal (never integral: see `number`), str, tuple (list), SetValue, dict (map or
object, treated as frozen), Unknown, Secret or Endpoint. A container that holds a mark anywhere is a marked
type, made so when built, so that asking "is anything in here unknown?" never walks the value.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

UNKNOWN: Final = 1
SECRET: Final = 2

type_name_of = {bool: "bool", int: "number", Decimal: "number", str: "string", tuple: "list", dict: "map"}

Value = Any  # None | bool | int | Decimal | str | tuple | dict | Unknown | Secret | Endpoint, recursively


class Unknown:
    """A value decided only by an apply or a later read; `by` are the addresses that will decide it."""

    __slots__ = ("by", "type")

    def __init__(self, type: str = "any", by: tuple[str, ...] = ()) -> None:  # noqa: A002 - Terraform's word
        """Make an unknown of a type constraint's text."""
        self.type = type
        self.by = by

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and (self.type, self.by) == (other.type, other.by)

    def __hash__(self) -> int:
        return hash((Unknown, self.type, self.by))

    def __repr__(self) -> str:
        return "(known after apply)"


class Secret:
    """A sensitive value: shows nothing, pickles nowhere; only `reveal` gives it back."""

    __slots__ = ("_value",)

    def __init__(self, value: Value) -> None:
        """Wrap a value; wrapping a Secret again changes nothing."""
        self._value: Value = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> Value:
        """Give the value back. Only a session (to send it) and the evaluator (to derive from it) may ask."""
        return self._value

    def derive(self, function: Callable[[Value], Value]) -> Secret:
        """Apply a function inside the mark."""
        return Secret(function(self._value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and equal(self._value, other._value)

    def __hash__(self) -> int:
        return hash(Secret)

    def __repr__(self) -> str:
        return "(sensitive value)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never serialised")


class Endpoint:
    """What `cluster.primary` is inside a value: an opaque handle, never its settings."""

    __slots__ = ("address", "kind")

    def __init__(self, address: str, kind: str) -> None:
        """Name an endpoint by its instance address and its block type."""
        self.address = address
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endpoint) and self.address == other.address

    def __hash__(self) -> int:
        return hash((Endpoint, self.address))

    def __repr__(self) -> str:
        return self.address


class MarkedTuple(tuple[Value, ...]):  # noqa: SLOT001 - a tuple of variable size can have no slots of its own
    """A list that holds a mark somewhere."""

    marks: int


class MarkedDict(dict[str, Value]):
    """A map or object that holds a mark somewhere."""

    marks: int


class SetValue(tuple[Value, ...]):
    """A set: distinct, in order. Built only by `make_set`; never holds a mark."""

    __slots__ = ()


_MARKED: Final = frozenset({Unknown, Secret, MarkedTuple, MarkedDict})


def marks(value: Value) -> int:
    """Tell which marks a value holds anywhere, as bits of UNKNOWN and SECRET, in constant time."""
    kind = type(value)
    if kind not in _MARKED:
        return 0
    if kind is Unknown:
        return UNKNOWN
    if kind is Secret:
        return SECRET | marks(value._value)  # noqa: SLF001 - the module's own
    found: int = value.marks
    return found


def marks_in(values: Iterable[Value]) -> int:
    """Tell which marks any of several values holds."""
    listed = values if isinstance(values, (list, tuple)) else list(values)
    return 0 if _MARKED.isdisjoint(map(type, listed)) else _union(listed)


def make_list(items: Iterable[Value]) -> tuple[Value, ...]:
    """Build a list, marked if any item is."""
    made = tuple(items)
    if _MARKED.isdisjoint(map(type, made)):
        return made
    marked = MarkedTuple(made)
    marked.marks = _union(made)
    return marked


def make_map(items: Mapping[str, Value]) -> dict[str, Value]:
    """Build a map or object, marked if any item is. The given dict may be used as it is."""
    if _MARKED.isdisjoint(map(type, items.values())):
        return items if type(items) is dict else dict(items)
    marked = MarkedDict(items)
    marked.marks = _union(items.values())
    return marked


def make_set(items: Iterable[Value]) -> tuple[Value, ...]:
    """Build a set: duplicates go, order is by type and text. Unknown or secret items make it one Unknown or Secret."""
    made = make_list(items)
    held = marks(made)
    if held & UNKNOWN:
        whole: Value = Unknown("set(any)", unknown_by(made))
        return Secret(whole) if held & SECRET else whole  # type: ignore[return-value]
    if held & SECRET:
        return Secret(make_set(reveal(made)))  # type: ignore[return-value]
    distinct: dict[Any, Value] = {_set_key(item): item for item in made}
    return SetValue(distinct[key] for key in sorted(distinct))


def _set_key(value: Value) -> tuple[str, Any]:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return ("0number", value)
    if isinstance(value, str):
        return ("str", value)
    return (type(value).__name__, repr(value))


def _union(items: Iterable[Value]) -> int:
    found = 0
    for item in items:
        found |= marks(item)
    return found


def unknown_by(value: Value) -> tuple[str, ...]:
    """List the addresses that will decide the unknowns inside a value, in order, each once."""
    found: dict[str, None] = {}
    stack = [value]
    while stack:
        item = stack.pop()
        if not marks(item) & UNKNOWN:
            continue
        if isinstance(item, Unknown):
            found.update(dict.fromkeys(item.by))
        elif isinstance(item, Secret):
            stack.append(item.reveal())
        else:
            stack.extend(reversed(list(item.values() if isinstance(item, dict) else item)))
    return tuple(found)


def reveal(value: Value) -> Value:
    """Take every secret's mark off, deeply. For sessions and for functions that mark their result again."""
    if not marks(value) & SECRET:
        return value
    if isinstance(value, Secret):
        return reveal(value.reveal())
    if isinstance(value, dict):
        return make_map({key: reveal(item) for key, item in value.items()})
    return make_list(reveal(item) for item in value)


def secret_keys(value: Value) -> Value:
    """Name the keys of a sensitive map, sorted, which are no secrets themselves; unknown while they are, () of none."""
    bare = reveal(value)
    if isinstance(bare, Unknown):
        return Unknown("list(string)", bare.by)
    return tuple(sorted(bare)) if isinstance(bare, dict) else ()


def redact(value: Value) -> Value:
    """Put None where a secret is, deeply: what may be written down."""
    if not marks(value) & SECRET:
        return value
    if isinstance(value, Secret):
        return None
    if isinstance(value, dict):
        return make_map({key: redact(item) for key, item in value.items()})
    return make_list(redact(item) for item in value)


def equal(left: Value, right: Value) -> bool:
    """Compare two values as the language does: `1` is not `true`, an unknown equals nothing."""
    if left is right:
        return not marks(left) & UNKNOWN
    if left != right or (marks(left) | marks(right)) & UNKNOWN:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, dict):
        return all(equal(item, right[key]) for key, item in left.items())
    if isinstance(left, tuple):
        return all(equal(mine, theirs) for mine, theirs in zip(left, right, strict=True))
    return True


def number(text: str | Decimal | float) -> int | Decimal:
    """Read a number: integral ones are int, others Decimal without trailing zeros. ValueError if it is none."""
    if isinstance(text, int):
        return int(text)
    try:
        value = Decimal(text) if not isinstance(text, float) else Decimal(repr(text))
    except ArithmeticError:
        raise ValueError(f"{text!r} is not a number") from None
    if not value.is_finite() or value.adjusted() > 400:
        raise ValueError(f"{text!r} is not a number")
    return int(value) if value == value.to_integral_value() else value.normalize()


def number_text(value: Decimal | int) -> str:
    """Print a number as Terraform does: no exponent, no trailing zeros."""
    return str(value) if isinstance(value, int) else f"{value:f}"


def type_name(value: Value) -> str:
    """Name a value's type in the language's words."""
    if value is None:
        return "null"
    if isinstance(value, Secret):
        return type_name(value.reveal())
    if isinstance(value, (Endpoint, Unknown)):
        return value.kind if isinstance(value, Endpoint) else value.type
    if isinstance(value, SetValue):
        return "set"
    return next(
        (name for kind, name in type_name_of.items() if isinstance(value, kind)), type(value).__name__
    )
