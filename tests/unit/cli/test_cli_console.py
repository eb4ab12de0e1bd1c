"""`kplan console` reads expressions over lines, from a pipe and from a terminal."""

import io
import sys

import pytest

from kplan.cli import console
from kplan.cli.main import main
from kplan.operations.console import is_open


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("1 + 2", False),
        ("[", True),
        ("foo(1,", True),
        ("{ a = [1, 2]", True),
        ("<<EOT", True),
        ("<<EOT\na", True),
        ("<<EOT\na\nEOT", False),
        ('"unclosed', False),
        ("1]", False),
        ("1 +", False),
        ('"${1', True),
    ],
)
def test_what_leaves_something_open_goes_on(text, open_):
    assert is_open(text) is open_


def run(monkeypatch, capsys, tmp_path, text):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    code = main(["console"])
    out, err = capsys.readouterr()
    return code, out, err


def test_every_result_of_a_pipe_is_printed_and_the_first_mistake_ends_it(monkeypatch, capsys, tmp_path):
    text = '<<EOT\ntwo\nlines\nEOT\n\n[\n  1,\n]\n1 + "x"\n2\n'
    code, out, err = run(monkeypatch, capsys, tmp_path, text)
    assert code == 1
    assert out == "<<EOT\ntwo\nlines\nEOT\n[\n  1,\n]\n"
    assert "a number is required" in err


def test_exit_ends_it(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, capsys, tmp_path, "1\nexit\n2\n") == (0, "1\n", "")


def test_what_never_closes_is_told(monkeypatch, capsys, tmp_path):
    code, out, err = run(monkeypatch, capsys, tmp_path, "[1,\n2\n")
    assert (code, out) == (1, "")
    assert "Unclosed" in err


def test_a_terminal_goes_on_after_a_mistake(monkeypatch, capsys, tmp_path):
    lines = iter(["1 +", "[1,", "2]", "nope()", "3"])
    prompts = []

    def answer(prompt):
        prompts.append(prompt)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(console, "_complete", lambda _: None)
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})())
    assert main(["console"]) == 0
    out, err = capsys.readouterr()
    assert out == "[\n  1,\n  2,\n]\n3\n\n"
    assert err.count("Error:") == 2
    assert prompts == ["> ", "> ", ": ", "> ", "> ", "> "]
