"""What the user declared, as values: blocks still to be evaluated, and instances once they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.sdk.types import BlockType, Composite, Leaf  # noqa: TC001 - read by NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.config.schema import Schema
    from kplan.lang.ast import Attribute, Block, Node, Reference
    from kplan.lang.source import Source
    from kplan.lang.types import Type

Values = dict[str, Any]
Each = tuple[str | int, Any]  # an instance's key, and with for_each its value


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


class Condition(NamedTuple):
    """A condition that must hold: of a precondition, postcondition, validation or assert block."""

    block: Block
    condition: Attribute
    message: Attribute


class Ignored(NamedTuple):
    """One entry of ignore_changes: an attribute (`path` of one), or an element of it."""

    path: tuple[str, ...]
    start: int
    end: int


class Declared(NamedTuple):
    """A block of a provider's type: an endpoint, a leaf, a composite or a data source.

    `module` is the address of the module that it is in, without keys; "" is the root module. `address` begins with it.
    `check`: the check whose data block it is.
    """

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
    counted: Attribute | None = None
    ignored: tuple[Ignored, ...] = ()
    ignores_all: bool = False
    preconditions: tuple[Condition, ...] = ()
    postconditions: tuple[Condition, ...] = ()
    module: str = ""
    check: str = ""

    @property
    def local(self) -> str:
        """Its address within its module."""
        return self.address[len(self.module) + 1 :] if self.module else self.address

    @property
    def repeats(self) -> bool:
        """Whether it has instances by key."""
        return self.for_each is not None or self.counted is not None


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
    validations: tuple[Condition, ...] = ()


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
    preconditions: tuple[Condition, ...] = ()


class Import(NamedTuple):
    """An `import` block: adopt the object `id` as the instance of `block` that `steps` name, a key expression each."""

    block: str
    keys: tuple[tuple[str, Node | None], ...]
    to: Attribute
    id: Attribute
    for_each: Attribute | None
    place: Place


class Adoption(NamedTuple):
    """What an import block comes to: adopt the object `id` as the instance `to`.

    `start` and `end` are the id's, `at` the address's.
    """

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


class Moved(NamedTuple):
    """A `moved` block: what was at `source` is at `to` now. Addresses of blocks or instances, or of module calls."""

    source: str
    to: str
    place: Place
    at_source: tuple[int, int]
    at_to: tuple[int, int]


class Call(NamedTuple):
    """A `module` block: a call of the module in the folder `source`, a path from the caller's folder."""

    name: str
    place: Place
    block: Block
    source: str
    inputs: dict[str, Attribute]
    for_each: Attribute | None
    counted: Attribute | None
    depends_on: tuple[str, ...]

    @property
    def repeats(self) -> bool:
        """Whether it makes instances by key."""
        return self.for_each is not None or self.counted is not None


class Check(NamedTuple):
    """A `check` block: assertions that only warn. Its own data block stands among the module's."""

    name: str
    place: Place
    block: Block
    asserts: tuple[Condition, ...]
    references: tuple[Reference, ...]


class Module(NamedTuple):
    """A folder's blocks. That of a Configuration is the root module with the blocks of all modules among `declared`.

    `unread` are the addresses of blocks that stand in files with mistakes and could not be read.
    """

    folder: Path
    declared: dict[str, Declared]
    variables: dict[str, Variable]
    locals: dict[str, Local]
    outputs: dict[str, Output]
    imports: tuple[Import, ...]
    removed: tuple[Removed, ...]
    backend_path: str
    sources: tuple[Source, ...]
    calls: dict[str, Call] = {}  # noqa: RUF012 - a default that is never changed
    moved: tuple[Moved, ...] = ()
    checks: dict[str, Check] = {}  # noqa: RUF012
    unread: frozenset[str] = frozenset()


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

    `depends` are the blocks it refers to. `unresolved`: something in `desired`, or whether a precondition holds, is
    decided only by the apply. `module` is the address of the module instance that it is in. `parent` is the composite
    that yields it ("": its own block), `owners` are the addresses of the other claims on a shared one, `siblings`
    those of the same composite that it needs. `taken_over`, `left` and `notes` are as its composite's rules say (`Child`).
    `before`: the composite that it is declared apart from, whose other leaves come after it.
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
    each: Each | None = None
    module: str = ""
    parent: str = ""
    owners: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    taken_over: bool = False
    left: bool = False
    before: str = ""
    notes: tuple[str, ...] = ()


class Composed(NamedTuple):
    """An evaluated composite: what was declared, endpoints' handles included, and the leaves that it comes to."""

    address: str
    block: str
    kind: Composite
    desired: Values
    labels: Values
    each: Each | None
    module: str
    children: tuple[Instance, ...]


class Query(NamedTuple):
    """An evaluated data block: what to ask of which endpoint. `key` is that of for_each."""

    address: str
    key: str | int | None
    block: str
    source: str
    endpoint: str
    args: Values
    module: str = ""
