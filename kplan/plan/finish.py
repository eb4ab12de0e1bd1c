"""The last touches of a plan: outputs compared, and hints on changes that are probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.plan.model import OutputChange
from kplan.plan.ownership import relabelled
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Endpoint,
    SetValue,
    Unknown,
    make_list,
    make_map,
    make_set,
    marks,
)
from kplan.state.model import OutputRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.evaluation import Evaluation
    from kplan.plan.model import Change
    from kplan.sdk.values import Value
    from kplan.state.model import Key, StateLeaf


def with_hints(changes: tuple[Change, ...], leaves: Mapping[Key, StateLeaf]) -> tuple[Change, ...]:
    """Say beside a create when it looks like a renamed label, and how to keep the object."""
    defaulted = frozenset(leaf.address for leaf in leaves.values() if leaf.name_defaulted)
    renamed = relabelled(changes, defaulted)
    if not renamed:
        return changes
    return tuple(
        change._replace(
            notes=(
                *change.notes,
                f'if this is "{renamed[change.address]}" under a new label, keep it: name = "{renamed[change.address]}"',
            )
        )
        if change.address in renamed
        else change
        for change in changes
    )


def output_changes(
    evaluation: Evaluation, before: Mapping[str, OutputRecord], *, destroy: bool, partial: bool
) -> tuple[OutputChange, ...]:
    """Evaluate the outputs and hold them against the last apply's. A partial plan leaves them as they are."""
    if partial:
        return ()
    after = {} if destroy else evaluate_outputs(evaluation)
    names = sorted({*before, *after})
    return tuple(OutputChange(name, before.get(name), after.get(name)) for name in names)


def evaluate_outputs(evaluation: Evaluation) -> dict[str, OutputRecord]:
    """Evaluate every output of the root module; a sensitive one's value is left out."""
    made = {}
    scope = evaluation.root
    evaluation.forget_unknowns()
    for name, output in evaluation.module.outputs.items():
        before = len(evaluation.diagnostics)
        evaluation.value(f"output.{name}")
        value = scope.output(name)
        if len(evaluation.diagnostics) > before:
            continue
        if marks(value) & SECRET and not output.sensitive:
            node = output.value[3]
            detail = "The value holds something sensitive. Say that the output is, with `sensitive = true`."
            evaluation.diagnostics.append(
                output.place.error("Output refers to sensitive values", detail, node[1], node[2])
            )
            continue
        unknown = bool(marks(value) & UNKNOWN)
        kept = (Unknown() if unknown else None) if output.sensitive else value
        made[name] = OutputRecord(_named(kept), output.sensitive)
    return made


def _named(value: Value) -> Value:
    """Put its address in place of each handle: what an output gives is data for others."""
    if isinstance(value, Endpoint):
        return value.address
    if isinstance(value, dict):
        return make_map({key: _named(item) for key, item in value.items()})
    if isinstance(value, SetValue):
        return make_set(_named(item) for item in value)
    if isinstance(value, tuple):
        return make_list(_named(item) for item in value)
    return value


def known_outputs(outputs: Mapping[str, OutputRecord]) -> dict[str, OutputRecord]:
    """Leave out what is still unknown: it can't be stored."""
    return {name: one for name, one in outputs.items() if not marks(one.value)}


def changed_outputs(outputs: Iterable[OutputChange]) -> list[OutputChange]:
    """List the outputs that differ."""
    return [one for one in outputs if one.changed]
