"""Arguments that name a composite's block which comes after the object: what they refer to, as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.types import Is, attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.model import Declared
    from kplan.lang.ast import Attribute, Reference
    from kplan.registry.types import Types
    from kplan.sdk.types import BlockType


def attributes_before(types: Types) -> dict[str, dict[str, str]]:
    """List such arguments by block type, each with the type of the block that it names."""
    return {
        name: {one.name: one.type for one in kind.attributes if Is.BEFORE in one.flags}
        for name, kind in types.resources.items()
        if any(Is.BEFORE in one.flags for one in kind.attributes)
    }


def values_in(kind: BlockType, written: Attribute) -> list[Reference]:
    """List what such an argument refers to beside the block that it names."""
    named = named_type(kind, written[0])
    return [one for one in written[4] if one[0][0] != named]


def blocks_in(declared: Declared) -> Iterator[Reference]:
    """Step through the blocks that a block's arguments name so."""
    for name in declared.schema.before & declared.attributes.keys():
        named = named_type(declared.kind, name)
        yield from (one for one in declared.attributes[name][4] if one[0][0] == named)


def named_type(kind: BlockType, name: str) -> str:
    """Give the type of the block that such an argument names."""
    found = attribute(kind, name)
    assert found is not None  # noqa: S101 - a name of the type's schema
    return found.type
