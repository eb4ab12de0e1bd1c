"""Short ways to read and evaluate for the tests of the language."""

from kplan.lang.evaluate import evaluate
from kplan.lang.parser import parse, parse_expression
from kplan.lang.problems import ReferenceProblem
from kplan.lang.source import Source


def blocks(text):
    """Parse a text that has no mistakes."""
    parsed, diagnostics = parse(Source("main.kplan.hcl", text), None)
    assert diagnostics == (), diagnostics
    return [block for _, block in parsed.blocks]


def attributes(text):
    """Give the expressions of the arguments in a block's body."""
    return {one[0]: one[3] for one in blocks(f"b {{\n{text}\n}}\n")[0][4]}


def refusals(text):
    """Give (summary, line, column, underlined text) of each mistake."""
    source = Source("main.kplan.hcl", text)
    _, diagnostics = parse(source, None)
    return [
        (one.summary, *source.position(one.start), text[one.start : one.end].partition("\n")[0])
        for one in diagnostics
    ]


def node(text):
    """Parse one expression that has no mistakes."""
    found, diagnostics = parse_expression(text, "<test>")
    assert diagnostics == (), diagnostics
    return found


class Given:
    """A scope of values by dotted name."""

    def __init__(self, values, surroundings=None):
        self.values = values
        self.surroundings = surroundings

    def resolve(self, names):
        for count in range(len(names), 0, -1):
            name = ".".join(names[:count])
            if name in self.values:
                return self.values[name], count
        raise ReferenceProblem("Reference to undeclared name", f"No {'.'.join(names)} is declared.")


def value(text, surroundings=None, **values):
    """Evaluate an expression; keyword arguments are what names resolve to, with __ for dots."""
    scope = Given({name.replace("__", "."): given for name, given in values.items()}, surroundings)
    return evaluate(node(text), scope)
