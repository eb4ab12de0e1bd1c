"""Objects as state holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.view.change_text import inks, named_block
from kplan.view.differences import value_text
from kplan.view.look import PLAIN
from kplan.view.text import key_text, quoted, visible

if TYPE_CHECKING:
    from kplan.state.model import StateLeaf

_INDENT = 2  # with the columns of a marker that isn't there: four


def leaf_text(leaf: StateLeaf) -> str:
    """Write an object of state as a block."""
    type_, label = named_block(leaf.address, leaf.key.type)
    values = {**leaf.computed, **leaf.attributes}
    names = [name for name in sorted(values) if values[name] is not None]
    longest = max((len(key_text(name)) for name in names), default=0)
    ink = inks(PLAIN)
    comments = [f"# {visible(leaf.address)}:", f"# on {visible(leaf.endpoint)} ({visible(leaf.key.uid)})"]
    if len(leaf.owners) > 1:
        comments.append(f"# also of {', '.join(map(visible, leaf.owners[1:]))}")
    if leaf.prevent_destroy:
        comments.append("# protected by prevent_destroy")
    lines = [
        f"    {key_text(name):<{longest}} = {value_text(values[name], ' ', ink, _INDENT)}" for name in names
    ]
    return "\n".join([*comments, f"{type_} {quoted(label)} {{", *lines, "}", ""])
