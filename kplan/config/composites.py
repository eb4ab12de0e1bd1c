"""Composites to the leaves that they come to: evaluated as any block, expanded by their provider's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from kplan.config.arguments import flag_of, labels_of, span_of, tell, tell_faults, values_of
from kplan.config.conditions import Words, judge
from kplan.config.model import Composed, Instance
from kplan.graph.address import instance_address
from kplan.sdk.composites import Asking, Child, Expanding, Question
from kplan.sdk.planned import Planned
from kplan.sdk.session import Fault
from kplan.sdk.types import Composite, EndpointKind
from kplan.sdk.values import UNKNOWN, Endpoint, make_map, marks_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Declared, Values
    from kplan.sdk.session import Identity, Rules
    from kplan.sdk.types import BlockType

    Known = tuple[Sequence[Values], Planned]  # answers, and what is planned so far
    Answer = Callable[
        [Declared, str, Sequence[Question], Sequence[str]], Known | None
    ]  # None: they can't be asked


def compose(evaluation: Evaluation, declared: Declared, key: str | int | None) -> Composed | None:
    """Evaluate and expand one instance of a composite; its scope's `each` is set by the caller. None after an error."""
    scope, kind = evaluation.scope, declared.kind
    assert isinstance(kind, Composite)  # noqa: S101 - the caller's match
    desired = values_of(scope, declared)
    if desired is None:
        return None
    endpoints = _endpoints(evaluation, declared, desired)
    if endpoints is None:
        return None
    address = scope.inside(instance_address(declared.local, key))
    expanded = _expanded(evaluation, declared, address, desired, endpoints)
    if expanded is None:
        return None
    children, faults = _flat(evaluation, expanded, endpoints)
    if faults:
        tell_faults(scope, declared, faults)
        return None
    apart = evaluation.shared.apart.get(address)
    if apart:
        children = _without(evaluation, children, apart)
    if declared.ignored or declared.ignores_all:
        detail = f"What a {kind.name} comes to is there or not, so that there is nothing of it to ignore."
        tell(scope, declared, "ignore_changes has no use here", detail, span_of(declared, ()))
    held = evaluation.precondition(declared) if declared.preconditions else True
    made = Composed(
        address,
        declared.address,
        kind,
        desired,
        labels_of(scope, declared),
        scope.each,
        scope.address,
        _instances(evaluation, declared, address, children, endpoints, held=held),
    )
    if declared.postconditions:
        words = Words("Resource postcondition failed", values=(("address", address),))
        itself = {"self": make_map(desired)}
        scope.diagnostics += judge(declared.postconditions, declared.place, scope, words, itself).diagnostics
    return made


def _expanded(
    evaluation: Evaluation, declared: Declared, address: str, desired: Values, endpoints: dict[str, Values]
) -> Sequence[Child] | Sequence[Fault] | None:
    """Have a composite expanded, its questions asked first; None if they can't be, which was told."""
    kind = declared.kind
    assert isinstance(kind, Composite)  # noqa: S101 - the caller's match
    rules = evaluation.types.rules[kind.name]
    if not kind.asks:
        # a provider with composites has such rules; to ask each time would cost more than to expand
        return cast("Expanding", rules).expand(kind.name, desired, endpoints)
    asking = cast("Asking", rules)
    if evaluation.answer is None:
        return asking.expand_answered(kind.name, desired, endpoints, None, Planned())
    questions = asking.asks(kind.name, desired, endpoints)
    faults = [one for one in questions if isinstance(one, Fault)]
    if faults:
        return faults
    asked = [one for one in questions if isinstance(one, Question)]
    known = evaluation.answer(declared, address, asked, tuple(endpoints))
    if known is None:
        return None
    return asking.expand_answered(kind.name, desired, endpoints, *known)


def _flat(
    evaluation: Evaluation, expanded: Sequence[Child] | Sequence[Fault], endpoints: dict[str, Values]
) -> tuple[list[Child], list[Fault]]:
    """Expand the composites among what a composite comes to; who needs one of them needs all that it comes to."""
    children = [one for one in expanded if isinstance(one, Child)]
    faults = [one for one in expanded if isinstance(one, Fault)]
    resources = evaluation.types.resources
    inner: dict[str, list[Child]] = {}
    for one in children:
        kind = resources.get(one.leaf)
        if isinstance(kind, Composite):
            rules = cast("Expanding", evaluation.types.rules[one.leaf])
            handles = {
                each.name: Endpoint(one.on, each.type)
                for each in kind.attributes
                if isinstance(resources.get(each.type), EndpointKind)
            }
            made = rules.expand(one.leaf, make_map({**handles, **one.desired}), endpoints)
            faults += [each for each in made if isinstance(each, Fault)]
            inner[one.key] = [
                each._replace(key=f"{one.key}/{each.key}", left=one.left, taken_over=one.taken_over)
                for each in made
                if isinstance(each, Child)
            ]
    if not inner:
        return children, faults
    flat = []
    for one in children:
        after = tuple(
            each
            for key in one.after
            for each in ([made.key for made in inner[key]] if key in inner else [key])
        )
        flat += [each._replace(after=after) for each in inner.get(one.key, [one])]
    return flat, faults


def _without(
    evaluation: Evaluation, children: Sequence[Child], apart: set[tuple[str, str, Identity]]
) -> list[Child]:
    """Leave out what blocks of their own declare; all of a composite's block comes after those."""
    named = {
        one.key: (
            one.leaf,
            one.on,
            tuple([one.desired[name] for name in evaluation.types.leaf(one.leaf).identity]),
        )
        for one in children
        if not evaluation.types.leaf(one.leaf).shared
    }
    gone = {key for key, identity in named.items() if identity in apart}
    return [
        one._replace(after=tuple(key for key in one.after if key not in gone))
        for one in children
        if one.key not in gone
    ]


def _endpoints(evaluation: Evaluation, declared: Declared, desired: Values) -> dict[str, Values] | None:
    """Find the blocks of the handles that a composite takes; None if one of them is none."""
    found: dict[str, Values] = {}
    handles, resources = evaluation.shared.handles, evaluation.types.resources
    failed = False
    taken = evaluation.shared.taken.get(declared.kind.name)
    if taken is None:
        taken = tuple(_handles(declared.kind, resources))
        evaluation.shared.taken[declared.kind.name] = taken
    for path, kind in taken:
        outer = desired if len(path) == 1 else desired.get(path[0])
        handle = outer.get(path[-1]) if isinstance(outer, dict) else None
        if isinstance(handle, Endpoint) and handle.address in handles:
            found[handle.address] = handles[handle.address].settings
        elif handle is not None:
            evaluation.bad_handle(declared, path, kind, handle)
            failed = True
    return None if failed else found


def _handles(kind: BlockType, resources: Mapping[str, BlockType]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Name the arguments of a block, and of the blocks in it, that take the handle of an endpoint, and of which kind."""
    for attribute in kind.attributes:
        if isinstance(resources.get(attribute.type), EndpointKind):
            yield (attribute.name,), attribute.type
    for block in kind.blocks:
        for attribute in block.attributes:
            if isinstance(resources.get(attribute.type), EndpointKind):
                yield (block.name, attribute.name), attribute.type


def _instances(
    evaluation: Evaluation,
    declared: Declared,
    address: str,
    children: Sequence[Child],
    endpoints: dict[str, Values],
    *,
    held: bool,
) -> tuple[Instance, ...]:
    scope, types = evaluation.scope, evaluation.types
    own = types.rules[declared.kind.name]
    protected = flag_of(scope, declared, declared.prevent_destroy)
    depends = evaluation.depends.get(declared.address, ())
    fenced: dict[str, None] = {}
    made = []
    for child in children:
        leaf, rules = types.leaf(child.leaf), types.rules[child.leaf]
        desired = (
            child.desired
            if rules is own
            else _checked(evaluation, declared, child, rules, endpoints[child.on])
        )
        identity = tuple([desired[name] for name in leaf.identity])
        outside = rules.fenced_out(child.leaf, identity, endpoints[child.on])
        if outside:
            fenced[outside] = None
        made.append(
            Instance(
                f"{address}/{child.key}",
                declared.address,
                leaf,
                child.on,
                identity,
                desired,
                {},
                protected,
                False,
                depends,
                bool(marks_in(desired.values()) & UNKNOWN) or not held,
                scope.each,
                scope.address,
                address,
                siblings=tuple([f"{address}/{key}" for key in child.after]),
                taken_over=child.taken_over,
                left=child.left,
                notes=child.notes,
            )
        )
    for outside in fenced:
        summary = "Outside what this workspace manages"
        tell(scope, declared, summary, f"{address}: {outside}", span_of(declared, ()))
    return tuple(made)


def _checked(evaluation: Evaluation, declared: Declared, child: Child, rules: Rules, place: Values) -> Values:
    """Have another provider check a leaf of its own, and write it as it does; the endpoint's defaults are not for it."""
    desired = rules.complete(child.leaf, child.desired, {"name": place.get("name")})
    tell_faults(evaluation.scope, declared, rules.check(child.leaf, desired))
    return desired
