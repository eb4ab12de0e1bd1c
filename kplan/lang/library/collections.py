"""Functions on lists, sets and maps."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import ANY, NUMBER, STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.operators import binary
from kplan.lang.problems import FunctionError
from kplan.lang.types import ConversionError, convert, type_of, unify
from kplan.sdk.values import (
    Secret,
    SetValue,
    Unknown,
    equal,
    make_list,
    make_map,
    make_set,
    marks,
    reveal,
    type_name,
    unknown_by,
)

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_LIST: Final = Parameter("list")
_STRINGS: Final = Parameter("list", ("list", STRING))
_MOST_RANGE: Final = 1024  # Terraform's bound

Items = tuple[Any, ...]


def _is_list(value: Value, position: int = 0) -> Items:
    if isinstance(value, tuple):
        return value
    raise FunctionError(f"a list or set is required, and this is a {type_name(value)}", position)


def _is_map(value: Value, position: int = 0) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise FunctionError(f"a map or object is required, and this is a {type_name(value)}", position)


@function("length", Parameter("value"), gives="number", takes=Marks.ELEMENTS)
def _length(value: Value) -> int:
    if isinstance(value, (str, tuple, dict)):
        return len(value)
    raise FunctionError("argument must be a string, a collection type, or a structural type", 0)


@function("merge", rest=Parameter("maps", null=True), takes=Marks.ELEMENTS)
def _merge(*maps: Value) -> Value:
    made: dict[str, Any] = {}
    for position, one in enumerate(maps):
        if one is None:
            continue
        if not isinstance(one, dict):
            raise FunctionError(f'arguments must be maps or objects, got "{type_name(one)}"', position)
        made.update(one)
    return make_map(made)


@function(
    "lookup",
    Parameter("inputMap"),
    Parameter("key", STRING),
    Parameter("default", null=True),
    optional=1,
    takes=Marks.ELEMENTS,
)
def _lookup(given: Value, key: str, *default: Value) -> Value:
    found = _is_map(given)
    if key in found:
        return found[key]
    if not default:
        raise FunctionError(f'the given object has no attribute "{key}"', 1)
    return default[0]


@function("keys", Parameter("inputMap"), gives="list(string)", takes=Marks.ELEMENTS)
def _keys(given: Value) -> Value:
    return tuple(sorted(_is_map(given)))


@function("values", Parameter("mapping"), gives="list(any)", takes=Marks.ELEMENTS)
def _values(given: Value) -> Value:
    return make_list([item for _, item in sorted(_is_map(given).items(), key=lambda pair: pair[0])])


@function(
    "zipmap", Parameter("keys", ("list", STRING)), Parameter("values"), gives="map(any)", takes=Marks.ELEMENTS
)
def _zipmap(keys: Items, given: Value) -> Value:
    items = _is_list(given, 1)
    if len(keys) != len(items):
        raise FunctionError(f"number of keys ({len(keys)}) does not match number of values ({len(items)})")
    names = reveal(keys)
    if marks(names):
        return Unknown("map(any)", unknown_by(names))
    if None in names:
        raise FunctionError("a key can't be null", 0)
    made = make_map(dict(zip(names, items, strict=True)))
    return Secret(made) if marks(keys) else made


@function("concat", rest=Parameter("seqs"), gives="list(any)", takes=Marks.ELEMENTS)
def _concat(*lists: Value) -> Value:
    if not lists:
        raise FunctionError("at least one argument is required")
    return make_list([item for position, one in enumerate(lists) for item in _is_list(one, position)])


@function("flatten", _LIST, gives="list(any)")
def _flatten(given: Value) -> Value:
    made: list[Value] = []

    def take(items: Items) -> None:
        for item in items:
            if isinstance(item, tuple):
                take(item)
            else:
                made.append(item)

    take(_is_list(given))
    return make_list(made)


@function("distinct", Parameter("list", ("list", ANY)), gives="list(any)")
def _distinct(given: Items) -> Value:
    return make_list(_each_once(given))


def _each_once(items: Items) -> list[Value]:
    """Drop what came before; all items are of one type."""
    found: dict[Any, Value] = {}
    others: list[Value] = []
    made: list[Value] = []
    for item in items:
        if isinstance(item, (str, int, Decimal, type(None))):
            if item in found:
                continue
            found[item] = item
        elif any(equal(item, other) for other in others):
            continue
        else:
            others.append(item)
        made.append(item)
    return made


@function("contains", _LIST, Parameter("value", null=True), gives="bool")
def _contains(given: Value, value: Value) -> bool:
    return any(equal(item, value) for item in _is_list(given))


@function("index", _LIST, Parameter("value", null=True), gives="number")
def _index(given: Value, value: Value) -> int:
    for position, item in enumerate(_is_list(given)):
        if equal(item, value):
            return position
    raise FunctionError("item not found")


@function("compact", _STRINGS, gives="list(string)")
def _compact(items: Items) -> Value:
    return tuple(item for item in items if item not in {"", None})


@function("coalesce", rest=Parameter("vals", null=True), takes=Marks.ALL)
def _coalesce(*given: Value) -> Value:
    if not given:
        raise FunctionError("at least one argument is required")
    common = unify(tuple(type_of(value) for value in given))
    if common is None:
        raise FunctionError("all arguments must have the same type")
    for value in given:
        plain = value.reveal() if isinstance(value, Secret) else value
        if isinstance(plain, Unknown) or plain not in (None, ""):
            return convert(value, common)
    raise FunctionError("no non-null, non-empty-string arguments")


@function("coalescelist", rest=Parameter("vals"), gives="list(any)", takes=Marks.ELEMENTS)
def _coalescelist(*given: Value) -> Value:
    for position, one in enumerate(given):
        if _is_list(one, position):
            return one
    raise FunctionError("no non-null arguments" if given else "at least one argument is required")


@function("element", _LIST, Parameter("index", NUMBER), takes=Marks.ELEMENTS)
def _element(given: Value, index: int | Decimal) -> Value:
    items = _is_list(given)
    if isinstance(items, SetValue):
        raise FunctionError("cannot read elements from set of values; convert it with tolist first", 0)
    at = _whole(index, 1)
    if at < 0:
        raise FunctionError("cannot use element function with a negative index")
    if not items:
        raise FunctionError("cannot use element function with an empty list", 0)
    return items[at % len(items)]


@function(
    "slice", _LIST, Parameter("start_index", NUMBER), Parameter("end_index", NUMBER), takes=Marks.ELEMENTS
)
def _slice(given: Value, start: int | Decimal, end: int | Decimal) -> Value:
    items = _is_list(given)
    if isinstance(items, SetValue):
        raise FunctionError(
            "cannot slice a set, because its elements do not have indices; use tolist first", 0
        )
    first, last = _whole(start, 1), _whole(end, 2)
    if first < 0:
        raise FunctionError("start index must not be less than zero", 1)
    if last > len(items):
        raise FunctionError("end index must not be greater than the length of the list", 2)
    if first > last:
        raise FunctionError("start index must not be greater than end index", 1)
    return make_list(items[first:last])


def _whole(given: int | Decimal, position: int) -> int:
    if isinstance(given, Decimal):
        raise FunctionError("a whole number is required", position)
    return given


@function("one", _LIST, takes=Marks.ELEMENTS)
def _one(given: Value) -> Value:
    items = _is_list(given)
    if len(items) > 1:
        raise FunctionError("must be a list, set, or tuple value with either zero or one elements", 0)
    return items[0] if items else None


@function("sort", _STRINGS, gives="list(string)")
def _sort(items: Items) -> Value:
    if None in items:
        raise FunctionError("given list element is null; a null string cannot be sorted", 0)
    return tuple(sorted(items))


@function("reverse", _LIST, gives="list(any)", takes=Marks.ELEMENTS)
def _reverse(given: Value) -> Value:
    return make_list(_is_list(given)[::-1])


@function("range", rest=Parameter("params", NUMBER), gives="list(number)")
def _range(*given: int | Decimal) -> Value:
    match given:
        case (limit,):
            start, step = 0, 1 if limit >= 0 else -1
        case (start, limit):
            step = 1 if limit >= start else -1
        case (start, limit, step):
            pass
        case _:
            raise FunctionError("must have one, two, or three arguments")
    if not step:
        raise FunctionError("step must not be zero", 2)
    if (step > 0) != (limit >= start) and limit != start:
        raise FunctionError(
            f"end must be {'greater' if step > 0 else 'less'} than start when the step is {'positive' if step > 0 else 'negative'}"
        )
    made: list[Value] = []
    at: Value = start
    while (at < limit) if step > 0 else (at > limit):
        if len(made) == _MOST_RANGE:
            raise FunctionError(
                f"more than {_MOST_RANGE} values were generated; either decrease the difference between start and end or use a smaller step"
            )
        made.append(at)
        at = binary("+", at, step)
    return tuple(made)


@function("setproduct", rest=Parameter("sets"), gives="list(any)")
def _setproduct(*given: Value) -> Value:
    if len(given) < 2:
        raise FunctionError("at least two arguments are required")
    lists = [_is_list(one, position) for position, one in enumerate(given)]
    made = [tuple(combination) for combination in product(*lists)]
    if all(isinstance(one, SetValue) for one in lists):
        return make_set(made)
    return tuple(made)


@function("setunion", rest=Parameter("sets", ("set", ANY)), gives="set(any)")
def _setunion(*given: Items) -> Value:
    return make_set(_common_type([item for one in given for item in one]))


@function("setintersection", rest=Parameter("sets", ("set", ANY)), gives="set(any)")
def _setintersection(*given: Items) -> Value:
    if not given:
        raise FunctionError("at least one argument is required")
    return make_set(
        item for item in given[0] if all(any(equal(item, one) for one in other) for other in given[1:])
    )


@function("setsubtract", Parameter("a", ("set", ANY)), Parameter("b", ("set", ANY)), gives="set(any)")
def _setsubtract(first: Items, second: Items) -> Value:
    return make_set(item for item in first if not any(equal(item, one) for one in second))


def _common_type(items: list[Value]) -> Items:
    try:
        return tuple(convert(tuple(items), ("list", ANY)))
    except ConversionError:
        raise FunctionError("all sets must have elements of the same type") from None


@function(
    "chunklist",
    Parameter("list", ("list", ANY)),
    Parameter("size", NUMBER),
    gives="list(any)",
    takes=Marks.ELEMENTS,
)
def _chunklist(items: Items, size: int | Decimal) -> Value:
    width = _whole(size, 1)
    if width < 0:
        raise FunctionError("the size argument must be positive", 1)
    if not width:
        return make_list([make_list(items)])
    return make_list([make_list(items[at : at + width]) for at in range(0, len(items), width)])


@function("transpose", Parameter("values", ("map", ("list", STRING))), gives="map(list(string))")
def _transpose(given: dict[str, Items]) -> Value:
    made: dict[str, list[str]] = {}
    for key, items in sorted(given.items()):
        for item in items:
            made.setdefault(item, []).append(key)
    return {key: tuple(made[key]) for key in sorted(made)}
