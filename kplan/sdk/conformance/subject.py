"""What an author gives: a provider, a live endpoint, and examples of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kplan.sdk.session import Danger, Identity, Provider, Values
    from kplan.sdk.values import Value

    Settings = Mapping[str, Value]
    Declare = Callable[[str], Values]
    Meddle = Callable[[Settings, Identity], None]


class LeafSubject(NamedTuple):
    """Examples of one leaf type. What is None is not tried.

    `example` and `changed` give the declared attributes of an object that is to have the given name: `changed` is a
    version that an update turns the example into, `impossible` one that no update can, `invalid` some that are
    wrong in themselves. In `edit`, `remove`, `add` and `add_undeclared` another client than the provider changes a
    declared attribute of the example, deletes it, creates it, and sets something on it that nobody declared; they
    return once the change can be read. `id_attribute` is a computed attribute that is new with each creation.
    `fence` is an endpoint's block whose `manages` keeps every example out. `delete_costs`: what a delete may cost.
    `long`: turning the example into `changed` is long work with at least three checkpoints.
    """

    leaf: str
    example: Declare
    changed: Declare
    impossible: Declare | None = None
    invalid: tuple[Declare, ...] = ()
    edit: Meddle | None = None
    remove: Meddle | None = None
    add: Meddle | None = None
    add_undeclared: Meddle | None = None
    id_attribute: str = ""
    fence: Settings | None = None
    delete_costs: frozenset[Danger] = frozenset()
    long: bool = False


class SourceSubject(NamedTuple):
    """A question to ask of the endpoint."""

    source: str
    args: Values


class Subject(NamedTuple):
    """A provider and what to try it on.

    `settings` gives the evaluated block of a live endpoint that may be written to: the same one each time or a fresh
    one. `unreachable` gives one that nothing answers at, in a way that is found out within seconds.
    """

    provider: Provider
    kind: str
    settings: Callable[[], Settings]
    leaves: tuple[LeafSubject, ...]
    sources: tuple[SourceSubject, ...] = ()
    unreachable: Callable[[], Settings] | None = None
