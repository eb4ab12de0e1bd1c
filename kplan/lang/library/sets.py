"""Sets, and numbers in a row."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import ANY, NUMBER
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.library.collections import is_list
from kplan.lang.operators import binary
from kplan.lang.problems import FunctionError
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import SECRET, Secret, SetValue, equal, make_list, make_set, marks_in, reveal

if TYPE_CHECKING:
    from decimal import Decimal

    from kplan.sdk.values import Value

_MOST_RANGE: Final = 1024  # Terraform's bound

_FIRST: Final = Parameter("first_set", ("set", ANY))
_OTHERS: Final = Parameter("other_sets", ("set", ANY))

Items = tuple[Any, ...]


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
    if start == limit:
        return ()
    if not step:
        raise FunctionError("step must not be zero", 2)
    if (step > 0) != (limit > start):
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


@function("setproduct", rest=Parameter("sets"), gives="list(any)", takes=Marks.ELEMENTS)
def _setproduct(*given: Value) -> Value:
    if len(given) < 2:
        raise FunctionError("at least two arguments are required")
    lists = [_of_one_type(is_list(one, position), position) for position, one in enumerate(given)]
    held = marks_in(lists)
    made = [make_list(combination) for combination in product(*map(reveal, lists))]
    result = make_set(made) if all(isinstance(one, SetValue) for one in given) else make_list(made)
    return Secret(result) if held & SECRET else result


def _of_one_type(items: Items, position: int) -> Value:
    try:
        return convert(items, ("list", ANY))
    except ConversionError as problem:
        raise FunctionError(problem.reason, position) from None


@function("setunion", _FIRST, rest=_OTHERS, gives="set(any)")
def _setunion(*given: Items) -> Value:
    return make_set(item for one in _alike(given) for item in one)


@function("setintersection", _FIRST, rest=_OTHERS, gives="set(any)")
def _setintersection(*given: Items) -> Value:
    first, *others = _alike(given)
    return make_set(item for item in first if all(_has(other, item) for other in others))


@function("setsubtract", Parameter("a", ("set", ANY)), Parameter("b", ("set", ANY)), gives="set(any)")
def _setsubtract(first: Items, second: Items) -> Value:
    kept, gone = _alike((first, second))
    return make_set(item for item in kept if not _has(gone, item))


def _has(items: Items, wanted: Value) -> bool:
    return any(equal(item, wanted) for item in items)


def _alike(given: tuple[Items, ...]) -> list[Items]:
    """Bring what all sets hold to one type."""
    try:
        items = convert(tuple(item for one in given for item in one), ("list", ANY))
    except ConversionError:
        raise FunctionError("all sets must have elements of the same type") from None
    made: list[Items] = []
    for one in given:
        made.append(items[: len(one)])
        items = items[len(one) :]
    return made
