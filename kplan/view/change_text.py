"""One change as a block: the comments that tools parse, what it costs, and the attributes that differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from kplan.graph.address import is_child, parent_address
from kplan.plan.model import Action, Change
from kplan.view import look
from kplan.view.differences import block_lines
from kplan.view.text import quoted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.session import Loss
    from kplan.view.look import Look

Inks = dict[str, str]  # a marker (or "bold", "off"), and it as it is printed

_COLORS: Final = {"+": look.GREEN, "~": look.YELLOW, "-": look.RED, ".": look.DIM, "!": look.RED}
_NOTHING: Final[dict[str, Any]] = {}
_BLOCK: Final = re.compile(r'(?:module\.[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.)*([^.\[]+)\.([^.\[/]+)')


def inks(view: Look) -> Inks:
    """Colour the markers once."""
    made = {marker: view.paint(marker, code) for marker, code in _COLORS.items()}
    made["-/+"] = f"{made['-']}/{made['+']}"
    made[" "] = " "
    made["bold"], made["off"] = ("\x1b[1m", "\x1b[0m") if view.color else ("", "")
    return made


def change_lines(change: Change, ink: Inks) -> list[str]:
    """Write one change: comments, then the block."""
    lines = [f"  {comment}" for comment in _comments(change, ink)]
    if _says_it_all(change):
        return [*lines, f"{_opening(change, ink)}}}"]
    lines.append(_opening(change, ink))
    if change.action is Action.NO_OP or change.action is Action.FORGET:
        held = change.after or change.before or _NOTHING
        lines += block_lines(held, held, ink)
    else:
        after = _NOTHING if change.action is Action.DELETE else change.after
        lines += block_lines(change.before or _NOTHING, after or _NOTHING, ink)
    lines.append("    }")
    return lines


def _comments(change: Change, ink: Inks) -> Iterator[str]:
    yield _headline(change, ink)
    if change.endpoint and not _says_it_all(change):
        yield f"# on {visible(change.endpoint)}"
    if change.previous_address and change.action is not Action.NO_OP:
        yield f"# (moved from {visible(change.previous_address)})"
    if change.adopting and change.action is not Action.NO_OP:
        yield f"# (imported from {quoted(':'.join(change.key.identity))})"
    for loss in change.losses:
        yield f"# {ink['!']} {loss_text(loss)}{' (agreed to in the configuration)' if change.consented else ''}"
    for note in change.notes:
        yield from (f"# {line}" for line in visible(note).split("\n"))
    if change.reason:
        yield f"# ({visible(change.reason)})"


def _says_it_all(change: Change) -> bool:
    """Tell whether an address says all that there is to an object: what a composite yields is often there or not."""
    values = change.before if change.after is None else change.after
    return is_child(change.address) and tuple((values or _NOTHING).values()) == change.key.identity


def _headline(change: Change, ink: Inks) -> str:
    bold, off = ink["bold"], ink["off"]
    address = visible(change.address)
    match change.action:
        case Action.CREATE:
            return f"{bold}# {address}{off} will be created"
        case Action.UPDATE:
            return f"{bold}# {address}{off} will be updated in-place"
        case Action.DELETE:
            return f"{bold}# {address}{off} will be destroyed"
        case Action.REPLACE:
            return f"{bold}# {address}{off} must be replaced"
        case Action.FORGET:
            return f"{bold}# {address}{off} will no longer be managed by kplan, but will not be destroyed"
        case Action.NO_OP if change.previous_address:
            return f"{bold}# {visible(change.previous_address)}{off} has moved to {bold}{address}{off}"
        case Action.NO_OP:
            return f"{bold}# {address}{off} will be imported"
        case _:
            assert_never(change.action)


_MARKERS: Final = {
    Action.NO_OP: "    ",
    Action.CREATE: "  {+} ",
    Action.UPDATE: "  {~} ",
    Action.DELETE: "  {-} ",
    Action.REPLACE: "{-/+} ",
    Action.FORGET: "  {.} ",
}


def _opening(change: Change, ink: Inks) -> str:
    marker = _MARKERS[change.action]
    for name in ("-/+", "+", "~", "-", "."):
        marker = marker.replace(f"{{{name}}}", ink[name])
    type_, label = block_of(change)
    return f"{marker}{type_} {quoted(label)} {{"


def block_of(change: Change) -> tuple[str, str]:
    """Name the block of a change: its type and label, or for what a block expanded to, the object's own."""
    return named_block(change.address, change.key.type)


def named_block(address: str, leaf: str) -> tuple[str, str]:
    """Name a leaf's block from its address: what a composite yields goes by its own type and the rest of the address."""
    found = _BLOCK.match(address)
    if found is None:
        return leaf, address
    if found[1] == leaf:
        return leaf, found[2]
    return leaf, address[len(parent_address(address)) + 1 :] or address


def loss_text(loss: Loss) -> str:
    """Say what a change costs."""
    amount = f" ({visible(loss.amount)})" if loss.amount else ""
    return f"{loss.danger.value}: {visible(loss.what)}{amount}"
