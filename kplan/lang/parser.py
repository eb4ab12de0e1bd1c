"""Files to syntax trees: cut into top-level blocks, each from the cache or read by itself.

A file is cut after each line that is only `}` at its beginning, which ends a top-level block nearly always. Where a
piece turns out to end too soon (the line was in a heredoc, a comment or an object), it is read on from its beginning
to where its block really ends. One block's mistakes leave the others readable, so that all are shown at once.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from functools import cache as remembered
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.ast import OBJECT, ParsedFile
from kplan.lang.cache import digest
from kplan.lang.diagnostics import error
from kplan.lang.source import Source
from kplan.lang.tokens import CLOSERS, NEWLINE, OPENERS, Problem, SyntaxProblem, Tokens, Unclosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.lang.ast import Attribute, Block, Node
    from kplan.lang.cache import BlockCache, Trees
    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.syntax import Machine, SlowMachine

_BETWEEN: Final = re.compile(r"(?:[ \t]*(?:(?:#|//)[^\n]*|(?>/\*(?s:.*?)\*/)[ \t]*)?\r?\n)*")
_BYTE_ORDER_MARK: Final = "\ufeff"
_CUT: Final = re.compile(r"^\}[ \t\r]*$", re.MULTILINE)
_REST_OF_LINE: Final = re.compile(r"(?:[ \t]*(?>/\*(?s:.*?)\*/))*[^\n]*")
_HEADER: Final = re.compile(r"^[^\W\d][\w-]*[^=\n{]*\{", re.MULTILINE)
_BEGINS: Final = re.compile(r"[^\W\d][\w-]*(?:[^=\n{]*\{|[ \t]*=)")
_TOO_DEEP: Final = Problem(
    "Too deeply nested", "This block holds expressions nested too deeply to be read.", 0, 1
)


def parse(source: Source, cache: BlockCache | None) -> tuple[ParsedFile | None, tuple[Diagnostic, ...]]:
    """Parse a file of blocks. Blocks with mistakes are left out; None if the text as a whole can't be read."""
    refused = _unreadable(source)
    if refused:
        return None, refused
    with _collector_paused():
        known = cache.load(source.path) if cache else {}
        name = b"file" + digest(source.text)
        kept = known.get(name)
        if type(kept) is tuple:
            return ParsedFile(source, kept), ()
        reader = _Reader(source, known)
        blocks = tuple(reader.blocks())
        if not reader.diagnostics:
            reader.used[name] = blocks
            reader.changed = True
        if cache and reader.changed:
            cache.store(source.path, reader.used)
    return ParsedFile(source, blocks), tuple(reader.diagnostics)


def parse_variables(
    source: Source,
) -> tuple[tuple[tuple[str, Attribute, int], ...], tuple[Diagnostic, ...]]:
    """Parse a file of values for variables: name, attribute and the offset that its nodes count from, for each."""
    refused = _unreadable(source)
    if refused:
        return (), refused
    text = source.text
    try:
        body, problems, _ = _read(f" {text[1:]}" if text.startswith(_BYTE_ORDER_MARK) else text)
    except Unclosed as found:
        body, problems = None, [found.problem]
    diagnostics = [_located(problem, source, 0) for problem in problems]
    diagnostics += [
        error(
            "Unexpected block",
            f'A file of values for variables has only arguments such as name = "value", and no "{block[0]}" block.',
            source,
            block[2],
            block[3],
        )
        for block in (body[4] if body else ())
    ]
    attributes = body[3] if body else ()
    return tuple((attribute[0], attribute, 0) for attribute in attributes), tuple(diagnostics)


def parse_expression(text: str, path: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Parse one expression, such as the value of -var; `path` is what users are shown for its place."""
    source = Source(path, text)
    refused = _unreadable(source)
    if refused:
        return None, refused
    try:
        node, problems, _ = _read(text, expression=True)
    except Unclosed as found:
        node, problems = None, [found.problem]
    return (None if problems else node), tuple(_located(problem, source, 0) for problem in problems)


class _Reader:
    """Reads one file, piece by piece."""

    def __init__(self, source: Source, known: Trees) -> None:
        self.source = source
        self.text = source.text
        self.known = known
        self.used: Trees = {}
        self.changed = False
        self.diagnostics: list[Diagnostic] = []
        # Some block doesn't end before the file does: looking again would be quadratic.
        self.never_ends = False
        self.gave_up = False  # in the midst of the last piece, whose end may be further on
        self.cuts: list[int] = []  # within a piece with a mistake, the last first

    def blocks(self) -> Iterator[tuple[int, Block]]:
        text = self.text
        base = _after_trivia(text, 1 if text.startswith(_BYTE_ORDER_MARK) else 0)
        while base < len(text):
            found, end = self.piece(base, self.cut(base))
            for block in found:
                yield base, block
            base = _after_trivia(text, end)
        self.changed = self.changed or len(self.used) != len(self.known)

    def cut(self, base: int) -> int:
        """Tell where the piece that begins at `base` is cut off."""
        while self.cuts and self.cuts[-1] <= base:
            self.cuts.pop()
        if self.cuts:
            return self.cuts[-1]
        found = _CUT.search(self.text, base)
        return found.end() if found else len(self.text)

    def piece(self, base: int, end: int) -> tuple[tuple[Block, ...], int]:
        """Give the blocks of the piece that was cut, and where it really ends."""
        name = digest(self.text[base:end])
        rest, self.gave_up = self.gave_up, False
        found = self.known.get(name)
        if type(found) is tuple:
            self.used[name] = found
            return found, end
        if type(found) is int:
            whole = digest(self.text[base : base + found])
            longer = self.known.get(whole)
            if type(longer) is tuple:
                self.used[name], self.used[whole] = found, longer
                return longer, base + found
        self.changed = True
        try:
            return self.read(base, end, name, rest=rest)
        except Unclosed as refused:
            if self.split(base, end):
                return self.piece(base, self.cuts[-1])
            self.diagnostics.append(self.unclosed(refused, base, end))
            return (), end

    def read(
        self, base: int, end: int, name: bytes, *, rest: bool = False, whole: bool = False
    ) -> tuple[tuple[Block, ...], int]:
        """Read a piece; one that isn't known to be whole may turn out to be the beginning of a longer one.

        It may also be the rest of one that was given up on: mistakes in that come of the one that was told.
        """
        try:
            body, problems, to_its_end = _read(self.text[base:end])
        except Unclosed:
            further = None if whole else self.extent(base, end)
            if further is None:
                raise
            blocks, last = self.read(base, further, digest(self.text[base:further]), rest=rest, whole=True)
            self.used[name] = last - base
            return blocks, last
        self.gave_up = not to_its_end
        if body is None and self.split(base, end):
            first = self.cuts[-1]
            return self.read(base, first, digest(self.text[base:first]), rest=rest)
        blocks = body[4] if body else ()
        problems += [_no_argument(attribute) for attribute in (body[3] if body else ())]
        if not problems:
            self.used[name] = blocks
        elif not rest or _BEGINS.match(self.text, base, end):
            self.diagnostics += [_located(problem, self.source, base) for problem in problems]
        if to_its_end:
            return blocks, end
        self.cuts.clear()
        following = _HEADER.search(self.text, base + problems[-1].end, end)
        return blocks, following.start() if following else end

    def split(self, base: int, end: int) -> bool:
        """Cut a piece with a mistake where further blocks begin in it, so that they are read; tell if there are any."""
        if self.cuts:
            return False
        from kplan.lang.lexer import code

        tokens = Tokens()
        try:
            code(self.text[base:end], 0, tokens, lines=True)
        except SyntaxProblem as refused:
            tokens.add("", refused.problem.start, refused.problem.end)
        except RecursionError:
            return False
        read = base + tokens.nodes[-1][2] if tokens.nodes else base
        headers = {found.start() for found in _HEADER.finditer(self.text, base + 1, read)}
        depth = 0
        ended = False  # the line of a closing brace
        before = ""
        for terminal, node in zip(tokens.terminals, tokens.nodes, strict=True):
            if terminal == NEWLINE:
                ended = ended or before == "RBRACE"
            else:
                if depth == 0 and (ended or base + node[1] in headers):
                    self.cuts.append(base + node[1])
                ended = False
                depth += (terminal in OPENERS) - (terminal in CLOSERS)
            before = terminal
        self.cuts = [end, *reversed(self.cuts)] if self.cuts else []
        return bool(self.cuts)

    def unclosed(self, refused: Unclosed, base: int, end: int) -> Diagnostic:
        """Locate the opening of what isn't closed, and name what may tell where its end was meant to be.

        That is a brace further left or right than what it closes, or else the next block.
        """
        problem = refused.problem
        if refused.odd is not None:
            first, last = (self.source.position(base + at)[0] for at in refused.odd)
            detail = (
                f'{problem.detail} The "}}" on line {last} closes the "{{" of line {first}, but is indented '
                "differently: perhaps one before it is missing."
            )
            return _located(problem._replace(detail=detail), self.source, base)
        following = _HEADER.search(self.text, base + problem.end, end)
        if following is None:
            return _located(problem, self.source, base)
        line, _ = self.source.position(following.start())
        detail = f"{problem.detail} As it is written, what begins on line {line} is inside it."
        return _located(problem._replace(detail=detail), self.source, base)

    def extent(self, base: int, end: int) -> int | None:
        """Find the end of the line where the first block from `base` ends; None if it doesn't before the file does."""
        from kplan.lang.lexer import first_block

        cuts = 1
        while end < len(self.text) and not self.never_ends:
            for _ in range(cuts):
                cut = _CUT.search(self.text, end + 1)
                end = cut.end() if cut else len(self.text)
            cuts *= 2
            try:
                length = first_block(self.text[base:end])
            except Unclosed:
                continue
            except SyntaxProblem:  # told when this much is read
                return end
            rest = _REST_OF_LINE.match(self.text, base + length)
            return rest.end() if rest else len(self.text)
        self.never_ends = True
        return None


class _Reading(NamedTuple):
    """The node of a text, None where a mistake was fatal; and whether it was read to its end all the same."""

    node: Node | None
    problems: list[Problem]
    to_its_end: bool = True


def _read(text: str, *, expression: bool = False) -> _Reading:
    """Read a text to a body's node, or to that of one expression. Raises Unclosed."""
    from kplan.lang import lexer, syntax

    tokens = Tokens()
    try:
        lexer.code(text, 0, tokens, lines=not expression)
    except Unclosed:
        raise
    except SyntaxProblem as refused:
        found = None if tokens.problems else _found_sooner(refused.problem, tokens, text)
        return _Reading(None, [*tokens.problems, found or refused.problem], to_its_end=False)
    except RecursionError:
        return _Reading(None, [_TOO_DEEP], to_its_end=False)
    odd = list(tokens.problems)
    try:
        if expression:
            return _Reading(syntax.read_expression(_machine(), tokens, text), tokens.problems)
        return _Reading(_machine().read(tokens, text), tokens.problems)
    except SyntaxProblem as refused:  # a character that is none of HCL's is the likelier cause
        return _Reading(None, odd or [*tokens.problems, refused.problem])
    except RecursionError:
        return _Reading(None, [_TOO_DEEP])


def _found_sooner(problem: Problem, tokens: Tokens, text: str) -> Problem | None:
    """Ask the grammar about the tokens before the lexer's mistake; what it refuses earlier is the likelier cause."""
    from kplan.lang.syntax import Ended

    try:
        _machine().read(tokens, text)
    except (Ended, RecursionError):
        return None
    except SyntaxProblem as sooner:
        return sooner.problem if sooner.problem.start <= problem.start else None
    return None


@remembered
def _machine() -> Machine | SlowMachine:
    from kplan.lang import syntax

    return syntax.machine()


def _after_trivia(text: str, at: int) -> int:
    """Step over blank lines and comments; what is left of the last line too if it is blank or a comment."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _no_argument(attribute: Attribute) -> Problem:
    block = attribute[3][0] == OBJECT
    hint = f' To define a block of type "{attribute[0]}", leave out the "=".' if block else ""
    return Problem(
        "Unsupported argument",
        f'An argument named "{attribute[0]}" is not expected here: at the top of a file there are only blocks.{hint}',
        attribute[1],
        attribute[2],
    )


def _unreadable(source: Source) -> tuple[Diagnostic, ...]:
    at = source.text.find("\0")
    if at < 0:
        return ()
    return (error("Invalid character", "A file may not hold NUL bytes.", source, at, at + 1),)


def _located(problem: Problem, source: Source, base: int) -> Diagnostic:
    return error(problem.summary, problem.detail, source, base + problem.start, base + problem.end)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the cyclic collector: trees have no cycles, and it would walk them all again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
