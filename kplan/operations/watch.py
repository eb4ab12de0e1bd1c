"""The story of `kplan show ADDRESS`: how far a link is, looked at live; of other blocks what kplan remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config.arguments import span_of
from kplan.config.rehearsal import rehearse
from kplan.graph.address import instance_address, matches, parent_address, parse
from kplan.lang.diagnostics import DiagnosticsError, did_you_mean, error, has_errors, sort_and_dedupe
from kplan.operations.endpoints import unknown_settings
from kplan.operations.live import Live
from kplan.operations.questions import queries_of
from kplan.operations.workspace import load_configuration, open_store, remember
from kplan.sdk.session import Fault
from kplan.sdk.types import Composite
from kplan.sdk.values import UNKNOWN, Endpoint, marks_in
from kplan.sdk.watching import Watched, Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kplan.apply.events import Event
    from kplan.config.configuration import Configuration
    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Composed, EndpointInstance, Values
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.options import Options
    from kplan.sdk.composites import Question
    from kplan.state.model import State, StateLeaf


class Shown(NamedTuple):
    """What there is at an address: the flows of links as they are now, by the links' addresses, and other objects in state."""

    leaves: tuple[StateLeaf, ...]
    flows: tuple[tuple[str, Watched], ...]
    diagnostics: tuple[Diagnostic, ...]


def show(options: Options, address: str, tell: Callable[[Event], None]) -> Shown:
    """Look up an address in state and configuration; what it copies is asked of its endpoints side by side."""
    parsed = parse(address)
    if parsed is None:
        detail = f'"{address}" is no address; write one such as replication_link.primary_to_dr.'
        raise DiagnosticsError([error("Invalid address", detail)])
    wanted = instance_address(*parsed)
    configuration = load_configuration(options)
    state = remember(open_store(options, configuration.module.backend_path)).state
    leaves = [leaf for leaf in state.leaves.values() if any(matches(one, wanted) for one in leaf.owners)]
    evaluation = rehearse(configuration)
    if has_errors(evaluation.diagnostics):
        raise DiagnosticsError(sort_and_dedupe(evaluation.diagnostics))
    links = [
        one for one in _composed(evaluation) if matches(one.address, wanted) and _watching(evaluation, one)
    ]
    if not leaves and not links:
        known = {owner for leaf in state.leaves.values() for owner in leaf.owners}
        known |= {*configuration.module.declared, *(one.address for one in _composed(evaluation))}
        detail = f"State has nothing at {address}, and there is no file of that name.{did_you_mean(wanted, sorted(known))}"
        raise DiagnosticsError([error("No such object", detail)])
    watched_ones = {one.address for one in links}
    beside = sorted(
        (leaf for leaf in leaves if not any(parent_address(one) in watched_ones for one in leaf.owners)),
        key=lambda leaf: (leaf.owners, leaf.key),
    )
    if not links:
        return Shown(tuple(beside), (), ())
    with Live(configuration.types, tell, lambda: False) as live:
        look = _Look(configuration, evaluation, state, live)
        flows = tuple((one.address, watched) for one in links if (watched := look.at(one)) is not None)
    return Shown(tuple(beside), flows, sort_and_dedupe(look.diagnostics))


def _composed(evaluation: Evaluation) -> Iterator[Composed]:
    for scopes in evaluation.scopes.values():
        for scope in scopes:
            for found in scope.composed.values():
                yield from found.values()


def _watching(evaluation: Evaluation, one: Composed) -> Watching | None:
    rules = evaluation.types.rules[one.kind.name]
    return rules if isinstance(one.kind, Composite) and isinstance(rules, Watching) else None


class _Look:
    """One look at links; each endpoint is contacted once."""

    def __init__(
        self, configuration: Configuration, evaluation: Evaluation, state: State, live: Live
    ) -> None:
        self._configuration, self._evaluation, self._state, self._live = (
            configuration,
            evaluation,
            state,
            live,
        )
        self._contacts: dict[str, Fault | None] = {}
        self.diagnostics: list[Diagnostic] = []

    def at(self, one: Composed) -> Watched | None:
        """Look at one link; None if what it copies is decided only by a plan, which is told."""
        rules = _watching(self._evaluation, one)
        assert rules is not None  # noqa: S101 - the caller chose those that can be watched
        if marks_in(one.desired.values()) & UNKNOWN:
            declared = self._configuration.module.declared[one.block]
            detail = f"What {one.address} copies is decided by something that only a plan asks for."
            told = declared.place.error("Not known without a plan", detail, *span_of(declared, ()))
            self.diagnostics.append(told)
            return None
        handles = self._evaluation.shared.handles
        endpoints = {address: handles[address].settings for address in _handles(one.desired)}
        self._contact([handles[address] for address in endpoints])
        questions = rules.watches(one.kind.name, one.desired, endpoints)
        watched = rules.watched(one.kind.name, one.desired, endpoints, self._answers(one, questions))
        self.diagnostics += [
            error(
                fault.summary, f"{one.address}: {fault.detail}" if fault.detail else "", remedy=fault.remedy
            )
            for fault in watched.faults
        ]
        return watched

    def _contact(self, endpoints: Sequence[EndpointInstance]) -> None:
        fresh = [one for one in endpoints if one.address not in self._contacts]
        for problem in filter(None, (unknown_settings(one, self._configuration.module) for one in fresh)):
            raise DiagnosticsError([problem])
        for address, answer in self._live.connect(fresh).items():
            recorded = self._state.endpoints.get(address)
            if isinstance(answer, Fault):
                unsaid = f"Nothing can be said of {address}."
                self._contacts[address] = answer._replace(detail=answer.detail or unsaid)
            elif recorded is not None and recorded.uid != answer.uid:
                detail = f"{address} answers as {answer.uid}, but kplan has worked on {recorded.uid} so far."
                self._contacts[address] = Fault("stranger", "Not the cluster that kplan knows", detail)
            else:
                self._contacts[address] = None

    def _answers(self, one: Composed, questions: Sequence[Question]) -> list[Values | Fault]:
        asked = queries_of(one.address, one.block, questions)
        answers = self._live.query([each for each in asked if self._contacts[each.endpoint] is None])
        return [self._contacts[each.endpoint] or answers[each.address] for each in asked]


def _handles(value: object) -> Iterator[str]:
    """Name the endpoints whose handles a block holds."""
    match value:
        case Endpoint():
            yield value.address
        case dict():
            for inner in value.values():
                yield from _handles(inner)
        case _:
            return
