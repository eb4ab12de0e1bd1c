"""Makes a plan: endpoints contacted, strata evaluated, read and decided one after another, then checked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from kplan.config.adoptions import adoptions
from kplan.config.checks import assertions
from kplan.config.evaluation import Evaluation
from kplan.graph.address import block_address
from kplan.lang.diagnostics import DiagnosticsError, has_errors, sort_and_dedupe
from kplan.operations.composing import Composing
from kplan.operations.endpoints import admit
from kplan.operations.questions import ask, can_be_asked, no_answer, unanswered
from kplan.operations.reach import Reach
from kplan.operations.reading import read_objects
from kplan.plan.build import Builder, sorted_changes
from kplan.plan.consent import refusals
from kplan.plan.finish import output_changes, with_hints
from kplan.plan.intent import Intent
from kplan.plan.model import Action, Plan
from kplan.plan.moves import check_moves
from kplan.plan.review import reviewed
from kplan.sdk.session import Fault, Found
from kplan.sdk.types import Composite, EndpointKind, Leaf, Source
from kplan.sdk.values import Unknown
from kplan.state.records import Left
from kplan.topology.checks import findings
from kplan.topology.flows import gathered

if TYPE_CHECKING:
    from kplan.config.configuration import Configuration
    from kplan.config.model import Instance, Query
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.live import Live
    from kplan.operations.options import Options
    from kplan.operations.reading import Where
    from kplan.plan.secrets import Found as FoundSecrets
    from kplan.sdk.session import Seen
    from kplan.sdk.values import Value
    from kplan.state.model import Key, State, StateLeaf


class Made(NamedTuple):
    """A plan with what its apply needs again.

    `deferred` are data blocks whose answers wait for an apply, `leaves` what state remembers as the plan was made,
    `secrets` those that were compared.
    """

    plan: Plan
    evaluation: Evaluation
    deferred: frozenset[str]
    leaves: dict[Key, StateLeaf]
    secrets: FoundSecrets


class Planning:
    """One plan in the making."""

    def __init__(self, configuration: Configuration, options: Options, state: State, live: Live) -> None:
        """Start over a folded state."""
        self.configuration, self.options, self.state, self.live = configuration, options, state, live
        module = configuration.module
        self.evaluation = Evaluation(configuration)
        self.reach = Reach(configuration, options, state, adoptions(self.evaluation))
        only = options.only.keys if options.only is not None else None
        intent = Intent(
            self.reach.adopt, self.reach.replace, module.removed, destroy=options.destroy, only=only
        )
        self.builder = Builder(module, configuration.types, state, {}, intent, time.time())
        self.deferred: set[str] = set()
        self._promises = configuration.promises  # looks at every block
        self._composing = Composing(self.evaluation, self.builder, self.reach, live)

    def make(self) -> Made:
        """Walk through the strata and finish the plan; raises every error found as DiagnosticsError."""
        strata: dict[int, list[str]] = {}
        for node in self.configuration.order:
            strata.setdefault(self.configuration.strata[node], []).append(node)
        last = max(strata, default=0)
        for number, nodes in sorted(strata.items()):
            self._stratum(nodes, last=number == last)
        self._fail_early()
        self._orphans()
        moved = self.configuration.module.moved
        self.builder.diagnostics += check_moves(moved, self.builder.draft.leaves, self.builder.declared)
        self.builder.close()
        self.reach.close(self.builder)
        builder = self.builder
        deferred = frozenset(self.deferred)
        return Made(self._finish(), self.evaluation, deferred, builder.draft.leaves, builder.found_secrets)

    def _fail_early(self) -> None:
        """Stop at errors of the configuration: what follows from them would only confuse."""
        if self.evaluation.diagnostics:
            raise DiagnosticsError(sort_and_dedupe(self._diagnostics()))

    def _diagnostics(self) -> list[Diagnostic]:
        return [
            *self.configuration.warnings,
            *self.evaluation.diagnostics,
            *self.builder.diagnostics,
            *self.reach.diagnostics,
        ]

    def _stratum(self, nodes: list[str], *, last: bool) -> None:
        """Evaluate the nodes of a stratum, contact new endpoints, ask data questions, read and decide.

        With the last one go the objects that are decided only once all are known.
        """
        instances: list[Instance] = []
        queries: list[Query] = []
        for node in nodes:
            if self._composing.needed_by(self.configuration.links.get(node, ())):
                instances.extend(self._composing.expand())
            one = self.configuration.module.declared.get(node)
            if one is None:
                self.evaluation.value(node)
            elif isinstance(one.kind, EndpointKind):
                self.reach.met(self.evaluation.endpoints(one))
            elif self.options.destroy or not self.reach.wants(node):
                continue
            elif isinstance(one.kind, Composite) and one.kind.asks:
                self._composing.wait(one)
            elif isinstance(one.kind, (Leaf, Composite)):
                instances.extend(self.evaluation.leaves(one))
            elif isinstance(one.kind, Source):
                queries.extend(self.evaluation.queries(one))
        instances.extend(self._composing.expand())
        self._fail_early()
        self._contact()
        self._ask(queries)
        self.reach.adopt_by_pattern(instances)
        taken = self.builder.declare(self.reach.select(instances, self.builder.endpoints))
        if last:
            taken += self.builder.late(self._still_claims)
        self._read_and_decide(taken)

    def _contact(self) -> None:
        """Contact what was newly evaluated and is in reach."""
        shared = self.evaluation.shared
        wanted = self.reach.to_contact(shared.handles.values())
        answers = self.live.connect(wanted)
        admit(wanted, answers, self.state, self.builder, self.configuration.module)
        for address in shared.handles.keys() - shared.uids.keys():
            met = self.builder.endpoints.get(address)
            shared.uids[address] = met.record.uid if met else None

    def _ask(self, queries: list[Query]) -> None:
        """Answer data questions; those that depend on what is about to change wait for the apply."""
        if not queries:
            return
        changing = {block_address(change.address) for change in self.builder.changes if change.steps}
        changing.update(self.deferred)
        declared = self.configuration.module.declared
        answers: dict[str, Value | Fault] = {}
        asked: list[Query] = []
        for query in queries:
            if query.endpoint not in self.builder.endpoints:
                self.reach.leave_out_with(query.block, query.endpoint)
                answers[query.address] = Unknown("any", (query.address,))
            elif changing.isdisjoint(self.configuration.edges[query.block]) and can_be_asked(query):
                asked.append(query)
            else:
                self.deferred.add(query.block)
                answers[query.address] = unanswered(query, declared[query.block])
        answers |= ask(self.live, asked, declared)
        for query in queries:
            answer = answers[query.address]
            if isinstance(answer, Fault):
                self.builder.diagnostics.append(no_answer(query.address, declared[query.block], answer))
                answer = Unknown("any", (query.address,))
            self.evaluation.scope_of(query.module).answers[query.block][query.key] = answer

    def _read_and_decide(self, instances: list[Instance]) -> None:
        groups: dict[tuple[str, str], dict[Key, Instance]] = {}
        for instance in instances:
            groups.setdefault((instance.endpoint, instance.leaf.name), {})[self.builder.key(instance)] = (
                instance
            )
        seen = self._read({where: list(keyed) for where, keyed in groups.items()}, groups)
        before, promises = len(self.builder.changes), self._promises
        for (endpoint, leaf), keyed in groups.items():
            self.builder.decide(leaf, endpoint, seen[endpoint, leaf], keyed)
        shared = {name for name, leaf in self.configuration.types.leaves.items() if leaf.shared}
        for change in self.builder.changes[before:]:
            if change.after is not None and change.action is not Action.FORGET and change.type not in shared:
                self.evaluation.learn(change.address, change.after)
                if promises and not self.builder.intent.is_beside(change.key):
                    broken = self.evaluation.postconditions(change.address, change.after)
                    self.evaluation.diagnostics += broken
        if self.options.only is not None:
            self._leave_beside(before, groups, seen)

    def _leave_beside(
        self,
        before: int,
        groups: dict[tuple[str, str], dict[Key, Instance]],
        seen: dict[Where, dict[Key, Seen]],
    ) -> None:
        """Change nothing beside a saved plan; what can't be decided there is taken as it is live."""
        changes, is_beside = self.builder.changes, self.builder.intent.is_beside
        decided = {change.key for change in changes[before:]}
        for where, keyed in groups.items():
            for key, instance in keyed.items():
                found = seen[where][key]
                if key not in decided and is_beside(key) and isinstance(found, Found):
                    self.evaluation.learn(instance.address, {**found.values, **instance.desired})
        remembered = self.options.only.remembered if self.options.only else ()
        changes[before:] = [
            one for one in changes[before:] if one.key in remembered or not is_beside(one.key)
        ]

    def _read(
        self, wanted: dict[Where, list[Key]], declared: dict[Where, dict[Key, Instance]]
    ) -> dict[Where, dict[Key, Seen]]:
        return read_objects(self.live, self.builder, wanted, declared, refresh=self.options.refresh)

    def _still_claims(self, owner: str) -> bool:
        return self.reach.still_claims(self.builder.draft, owner)

    def _orphans(self) -> None:
        """Decide what state holds and the configuration no longer declares."""
        keys = [
            key
            for key in self.builder.orphans()
            if self.reach.wants_orphan(self.builder.draft, key)
            and not self.builder.release(key, self._still_claims)
        ]
        wanted: dict[tuple[str, str], list[Key]] = {}
        by_uid = {one.record.uid: address for address, one in self.builder.endpoints.items()}
        for key in keys:
            wanted.setdefault((by_uid[key.uid], key.type), []).append(key)
        seen = self._read(wanted, {})
        for (endpoint, leaf), keyed in seen.items():
            self.builder.decide(leaf, endpoint, keyed, {})

    def _finish(self) -> Plan:
        builder = self.builder
        only = self.options.only
        held = {leaf.endpoint for leaf in builder.draft.leaves.values()}
        alive = {one.record.uid for one in builder.endpoints.values()}
        gone = set(builder.draft.endpoints) - set(self.evaluation.shared.handles)
        for address in () if self.reach.partial or only is not None else sorted(gone):
            if address not in held or builder.draft.endpoints[address].uid in alive:  # under another address
                builder.record(Left(address))
        changes = with_hints(sorted_changes(builder.changes), builder.draft.leaves)
        if only is None:
            builder.diagnostics += findings(gathered(self.evaluation, self._composing.answers))
        builder.diagnostics += reviewed(changes, builder.draft.leaves, self.configuration)
        outputs = output_changes(
            self.evaluation, self.state.outputs, destroy=self.options.destroy, partial=self.reach.partial
        )
        if only is not None:
            outputs = tuple(one for one in outputs if one.name in only.outputs)
        asserted = () if self.options.destroy or self.reach.partial else assertions(self.evaluation)
        diagnostics = sort_and_dedupe([*self._diagnostics(), *asserted])
        complete = builder.complete and not has_errors(diagnostics)
        return Plan(
            changes,
            outputs,
            dict(builder.endpoints),
            tuple(builder.records),
            self.configuration.edges,
            diagnostics,
            refusals(changes, builder.draft.state(), self.options.consents),
            tuple(sorted(self.reach.excluded)),
            complete,
            self.options.destroy,
            tuple(sorted(builder.unsettled.values(), key=lambda one: one.address)),
        )
