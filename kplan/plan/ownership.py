"""Words for objects that are not ours or can't be read, and for names that merely followed a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.adoptions import WHOLE
from kplan.graph.address import parent_address
from kplan.lang.diagnostics import error
from kplan.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kplan.config.model import Module
    from kplan.lang.diagnostics import Diagnostic
    from kplan.plan.decide import Unowned
    from kplan.plan.model import Change
    from kplan.sdk.session import Unreadable

_SHOWN = 50


def unowned(found: Sequence[Unowned], module: Module) -> list[Diagnostic]:
    """List objects that exist and are not ours, with the ways to adopt them."""
    diagnostics = []
    strangers = sorted((one.subject.address, one) for one in found if not one.recreated)
    if strangers:
        lines = [f"  {address}: {_named(one)}" for address, one in strangers[:_SHOWN]]
        imports = dict.fromkeys(map(_import, strangers))
        blocks = [f'  import {{\n    to = {to}\n    id = "{id_}"\n  }}' for to, id_ in list(imports)[:3]]
        more = [f"  … and {len(strangers) - _SHOWN} more"] if len(strangers) > _SHOWN else []
        count = "An object" if len(strangers) == 1 else f"{len(strangers)} objects"
        types = dict.fromkeys(address.partition(".")[0] for address, _ in strangers)
        patterns = [f"{one}.*" for one in types]
        if len(imports) == 1:
            patterns = [parent_address(strangers[0][0])]
        flags = " ".join(f"--adopt='{one}'" for one in patterns)
        detail = "\n".join(
            [
                f"{count} that the configuration declares exists already and was not made by kplan:"
                if len(strangers) == 1
                else f"{count} that the configuration declares exist already and were not made by kplan:",
                *lines,
                *more,
                f"kplan changes only what it created or adopted. To adopt, pass {flags}, or write:",
                *blocks,
                *(["  … and so on"] if len(imports) > len(blocks) else []),
                "Adopting changes nothing by itself; differences are then shown as updates.",
            ]
        )
        first = strangers[0][1].subject.instance
        assert first is not None  # noqa: S101 - only declared objects can be unowned
        declared = module.declared[first.block]
        diagnostics.append(
            declared.place.error(
                "Object exists but is not managed", detail, declared.block[2], declared.block[3]
            )
        )
    for one in found:
        if one.recreated and one.subject.instance is not None:
            declared = module.declared[one.subject.instance.block]
            detail = (
                f"{one.subject.address}: {_named(one)} was deleted and re-created outside of kplan: it has the same name "
                "but another id, so it is not the object that kplan made. To take it over as it is, run: kplan state rm "
                f"'{one.subject.address}', and then adopt it with --adopt='{one.subject.address}'."
            )
            diagnostics.append(
                declared.place.error(
                    "Object was re-created outside", detail, declared.block[2], declared.block[3]
                )
            )
    return diagnostics


def _import(stranger: tuple[str, Unowned]) -> tuple[str, str]:
    """Say what an import block names: an object by its id, what a composite comes to as a whole."""
    address, one = stranger
    parent = parent_address(address)
    return (address, _id(one)) if parent == address else (parent, WHOLE)


def _id(one: Unowned) -> str:
    return ":".join(one.subject.key.identity)


def _named(one: Unowned) -> str:
    instance = one.subject.instance
    where = f" on {instance.endpoint}" if instance else ""
    return f'{one.subject.key.type} "{_id(one)}"{where}'


def unreadable(found: Sequence[tuple[str, Unreadable]]) -> list[Diagnostic]:
    """Say what could not be read, one message for each cause."""
    causes: dict[tuple[str, str, str], list[str]] = {}
    for address, seen in found:
        fault = seen.fault
        causes.setdefault((fault.summary, fault.detail, fault.remedy), []).append(address)
    diagnostics = []
    for (summary, detail, remedy), addresses in sorted(causes.items()):
        shown = ", ".join(sorted(addresses)[:10]) + (
            f" and {len(addresses) - 10} more" if len(addresses) > 10 else ""
        )
        diagnostics.append(error(summary, f"{detail}\nNot read: {shown}.".strip(), remedy=remedy))
    return diagnostics


def relabelled(changes: Iterable[Change], state_defaulted: frozenset[str]) -> dict[str, str]:
    """Find creates that look like a renamed label of something deleted: address created to the old object's name.

    `state_defaulted` are the addresses in state whose name followed their label.
    """
    gone: dict[tuple[str, str], list[Change]] = {}
    made: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.action is Action.DELETE and change.address in state_defaulted:
            gone.setdefault((change.endpoint, change.type), []).append(change)
        elif change.action is Action.CREATE and change.leaf is not None and change.leaf.name_defaulted:
            made.setdefault((change.endpoint, change.type), []).append(change)
    found = {}
    for where, creates in made.items():
        for old, new in zip(gone.get(where, ()), creates, strict=False):
            found[new.address] = ":".join(old.key.identity)
    return found
