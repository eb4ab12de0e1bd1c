"""What links copy between clusters, as DOT and as Mermaid. An arrow leads from the source to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.view.graph_text import escaped, quoted

if TYPE_CHECKING:
    from kplan.operations.graph import Cluster, Copying, FlowMap

_MOST: Final = 3  # entries of a filter that an arrow shows
_WIDEST: Final = 40


def dot(found: FlowMap) -> str:
    """Write clusters and links for Graphviz; dashed where names are kept, red where records go round."""
    lines = ["digraph {", "  rankdir = LR", '  node [fontname = "sans-serif", shape = cylinder]']
    lines.append('  edge [fontname = "sans-serif"]')
    lines += [f"  {quoted(one.address)} [label = {_lines(_cluster(one))}]" for one in found.clusters]
    for one in found.links:
        looks = [f"label = {_lines(_link(one))}"]
        looks += ["style = dashed"] if one.unchanged else []
        looks += ["color = red", "fontcolor = red"] if one.round else []
        lines.append(f"  {quoted(one.source)} -> {quoted(one.target)} [{', '.join(looks)}]")
    return "\n".join([*lines, "}", ""])


def mermaid(found: FlowMap) -> str:
    """Write clusters and links for Mermaid; dotted where names are kept, red where records go round."""
    names = {one.address: f"n{number}" for number, one in enumerate(found.clusters)}
    lines = ["flowchart LR"]
    lines += [f'  {names[one.address]}[("{_breaks(_cluster(one))}")]' for one in found.clusters]
    for one in found.links:
        arrow = "-.->" if one.unchanged else "-->"
        lines.append(f'  {names[one.source]} {arrow}|"{_breaks(_link(one))}"| {names[one.target]}')
    round_ = [str(number) for number, one in enumerate(found.links) if one.round]
    if round_:
        lines.append(f"  linkStyle {','.join(round_)} stroke:red,color:red")
    return "\n".join([*lines, ""])


def _cluster(one: Cluster) -> list[str]:
    return [one.address, *([one.where] if one.where else [])]


def _link(one: Copying) -> list[str]:
    shown = [_short(text) for text in one.what[:_MOST]]
    more = len(one.what) - len(shown)
    said = [one.link, ", ".join([*shown, *([f"{more} more"] if more else [])])]
    said += ["names unchanged"] if one.unchanged else []
    return [*said, *(["in a circle"] if one.round else [])]


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _lines(texts: list[str]) -> str:
    return '"' + "\\n".join(quoted(one)[1:-1] for one in texts) + '"'


def _breaks(texts: list[str]) -> str:
    return "<br>".join(escaped(one) for one in texts)
