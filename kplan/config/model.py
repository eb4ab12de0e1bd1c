"""What the user declared, as values: blocks still to be evaluated, and instances once they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.sdk.types import BlockType, Leaf  # noqa: TC001 - read by NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.config.schema import Schema
    from kplan.lang.ast import Attribute, Block, Reference
    from kplan.lang.source import Source
    from kplan.lang.types import Type

Values = dict[str, Any]


class Place(NamedTuple):
    """Where a block stands: node offsets count from `base` in `source`; `context` names it in messages."""

    source: Source
    base: int
    context: str

    def error(self, summary: str, detail: str, start: int, end: int, **more: Any) -> Diagnostic:
        """Make an error about a part of the block."""
        return self._diagnose(Severity.ERROR, summary, detail, start, end, **more)

    def warning(self, summary: str, detail: str, start: int, end: int, **more: Any) -> Diagnostic:
        """Make a warning about a part of the block."""
        return self._diagnose(Severity.WARNING, summary, detail, start, end, **more)

    def _diagnose(
        self, severity: Severity, summary: str, detail: str, start: int, end: int, **more: Any
    ) -> Diagnostic:
        base = self.base
        return Diagnostic(
            severity, summary, detail, self.source, base + start, base + end, context=self.context, **more
        )


class Declared(NamedTuple):
    """A block of a provider's type: an endpoint, a leaf, a composite or a data source."""

    address: str
    kind: BlockType
    label: str
    place: Place
    block: Block
    schema: Schema
    attributes: dict[str, Attribute]
    nested: dict[str, Block]
    references: tuple[Reference, ...]
    for_each: Attribute | None = None
    labels: Attribute | None = None
    prevent_destroy: Attribute | None = None
    depends_on: tuple[str, ...] = ()


class Variable(NamedTuple):
    """A `variable` block. `default` None: a value is required."""

    name: str
    place: Place
    block: Block
    type: Type
    default: Attribute | None
    sensitive: bool
    nullable: bool
    description: str


class Local(NamedTuple):
    """One entry of a `locals` block."""

    name: str
    place: Place
    attribute: Attribute


class Output(NamedTuple):
    """An `output` block."""

    name: str
    place: Place
    value: Attribute
    sensitive: bool
    depends_on: tuple[str, ...]


class Import(NamedTuple):
    """An `import` block: adopt the object `id` as the instance `to`. `start` and `end` are the id's, `at` the address's."""

    to: str
    id: str
    place: Place
    start: int
    end: int
    at: tuple[int, int]


class Removed(NamedTuple):
    """A `removed` block: what becomes of objects whose block is gone. `destroy` True is reviewed consent."""

    address: str
    destroy: bool
    place: Place
    start: int
    end: int


class Module(NamedTuple):
    """A folder's blocks, statically checked. `edges` maps each block and `local.x` to what it refers to."""

    folder: Path
    declared: dict[str, Declared]
    variables: dict[str, Variable]
    locals: dict[str, Local]
    outputs: dict[str, Output]
    imports: tuple[Import, ...]
    removed: tuple[Removed, ...]
    backend_path: str
    sources: tuple[Source, ...]


class EndpointInstance(NamedTuple):
    """An evaluated endpoint block. `settings` has its name filled in; `pinned` is the declared live id or ""."""

    address: str
    block: str
    kind: str
    settings: Values
    labels: Values
    pinned: str


class Instance(NamedTuple):
    """An evaluated leaf. `desired` is complete: defaults filled in, canonical, without the endpoint's handle.

    `depends` are the blocks it refers to. `unresolved`: something in `desired` is decided only by the apply.
    """

    address: str
    block: str
    leaf: Leaf
    endpoint: str
    identity: tuple[str, ...]
    desired: Values
    labels: Values
    prevent_destroy: bool
    name_defaulted: bool
    depends: tuple[str, ...]
    unresolved: bool
    each: tuple[str, Any] | None = None


class Query(NamedTuple):
    """An evaluated data block: what to ask of which endpoint. `key` is that of for_each."""

    address: str
    key: str | None
    block: str
    source: str
    endpoint: str
    args: Values
