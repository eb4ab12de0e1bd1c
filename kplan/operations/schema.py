"""The story of `kplan schema`: what every block may hold, as data about data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config.own_blocks import EVERYWHERE, LABELS, LIFECYCLE, OWN_BLOCKS
from kplan.registry import types as registry
from kplan.sdk.types import Attribute, EndpointKind, Leaf, NestedBlock, Source

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType


class Described(NamedTuple):
    """A block type with all that may stand in it. `kind` is "own", "endpoint", "object" or "data".

    `own` are the engine's arguments on it; `open`: it takes arguments of any name.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    doc: str
    attributes: tuple[Attribute, ...]
    own: tuple[Attribute, ...]
    blocks: tuple[NestedBlock, ...]
    open: bool
    identity: tuple[str, ...] = ()


class Catalogue(NamedTuple):
    """Every block type that there is; `kinds` are the names of endpoints, which are types of values too."""

    blocks: tuple[Described, ...]
    kinds: frozenset[str]


def catalogue() -> Catalogue:
    """Describe the block types of every installed provider and the engine's own."""
    types = registry.load(registry.load(()).known)
    own = [
        Described(one.name, "own", one.labels, one.doc, one.attributes, (), one.blocks, one.open)
        for one in OWN_BLOCKS
    ]
    resources = [_described(types.resources[name]) for name in sorted(types.resources)]
    sources = [_described(types.sources[name]) for name in sorted(types.sources)]
    return Catalogue((*resources, *sources, *own), types.endpoint_kinds())


def _described(kind: BlockType) -> Described:
    attributes, blocks = tuple(kind.attributes), tuple(kind.blocks)
    if isinstance(kind, EndpointKind):
        return Described(
            kind.name, "endpoint", ("name",), kind.doc, attributes, (*EVERYWHERE, LABELS), blocks, False
        )
    if isinstance(kind, Source):
        conditions = LIFECYCLE._replace(attributes=())
        return Described(
            kind.name, "data", ("name",), kind.doc, attributes, EVERYWHERE, (*blocks, conditions), False
        )
    identity = kind.identity if isinstance(kind, Leaf) else ()
    return Described(
        kind.name,
        "object",
        ("name",),
        kind.doc,
        attributes,
        (*EVERYWHERE, LABELS),
        (*blocks, LIFECYCLE),
        False,
        identity,
    )
