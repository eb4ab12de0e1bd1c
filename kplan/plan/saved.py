"""A saved plan as a file: what was shown, what it rests on, and what is evaluated again. No secret is in it.

The checksum finds accidents. It is no signature: who can write the file can write another plan.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan import __version__
from kplan.config.extract import Piece, Pieces
from kplan.config.files import Seen
from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.plan.model import Action, Change, Consents, OutputChange, Plan, is_change
from kplan.plan.saved_values import decode, encode
from kplan.sdk.session import Danger, Found, Loss, Step
from kplan.sdk.types import Is
from kplan.sdk.values import reveal
from kplan.state import codec
from kplan.state.model import Key, OutputRecord, StateLeaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.registry.types import Types
    from kplan.sdk.values import Value

FORMAT: Final = 1
_WHAT: Final = "kplan saved plan"


class NotAPlanError(Exception):
    """A file that is no whole saved plan; the message says what is wrong with it."""


class OtherVersionError(Exception):
    """A saved plan that another version of kplan made, which is the message."""


class Again(NamedTuple):
    """What is evaluated again, and with what: blocks, the variables that are not sensitive, files and the time.

    `asked`: the sensitive variables, whose values are asked for again where they are needed; `open`: those of others
    that only clusters' blocks use, and that may be given again.
    """

    pieces: Pieces
    variables: dict[str, Value]
    asked: tuple[str, ...]
    open: tuple[str, ...]
    seen: Seen
    began: str


class SavedPlan(NamedTuple):
    """A plan with what it rests on.

    `priors`: what state held of each object. `secrets`: the salt and the digest of those of the plan's objects and of
    the variables that they come from, and the names of both. `targets`: what the plan was confined to.
    """

    made: float
    lineage: str
    serial: int
    workspace: str
    backend_path: str
    plan: Plan
    priors: dict[Key, StateLeaf | None]
    targets: tuple[str, ...]
    consents: Consents
    again: Again
    secrets: dict[str, Any]


def is_part(change: Change, prior: StateLeaf | None) -> bool:
    """Tell whether a saved plan holds a change: what is shown, and what else of the configuration is to be remembered.

    What the live system decided is found out at any time, and makes no object one of the plan's.
    """
    if is_change(change) or not change.remember or change.leaf is None:
        return is_change(change)
    return prior is None or change.leaf._replace(computed=prior.computed) != prior


def fingerprint(change: Change, types: Types) -> dict[str, str]:
    """Give what must be the same when a plan is applied: all that was shown but what changes by itself."""
    leaf = types.leaves.get(change.type)  # none if only what is let go of is left of its provider
    volatile = {one.name for one in leaf.attributes if Is.VOLATILE in one.flags} if leaf else set()

    def lasting(values: Mapping[str, Any] | None) -> Any:
        if values is None:
            return None
        return {name: encode(value) for name, value in values.items() if name not in volatile}

    parts = {
        "action": change.action.value,
        "address": change.address,
        "owners": change.owners,
        "endpoint": change.endpoint,
        "before": lasting(change.before),
        "after": lasting(change.after),
        "steps": _steps_out(change.steps),
        "delete_steps": _steps_out(change.delete_steps),
        "adopting": change.adopting,
        "previous_address": change.previous_address,
        "losses": [[one.danger.value, one.what] for one in change.losses],
        "consented": change.consented,
    }
    return {name: json.dumps(part, sort_keys=True) for name, part in parts.items()}  # here 1 is not true


def secrets_of(objects: Mapping[str, str], variables: Mapping[str, Value]) -> dict[str, str]:
    """Name all secrets that must be the same when a plan is applied: of objects, and values of sensitive variables."""
    texts = {
        f"var.{name}": json.dumps(encode(reveal(value)), sort_keys=True) for name, value in variables.items()
    }
    return {**objects, **texts}


def write(saved: SavedPlan) -> bytes:
    """Write a saved plan out: JSON, its checksum last."""
    plan = saved.plan
    sections = {
        "what": _WHAT,
        "format_version": FORMAT,
        "kplan_version": __version__,
        "made": saved.made,
        "lineage": saved.lineage,
        "serial": saved.serial,
        "workspace": saved.workspace,
        "backend_path": saved.backend_path,
        "targets": saved.targets,
        "consents": list(saved.consents),
        "changes": [_change_out(one) for one in plan.changes if one.key in saved.priors],
        "priors": [
            [codec.key_out(key), None if one is None else codec.leaf_out(one)]
            for key, one in saved.priors.items()
        ],
        "outputs": [
            [one.name, _output_out(one.before), _output_out(one.after)] for one in plan.outputs if one.changed
        ],
        "settled": [codec.record_out(one) for one in plan.settled],
        "unsettled": [codec.pending_out(one) for one in plan.unsettled],
        "warnings": [_told_out(one) for one in plan.diagnostics],
        "refusals": [_told_out(one) for one in plan.refusals],
        "excluded": list(plan.excluded),
        "destroy": plan.destroy,
        "secrets": saved.secrets,
        "again": _again_out(saved.again),
    }
    lines = ",\n".join(f"{json.dumps(name)}: {_dumps(value)}" for name, value in sections.items())
    body = f"{{\n{lines},\n".encode()
    return body + b'"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def read(data: bytes) -> SavedPlan:
    """Read a saved plan back. Raises NotAPlanError if it is not whole, OtherVersionError if others would read it."""
    try:
        plain = json.loads(data)
        what = plain["what"]
    except (ValueError, TypeError, KeyError, RecursionError):
        whole = data.rstrip().endswith(b"}") and data.startswith(b"{")
        begins = f'"what": "{_WHAT}"'.encode() in data[:100]
        raise NotAPlanError("it is cut off" if begins and not whole else "it is no saved plan") from None
    if what != _WHAT:
        raise NotAPlanError("it is no saved plan")
    if plain.get("format_version") != FORMAT:
        raise NotAPlanError(f"its format_version is {plain.get('format_version')}, this kplan reads {FORMAT}")
    body, mark, tail = data.rpartition(b'"checksum": "')
    if not mark or tail != hashlib.sha256(body).hexdigest().encode() + b'"\n}\n':
        raise NotAPlanError("its checksum does not fit its content: it was edited or damaged")
    if plain["kplan_version"] != __version__:
        raise OtherVersionError(plain["kplan_version"])
    return _saved(plain)


def _saved(plain: Mapping[str, Any]) -> SavedPlan:
    plan = Plan(
        tuple(map(_change_in, plain["changes"])),
        tuple(
            OutputChange(name, _output_in(before), _output_in(after))
            for name, before, after in plain["outputs"]
        ),
        {},
        tuple(map(codec.record_in, plain["settled"])),
        {},
        tuple(map(_told_in, plain["warnings"])),
        tuple(map(_told_in, plain["refusals"])),
        tuple(plain["excluded"]),
        True,
        plain["destroy"],
        tuple(map(codec.pending_in, plain["unsettled"])),
    )
    return SavedPlan(
        plain["made"],
        plain["lineage"],
        plain["serial"],
        plain["workspace"],
        plain["backend_path"],
        plan,
        {codec.key_in(key): None if one is None else codec.leaf_in(one) for key, one in plain["priors"]},
        tuple(plain["targets"]),
        Consents(*plain["consents"]),
        _again_in(plain["again"]),
        plain["secrets"],
    )


def _dumps(value: Any) -> str:
    """Write JSON; a number of state is written as those of the plan are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False, default=encode)


def _steps_out(steps: tuple[Step, ...]) -> list[Any]:
    return [[step.verb, encode(step.args)] for step in steps]


def _steps_in(plain: list[Any]) -> tuple[Step, ...]:
    return tuple(Step(verb, decode(args)) for verb, args in plain)


def _change_out(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "action": change.action.value,
        "key": codec.key_out(change.key),
        "endpoint": change.endpoint,
        "before": encode(change.before),
        "after": encode(change.after),
        "steps": _steps_out(change.steps),
        "delete_steps": _steps_out(change.delete_steps),
        "seen": change.seen is not None,
        "previous_address": change.previous_address,
        "adopting": change.adopting,
        "losses": [[one.danger.value, one.what, one.amount] for one in change.losses],
        "notes": list(change.notes),
        "reason": change.reason,
        "unresolved": change.unresolved,
        "consented": change.consented,
        "remember": change.remember,
        "claimed": change.claimed,
        "owners": list(change.owners),
    }


def _change_in(plain: Mapping[str, Any]) -> Change:
    before = decode(plain["before"])
    return Change(
        plain["address"],
        Action(plain["action"]),
        codec.key_in(plain["key"]),
        plain["endpoint"],
        before,
        decode(plain["after"]),
        None,
        _steps_in(plain["steps"]),
        _steps_in(plain["delete_steps"]),
        Found(before) if plain["seen"] else None,
        plain["previous_address"],
        plain["adopting"],
        tuple(Loss(Danger(danger), what, amount) for danger, what, amount in plain["losses"]),
        tuple(plain["notes"]),
        plain["reason"],
        unresolved=plain["unresolved"],
        consented=plain["consented"],
        remember=plain["remember"],
        claimed=plain["claimed"],
        owners=tuple(plain["owners"]),
    )


def _output_out(one: OutputRecord | None) -> Any:
    return None if one is None else [encode(one.value), one.sensitive]


def _output_in(plain: Any) -> OutputRecord | None:
    return None if plain is None else OutputRecord(decode(plain[0]), plain[1])


def _told_out(one: Diagnostic) -> list[Any]:
    where = ""
    if one.source is not None:
        where = f"{one.source.path} line {one.source.position(one.start)[0]}"
    context = ", in ".join(part for part in (where, one.context) if part)
    return [one.severity.value, one.summary, one.detail, one.remedy, context, one.values]


def _told_in(plain: list[Any]) -> Diagnostic:
    severity, summary, detail, remedy, context, values = plain
    named = tuple((name, text) for name, text in values)
    return Diagnostic(Severity(severity), summary, detail, remedy=remedy, context=context, values=named)


def _again_out(again: Again) -> dict[str, Any]:
    return {
        "blocks": {folder: [list(one) for one in pieces] for folder, pieces in again.pieces.items()},
        "variables": {name: encode(value) for name, value in again.variables.items()},
        "asked": again.asked,
        "open": again.open,
        "files": {path: base64.b64encode(data).decode() for path, data in again.seen.contents.items()},
        "folders": {path: list(map(list, found)) for path, found in again.seen.entries.items()},
        "there": again.seen.there,
        "began": again.began,
    }


def _again_in(plain: Mapping[str, Any]) -> Again:
    return Again(
        {
            folder: tuple(Piece(path, tuple(lines), _tree(blocks)) for path, lines, blocks in pieces)
            for folder, pieces in plain["blocks"].items()
        },
        {name: decode(value) for name, value in plain["variables"].items()},
        tuple(plain["asked"]),
        tuple(plain["open"]),
        Seen(
            {path: base64.b64decode(data) for path, data in plain["files"].items()},
            {
                path: tuple((name, folder) for name, folder in found)
                for path, found in plain["folders"].items()
            },
            plain["there"],
        ),
        plain["began"],
    )


def _tree(plain: Any) -> Any:
    """Give a syntax tree back: all its lists are tuples."""
    return tuple(map(_tree, plain)) if type(plain) is list else plain
