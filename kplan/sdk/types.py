"""How a provider declares block types: data only, so that declaring one imports no client library."""

from __future__ import annotations

from enum import Flag, auto
from typing import Any, Final, NamedTuple


class Is(Flag):
    """What an attribute is. CONFIG may be declared; COMPUTED is decided by the live system where not declared.

    BEFORE: a leaf's attribute that names a block of the composite that is its `type`, by reference. The object is there
    before what that block comes to, and is not yielded by it; it is no value, and nobody is sent it.
    """

    CONFIG = auto()
    COMPUTED = auto()
    REQUIRED = auto()
    SENSITIVE = auto()
    WRITE_ONLY = auto()
    IMMUTABLE = auto()
    VOLATILE = auto()  # shown, never compared: it changes by itself
    BEFORE = auto()


OPTIONAL: Final = Is.CONFIG
REQUIRED: Final = Is.CONFIG | Is.REQUIRED
COMPUTED: Final = Is.COMPUTED
OPTIONAL_COMPUTED: Final = Is.CONFIG | Is.COMPUTED


class Attribute(NamedTuple):
    """One attribute. `type` is a type constraint as the language writes it; `changing` says what a change does."""

    name: str
    type: str
    doc: str
    flags: Is = OPTIONAL
    example: str = ""
    changing: str = ""


class NestedBlock(NamedTuple):
    """A nested block, at most once in its parent; it evaluates to an object under its name.

    `many`: any number of times, each with a label of its own; they evaluate to a list of objects in the order that they
    stand in, each with its label as `label`.
    """

    name: str
    attributes: tuple[Attribute, ...]
    doc: str = ""
    blocks: tuple[NestedBlock, ...] = ()
    many: bool = False


class EndpointKind(NamedTuple):
    """A block type that names a live system, such as `cluster`. Its value in expressions is an opaque handle.

    `uid` names the attribute that pins the live id; `readable` the attributes that expressions may read; `inside` the one
    that takes the handle of the endpoint that it belongs to, as a Connect cluster does to a Kafka cluster; `reached_by`
    the one with its addresses, where what is wrong with who answers there is told.
    """

    name: str
    attributes: tuple[Attribute, ...]
    doc: str
    uid: str
    readable: tuple[str, ...]
    blocks: tuple[NestedBlock, ...] = ()
    inside: str = ""
    reached_by: str = ""


class Leaf(NamedTuple):
    """A block type of which each instance is one live object on one endpoint.

    `identity` names the attributes that make the object's key on its endpoint (an attribute called `name` defaults
    to the block's label); `on` the kind of endpoint and `on_attribute` the attribute that takes its handle;
    lower `rank` goes first on an endpoint; `batch` is the most that one call takes; `appears_within` (seconds)
    bounds how long after a write whose answer was lost the object may still appear. `shared`: no block type, but
    what composites yield; one object belongs to every block that yields it, and goes when the last claim goes.
    """

    name: str
    attributes: tuple[Attribute, ...]
    identity: tuple[str, ...]
    on: str
    on_attribute: str
    doc: str = ""
    blocks: tuple[NestedBlock, ...] = ()
    rank: int = 50
    batch: int = 1000
    appears_within: float = 60.0
    shared: bool = False


class Composite(NamedTuple):
    """A block type that only expands to leaves; it has no live object and no session.

    `sole`: no two blocks of it may yield the same shared leaf. `asks`: what it comes to depends on what is on endpoints,
    which it asks first.
    """

    name: str
    attributes: tuple[Attribute, ...]
    doc: str = ""
    blocks: tuple[NestedBlock, ...] = ()
    sole: bool = False
    asks: bool = False


class Source(NamedTuple):
    """A `data` block type: a question asked of one endpoint while planning."""

    name: str
    attributes: tuple[Attribute, ...]
    on: str
    on_attribute: str
    doc: str = ""
    blocks: tuple[NestedBlock, ...] = ()


BlockType = EndpointKind | Leaf | Composite | Source


def attribute(declared: Any, name: str) -> Attribute | None:
    """Find an attribute of a type or nested block by name."""
    return next((one for one in declared.attributes if one.name == name), None)
