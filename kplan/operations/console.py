"""The story of `kplan console`: expressions evaluated over a configuration as it is declared and remembered."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.config.files import SUFFIX, ModuleFiles
from kplan.config.model import Place
from kplan.config.nullness import Nullness
from kplan.config.references import References
from kplan.config.rehearsal import rehearse
from kplan.lang import lexer
from kplan.lang.ast import references
from kplan.lang.diagnostics import Diagnostic, error
from kplan.lang.evaluate import EvaluationError, ReferenceProblem, evaluate
from kplan.lang.functions import Surroundings, known
from kplan.lang.parser import parse_expression
from kplan.lang.source import Source
from kplan.lang.tokens import SyntaxProblem, Tokens, Unclosed
from kplan.lang.types import type_of, type_text
from kplan.operations.workspace import load_configuration, open_store, remember

if TYPE_CHECKING:
    from kplan.lang.ast import Names, Node
    from kplan.lang.evaluate import Scope
    from kplan.operations.options import Options
    from kplan.sdk.values import Value

_SHOWN: Final = "<console>"
_TYPE: Final = re.compile(r"\s*type\s*\((.*)\)\s*\Z", re.DOTALL)


class Answer(NamedTuple):
    """What an expression came to; `is_type`: the value is a type's text. With diagnostics there is no value."""

    value: Value
    is_type: bool
    diagnostics: tuple[Diagnostic, ...]


class _Alone:
    """A scope without a configuration: functions work, names mean nothing."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings

    def resolve(self, names: Names) -> tuple[Value, int]:
        detail = f'"{".".join(names)}" means nothing here: there are no *{SUFFIX} files in this folder.'
        raise ReferenceProblem("Invalid reference", detail)


class Console:
    """Evaluates one expression after another. Nothing is contacted, nothing is locked."""

    def __init__(self, options: Options) -> None:
        """Load the folder's configuration, if it has one. Raises its errors as DiagnosticsError."""
        self.names: list[str] = sorted(known())
        self._references: References | None = None
        self._told: list[Diagnostic] = []
        self._scope: Scope = _Alone(
            Surroundings(
                ModuleFiles(options.folder), os.environ, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            )
        )
        if any(path.name.endswith(SUFFIX) for path in options.folder.iterdir()):
            self._load(options)

    def _load(self, options: Options) -> None:
        configuration = load_configuration(options)
        evaluation = rehearse(configuration)
        state = remember(open_store(options, configuration.module.backend_path)).state
        for leaf in state.leaves.values():
            evaluation.shared.planned[leaf.address] = {**leaf.attributes, **leaf.computed}
        for endpoint in state.endpoints.values():
            evaluation.shared.uids[endpoint.address] = endpoint.uid
        evaluation.forget_unknowns()
        self._scope = evaluation.root
        root = configuration.units[0]
        self._references = References(root, Nullness(root, configuration.variables), self._told)
        module = root.module
        self.names += [f"var.{name}" for name in module.variables]
        self.names += [f"local.{name}" for name in module.locals]
        self.names += [*root.declared, *(f"module.{name}" for name in module.calls)]

    def evaluate(self, text: str) -> Answer:
        """Evaluate an expression; `type(x)` gives the type of x, here and nowhere else."""
        asked = _TYPE.match(text)
        inner = asked[1] if asked else text
        node, problems = parse_expression(inner, _SHOWN)
        if node is None:
            return Answer(None, False, problems)
        wrong = self._unresolved(node, inner)
        if wrong:
            return Answer(None, False, wrong)
        try:
            value = evaluate(node, self._scope)
        except EvaluationError as problem:
            told = error(
                problem.summary,
                problem.detail,
                Source(_SHOWN, inner),
                problem.start,
                problem.end,
                values=problem.values,
            )
            return Answer(None, False, (told,))
        return Answer(type_text(type_of(value)) if asked else value, bool(asked), ())

    def _unresolved(self, node: Node, text: str) -> tuple[Diagnostic, ...]:
        """Find names that mean nothing."""
        if self._references is None:
            return ()
        self._told.clear()
        place = Place(Source(_SHOWN, text), 0, "")
        for names, start, end in references(node):
            self._references.use(place, names, start, end)
        return tuple(self._told)


def is_open(text: str) -> bool:
    """Tell whether a text leaves a bracket or a heredoc open, so that more lines belong to it."""
    try:
        lexer.code(text + "\n", 0, Tokens(), lines=False)  # a heredoc begins with the end of its first line
    except Unclosed:
        return True
    except SyntaxProblem:
        return False
    return False
