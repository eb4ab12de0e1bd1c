"""Root outputs: how they change, and their values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kplan.sdk.values import SetValue
from kplan.view.differences import change_text, scalar_text, value_text
from kplan.view.text import key_text, quoted, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.plan.model import OutputChange
    from kplan.state.model import OutputRecord
    from kplan.view.change_text import Inks

_SENSITIVE = "(sensitive value)"


def output_change_lines(changes: Sequence[OutputChange], ink: Inks) -> list[str]:
    """Write the outputs that change, below the heading of the caller. Empty if none does."""
    changed = [one for one in changes if one.changed]
    if not changed:
        return []
    longest = max(len(key_text(one.name)) for one in changed)
    lines = []
    for one in changed:
        marker, text = _changed(one, ink)
        lines.append(f"  {ink[marker]} {key_text(one.name):<{longest}} = {text}")
    return lines


def _changed(one: OutputChange, ink: Inks) -> tuple[str, str]:
    before, after = one.before, one.after
    marker = "+" if before is None else "-" if after is None else "~"
    if (before is not None and before.sensitive) or (after is not None and after.sensitive):
        return marker, _SENSITIVE + (" -> null" if after is None else "")
    if before is None and after is not None:
        return marker, value_text(after.value, "+", ink, 2)
    if after is None and before is not None:
        return marker, value_text(before.value, "-", ink, 2) + " -> null"
    assert before is not None  # noqa: S101 - one side is always there
    assert after is not None  # noqa: S101
    return marker, change_text(before.value, after.value, ink, 2)


def outputs_text(outputs: Mapping[str, OutputRecord]) -> str:
    """Write outputs as assignments, sorted; sensitive ones are hidden."""
    return "".join(f"{key_text(name)} = {output_text(outputs[name])}\n" for name in sorted(outputs))


def output_text(output: OutputRecord) -> str:
    """Write one output's value as the language would."""
    if output.sensitive:
        return "<sensitive>"
    return literal_text(output.value)


def literal_text(value: Any) -> str:
    """Write a value as the language would, over lines; what is secret or not known yet is named as such."""
    return _literal(value, "")


def _literal(value: Any, margin: str) -> str:
    """Write a value as Terraform does outside of plans: two columns deeper each, keys always quoted."""
    inner = margin + "  "
    if isinstance(value, str):
        if "\n" not in value:
            return quoted(value)
        lines = visible(value.removesuffix("\n")).split("\n")
        return "\n".join(["<<EOT", *lines, "EOT"])
    if isinstance(value, dict):
        if not value:
            return "{}"
        entries = (f"{inner}{quoted(key)} = {_literal(value[key], inner)}\n" for key in sorted(value))
        return f"{{\n{''.join(entries)}{margin}}}"
    if isinstance(value, (tuple, list)):
        if not value:
            return "toset([])" if isinstance(value, SetValue) else "[]"
        entries = (f"{inner}{_literal(one, inner)},\n" for one in value)
        items = f"[\n{''.join(entries)}{margin}]"
        return f"toset({items})" if isinstance(value, SetValue) else items
    return scalar_text(value)


def output_json(output: OutputRecord) -> dict[str, Any]:
    """Give an output as `output -json` has it. A sensitive one's value is null: it is never stored."""
    if output.sensitive:
        return {"sensitive": True, "type": "dynamic", "value": None}
    return {"sensitive": False, "type": type_json(output.value), "value": plain(output.value)}


def type_json(value: Any) -> Any:
    """Name a value's type as Terraform's JSON does."""
    if value is None:
        return "dynamic"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float, Decimal)):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, SetValue):
        return ["set", type_json(value[0]) if value else "dynamic"]
    if isinstance(value, (list, tuple)):
        return ["tuple", [type_json(one) for one in value]]
    return ["object", {key: type_json(value[key]) for key in sorted(value)}]


def plain(value: Any) -> Any:
    """Give a value as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    return value


def json_text(value: Any, *, sort: bool = True) -> str:
    """Write JSON for people and machines: indented, keys sorted unless their order says something."""
    return json.dumps(value, indent=2, sort_keys=sort, ensure_ascii=False) + "\n"


def raw_text(value: Any) -> str | None:
    """Give a value as a shell wants it, without quotes or line end; None where it has no such form."""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, tuple)) or value is None:
        return None
    return scalar_text(value)
