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
            lines += [f"  subgraph {quoted(f'cluster_{module}')} {{", f"    label = {quoted(module)}"]
            margin = "    "
        lines += [f"{margin}{quoted(one.address)} [shape = {_DOT[one.kind]}]" for one in nodes]
        if module:
            lines.append("  }")
    lines += [f"  {quoted(one)} -> {quoted(needed)}" for one, needed in graph.edges]
    return "\n".join([*lines, "}", ""])


def mermaid(graph: Graph) -> str:
    """Write a graph for Mermaid, as code hosts show it in Markdown."""
    names = {one.address: f"n{number}" for number, one in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for module, nodes in _by_module(graph).items():
        margin = "  "
        if module:
            lines.append(f'  subgraph {names[nodes[0].address]}m["{escaped(module)}"]')
            margin = "    "
        for one in nodes:
            opening, closing = _MERMAID[one.kind]
            lines.append(f'{margin}{names[one.address]}{opening}"{escaped(one.address)}"{closing}')
        if module:
            lines.append("  end")
    lines += [f"  {names[one]} --> {names[needed]}" for one, needed in graph.edges]
    return "\n".join([*lines, ""])


def _by_module(graph: Graph) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for one in sorted(graph.nodes, key=lambda one: (one.module, one.address)):
        found.setdefault(one.module, []).append(one)
    return found


def quoted(text: str) -> str:
    """Write a text between quotes, as DOT takes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def escaped(text: str) -> str:
    """Write a text as HTML takes it."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
