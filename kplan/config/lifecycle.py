"""What a lifecycle block says: protection, what to ignore, and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config.conditions import conditions_of
from kplan.config.model import Condition, Ignored
from kplan.lang import ast
from kplan.lang.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

    from kplan.config.model import Place
    from kplan.lang.ast import Attribute, Block, Node
    from kplan.lang.diagnostics import Diagnostic


class Lifecycle(NamedTuple):
    """A lifecycle block, read."""

    prevent_destroy: Attribute | None = None
    ignored: tuple[Ignored, ...] = ()
    ignores_all: bool = False
    preconditions: tuple[Condition, ...] = ()
    postconditions: tuple[Condition, ...] = ()


def read(
    block: Block | None, place: Place, known: Collection[str], diagnostics: list[Diagnostic]
) -> Lifecycle:
    """Read a lifecycle block; `known` are the attributes that there are. Mistakes are added to `diagnostics`."""
    if block is None:
        return Lifecycle()
    changes = ast.attribute_of(block, "ignore_changes")
    ignored, ignores_all = _ignored(changes, place, diagnostics) if changes is not None else ((), False)
    for one in ignored:
        if one.path[0] not in known:
            detail = f'No attribute is called "{one.path[0]}" here.{did_you_mean(one.path[0], known)}'
            diagnostics.append(place.error("Unsupported attribute", detail, one.start, one.end))
    return Lifecycle(
        ast.attribute_of(block, "prevent_destroy"),
        ignored,
        ignores_all,
        conditions_of(block, "precondition"),
        conditions_of(block, "postcondition"),
    )


def _ignored(
    attribute: Attribute, place: Place, diagnostics: list[Diagnostic]
) -> tuple[tuple[Ignored, ...], bool]:
    node = attribute[ast.EXPRESSION]
    if node[0] == ast.REF and node[3] == ("all",):
        return (), True
    items = node[3] if node[0] == ast.LIST else ()
    found = [(_path(item), item) for item in items]
    wrong = [node] if node[0] != ast.LIST else [item for path, item in found if not path]
    for item in wrong:
        detail = (
            'ignore_changes takes `all`, or a list of attributes: `[partitions, config["retention.ms"]]`.'
        )
        diagnostics.append(place.error("Invalid expression", detail, item[1], item[2]))
    return tuple(Ignored(path, item[1], item[2]) for path, item in found if path), False


def _path(node: Node) -> tuple[str, ...]:
    """Read an attribute, or an element of one, as a path; () if it is neither."""
    if node[0] == ast.REF:
        return tuple(node[3])
    if node[0] == ast.LITERAL and isinstance(node[3], str):  # as Terraform once wrote it
        return (node[3],)
    if node[0] == ast.INDEX and node[4][0] == ast.LITERAL and isinstance(node[4][3], str):
        base = _path(node[3])
        return (*base, node[4][3]) if base else ()
    return ()
