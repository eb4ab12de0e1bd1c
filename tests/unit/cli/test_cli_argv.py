import click
import pytest

from kplan.cli.argv import WrongUsageError, normalise
from kplan.cli.root import ROOT


def read(*args, **environment):
    return normalise(ROOT, args, environment)


def args(*given, **environment):
    return read(*given, **environment).args


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        (["plan", "-detailed-exitcode"], ["plan", "--detailed-exitcode"]),
        (["plan", "--detailed-exitcode"], ["plan", "--detailed-exitcode"]),
        (["plan", "-detailed-exitcode=true"], ["plan", "--detailed-exitcode"]),
        (["plan", "-detailed-exitcode=false"], ["plan"]),
        (["plan", "-detailed-exitcode", "-detailed-exitcode=0"], ["plan"]),
        (["plan", "-refresh=false"], ["plan", "--no-refresh"]),
        (["plan", "-refresh"], ["plan", "--refresh"]),
        (["plan", "-refresh=false", "-refresh=T"], ["plan", "--refresh"]),
        (["plan", "-no-refresh=false"], ["plan", "--refresh"]),
        (["plan", "-target", "topic.a"], ["plan", "--target=topic.a"]),
        (["plan", "-target=topic.a", "--target=topic.b"], ["plan", "--target=topic.a", "--target=topic.b"]),
        (["plan", "-target=a=b"], ["plan", "--target=a=b"]),
        (["plan", "-target="], ["plan", "--target="]),
        (["plan", "-h"], ["plan", "--help"]),
        (["-help"], ["--help"]),
        (["help"], ["--help"]),
        (["help", "state", "mv"], ["state", "mv", "--help"]),
        (["-version"], ["version"]),
        (["-chdir=x", "plan"], ["--chdir=x", "plan"]),
        (["-chdir", "x", "plan"], ["--chdir=x", "plan"]),
        (["state", "push", "-"], ["state", "push", "-"]),
        (["state", "rm", "--", "-odd"], ["state", "rm", "--", "-odd"]),
        (["sandbox", "logs", "-n", "5", "-f"], ["sandbox", "logs", "--lines=5", "--follow"]),
        (["sandbox", "logs", "-n5"], ["sandbox", "logs", "-n5"]),
        (["sandbox", "run", "t", "-list", "-x"], ["sandbox", "run", "t", "-list", "-x"]),
        (["plan", "-allow-data-loss", "3"], ["plan", "--allow-data-loss=3"]),
    ],
)
def test_terraforms_spellings(given, spelled):
    assert args(*given) == spelled


def test_the_order_of_options_with_values_is_kept():
    given = read("plan", "-var-file=a", "-var", "x=1", "-target=t", "--var-file", "b", "-var=y=2").given
    assert given == (("var-file", "a"), ("var", "x=1"), ("target", "t"), ("var-file", "b"), ("var", "y=2"))


@pytest.mark.parametrize(
    ("given", "summary", "hint"),
    [
        (["plan", "-tarfet=x"], 'There is no option "-tarfet"', "Did you mean -target?"),
        (["plan", "--zzzzzz"], 'There is no option "-zzzzzz"', "kplan plan -help"),
        (["pln"], 'There is no command "pln"', 'Did you mean "plan"?'),
        (["state", "lst"], 'There is no command "lst"', 'Did you mean "list"?'),
        (["plan", "-refresh=maybe"], "-refresh is true or false", '"maybe" is neither'),
        (["plan", "-var"], "-var needs a value", "-var=VALUE"),
        (["plan", "-var", "-destroy"], "-var needs a value", "what follows is the option -destroy"),
    ],
)
def test_a_wrong_command_line_says_what_would_be_right(given, summary, hint):
    with pytest.raises(WrongUsageError) as caught:
        args(*given)
    assert caught.value.summary == summary
    assert hint in caught.value.detail


def test_the_environment_adds_options_before_those_of_the_command_line():
    assert args("plan", "-target=b", KPLAN_CLI_ARGS="-no-color", KPLAN_CLI_ARGS_plan="-target='a b'") == [
        "plan",
        "--no-color",
        "--target=a b",
        "--target=b",
    ]
    assert args("plan", "-refresh", KPLAN_CLI_ARGS="-refresh=false") == ["plan", "--refresh"]


def test_the_environment_knows_commands_of_several_words():
    given = {"KPLAN_CLI_ARGS_state_replace_endpoint": "-uid=x", "KPLAN_CLI_ARGS_force_unlock": "-force"}
    assert args("state", "replace-endpoint", "c.a", **given) == [
        "state",
        "replace-endpoint",
        "--uid=x",
        "c.a",
    ]
    assert args("force-unlock", **given) == ["force-unlock", "--force"]
    assert args("state", "list", **given) == ["state", "list"]


def test_options_in_the_environment_that_no_shell_could_read_are_refused():
    with pytest.raises(WrongUsageError, match="KPLAN_CLI_ARGS_plan"):
        args("plan", KPLAN_CLI_ARGS_plan="-target='a")


@pytest.mark.parametrize("given", [[], ["state"], ["sandbox"], ["-no-color"]])
def test_a_command_line_that_ends_before_a_command_asks_for_help(given):
    assert read(*given).cut
    assert args(*given)[-1] == "--help"
    assert not read(*given, "-help").cut


def test_counted_options_of_other_groups_add_up():
    @click.group()
    def group():
        """Some commands."""

    @group.command()
    @click.option("--verbose", "-v", count=True)
    def one(verbose):
        """Do nothing."""

    assert normalise(group, ["one", "-v", "-v"], {}).args == ["one", "--verbose", "--verbose"]
