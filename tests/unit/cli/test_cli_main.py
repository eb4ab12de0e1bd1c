import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kplan.cli import main as entry
from kplan.cli.main import main
from kplan.cli.root import ROOT
from kplan.lang.diagnostics import DiagnosticsError, error, warning
from kplan.operations.options import ApplyOutcome, PlanOutcome
from kplan.state.store import StateProblem
from kplan.view.version import version_text


@pytest.fixture
def fails(monkeypatch):
    """Have `kplan validate` raise something."""

    def arrange(problem):
        def broken(**_flags):
            raise problem

        monkeypatch.setattr(ROOT.get_command(None, "validate"), "callback", broken)

    return arrange


def test_version_is_the_same_by_every_spelling(capsys):
    for spelled in (["version"], ["-version"], ["--version"], ["-v"], ["version", "-no-color"]):
        assert main(spelled) == 0
        assert capsys.readouterr().out == version_text()


@pytest.mark.parametrize("given", [["-help"], ["plan", "--help"], ["state", "mv", "-h"], ["help", "apply"]])
def test_help_is_no_error(given, capsys):
    assert main(given) == 0
    assert capsys.readouterr().out.startswith("Usage: kplan")


@pytest.mark.parametrize("given", [[], ["state"], ["sandbox"]])
def test_no_command_is_answered_with_help_and_exit_1(given, capsys):
    assert main(given) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("Usage: kplan")
    assert shown.err == ""


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        (["plan", "-tarfet"], 'There is no option "-tarfet"'),
        (["plan", "extra"], "Got unexpected extra argument (extra)"),
        (["state", "mv", "a"], "DESTINATION is missing"),
        (["lock"], "-reason is missing"),
        (["completion", "tcsh"], "Invalid value for bash|zsh|fish"),
        (["plan", "-lock-timeout=5"], "Invalid value for -lock-timeout"),
        (["-chdir=nowhere", "plan"], "-chdir=nowhere: No such file or directory"),
        (["output", "-raw"], "-raw takes the name of one output, and no -json"),
    ],
)
def test_usage_errors_exit_1_in_kplans_words(given, summary, capsys):
    assert main(given) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"\nError: {summary}\n")
    assert "-help" in shown.err


def test_errors_go_to_stderr(fails, capsys):
    fails(DiagnosticsError([error("First", "d"), error("Second")]))
    assert main(["validate"]) == 1
    assert capsys.readouterr() == ("", "\nError: First\n\nd\n\nError: Second\n")


def test_trouble_with_state_is_an_error_like_any(fails, capsys):
    fails(StateProblem("State is locked", "Someone has it."))
    assert main(["validate"]) == 1
    assert capsys.readouterr().err == "\nError: State is locked\n\nSomeone has it.\n"


def test_an_unexpected_exception_is_named_without_what_it_holds(fails, capsys, monkeypatch):
    monkeypatch.delenv("KPLAN_LOG", raising=False)
    fails(ValueError("hunter2"))
    assert main(["validate"]) == 1
    text = capsys.readouterr().err
    assert "\nError: This is a bug in kplan\n" in text
    assert "ValueError in" in text
    assert "KPLAN_LOG=debug" in text
    assert "hunter2" not in text


def test_debugging_shows_where_it_passed_and_still_no_value(fails, capsys, monkeypatch):
    monkeypatch.setenv("KPLAN_LOG", "debug")
    problem = ValueError("hunter2")
    problem.__cause__ = KeyError("hunter2")
    fails(problem)
    assert main(["validate"]) == 1
    text = capsys.readouterr().err
    assert "kplan/cli/main.py" in text
    assert "KeyError, the innermost last" in text
    assert "hunter2" not in text


def test_ctrl_c_where_nothing_is_at_stake_is_told_and_exits_1(fails, capsys):
    fails(KeyboardInterrupt())
    assert main(["validate"]) == 1
    assert "Error: Interrupted" in capsys.readouterr().err


def test_whatever_a_name_holds_can_be_printed(fails, capsys):
    fails(StateProblem("Odd", "a lone \udce4 surrogate"))
    assert main(["validate"]) == 1
    assert "udce4" in capsys.readouterr().err


def run(*args, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("KPLAN", "_KPLAN"))}
    return subprocess.run(
        [sys.executable, *args], env={**clean, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("given", [["version"], ["-help"], ["plan", "-help"], ["completion", "bash"]])
def test_nothing_heavy_is_imported_to_say_hello(given):
    code = (
        "import sys; from kplan.cli.main import main; main(sys.argv[1:]);"
        "print(*(one for one in sys.modules if one.partition('.')[0] in "
        "('rich', 'hcl2', 'lark', 'kafka', 'confluent_kafka', 'jsonschema', 'deepdiff', 'asyncio', 'http') "
        "or one.startswith(('kplan.lang.p', 'kplan.config', 'kplan_', 'kplan.operations.p'))), file=sys.stderr)"
    )
    done = run("-c", code, *given)
    assert done.stdout
    assert done.stderr.split() == []


def test_version_does_without_click():
    done = run(
        "-c", "import sys; from kplan.cli.main import main; main(['version']); print('click' in sys.modules)"
    )
    assert done.stdout == version_text() + "False\n"


def test_the_module_runs_as_a_program():
    done = run("-m", "kplan", "version")
    assert (done.returncode, done.stdout) == (0, version_text())
    assert run("-m", "kplan", "nonsense").returncode == 1


@pytest.mark.parametrize(("given", "code"), [("version", 0), ("completion bash", 0), ("-help", 1)])
def test_a_reader_that_goes_away_is_no_error(given, code):
    program = (
        "import os, sys\n"
        "from kplan.cli.main import main\n"
        "read, write = os.pipe()\n"
        "os.dup2(write, 1); os.close(write); os.close(read)\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = run("-c", program, *given.split())
    assert (done.returncode, done.stderr) == (code, "")


def test_the_garbage_collector_is_in_no_hurry_while_a_command_runs(monkeypatch):
    import gc

    before, seen = gc.get_threshold(), []
    monkeypatch.setattr(entry, "_run", lambda _given: seen.append(gc.get_threshold()[0]) or 0)
    main(["plan"])
    assert seen == [1_000_000]
    assert gc.get_threshold() == before


@pytest.fixture
def planned(monkeypatch):
    """Have `kplan plan` come to a given outcome."""
    from kplan.operations import plan

    def arrange(outcome):
        monkeypatch.setattr(plan, "plan", lambda _options, _run, _out: outcome)

    return arrange


def test_plan_exits_by_what_it_came_to(planned, capsys):
    from view_plans import create, plan

    from kplan.plan.model import Plan

    def code(made, *flags, diagnostics=()):
        planned(PlanOutcome(made, diagnostics))
        return main(["plan", *flags])

    assert code(plan()) == 0
    assert code(plan(), "-detailed-exitcode") == 0
    assert code(plan(create())) == 0
    assert code(plan(create()), "-detailed-exitcode") == 2
    assert code(plan(create(), complete=False), "-detailed-exitcode") == 1
    assert code(None, diagnostics=(error("Wrong"),)) == 1
    assert code(plan(create()), "-detailed-exitcode", diagnostics=(error("Wrong"),)) == 1
    assert isinstance(plan(), Plan)
    capsys.readouterr()


def test_plan_shows_warnings_and_lacking_consents_on_stdout_once(planned, capsys):
    from view_plans import create, plan

    careful = warning("Careful", "Look out.")
    refusal = error("Data loss needs consent", "Pass --allow-data-loss 1.")
    planned(PlanOutcome(plan(create(), diagnostics=(careful,), refusals=(refusal,)), (careful,)))
    assert main(["plan"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.count("Warning: Careful") == 1
    assert "Warning: Data loss needs consent" in shown.out
    assert shown.out.endswith("Plan: 1 to add, 0 to change, 0 to destroy.\n")


@pytest.fixture
def applied(monkeypatch):
    """Have `kplan apply` plan this and, if approved, come to that."""
    from kplan.operations import apply

    def arrange(made, tally=None, diagnostics=(), *, refused=False):
        def carry_out(_options, _run, approve):
            if refused:
                return ApplyOutcome(made, None, {}, (*made.diagnostics, *made.refusals, *diagnostics))
            if not approve(made):
                return ApplyOutcome(made, None, {}, made.diagnostics, declined=True)
            return ApplyOutcome(made, tally, {}, diagnostics)

        monkeypatch.setattr(apply, "apply", carry_out)

    return arrange


def answer(monkeypatch, text):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_apply_asks_and_only_yes_is_yes(applied, monkeypatch, capsys):
    from view_plans import create, plan

    from kplan.apply.events import Tally

    applied(plan(create()), Tally(added=1))
    answer(monkeypatch, "yes\n")
    assert main(["apply"]) == 0
    text = capsys.readouterr().out
    assert "Do you want to perform these actions?\n" in text
    assert "  Only 'yes' will be accepted to approve.\n\n  Enter a value: \n" in text
    assert text.endswith("\nApply complete! Resources: 1 added, 0 changed, 0 destroyed.\n")
    for other in ("y\n", "YES\n", "no\n", "\n"):
        answer(monkeypatch, other)
        assert main(["apply", "-workspace=dev"]) == 1
        text = capsys.readouterr().out
        assert 'these actions in workspace "dev"?' in text
        assert text.endswith("\nApply cancelled.\n")


def test_an_answer_that_never_comes_is_an_error_that_says_what_to_do(applied, monkeypatch, capsys):
    from view_plans import create, plan

    applied(plan(create()))
    answer(monkeypatch, "")
    assert main(["apply"]) == 1
    shown = capsys.readouterr()
    assert "Error: Approval is needed" in shown.err
    assert "-auto-approve" in shown.err


def test_without_input_nothing_is_asked(applied, capsys):
    from view_plans import create, plan

    applied(plan(create()))
    assert main(["apply", "-input=false"]) == 1
    shown = capsys.readouterr()
    assert "Enter a value" not in shown.out
    assert "-auto-approve" in shown.err


def test_nothing_to_do_is_not_asked_about(applied, capsys):
    from view_plans import plan

    from kplan.apply.events import Tally

    applied(plan(), Tally())
    assert main(["apply", "-input=false"]) == 0
    assert "No changes." in capsys.readouterr().out


def test_destroy_asks_in_its_own_words(applied, monkeypatch, capsys):
    from view_plans import delete, plan

    from kplan.apply.events import Tally

    applied(plan(delete(), destroy=True), Tally(destroyed=1))
    answer(monkeypatch, "no\n")
    assert main(["destroy"]) == 1
    text = capsys.readouterr().out
    assert "Do you really want to destroy all resources?" in text
    assert text.endswith("\nDestroy cancelled.\n")
    assert main(["destroy", "-auto-approve"]) == 0
    assert capsys.readouterr().out.endswith("\nDestroy complete! Resources: 1 destroyed.\n")


def test_a_plan_that_lacks_consent_is_shown_and_refused_without_a_question(applied, capsys):
    from view_plans import delete, plan, records_lost

    refusal = error("Data loss needs consent", "Pass --allow-data-loss 1.")
    made = plan(delete(losses=(records_lost(),)), refusals=(refusal,))
    for refused in (True, False):
        applied(made, refused=refused)
        assert main(["apply", "-auto-approve"]) == 1
        shown = capsys.readouterr()
        assert shown.out.count("Risks:") == 1
        assert shown.out.endswith("Plan: 0 to add, 0 to change, 1 to destroy.\n")
        assert shown.err == "\nError: Data loss needs consent\n\nPass --allow-data-loss 1.\n"


def test_failures_are_told_and_the_summary_is_still_the_last_line_of_stdout(applied, capsys):
    from view_plans import create, plan

    from kplan.apply.events import Tally

    applied(plan(create()), Tally(failed=1), (error("Refused", "topic.orders: no."),))
    assert main(["apply", "-auto-approve"]) == 1
    shown = capsys.readouterr()
    assert "Error: Refused" in shown.err
    assert "Apply incomplete! Resources: 0 added, 0 changed, 0 destroyed; 1 failed." in shown.out


def test_the_documentation_names_every_command_and_option():
    import click

    text = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
    for name in ROOT.list_commands(None):
        assert f"`{name}" in text, name
    group = ROOT.get_command(None, "state")
    for name in group.list_commands(None):
        assert name in text, name
    for name in ("plan", "apply", "destroy"):
        for one in ROOT.get_command(None, name).params:
            if isinstance(one, click.Option):
                assert f"-{one.opts[0].lstrip('-')}" in text, one.opts


def test_a_warning_of_the_plan_is_not_said_again_after_the_apply(applied, capsys):
    from view_plans import create, plan

    from kplan.apply.events import Tally

    careful, late = warning("Careful", "Look out."), warning("Late", "Told after the apply.")
    applied(plan(create(), diagnostics=(careful,)), Tally(added=1), (careful, late))
    assert main(["apply", "-auto-approve"]) == 0
    text = capsys.readouterr().out
    assert text.count("Warning: Careful") == 1
    assert text.index("Plan: 1 to add") < text.index("Warning: Late") < text.index("Apply complete!")


def test_an_error_after_everything_was_applied_is_still_an_error(applied, capsys):
    from view_plans import create, plan

    from kplan.apply.events import Tally

    applied(plan(create()), Tally(added=1), (error("An output can't be evaluated"),))
    assert main(["apply", "-auto-approve"]) == 1
    assert "Error: An output can't be evaluated" in capsys.readouterr().err


def test_once_approved_ctrl_c_asks_the_run_to_stop(monkeypatch, capsys):
    from view_plans import create, plan

    from kplan.apply.events import Tally
    from kplan.cli import interrupt
    from kplan.operations import apply

    def carry_out(_options, run, approve):
        assert approve(plan(create()))
        assert not run.stop_requested()
        os.kill(os.getpid(), signal.SIGINT)
        return ApplyOutcome(plan(create()), Tally(skipped=int(run.stop_requested())), {}, ())

    monkeypatch.setattr(interrupt, "_end", lambda _text: pytest.fail("it ended at once"))
    monkeypatch.setattr(apply, "apply", carry_out)
    assert main(["apply", "-auto-approve"]) == 1
    assert "1 skipped" in capsys.readouterr().out


def test_only_a_declined_apply_is_called_cancelled(applied, monkeypatch, capsys):
    from view_plans import create, delete, plan, records_lost

    from kplan.apply.events import Tally

    refusal = error("Data loss needs consent", "Pass --allow-data-loss 1.")
    made = plan(delete(losses=(records_lost(),)), refusals=(refusal,))
    for planned_, flag in ((made, "-auto-approve"), (plan(create()), "-input=false")):
        applied(planned_, Tally())
        assert main(["apply", flag]) == 1
        text = capsys.readouterr().out
        assert "cancelled" not in text
        assert "complete!" not in text
