"""How much of a configuration one run covers: -target, -replace, -exclude-cluster, --adopt and import blocks."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from kplan.config.adoptions import WHOLE
from kplan.config.transitions import still_declared
from kplan.graph.address import block_address, instance_address, matches, parse
from kplan.graph.order import closure, reverse
from kplan.lang.diagnostics import Diagnostic, DiagnosticsError, did_you_mean, error
from kplan.operations.endpoints import unknown_settings
from kplan.plan.decide import Subject, forget
from kplan.sdk.session import Absent
from kplan.sdk.types import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.configuration import Configuration
    from kplan.config.model import Adoption, EndpointInstance, Instance
    from kplan.operations.options import Options
    from kplan.plan.build import Builder
    from kplan.plan.model import Endpoint
    from kplan.state.model import Key, State, StateLeaf
    from kplan.state.records import Draft


class Reach:
    """What a run is about. Addresses that match nothing are errors: a typing slip must not look like "no changes"."""

    def __init__(
        self,
        configuration: Configuration,
        options: Options,
        state: State,
        adoptions: Mapping[str, Adoption],
    ) -> None:
        """Read the flags; raises those that are no addresses at all. `adoptions`: what import blocks come to."""
        self._configuration, self._options, self._state = configuration, options, state
        self.diagnostics: list[Diagnostic] = []
        self.targets = self._addresses("-target", options.targets)
        self.replace = frozenset(self._addresses("-replace", options.replaces))
        self._exclude = self._addresses("-exclude-cluster", options.exclude_clusters)
        if self.diagnostics:
            raise DiagnosticsError(self.diagnostics)
        self.partial = options.is_partial
        self.excluded: set[str] = set()
        self.adopt: dict[str, str] = {to: one.id for to, one in adoptions.items()}
        self._imports = adoptions
        self._met: list[EndpointInstance] = []
        self._instances: list[Instance] = []
        self._edges = configuration.edges
        self._meant = self._blocks_meant()
        self._blocks = self._blocks_in_reach()
        self._whole = self._needed_whole()
        self._left_out: set[str] = set()  # blocks with something on an excluded endpoint, and who needs them
        self._unread: set[str] = set()  # the same of endpoints that gave no answer
        self._contacted: set[str] = set()
        self._dependants: set[str] | None = None
        self._needed: set[str] | None = None
        self._patterns = {text: _pattern(text) for text in options.adopt}

    def _addresses(self, flag: str, texts: Iterable[str]) -> tuple[str, ...]:
        found = []
        for text in texts:
            parsed = parse(text)
            if parsed is None:
                detail = f'{flag}={text}: that is no address; write one such as topic.orders or topic.orders["eu"].'
                self.diagnostics.append(error("Invalid address", detail))
            else:
                found.append(instance_address(*parsed))
        return tuple(found)

    def _blocks_meant(self) -> set[str]:
        """List the blocks that targets name, those of a whole module included."""
        found: set[str] = set()
        for one in self.targets:
            named = block_address(one)
            inner = f"{named}."
            found.add(named)
            if named.startswith("module."):
                found.update(block for block in self._edges if block.startswith(inner))
        return found

    def _blocks_in_reach(self) -> set[str] | None:
        """List the blocks that targets need, dependencies included; None: all."""
        return closure(self._edges, self._meant) if self.targets else None

    def _needed_whole(self) -> set[str]:
        """List the blocks that some target's block refers to: all their instances are needed."""
        return closure(
            self._edges, [needed for block in self._meant for needed in self._edges.get(block, ())]
        )

    def wants(self, block: str) -> bool:
        """Tell whether a block is in reach, and whether what it refers to can be known."""
        if self._blocks is not None and block not in self._blocks:
            return False
        for missing in (self._left_out, self._unread):
            if missing and not missing.isdisjoint(self._edges[block]):
                missing.add(block)
                return False
        return True

    def leave_out_with(self, block: str, endpoint: str) -> None:
        """Leave out what depends on a block whose endpoint can't be asked."""
        (self._left_out if endpoint in self.excluded else self._unread).add(block)

    def met(self, endpoints: Iterable[EndpointInstance]) -> None:
        """Take in endpoints as they are evaluated."""
        self._met.extend(endpoints)

    def to_contact(self, handles: Iterable[EndpointInstance]) -> list[EndpointInstance]:
        """List the endpoints to contact now: in reach, not excluded, not contacted before."""
        found = []
        for one in handles:
            if one.address in self._contacted:
                continue
            self._contacted.add(one.address)
            if any(matches(one.address, wanted) for wanted in self._exclude):
                self.excluded.add(one.address)
                continue
            if not self._wants_endpoint(one):
                continue
            problem = unknown_settings(one, self._configuration.module)
            if problem is not None:
                self.diagnostics.append(problem)
                continue
            found.append(one)
        return found

    def _wants_endpoint(self, one: EndpointInstance) -> bool:
        if self._blocks is None or one.block in self._blocks:
            return True
        return any(
            leaf.endpoint == one.address and self._targeted(leaf.owners)
            for leaf in self._state.leaves.values()
        )

    def _targeted(self, addresses: Iterable[str]) -> bool:
        return any(matches(address, wanted) for address in addresses for wanted in self.targets)

    def select(self, instances: Iterable[Instance], endpoints: Mapping[str, Endpoint]) -> list[Instance]:
        """Leave out instances on excluded or unreachable endpoints, what depends on them, and what no target means."""
        found = []
        without: dict[str, bool] = {}  # by block; what a block refers to was selected before it
        for one in instances:
            self._instances.append(one)
            if one.block not in without:
                without[one.block] = not self._left_out.isdisjoint(self._edges[one.block])
            if without[one.block]:
                self._left_out.add(one.block)
            elif one.endpoint not in endpoints:
                self.leave_out_with(one.block, one.endpoint)
            elif self._wants_instance(one):
                found.append(one)
        return found

    def _wants_instance(self, one: Instance) -> bool:
        """With targets, keep only the named instances of a block that nothing else needs."""
        if not self.targets or one.block in self._whole:
            return True
        return one.block not in self._meant or any(matches(one.address, wanted) for wanted in self.targets)

    def wants_orphan(self, draft: Draft, key: Key) -> bool:
        """Tell whether an object that is no longer declared is in reach, with what depends on it when it is destroyed."""
        leaf = draft.leaves.get(key)
        if self._options.only is not None:
            return key in self._options.only.keys | self._options.only.remembered
        if leaf is not None and not self._needed_by_left_out(draft).isdisjoint(_blocks_of(leaf)):
            return False
        if not self.targets:
            return self._options.destroy or not self._left_out_with(draft, key)
        if leaf is None:
            return False
        if self._targeted(leaf.owners):
            return True
        return self._options.destroy and not self._who_depends(draft).isdisjoint(_blocks_of(leaf))

    def still_claims(self, draft: Draft, owner: str) -> bool:
        """Tell whether an owner of a shared object, by state, keeps its claim because this run doesn't look at it."""
        block = block_address(owner)
        if block in self._left_out or block in self._unread:
            return True
        only = self._options.only
        if only is not None and owner in only.let_go:
            return False
        if only is not None and block not in self._configuration.module.declared:
            return True
        if not self.targets or block in self._whole or self._targeted((owner,)):
            return False
        return not (self._options.destroy and block in self._who_depends(draft))

    def _who_depends(self, draft: Draft) -> set[str]:
        """List the blocks that depended on targets when they were last applied."""
        if self._dependants is None:
            needing = reverse(_remembered_edges(draft))
            self._dependants = closure(
                needing, [one for block in self._meant for one in needing.get(block, ())]
            )
        return self._dependants

    def _needed_by_left_out(self, draft: Draft) -> set[str]:
        """List the blocks that objects on excluded endpoints need: those would have to go first, and they stay."""
        if self._needed is None:
            left = [one for one in draft.leaves.values() if one.endpoint in self.excluded]
            edges = _remembered_edges(draft) if left else {}
            self._needed = closure(edges, {needed for one in left for needed in one.dependencies})
        return self._needed

    def _left_out_with(self, draft: Draft, key: Key) -> bool:
        """Keep an object whose block is still declared but was left out with an endpoint."""
        leaf = draft.leaves.get(key)
        return leaf is not None and block_address(leaf.address) in self._left_out | self._unread

    def close(self, builder: Builder) -> None:
        """Settle what the flags and blocks asked for against what there was; forgets what is out of reach for good."""
        self._homeless(builder)
        declared = {one.address for one in self._instances}
        composed = {one.parent for one in self._instances if one.parent}
        if self._options.only is None:  # a saved plan's flags were settled when it was made
            self._check_flags(declared)
        self._check_imports(declared)
        self._check_removed(declared | composed | {one.address for one in self._met})

    def _check_flags(self, declared: set[str]) -> None:
        known = sorted(declared | {owner for leaf in self._state.leaves.values() for owner in leaf.owners})
        if self.targets:
            blocks = set(self._configuration.module.declared)
            blocks.update(unit.path for unit in self._configuration.units if unit.path)
            for wanted in self.targets:
                if wanted not in blocks and not any(matches(address, wanted) for address in known):
                    self._nothing("-target", wanted, sorted({*blocks, *known}))
        for wanted in self._options.replaces:
            address = self._addresses("-replace", [wanted])[0]
            if address not in declared:
                self._nothing("-replace", wanted, sorted(declared))
        for wanted in self._exclude:
            if not any(matches(one.address, wanted) for one in self._met):
                self._nothing("-exclude-cluster", wanted, [one.address for one in self._met])
        for text, pattern in self._patterns.items():
            if not any(_adopts(address, pattern) for address in declared):
                self._nothing("--adopt", text, sorted(declared))

    def _nothing(self, flag: str, wanted: str, known: list[str]) -> None:
        detail = f"{flag}={wanted} matches nothing that is declared or in state.{did_you_mean(wanted, known)}"
        self.diagnostics.append(error("No such address", detail))

    def adopt_by_pattern(self, instances: Iterable[Instance]) -> None:
        """Match --adopt patterns against the addresses of instances."""
        if not self._patterns and not self._imports:
            return
        for one in instances:
            if one.address in self.adopt:
                continue
            whole = one.parent in self._imports and self._imports[one.parent].id == WHOLE
            if whole or any(_adopts(one.address, pattern) for pattern in self._patterns.values()):
                self.adopt[one.address] = ""

    def _check_imports(self, declared: set[str]) -> None:
        by_address = {one.address: one for one in self._instances}
        parents = {one.parent for one in self._instances if one.parent}
        for address, block in self._imports.items():
            instance = by_address.get(address)
            if address in parents:
                if block.id != WHOLE:
                    detail = (
                        f'{address} is several objects. Import all that exist of them with `id = "{WHOLE}"`.'
                    )
                    at = block.place, block.start, block.end
                    self.diagnostics.append(at[0].error("Import of another object", detail, *at[1:]))
            elif instance is None:
                if self.wants(block_address(address)) and not self._options.destroy:
                    detail = f"{address} is not declared.{did_you_mean(address, declared)} Write its block, then import."
                    self.diagnostics.append(
                        block.place.error("Import to undeclared address", detail, block.start, block.end)
                    )
            elif ":".join(instance.identity) != block.id:
                detail = (
                    f'{address} is "{":".join(instance.identity)}" on {instance.endpoint}, but the import block says '
                    f'"{block.id}". An import adopts the object that the block names: make both agree.'
                )
                self.diagnostics.append(
                    block.place.error("Import of another object", detail, block.start, block.end)
                )

    def _check_removed(self, declared: set[str]) -> None:
        for one in self._configuration.module.removed:
            if one.address in declared:
                self.diagnostics.append(still_declared(one))

    def _homeless(self, builder: Builder) -> None:
        """Deal with objects in state whose endpoint's block is gone."""
        declared = {one.address for one in self._met}
        reachable = {one.record.uid for one in builder.endpoints.values()}
        lost: dict[str, list[str]] = {}
        for key, leaf in list(builder.draft.leaves.items()):
            if key.uid in reachable or leaf.endpoint in declared:
                continue
            if self._options.only is not None and key not in self._options.only.keys:
                continue
            removal = builder.intent.removal(leaf)
            if removal is not None and not removal.destroy:
                subject = Subject(key, _leaf_type(self._configuration, key), None, leaf, None, Absent())
                builder.changes.append(forget(subject))
            else:
                lost.setdefault(leaf.endpoint, []).append(leaf.address)
        for endpoint, addresses in sorted(lost.items()):
            shown = ", ".join(sorted(addresses)[:5]) + (
                f" and {len(addresses) - 5} more" if len(addresses) > 5 else ""
            )
            detail = (
                f"The block of {endpoint} is gone, but state still holds {len(addresses)} "
                f"object{'s' * (len(addresses) != 1)} on it: {shown}. Put the block back and destroy them first "
                f"(kplan destroy -target=ADDRESS), or, to leave them there and forget them, write:\n"
                f"  removed {{\n    from = {endpoint}\n    lifecycle {{\n      destroy = false\n    }}\n  }}"
            )
            builder.diagnostics.append(error("Cluster removed while state holds its objects", detail))


def _blocks_of(leaf: StateLeaf) -> set[str]:
    return {block_address(owner) for owner in leaf.owners}


def _remembered_edges(draft: Draft) -> dict[str, set[str]]:
    """Say what each block needs, by state. Of a shared object it holds what all of its owners need together.

    So what belongs to one block alone tells what that block needs; where all is shared, what all of it has in common.
    """
    edges: dict[str, set[str]] = {}
    shared: dict[str, set[str]] = {}
    for leaf in draft.leaves.values():
        blocks = _blocks_of(leaf)
        for block in blocks:
            if len(blocks) == 1:
                edges.setdefault(block, set()).update(leaf.dependencies)
            else:
                shared.setdefault(block, set(leaf.dependencies)).intersection_update(leaf.dependencies)
    return shared | edges


def _pattern(text: str) -> str:
    """Read an --adopt pattern; where it has the form of an address, as one, so that a shell may eat its quotes."""
    parsed = parse(text)
    return text if parsed is None else instance_address(*parsed)


def _adopts(address: str, pattern: str) -> bool:
    return matches(address, pattern) or fnmatchcase(address, pattern.replace("[", "[[]"))


def _leaf_type(configuration: Configuration, key: Key) -> Leaf:
    return configuration.types.leaves.get(key.type) or Leaf(key.type, (), (), "", "")
