"""A plan as people read it, in Terraform's shapes: legend, changes, outputs, risks, and the summary last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.plan.model import Action, Change, is_change
from kplan.state.model import StateLeaf
from kplan.state.records import Declined, Dropped, Succeeded
from kplan.view import look
from kplan.view.change_text import Inks, change_lines, inks
from kplan.view.outputs import output_change_lines
from kplan.view.risks import risk_lines
from kplan.view.text import listed, quoted, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.plan.model import Plan
    from kplan.state.model import Key
    from kplan.view.look import Look

_MOST_BULLETS: Final = 50
_LEGEND: Final = (
    (Action.CREATE, "  {} create", "+"),
    (Action.UPDATE, "  {} update in-place", "~"),
    (Action.DELETE, "  {} destroy", "-"),
    (Action.REPLACE, "{} destroy and then create replacement", "-/+"),
    (Action.FORGET, "  {} stop managing", "."),
)


def plan_text(
    plan: Plan,
    view: Look,
    warnings: str = "",
    *,
    recap_consents: bool = True,
    targets: Sequence[str] = (),
) -> str:
    """Write a whole plan, with warnings that are text already, down to the summary line.

    `recap_consents`: whether losses that lack consent are recapped too (no, if the warnings list them). `targets`:
    what the plan was confined to.
    """
    shown = [change for change in plan.changes if is_change(change)]
    ink = inks(view)
    parts: list[str] = []
    if shown:
        parts += _opening(shown, ink)
        parts += ("\n".join(change_lines(change, ink)) + "\n" for change in shown)
    outputs = output_change_lines(plan.outputs, ink)
    if outputs:
        parts.append("\n".join(["Changes to Outputs:", *outputs]) + "\n")
    if targets and plan.complete:
        confined = (
            f"Looked only at {listed(targets)} and what that needs, as -target asks. There may be more to do."
        )
        parts.append("\n".join(wrapped(visible(confined), view.width)) + "\n")
    parts += _remarks(plan, shown, view, only_outputs=bool(outputs) and not shown)
    if warnings:
        parts.append(warnings.removeprefix("\n"))
    risks = risk_lines(shown, view, with_unagreed=recap_consents or not plan.refusals)
    if risks:
        parts.append("\n".join(risks) + "\n")
    if plan.complete or shown or outputs:
        parts.append(summary(plan, view))
    return "\n" + "\n".join(parts)


def _opening(shown: list[Change], ink: Inks) -> list[str]:
    used = {change.action for change in shown}
    symbols = [line.format(ink[marker]) for action, line, marker in _LEGEND if action in used]
    legend = ["kplan compared the configuration with the live systems and made the following"]
    if symbols:
        legend += ["execution plan. Resource actions are indicated with the following symbols:", *symbols]
    else:
        legend.append("execution plan.")
    return ["\n".join(legend) + "\n", "kplan will perform the following actions:\n"]


def _remarks(plan: Plan, shown: list[Change], view: Look, *, only_outputs: bool) -> list[str]:
    """Say what the changes alone don't."""
    remarks = list(_found_out(plan))
    if only_outputs:
        remarks.append(
            "You can apply this plan to save these new output values to the kplan state, without changing any real "
            "infrastructure."
        )
    forgotten = [change.address for change in shown if change.action is Action.FORGET]
    if forgotten:
        remarks.append(
            "If you apply this plan, kplan will discard its tracking information for the following objects, but it "
            "will not delete them. To manage them again, adopt them:\n" + _bullets(forgotten)
        )
    if plan.excluded:
        remarks.append(
            f"Left out on request, with all that depends on it: {listed(plan.excluded)}. Nothing there was read, and "
            "this plan changes nothing there."
        )
    if not plan.complete:
        what = "What is shown is incomplete and can't be applied; the" if shown or only_outputs else "The"
        remarks.append(f"Planning failed. {what} errors say why.")
    return ["\n".join(wrapped(one, view.width)) + "\n" for one in remarks]


def _found_out(plan: Plan) -> Iterator[str]:
    """Say what was seen of changes whose outcome was not known, or is not yet, and of objects that went by themselves."""
    results: list[str] = []
    gone: list[str] = []
    for record in plan.settled:
        match record:
            case Succeeded(key, None):
                results.append(f"{_object(key)}: it was deleted")
            case Succeeded(_, StateLeaf() as leaf):
                results.append(f"{leaf.address}: it was carried out")
            case Declined(key):
                results.append(f"{_object(key)}: it was not carried out")
            case Dropped(key):
                gone.append(_object(key))
    if results:
        yield "An earlier run never learned what came of these changes; now it is known:\n" + _bullets(
            results
        )
    again = {change.key for change in plan.changes if is_change(change)}
    waiting = [f"{one.address}: {one.action}" for one in plan.unsettled if one.key not in again]
    if waiting:
        yield (
            "An earlier run got no answer to these changes. They have not taken effect and still may; a plan in a minute "
            "will know:\n" + _bullets(waiting)
        )
    if gone:
        yield "These objects are no longer there as kplan knew them, so it stops managing them:\n" + _bullets(
            gone
        )


def _object(key: Key) -> str:
    return f"{key.type} {quoted(':'.join(key.identity))}"


def _bullets(items: list[str]) -> str:
    shown = [f" - {visible(one)}" for one in items[:_MOST_BULLETS]]
    if len(items) > _MOST_BULLETS:
        shown.append(f" - … and {len(items) - _MOST_BULLETS:,} more")
    return "\n".join(shown)


def saved_text(path: str) -> str:
    """Say where a plan was saved, and how to apply it."""
    lines = [
        "",
        "─" * 77,
        "",
        f"Saved the plan to: {visible(path)}",
        "",
        "To perform exactly these actions, run the following command to apply:",
        f"    kplan apply {quoted(path)}",
        "",
    ]
    return "\n".join(lines)


def summary(plan: Plan, view: Look) -> str:
    """Write the summary, whose last line tools parse."""
    if not plan.complete:
        return f"{view.paint('Plan (incomplete):', look.BOLD, look.RED)} {_counted(plan)}\n"
    if plan.has_changes():
        return f"{view.paint('Plan:', look.BOLD)} {_counted(plan)}\n"
    if plan.destroy:
        headline = "No changes. No objects need to be destroyed."
        explained = "Either you have not created any objects yet or the existing objects were already deleted outside of kplan."
    else:
        headline = "No changes. Your infrastructure matches the configuration."
        explained = (
            "kplan has compared your real infrastructure against your configuration and found no differences, so no "
            "changes are needed."
        )
    return "\n".join([view.paint(headline, look.BOLD, look.GREEN), "", *wrapped(explained, view.width), ""])


def _counted(plan: Plan) -> str:
    counts = plan.counts()
    imported = f"{counts.adopt} to import, " if counts.adopt else ""
    return f"{imported}{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy."
