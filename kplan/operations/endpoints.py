"""Who endpoints are: a live id that isn't the recorded or the pinned one stops everything there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.plan.model import Endpoint
from kplan.sdk.session import Facts, Fault
from kplan.sdk.types import EndpointKind
from kplan.sdk.values import UNKNOWN, marks
from kplan.sdk.values import Endpoint as Handle
from kplan.state.model import EndpointRecord
from kplan.state.records import Met

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import EndpointInstance, Module
    from kplan.lang.diagnostics import Diagnostic
    from kplan.plan.build import Builder
    from kplan.state.model import State


def admit(
    endpoints: Iterable[EndpointInstance],
    answers: Mapping[str, Facts | Fault],
    state: State,
    builder: Builder,
    module: Module,
) -> None:
    """Let endpoints into the plan that answered and are who they should be; say why the others are not."""
    met = {(one.record.kind, one.record.uid): address for address, one in builder.endpoints.items()}
    for one in endpoints:
        answer = answers[one.address]
        if isinstance(answer, Fault):
            builder.complete = False
            builder.diagnostics.append(_unreachable(one, answer, module))
            continue
        problem = _stranger(one, answer.uid, state, met, module) or _elsewhere(one, answer, builder, module)
        if problem is not None:
            builder.complete = False
            builder.diagnostics.append(problem)
            continue
        record = EndpointRecord(one.address, one.kind, answer.uid)
        builder.endpoints[one.address] = Endpoint(record, answer)
        met[one.kind, answer.uid] = one.address
        if state.endpoints.get(one.address) != record:
            builder.record(Met(record))


def _at(
    one: EndpointInstance,
    module: Module,
    path: tuple[str | int, ...],
    summary: str,
    detail: str,
    remedy: str = "",
) -> Diagnostic:
    from kplan.config.arguments import span_of

    declared = module.declared[one.block]
    return declared.place.error(summary, detail, *span_of(declared, path), remedy=remedy)


def _reached_by(one: EndpointInstance, module: Module) -> tuple[str, ...]:
    """Name the attribute that says where an endpoint is."""
    kind = module.declared[one.block].kind
    return (kind.reached_by,) if isinstance(kind, EndpointKind) and kind.reached_by else ()


def _pinned_by(one: EndpointInstance, module: Module) -> tuple[str, ...]:
    """Name the attribute that says which one it is."""
    kind = module.declared[one.block].kind
    return (kind.uid,) if isinstance(kind, EndpointKind) else ()


def _unreachable(one: EndpointInstance, fault: Fault, module: Module) -> Diagnostic:
    path = fault.path or _reached_by(one, module)
    without = f"To plan without {one.address}, pass -exclude-cluster='{one.address}'."
    detail = f"Nothing can be said of {one.address}." + (f" {fault.detail}" if fault.detail else "")
    return _at(one, module, path, fault.summary, detail, f"{fault.remedy} {without}".strip())


def _stranger(
    one: EndpointInstance, uid: str, state: State, met: Mapping[tuple[str, str], str], module: Module
) -> Diagnostic | None:
    if one.pinned and one.pinned != uid:
        detail = (
            f"{one.address} answers as {uid}, but its block says that it is {one.pinned}. Nothing is planned there. "
            "Check where its address leads; if the cluster was really replaced, correct the block."
        )
        return _at(one, module, _pinned_by(one, module), "Not the cluster that was declared", detail)
    recorded = state.endpoints.get(one.address)
    if (
        recorded is not None
        and recorded.uid != uid
        and any(key.uid == recorded.uid for key in (*state.leaves, *state.pending))
    ):
        detail = (
            f"{one.address} answers as {uid}, but kplan has worked on {recorded.uid} under this address so far. Nothing "
            "is planned there. Check where its address leads. If the cluster was rebuilt and its objects are to be made "
            f"anew, run: kplan state replace-endpoint '{one.address}'"
        )
        return _at(one, module, _reached_by(one, module), "Not the cluster that kplan knows", detail)
    other = met.get((one.kind, uid))
    if other is not None:
        detail = (
            f"{one.address} and {other} are the same live {one.kind} ({uid}). Declare it once, so that every object on it "
            "has one owner."
        )
        return _at(one, module, _reached_by(one, module), "The same cluster is declared twice", detail)
    return None


def _elsewhere(one: EndpointInstance, answer: Facts, builder: Builder, module: Module) -> Diagnostic | None:
    """Refuse an endpoint that says it belongs to another one than its block says."""
    kind = module.declared[one.block].kind
    handle = one.settings.get(kind.inside) if isinstance(kind, EndpointKind) and kind.inside else None
    if not isinstance(handle, Handle) or not isinstance(kind, EndpointKind):
        return None
    outer = builder.endpoints.get(handle.address)
    if outer is None or not answer.inside or outer.record.uid == answer.inside:
        return None
    detail = (
        f"{one.address} says that it belongs to {handle.kind} {answer.inside}, but its block says {handle.address}, which is "
        f"{outer.record.uid}. Nothing is planned there. Check where its address leads, and to which cluster it belongs."
    )
    return _at(one, module, (kind.inside,), f"Belongs to another {handle.kind}", detail)


def unknown_settings(one: EndpointInstance, module: Module) -> Diagnostic | None:
    """Refuse an endpoint whose settings are decided only by an apply."""
    if any(marks(value) & UNKNOWN for value in one.settings.values()):
        detail = (
            f"{one.address} can't be contacted: its settings depend on something that is not applied yet."
        )
        return _at(one, module, _reached_by(one, module), "Endpoint not known while planning", detail)
    return None
