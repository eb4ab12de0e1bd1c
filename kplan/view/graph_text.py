"""Dependencies as DOT and as Mermaid. An arrow leads from a block to what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kplan.operations.graph import Graph, Node

_DOT: Final = {"endpoint": "cylinder", "data": "note", "object": "box"}
_MERMAID: Final = {"endpoint": ("[(", ")]"), "data": ("[/", "/]"), "object": ("[", "]")}


def dot(graph: Graph) -> str:
    """Write a graph for Graphviz, the blocks of each module in a frame of their own."""
    lines = ["digraph {", "  rankdir = LR", '  node [fontname = "sans-serif"]']
    for module, nodes in _by_module(graph).items():
        margin = "  "
        if module:
            lines += [f"  subgraph {_text(f'cluster_{module}')} {{", f"    label = {_text(module)}"]
            margin = "    "
        lines += [f"{margin}{_text(one.address)} [shape = {_DOT[one.kind]}]" for one in nodes]
        if module:
            lines.append("  }")
    lines += [f"  {_text(one)} -> {_text(needed)}" for one, needed in graph.edges]
    return "\n".join([*lines, "}", ""])


def mermaid(graph: Graph) -> str:
    """Write a graph for Mermaid, as code hosts show it in Markdown."""
    names = {one.address: f"n{number}" for number, one in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for module, nodes in _by_module(graph).items():
        margin = "  "
        if module:
            lines.append(f'  subgraph {names[nodes[0].address]}m["{_escaped(module)}"]')
            margin = "    "
        for one in nodes:
            opening, closing = _MERMAID[one.kind]
            lines.append(f'{margin}{names[one.address]}{opening}"{_escaped(one.address)}"{closing}')
        if module:
            lines.append("  end")
    lines += [f"  {names[one]} --> {names[needed]}" for one, needed in graph.edges]
    return "\n".join([*lines, ""])


def _by_module(graph: Graph) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for one in sorted(graph.nodes, key=lambda one: (one.module, one.address)):
        found.setdefault(one.module, []).append(one)
    return found


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
