from pathlib import Path

import click
import pytest

from kplan.cli import flags
from kplan.cli.argv import normalise
from kplan.cli.invocation import Invocation
from kplan.cli.root import ROOT
from kplan.operations.options import Options, VariableFlag
from kplan.plan.model import Consents


@pytest.fixture
def options(monkeypatch):
    """Read a command line as far as the Options that its command would hand on."""
    monkeypatch.delenv("KPLAN_WORKSPACE", raising=False)

    def read(*args):
        seen = []
        command = ROOT.get_command(None, args[0] if not args[0].startswith("-") else "plan")

        def note(**_flags):
            context = click.get_current_context()
            seen.append(flags.options_of(context, destroy=context.command.name == "destroy"))

        monkeypatch.setattr(command, "callback", note)
        spelled = normalise(ROOT, args, {})
        ROOT.main(spelled.args, standalone_mode=False, obj=Invocation(None, spelled.given))
        return seen[0]

    return read


def test_nothing_given_is_nothing_asked(options):
    assert options("plan") == Options(Path())


def test_every_flag_reaches_its_option(options):
    assert options(
        *["plan", "-var", "a=1=2", "-var-file=f", "-var=b=", "-target=t", "-replace=r", "-exclude-cluster=c"],
        *["--adopt=p*", "-refresh=false", "-destroy", "--allow-data-loss=2", "-allow-deletes", "30"],
        *["-lock-timeout=1m30s", "-workspace=dev"],
    ) == Options(
        Path(),
        "dev",
        (VariableFlag("a", "1=2"), VariableFlag("", "", "f"), VariableFlag("b", "")),
        ("t",),
        ("r",),
        ("c",),
        ("p*",),
        refresh=False,
        destroy=True,
        consents=Consents(2, 30),
        lock_timeout=90.0,
    )


def test_destroy_is_an_apply_that_destroys(options):
    assert options("destroy").destroy
    assert options("apply", "-destroy").destroy
    assert not options("apply").destroy


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("60s", 60), ("5m", 300), ("1h30m", 5400), ("1.5s", 1.5), ("500ms", 0.5)]
)
def test_lock_timeouts_are_durations(options, text, seconds):
    assert options("plan", f"-lock-timeout={text}").lock_timeout == seconds


@pytest.mark.parametrize("text", ["5", "", "s", "-5s", "5 s", "5x", "5sx"])
def test_what_is_no_duration_is_refused(options, text):
    with pytest.raises(click.BadParameter, match="is not a duration"):
        options("plan", f"-lock-timeout={text}")


@pytest.mark.parametrize("text", ["hunter2", "=x", "1x=2", "a b=1", ""])
def test_a_variable_needs_a_name_and_what_was_given_is_not_repeated(options, text):
    with pytest.raises(click.UsageError) as caught:
        options("plan", f"-var={text}")
    assert "NAME=VALUE" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_the_workspace_is_the_commands_the_roots_or_the_environments(options, monkeypatch):
    monkeypatch.setenv("KPLAN_WORKSPACE", "env")
    assert options("plan").workspace == "env"
    assert options("-workspace=root", "plan").workspace == "root"
    assert options("-workspace=root", "plan", "-workspace=own").workspace == "own"


@pytest.mark.parametrize("name", ["a/b", "..", "a b", ".hidden", "-x"])
def test_a_workspace_is_never_a_path(options, name):
    with pytest.raises(click.UsageError, match="can't be the name of a workspace"):
        options("plan", f"-workspace={name}")


def test_counts_are_not_negative(options):
    with pytest.raises(click.BadParameter):
        options("plan", "-allow-data-loss=-1")
