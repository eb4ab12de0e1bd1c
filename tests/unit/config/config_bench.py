"""Configurations written as texts, and what loading and evaluating them tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from kplan.config.evaluation import Evaluation
from kplan.config.load import load
from kplan.config.rehearsal import rehearse
from kplan.lang.diagnostics import Diagnostic, DiagnosticsError, has_errors
from kplan.sdk.types import Composite, EndpointKind, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kplan.config.configuration import Configuration
    from kplan.config.variables import Flag

CLUSTER = 'memory_cluster "c" {\n}\n'


class Told(NamedTuple):
    """A diagnostic: its words, and the text that it underlines."""

    summary: str
    detail: str
    at: str


def told(diagnostics: Iterable[Diagnostic]) -> list[Told]:
    return [
        Told(one.summary, one.detail, one.source.text[one.start : one.end] if one.source else "")
        for one in diagnostics
    ]


def topic(label: str, *lines: str) -> str:
    """Write a topic on the cluster `c`."""
    inner = "".join(f"  {line}\n" for line in lines)
    return f'memory_topic "{label}" {{\n  cluster = memory_cluster.c\n{inner}}}\n'


def cluster(label: str, *lines: str) -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'memory_cluster "{label}" {{\n{inner}}}\n'


def topics(label: str, *lines: str) -> str:
    """Write a data block on the cluster `c`."""
    inner = "".join(f"  {line}\n" for line in lines)
    return f'data "memory_topics" "{label}" {{\n  cluster = memory_cluster.c\n{inner}}}\n'


def output(name: str, value: str, *lines: str) -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'output "{name}" {{\n  value = {value}\n{inner}}}\n'


class Bench:
    """A folder with a module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(
        self, text: str, flags: Iterable[Flag] = (), environment: dict[str, str] | None = None, **files: str
    ) -> Configuration:
        """Load `text` and files whose names are given with `_` for a dot."""
        (self.folder / "main.kplan.hcl").write_text(text)
        for name, content in files.items():
            (self.folder / name.replace("_", ".")).write_text(content)
        return load(self.folder, flags, environment or {}, None)

    def refused(self, text: str, *rest: Any, **more: Any) -> list[Told]:
        """Load what can't be loaded; gives what is told."""
        with pytest.raises(DiagnosticsError) as caught:
            self.load(text, *rest, **more)
        assert has_errors(caught.value.diagnostics)
        return told(caught.value.diagnostics)

    def evaluate(self, text: str, *rest: Any, **more: Any) -> Evaluation:
        """Evaluate every block as a plan does before anything is read."""
        loaded = self.load(text, *rest, **more)
        evaluation = Evaluation(loaded)
        for node in loaded.order:
            declared = loaded.module.declared.get(node)
            if declared is None:
                continue
            if isinstance(declared.kind, EndpointKind):
                evaluation.endpoints(declared)
            elif isinstance(declared.kind, (Leaf, Composite)):
                evaluation.leaves(declared)
            else:
                evaluation.queries(declared)
        return evaluation

    def wrong(self, text: str, *rest: Any, **more: Any) -> list[Told]:
        """Evaluate; gives what is told."""
        return told(self.evaluate(text, *rest, **more).diagnostics)

    def validated(self, text: str, *rest: Any, **more: Any) -> list[Told]:
        """Evaluate with nothing ever read; gives what is told."""
        return told(rehearse(self.load(text, *rest, **more)).diagnostics)


def desired(evaluation: Evaluation, address: str) -> dict[str, Any]:
    """Give what one instance comes to."""
    return instance(evaluation, address).desired


def instance(evaluation: Evaluation, address: str) -> Any:
    found = {one.address: one for many in evaluation.scope.instances.values() for one in many.values()}
    return found[address]
