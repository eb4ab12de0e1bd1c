"""Golden sessions: command lines with what they print, in one text that people read.

    $ kplan plan -var n=3            a step; NAME=VALUE before it sets the environment, <<< text is its input,
                                     | tail -3 keeps the end of its output
    No changes. …                    what goes to standard output
    --- stderr                       what goes to standard error, if anything
    --- exit 1                       the exit code, unless 0

Other steps: `write FILE <<END`, `append`, `latin1` (lines, END), `edit FILE REGEX REPLACEMENT`, `cp`, `rm`, `mkdir`, `cat`,
`world FILE create|edit|delete|inject NAME KEY=JSON…` (another client at work), `hold-lock`, `release-lock`.
Lines that begin with ## are for readers; `## stderr: unordered` has standard error sorted.
"""

import re
import shlex
from dataclasses import dataclass, field

_SECTION = re.compile(r"--- (stderr|exit (\d+))\Z")


@dataclass
class Step:
    """One step, and what it printed."""

    words: list[str]
    text: str
    comments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    stdin: str = ""
    heredoc: str | None = None
    tail: int = 0
    out: str = ""
    err: str = ""
    code: int = 0

    def written(self):
        lines = [*self.comments, f"$ {self.text}"]
        if self.heredoc is not None:
            lines += [*self.heredoc.splitlines(), "END"]
        lines += self.out.splitlines()
        if self.err:
            lines += ["--- stderr", *self.err.splitlines()]
        if self.code:
            lines.append(f"--- exit {self.code}")
        return "\n".join(line.rstrip() for line in lines) + "\n"


def written(steps):
    return "\n".join(step.written() for step in steps)


def parse(text):
    """Read a session; what the steps printed is read too."""
    steps, comments, lines = [], [], text.split("\n")[::-1]
    while lines:
        line = lines.pop()
        if line.startswith("$ "):
            step = _step(line[2:], lines)
            step.comments, comments = comments, []
            steps.append(step)
            _printed(step, lines)
        elif line.startswith("## "):
            comments.append(line)
    return steps


def _step(text, lines):
    command, _, tail = text.partition(" | tail -")
    command, _, stdin = command.partition(" <<< ")
    command, heredoc, _ = command.partition(" <<END")
    words = shlex.split(command)
    step = Step(words, text, stdin=stdin + "\n" if stdin else "", tail=int(tail or 0))
    while words and re.match(r"[A-Z_]\w*=", words[0]):
        name, _, value = words.pop(0).partition("=")
        step.environment[name] = value
    if heredoc:
        body = []
        while (line := lines.pop()) != "END":
            body.append(line)
        step.heredoc = "".join(f"{line}\n" for line in body)
    return step


def _printed(step, lines):
    """Take what follows a step, down to the next step or the comments above it."""
    printed = []
    while lines and not lines[-1].startswith(("$ ", "## ")):
        printed.append(lines.pop())
    if printed and not printed[-1]:
        printed.pop()  # the empty line between steps
    parts = {"out": [], "err": []}
    where = "out"
    for line in printed:
        section = _SECTION.match(line)
        if section is None:
            parts[where].append(line)
        elif section[2]:
            step.code = int(section[2])
        else:
            where = "err"
    step.out = "".join(f"{line}\n" for line in parts["out"])
    step.err = "".join(f"{line}\n" for line in parts["err"])
