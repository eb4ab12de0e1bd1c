"""What an apply came to: Terraform's closing lines, and kplan's own where something was left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.view import look
from kplan.view.outputs import outputs_text
from kplan.view.text import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.apply.events import Tally
    from kplan.state.model import OutputRecord
    from kplan.view.look import Look


def apply_text(
    tally: Tally, outputs: Mapping[str, OutputRecord], view: Look, *, destroy: bool, wrong: bool = False
) -> str:
    """Write the closing lines of an apply: the counts, then the outputs. `wrong`: errors were told, as of a postcondition."""
    if tally.undone or wrong:
        return _incomplete(tally, view, destroy=destroy)
    text = f"\n{view.paint(_complete(tally, destroy=destroy), look.BOLD, look.GREEN)}\n"
    if outputs:
        text += f"\n{view.paint('Outputs:', look.BOLD, look.GREEN)}\n\n{outputs_text(outputs)}"
    return text


def _complete(tally: Tally, *, destroy: bool) -> str:
    if destroy:
        return f"Destroy complete! Resources: {tally.destroyed} destroyed."
    return f"Apply complete! Resources: {_done(tally)}."


def _done(tally: Tally) -> str:
    imported = f"{tally.adopted} imported, " if tally.adopted else ""
    return f"{imported}{tally.added} added, {tally.changed} changed, {tally.destroyed} destroyed"


def _incomplete(tally: Tally, view: Look, *, destroy: bool) -> str:
    word = "Destroy" if destroy else "Apply"
    done = f"{tally.destroyed} destroyed" if destroy else _done(tally)
    left = ", ".join(
        f"{count} {name}"
        for count, name in ((tally.failed, "failed"), (tally.skipped, "skipped"), (tally.parked, "parked"))
        if count
    )
    counts = f"{done}; {left}" if left else done
    headline = view.paint(f"{word} incomplete! Resources: {counts}.", look.BOLD, look.RED)
    rest = "Run the same command again to go on with the rest." if left else "The errors above are left."
    advice = [f"What was done is recorded. {rest}"]
    if tally.parked:
        advice.append("What is parked stands at its last checkpoint and is taken up there.")
    return "\n".join(["", headline, "", *wrapped(" ".join(advice), view.width), ""])
