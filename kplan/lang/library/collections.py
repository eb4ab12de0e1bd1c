"""Functions on lists, sets and maps."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import ANY, NUMBER, STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.library.characters import count
from kplan.lang.library.whole import whole
from kplan.lang.problems import FunctionError
from kplan.lang.types import ConversionError, convert, type_of, unify
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Secret,
    SetValue,
    Unknown,
    equal,
    make_list,
    make_map,
    marks,
    reveal,
    type_name,
    unknown_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.values import Value

_LIST: Final = Parameter("list")
_STRINGS: Final = Parameter("list", ("list", STRING))

Items = tuple[Any, ...]


def is_list(value: Value, position: int = 0) -> Items:
    """Take a list or set, or raise FunctionError of an argument."""
    if isinstance(value, tuple):
        return value
    raise FunctionError(f"a list or set is required, and this is a {type_name(value)}", position)


def no_set(value: Value, position: int = 0) -> Items:
    """Take a list that has an order, or raise FunctionError of an argument."""
    if isinstance(value, SetValue):
        raise FunctionError("a list is required, and this is a set; make a list of it with tolist", position)
    return is_list(value, position)


def _is_map(value: Value, position: int = 0) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise FunctionError(f"a map or object is required, and this is a {type_name(value)}", position)


@function("length", Parameter("value"), gives="number", takes=Marks.ELEMENTS)
def _length(value: Value) -> int:
    if isinstance(value, str):
        return count(value)
    if isinstance(value, (tuple, dict)):
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
    takes=Marks.ALL,
)
def _lookup(given: Value, key: Value, *default: Value) -> Value:
    secret = isinstance(given, Secret) or isinstance(key, Secret)
    plain, name = (one.reveal() if isinstance(one, Secret) else one for one in (given, key))
    result = _looked_up(plain, name, default)
    return Secret(result) if secret else result


def _looked_up(given: Value, key: Value, default: tuple[Value, ...]) -> Value:
    if isinstance(given, Unknown) or isinstance(key, Unknown):
        return Unknown("any", unknown_by(make_list((given, key))))
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
    items = is_list(given, 1)
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
    return make_list([item for position, one in enumerate(lists) for item in no_set(one, position)])


@function("flatten", _LIST, gives="list(any)", takes=Marks.ELEMENTS)
def _flatten(given: Value) -> Value:
    if marks(given) & UNKNOWN:
        return Unknown("list(any)", unknown_by(given))
    made: list[Value] = []
    secret = False

    def take(items: Items) -> None:
        nonlocal secret
        for item in items:
            plain = item.reveal() if isinstance(item, Secret) else item
            if isinstance(plain, tuple):
                secret = secret or isinstance(item, Secret)
                take(plain)
            else:
                made.append(item)

    take(is_list(given))
    result = make_list(made)
    return Secret(reveal(result)) if secret else result


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


@function("contains", _LIST, Parameter("value"), gives="bool", takes=Marks.ALL)
def _contains(given: Value, value: Value) -> Value:
    def search(items: Items, wanted: Value) -> Value:
        if any(equal(item, wanted) for item in is_list(items)):
            return True
        return _never(items, wanted, "bool")

    return _searched(given, value, "bool", search)


@function("index", _LIST, Parameter("value"), gives="number", takes=Marks.ALL)
def _index(given: Value, value: Value) -> Value:
    def search(items: Items, wanted: Value) -> Value:
        for at, item in enumerate(no_set(items)):
            if equal(item, wanted):
                return at
            if marks(item) & UNKNOWN:
                break
        later = _never(items, wanted, "number")
        if later is False:
            raise FunctionError("item not found")
        return later

    return _searched(given, value, "number", search)


def _never(items: Items, wanted: Value, gives: str) -> Value:
    """Tell of what wasn't found that it is not there, or that it isn't known."""
    both = make_list((items, wanted))
    return Unknown(gives, unknown_by(both)) if marks(both) & UNKNOWN else False


def _searched(given: Value, value: Value, gives: str, search: Callable[[Items, Value], Value]) -> Value:
    held = marks(given) | marks(value)
    items = reveal(given)
    result: Value = Unknown(gives, items.by) if isinstance(items, Unknown) else search(items, reveal(value))
    return Secret(result) if held & SECRET else result


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
    secret = False
    for value in given:
        secret = secret or isinstance(value, Secret)
        plain = value.reveal() if isinstance(value, Secret) else value
        if isinstance(plain, Unknown) or plain not in (None, ""):
            result = convert(plain, common)
            return Secret(result) if secret else result
    raise FunctionError("no non-null, non-empty-string arguments")


@function("coalescelist", rest=Parameter("vals"), gives="list(any)", takes=Marks.ELEMENTS)
def _coalescelist(*given: Value) -> Value:
    for one in [no_set(one, position) for position, one in enumerate(given)]:
        if one:
            return one
    raise FunctionError("no non-null arguments" if given else "at least one argument is required")


@function("element", _LIST, Parameter("index", NUMBER), takes=Marks.ELEMENTS)
def _element(given: Value, index: int | Decimal) -> Value:
    items = is_list(given)
    if isinstance(items, SetValue):
        raise FunctionError("cannot read elements from set of values; convert it with tolist first", 0)
    at = whole(index, 1)
    if at < 0:
        raise FunctionError("cannot use element function with a negative index")
    if not items:
        raise FunctionError("cannot use element function with an empty list", 0)
    return items[at % len(items)]


@function(
    "slice", _LIST, Parameter("start_index", NUMBER), Parameter("end_index", NUMBER), takes=Marks.ELEMENTS
)
def _slice(given: Value, start: int | Decimal, end: int | Decimal) -> Value:
    items = is_list(given)
    if isinstance(items, SetValue):
        raise FunctionError(
            "cannot slice a set, because its elements do not have indices; use tolist first", 0
        )
    first, last = whole(start, 1), whole(end, 2)
    if first < 0:
        raise FunctionError("start index must not be less than zero", 1)
    if last > len(items):
        raise FunctionError("end index must not be greater than the length of the list", 2)
    if first > last:
        raise FunctionError("start index must not be greater than end index", 1)
    return make_list(items[first:last])


@function("one", _LIST, takes=Marks.ELEMENTS)
def _one(given: Value) -> Value:
    items = is_list(given)
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
    return make_list(is_list(given)[::-1])


@function(
    "chunklist",
    Parameter("list", ("list", ANY)),
    Parameter("size", NUMBER),
    gives="list(any)",
    takes=Marks.ELEMENTS,
)
def _chunklist(items: Items, size: int | Decimal) -> Value:
    width = whole(size, 1)
    if width < 0:
        raise FunctionError("the size argument must be positive", 1)
    if not width:
        return make_list([make_list(items)])
    return make_list([make_list(items[at : at + width]) for at in range(0, len(items), width)])


@function("transpose", Parameter("values", ("map", ("list", STRING))), gives="map(list(string))")
def _transpose(given: dict[str, Items]) -> Value:
    made: dict[str, list[str]] = {}
    for key, items in sorted(given.items()):
        if items is None or None in items:
            raise FunctionError("neither the lists nor what they hold may be null", 0)
        for item in items:
            made.setdefault(item, []).append(key)
    return {key: tuple(made[key]) for key in sorted(made)}


@function(
    "matchkeys",
    Parameter("values", ("list", ANY)),
    Parameter("keys", ("list", ANY)),
    Parameter("searchset", ("list", ANY)),
    gives="list(any)",
)
def _matchkeys(given: Items, keys: Items, searched: Items) -> Value:
    if len(given) != len(keys):
        raise FunctionError(f"there are {len(given)} values, but {len(keys)} keys", 1)
    try:
        both = convert((*keys, *searched), ("list", ANY))
    except ConversionError:
        raise FunctionError("the keys and what is searched for must be of one type", 2) from None
    wanted = both[len(keys) :]
    return make_list(
        value
        for value, key in zip(given, both[: len(keys)], strict=True)
        if any(equal(key, one) for one in wanted)
    )
