"""Block types by name, each with the provider it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.sdk.types import BlockType, Composite, EndpointKind, Is, Leaf, NestedBlock, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint

    from kplan.sdk.session import Provider, Rules

GROUP = "kplan.types"


class RegistryProblem(Exception):  # noqa: N818 - a diagnostic to be
    """Installed providers that can't be used; the message names them."""

    def __init__(self, summary: str, detail: str) -> None:
        """Say what is wrong, and the way out."""
        super().__init__(detail)
        self.summary = summary


class Types(NamedTuple):
    """What a run knows. `known` are all names that exist, loaded or not, for suggestions.

    `leaves` has those that are no block types of their own as well.
    """

    resources: dict[str, BlockType]
    leaves: dict[str, Leaf]
    sources: dict[str, Source]
    providers: dict[str, Provider]
    rules: dict[str, Rules]
    known: tuple[str, ...]

    def leaf(self, name: str) -> Leaf:
        """Give a leaf type that is known to be loaded."""
        return self.leaves[name]

    def endpoint_kinds(self) -> frozenset[str]:
        """Name the loaded kinds of endpoint."""
        return frozenset(name for name, one in self.resources.items() if isinstance(one, EndpointKind))


def load(names: Iterable[str]) -> Types:
    """Load the providers of the named block types, and with each provider all its types. Unknown names are left out.

    With a type come the kinds of endpoint that its arguments take, whoever they are of.
    """
    found = _entry_points()
    providers: dict[int, Provider] = {}
    waiting, seen = set(names) & set(found), set[str]()
    while waiting:
        seen |= waiting
        more: set[str] = set()
        for name in sorted(waiting):
            provider = _loaded(_only(name, found[name]))
            if id(provider) not in providers:
                providers[id(provider)] = provider
                more.update(used for one in provider.types for used in _types_used(one))
        waiting = (more & set(found)) - seen
    return gather(providers.values(), tuple(sorted(found)))


def _types_used(declared: BlockType | NestedBlock) -> Iterator[str]:
    for attribute in declared.attributes:
        if Is.BEFORE not in attribute.flags:  # who names a block of that type declares one
            yield attribute.type
    for block in declared.blocks:
        yield from _types_used(block)


def gather(providers: Iterable[Provider], known: tuple[str, ...]) -> Types:
    """Lay out the types of loaded providers by name."""
    made = Types({}, {}, {}, {}, {}, known)
    for provider in providers:
        rules = provider.rules()
        for one in provider.types:
            if isinstance(one, Source):
                made.sources[one.name] = one
            elif not (isinstance(one, Leaf) and one.shared):
                made.resources[one.name] = one
            if isinstance(one, Leaf):
                made.leaves[one.name] = one
            made.providers[one.name] = provider
            made.rules[one.name] = rules
    return made


def _entry_points() -> Mapping[str, list[EntryPoint]]:
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    for one in entry_points(group=GROUP):
        found.setdefault(one.name, []).append(one)
    return found


def _only(name: str, offered: list[EntryPoint]) -> EntryPoint:
    if len({one.value for one in offered}) > 1:
        owners = " and ".join(sorted({_owner(one) for one in offered}))
        raise RegistryProblem(
            "Conflicting providers",
            f'Two installed distributions offer the block type "{name}": {owners}. Uninstall one of them.',
        )
    return offered[0]


def _loaded(offered: EntryPoint) -> Any:
    try:
        return offered.load()
    except (ImportError, AttributeError) as problem:
        raise RegistryProblem(
            "Provider can't be loaded",
            f'The provider of the block type "{offered.name}", {_owner(offered)}, can\'t be loaded: {problem}. Install it '
            "anew, in a version that goes with this kplan.",
        ) from problem


def _owner(offered: EntryPoint) -> str:
    return offered.dist.name if offered.dist else offered.value


__all__ = ["BlockType", "Composite", "RegistryProblem", "Types", "gather", "load"]
