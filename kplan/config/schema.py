"""Which attributes and nested blocks a block may have: the provider's, and the engine's own on every block."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.lang.types import ANY, STRING, Type, parse_type
from kplan.sdk.types import Attribute, BlockType, EndpointKind, Is, NestedBlock, Source

if TYPE_CHECKING:
    from collections.abc import Iterable


class Schema(NamedTuple):
    """A compiled block schema. `declared` are the provider's attributes that have values; `metas` the engine's.

    `repeated` are the engine's blocks that may stand there several times, `many` the provider's, which have labels;
    `sensitive` takes secrets only. `before` name blocks of composites, and are no values.
    """

    types: dict[str, Type]
    declared: dict[str, Attribute]
    settable: frozenset[str]
    required: tuple[str, ...]
    blocks: dict[str, Schema]
    metas: frozenset[str]
    repeated: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()

    def names(self) -> list[str]:
        """List what may be written as an attribute, for suggestions."""
        return sorted(self.settable | self.metas)


NOTHING = Schema({}, {}, frozenset(), (), {}, frozenset())


def compile_attributes(
    attributes: Iterable[Attribute],
    blocks: Iterable[NestedBlock],
    kinds: frozenset[str],
    metas: frozenset[str] = frozenset(),
) -> Schema:
    """Compile declared attributes and blocks once, so that checking a block is look-ups only."""
    listed, nested = {one.name: one for one in attributes}, tuple(blocks)
    return Schema(
        {
            name: ANY if Is.BEFORE in one.flags else parse_type(one.type, kinds)
            for name, one in listed.items()
        },
        {name: one for name, one in listed.items() if Is.BEFORE not in one.flags},
        frozenset(name for name, one in listed.items() if Is.CONFIG in one.flags),
        tuple(name for name, one in listed.items() if Is.REQUIRED in one.flags),
        {one.name: compile_attributes(one.attributes, one.blocks, kinds) for one in nested},
        metas,
        sensitive=frozenset(name for name, one in listed.items() if Is.SENSITIVE in one.flags),
        many=frozenset(one.name for one in nested if one.many),
        before=frozenset(name for name, one in listed.items() if Is.BEFORE in one.flags),
    )


def _engine(required: tuple[str, ...], optional: tuple[str, ...] = (), **blocks: Schema) -> Schema:
    names = (*required, *optional)
    return Schema(
        dict.fromkeys(names, STRING),
        {name: Attribute(name, "any", "") for name in names},
        frozenset(names),
        required,
        blocks,
        frozenset(),
        frozenset(blocks) & _SEVERAL,
    )


_SEVERAL = frozenset({"validation", "precondition", "postcondition", "assert"})
CONDITION = _engine(("condition", "error_message"))
LIFECYCLE = _engine(
    (), ("prevent_destroy", "ignore_changes"), precondition=CONDITION, postcondition=CONDITION
)
DATA_LIFECYCLE = _engine((), precondition=CONDITION, postcondition=CONDITION)
REMOVED_LIFECYCLE = _engine((), ("destroy",))
_COMMON = frozenset({"for_each", "count", "depends_on"})
_LABELLED = _COMMON | {"labels"}


def compile_type(kind: BlockType, kinds: frozenset[str]) -> Schema:
    """Compile a block type, with the engine's own attributes and blocks beside the provider's."""
    metas = _COMMON if isinstance(kind, Source) else _LABELLED
    made = compile_attributes(kind.attributes, kind.blocks, kinds, metas)
    if not isinstance(kind, EndpointKind):
        made.blocks["lifecycle"] = DATA_LIFECYCLE if isinstance(kind, Source) else LIFECYCLE
    return made


_BACKEND = _engine((), ("path",))
ENGINE = {
    "kplan": _engine((), ("required_version",), backend=_BACKEND),
    "variable": _engine(
        (), ("type", "default", "description", "sensitive", "nullable"), validation=CONDITION
    ),
    "output": _engine(("value",), ("description", "sensitive", "depends_on"), precondition=CONDITION),
    "import": _engine(("to", "id"), ("for_each",)),
    "moved": _engine(("from", "to")),
    "removed": _engine(("from",), lifecycle=REMOVED_LIFECYCLE),
}
LABELS = {
    "kplan": 0,
    "variable": 1,
    "locals": 0,
    "output": 1,
    "import": 0,
    "moved": 0,
    "removed": 0,
    "module": 1,
    "check": 1,
}
# What Terraform's lifecycle has and kplan doesn't, and why.
UNSUITED = {
    "create_before_destroy": "Names on a cluster are unique, so the new object can't be made before the old one is gone.",
    "replace_triggered_by": "kplan replaces an object only when it is asked to, by -replace=ADDRESS.",
}
