"""Builds a Plan out of decisions, a stratum at a time: ownership, moves, losses, and every error at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.config.arguments import located
from kplan.graph.address import block_address, module_of, parent_address, parse
from kplan.lang.diagnostics import Diagnostic, Severity, error, warning
from kplan.plan import decide as single
from kplan.plan.claims import Claims, released
from kplan.plan.decide import Broken, Decision, Subject, Unowned, prior_values
from kplan.plan.ignore import ignored_names, ignoring
from kplan.plan.model import Action, Change, Endpoint
from kplan.plan.secrets import NO_SECRETS, Secrets, write_only
from kplan.plan.settle import settle
from kplan.sdk.session import Absent, Case, Found, Keep, Unreadable
from kplan.state.model import Key
from kplan.state.records import Draft, Dropped, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kplan.config.model import Instance, Module
    from kplan.plan.intent import Intent
    from kplan.registry.types import Types
    from kplan.sdk.session import Fault, Identity, Seen, Verdict
    from kplan.sdk.types import Leaf
    from kplan.state.model import Pending, State


class Builder:
    """Collects changes and errors while strata are read. One per plan."""

    def __init__(
        self,
        module: Module,
        types: Types,
        state: State,
        endpoints: dict[str, Endpoint],
        intent: Intent,
        now: float,
    ) -> None:
        """Start from the folded state; `endpoints` are those in reach, by address."""
        self.module, self.types, self.endpoints, self.intent, self.now = module, types, endpoints, intent, now
        self.draft = Draft(state)
        self.changes: list[Change] = []
        self.records: list[Record] = []
        self.diagnostics: list[Diagnostic] = []
        self.unsettled: dict[Key, Pending] = {}
        self.going: dict[Key, Seen] = {}  # what -replace means, read as something that is to be deleted
        self.complete = True
        self.declared: dict[Key, Instance] = {}
        self.claims = Claims(module)
        self.secrets = Secrets(state.secret_digests)
        self.found_secrets = NO_SECRETS
        self._with_secrets: list[Instance] = []
        self._secretive: dict[str, bool] = {}  # by leaf type, asked for every object
        self._named: dict[str, Identity] | None = None  # identities by address, once a delete asks for them
        self._unowned: list[Unowned] = []
        self._unreadable: list[tuple[str, Unreadable]] = []

    def record(self, record: Record) -> None:
        """Bring the state under the plan up to what was seen."""
        self.records.append(record)
        self.draft.fold(record)

    def key(self, instance: Instance) -> Key:
        """Say which live object an instance is."""
        return Key(self.endpoints[instance.endpoint].record.uid, instance.leaf.name, instance.identity)

    def declare(self, instances: Iterable[Instance]) -> list[Instance]:
        """Take instances in, refusing a second address for one object.

        Claims on shared ones, and what has secrets, wait for `late`.
        """
        taken: list[Instance] = []
        for instance in instances:
            key = self.key(instance)
            if instance.leaf.shared:
                twice = self.claims.add(key, instance)
                self.diagnostics += [twice] if twice else []
                continue
            before = self.declared.setdefault(key, instance)
            if before is instance:
                (self._with_secrets if self._has_secrets(instance.leaf) else taken).append(instance)
                continue
            detail = (
                f"{before.address} and {instance.address} are both {instance.leaf.name} "
                f'"{":".join(instance.identity)}" on {instance.endpoint}. Declare it once.'
            )
            declared = self.module.declared[instance.block]
            self.diagnostics.append(
                declared.place.error(
                    "Two addresses for one object", detail, declared.block[2], declared.block[3]
                )
            )
        return taken

    def _has_secrets(self, leaf: Leaf) -> bool:
        known = self._secretive.get(leaf.name)
        if known is None:
            known = self._secretive[leaf.name] = bool(write_only(leaf))
        return known

    def late(self, still_claims: Callable[[str], bool]) -> list[Instance]:
        """Take in the shared objects, once all claims are known, and what has secrets, once all those are.

        `still_claims`: whether an owner that state remembers claims without being looked at in this run.
        """
        self.declared.update(
            self.claims.merged(
                lambda key: (
                    [one for one in self.draft.leaves[key].owners if still_claims(one)]
                    if key in self.draft.leaves
                    else ()
                )
            )
        )
        for one in self._with_secrets:
            if not self.intent.is_beside(self.key(one)):
                self._add_secrets(self.key(one), one)
        self.found_secrets = self.secrets.find()
        return [*(one for one in self.declared.values() if one.leaf.shared), *self._with_secrets]

    def _add_secrets(self, key: Key, instance: Instance) -> None:
        prior = prior_values(self.draft.leaves.get(key))
        ignored = ignored_names(instance, self.module.declared[instance.block])
        self.secrets.add(key, instance, prior, ignored=ignored, in_doubt=key in self.draft.pending)

    def release(self, key: Key, still_claims: Callable[[str], bool]) -> bool:
        """Let those owners of a shared object go that no longer claim it; tells whether others still do."""
        leaf = self.draft.leaves.get(key)
        if leaf is None or not self.types.leaf(key.type).shared:
            return False
        kept = [owner for owner in leaf.owners if still_claims(owner)]
        if kept and len(kept) < len(leaf.owners):
            self.changes.append(released(leaf, kept))
        return bool(kept)

    def orphans(self) -> list[Key]:
        """List what state holds or claims within reach, and no instance declares."""
        uids = {endpoint.record.uid for endpoint in self.endpoints.values()}
        keys = dict.fromkeys((*self.draft.leaves, *self.draft.pending))
        return [key for key in keys if key.uid in uids and key not in self.declared]

    def decide(
        self, leaf_name: str, endpoint: str, seen: Mapping[Key, Seen], instances: Mapping[Key, Instance]
    ) -> None:
        """Decide all objects of one type on one endpoint that were read together."""
        leaf = self.types.leaf(leaf_name)
        subjects = []
        for key, one in seen.items():
            if isinstance(one, Unreadable):
                self._cannot_read(key, one, instances.get(key))
                continue
            instance = instances.get(key)
            state, pending = self.draft.leaves.get(key), self.draft.pending.get(key)
            if state is None and pending is not None and pending.resume is not None:
                state = pending.leaf  # long work under way is ours
            if instance is None and state is not None:
                state = state._replace(endpoint=endpoint)  # its cluster may go by another address by now
            adopt = instance is not None and self._adopts(instance, one)
            replace = (
                instance is not None and state is not None and instance.address in self.intent.replace
            )  # what is not ours yet is adopted first, whatever else is asked
            subject = Subject(
                key, leaf, instance, state, pending, one, adopt, replace, key in self.found_secrets.rotated
            )
            if instance is not None or self._still_wanted(subject):
                subjects.append(subject)
        decisions = self._decisions(leaf_name, endpoint, [self._ignoring(one) for one in subjects])
        for subject, decision in zip(subjects, decisions, strict=True):
            self._take(subject, decision)

    def _remark(self, subject: Subject, remarks: Iterable[Fault]) -> None:
        """Tell what a provider remarks on an object that it leaves as it is."""
        if subject.instance is None or self.intent.is_beside(subject.key):
            return
        declared = self.module.declared[subject.instance.block]
        values = (("address", subject.address),) if subject.instance.each else ()
        told = (located(declared, one, values) for one in remarks)
        self.diagnostics += [one._replace(severity=Severity.WARNING) for one in told]

    def _ignoring(self, subject: Subject) -> tuple[Subject, Case | None]:
        """Leave out of an object that exists what its block says to ignore; gives the case to decide with it."""
        instance, seen = subject.instance, subject.seen
        if instance is not None and not instance.parent and isinstance(seen, Found) and not subject.replace:
            declared = self.module.declared[instance.block]
            if declared.ignored or declared.ignores_all:
                kept = ignoring(instance, declared, seen.values, prior_values(subject.state))
                subject = subject._replace(instance=kept.instance)
                case = single.case_of(subject)
                return subject, case and case._replace(prior=kept.prior)
        return subject, single.case_of(subject)

    def _decisions(
        self, leaf_name: str, endpoint: str, asked_of: list[tuple[Subject, Case | None]]
    ) -> list[Decision]:
        rules, facts = self.types.rules[leaf_name], self.endpoints[endpoint].facts
        subjects, cases = [one for one, _ in asked_of], [case for _, case in asked_of]
        asked = [case for case in cases if case is not None]
        verdicts = iter(rules.plan(leaf_name, facts, asked) if asked else ())
        given: list[Verdict | None] = [None if case is None else next(verdicts) for case in cases]
        for subject, verdict in zip(subjects, given, strict=True):
            if isinstance(verdict, Keep) and verdict.remarks:
                self._remark(subject, verdict.remarks)
        replaced = [
            subject
            for subject, verdict in zip(subjects, given, strict=True)
            if subject.replace and verdict is not None and isinstance(subject.seen, Found)
        ]
        created = self._verdicts(leaf_name, endpoint, [single.create_case(one) for one in replaced])
        going = [one._replace(seen=self._as_going(one)) for one in replaced]
        deleted = self._verdicts(leaf_name, endpoint, [single.delete_case(one) for one in going])
        anew = {subject.key: pair for subject, *pair in zip(replaced, created, deleted, strict=True)}
        decisions = []
        for subject, verdict in zip(subjects, given, strict=True):
            make, remove = anew.get(subject.key, (None, None))
            decision = single.decide(subject, verdict, make)
            if isinstance(decision, Change) and decision.action is Action.REPLACE:
                decision = single.with_delete(subject, decision, remove)
            decisions.append(decision)
        return decisions

    def _as_going(self, subject: Subject) -> Seen:
        seen = self.going.get(subject.key)
        return seen if isinstance(seen, Found) else subject.seen

    def _verdicts(self, leaf_name: str, endpoint: str, cases: list[Case]) -> list[Verdict]:
        if not cases:
            return []
        return list(self.types.rules[leaf_name].plan(leaf_name, self.endpoints[endpoint].facts, cases))

    def settle(self, key: Key, seen: Found | Absent) -> None:
        """Bring state up to what became of an open intent."""
        pending = self.draft.pending.get(key)
        if pending is None:
            return
        rules, leaf = self.types.rules[key.type], self.types.leaf(key.type)
        settled = settle(pending, seen, rules, leaf, self.now, self.draft.leaves.get(key))
        self.unsettled.pop(key, None)
        if settled.record is not None:
            self.record(settled.record)
            if pending.resume is not None and key in self.draft.leaves:
                self.draft.pending[key] = (
                    pending  # its token is still good if the same steps are planned again
                )
        elif settled.claim:
            self.unsettled[key] = pending
        elif settled.stuck and not self.intent.is_beside(key):
            detail = (
                f"An earlier run was cut off while it worked on {pending.address} ({pending.action}), and what is there "
                "now is neither as it was before nor as was intended: someone else changed it meanwhile. Look at the "
                f'object "{":".join(key.identity)}" on {pending.endpoint}; then let go of it with: kplan state rm '
                f"'{pending.address}' and, to manage it again, adopt it with an import block."
            )
            self.diagnostics.append(error("An interrupted change needs a decision", detail))

    def _adopts(self, instance: Instance, seen: Found | Absent) -> bool:
        adopt = self.intent.adopt
        wanted = next((adopt[one] for one in (instance.address, *instance.owners) if one in adopt), None)
        if wanted is None:
            return instance.taken_over and isinstance(seen, Found)
        ours = self.key(instance) in self.draft.leaves  # an import block may stay once it has done its work
        if wanted and isinstance(seen, Absent) and not ours:
            detail = f'There is no {instance.leaf.name} "{wanted}" on {instance.endpoint} to adopt as {instance.address}.'
            self.diagnostics.append(self._at(instance, "Cannot import non-existent object", detail))
        return True

    def _still_wanted(self, subject: Subject) -> bool:
        """Deal with what is no longer declared and needs no delete; tell whether a delete must be decided."""
        state, seen = subject.state, subject.seen
        if state is None:
            if subject.pending is not None and subject.pending.parked:
                detail = f"{subject.pending.address} has parked work but is no longer declared; its work is given up."
                self.diagnostics.append(warning("Parked work given up", detail))
                self.record(Dropped(subject.key))
            return False
        removal = self.intent.removal(state)
        if (removal is not None and not removal.destroy) or (removal is None and state.left):
            self.changes.append(single.forget(subject))
            return False
        if not isinstance(seen, Found) or not single.same_object(state, seen):
            if isinstance(seen, Found):
                detail = f"{state.address} was re-created outside of kplan, so it is no longer ours; it is left alone."
                self.diagnostics.append(warning("Object is no longer ours", detail))
            self.record(Dropped(subject.key))
            return False
        return True

    def _take(self, subject: Subject, decision: Decision) -> None:
        match decision:
            case None:
                pass
            case Unowned() | Broken() if self.intent.is_beside(subject.key):
                pass
            case Unowned():
                self._unowned.append(decision)
            case Broken(_, faults):
                for fault in faults:
                    if subject.instance is not None:
                        declared = self.module.declared[subject.instance.block]
                        values = (("address", subject.address),) if subject.instance.each else ()
                        self.diagnostics.append(located(declared, fault, values))
                    else:
                        self.diagnostics.append(
                            error(fault.summary, f"{subject.address}: {fault.detail}", remedy=fault.remedy)
                        )
            case Change():
                self._keep_change(subject, decision)

    def _keep_change(self, subject: Subject, change: Change) -> None:
        state = subject.state
        if change.action in (Action.DELETE, Action.REPLACE):
            protected = state is not None and state.prevent_destroy
            if subject.instance is not None:
                protected = subject.instance.prevent_destroy
            if protected and not self.intent.is_beside(subject.key):
                self._protected(subject, change)
                return
            removal = (
                self.intent.removal(state) if state is not None and change.action is Action.DELETE else None
            )
            if change.action is Action.DELETE:
                change = change._replace(reason="" if self.intent.destroy else self._why_gone(change))
            if removal is not None:
                change = change._replace(consented=True, reason="destroy = true is set in the removed block")
        pending = subject.pending
        claimed = change.action is Action.CREATE and pending is not None and pending.before is None
        self.changes.append(change._replace(claimed=claimed) if claimed else change)

    def _why_gone(self, change: Change) -> str:
        """Say what of the configuration no longer means an object: its address may well still be there."""
        address = change.address
        if self._named is None:
            self._named = {one.address: one.identity for one in self.declared.values()}
        if address in self._named:
            return f'because {address} is "{":".join(self._named[address])}" now'
        block, module = block_address(address), module_of(address)
        if module and all(one.module != module for one in self.declared.values()):
            return f"because {module} is not in configuration"
        whole, key, child = parse(address) or (address, None, "")
        if child and block in self.module.declared:
            return f"because {parent_address(address)} no longer asks for it"
        if key is not None and block in self.module.declared:
            return f"because {address[len(whole) :]} is not a key of {whole} any more"
        return change.reason

    def _protected(self, subject: Subject, change: Change) -> None:
        declared = self.module.declared.get(block_address(change.address))
        gone = subject.instance is None and declared is None
        detail = (
            f"{change.address} has prevent_destroy, and this plan would destroy it"
            + (". Its block is gone, but the protection stays in state" if gone else "")
            + ". To destroy it, first apply with prevent_destroy = false"
            + (" in its block, put back" if gone else "")
            + "; to let go of it without touching it, write a removed block with `lifecycle { destroy = false }`."
        )
        summary = "Instance cannot be destroyed"
        if declared is None:
            self.diagnostics.append(error(summary, detail))
        else:
            self.diagnostics.append(
                declared.place.error(summary, detail, declared.block[2], declared.block[3])
            )

    def _cannot_read(self, key: Key, seen: Unreadable, instance: Instance | None) -> None:
        self.complete = False
        state = self.draft.leaves.get(key)
        address = instance.address if instance else state.address if state else ":".join(key.identity)
        self._unreadable.append((address, seen))

    def _at(self, instance: Instance, summary: str, detail: str) -> Diagnostic:
        declared = self.module.declared[instance.block]
        return declared.place.error(summary, detail, declared.block[2], declared.block[3])

    def close(self) -> None:
        """Word what was collected over all strata: objects that are not ours, objects that can't be read."""
        from kplan.plan.ownership import unowned, unreadable

        self.diagnostics += unowned(self._unowned, self.module)
        self.diagnostics += unreadable(self._unreadable)


def sorted_changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Order changes by address; a delete comes before what else has the address."""
    return tuple(sorted(changes, key=_rank))


def _rank(change: Change) -> tuple[Any, ...]:
    return change.address, change.action is not Action.DELETE, change.key
