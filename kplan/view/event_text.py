"""What happens in a run, each event as one line."""

from __future__ import annotations

from typing import Final, assert_never

from kplan.apply.events import (
    Errored,
    Event,
    Finished,
    Halted,
    Progress,
    Reading,
    Skipped,
    Starting,
)
from kplan.plan.model import Action
from kplan.view.text import counted, visible

_WORDS: Final = {
    Action.NO_OP: ("Importing", "Import"),
    Action.CREATE: ("Creating", "Creation"),
    Action.UPDATE: ("Modifying", "Modifications"),
    Action.DELETE: ("Destroying", "Destruction"),
    Action.REPLACE: ("Replacing", "Replacement"),
    Action.FORGET: ("Forgetting", "Forgetting"),
}


def line_of(event: Event) -> str:
    """Say an event in one line, as Terraform does where it has it. "" for what needs none."""
    match event:
        case Reading(endpoint, "", _):
            return f"{visible(endpoint)}: Connecting..."
        case Reading(endpoint, kind, objects):
            return f"{visible(endpoint)}: Reading {counted(objects, visible(kind))}..."
        case Starting(address, action):
            return f"{visible(address)}: {_WORDS[action][0]}..."
        case Progress(address, done, total):
            return f"{visible(address)}: Still at work... [{done:,} of {total:,}]"
        case Finished(address, action, seconds):
            return f"{visible(address)}: {_WORDS[action][1]} complete after {_time(seconds)}"
        case Errored(address, action, fault):
            return f"{visible(address)}: {_WORDS[action][1]} failed: {visible(fault.summary)}"
        case Skipped(address, _, because):
            why = (
                f"{visible(because)} comes first and was not completed" if because else "the run was stopped"
            )
            return f"{visible(address)}: Skipped: {why}"
        case Halted(address):
            return f"{visible(address)}: Parked at its last checkpoint"
        case _:
            assert_never(event)


def _time(seconds: float) -> str:
    """Write a duration as Terraform does, in whole seconds."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    return (
        f"{whole // 60}m{whole % 60}s"
        if whole < 3600
        else f"{whole // 3600}h{whole % 3600 // 60}m{whole % 60}s"
    )
