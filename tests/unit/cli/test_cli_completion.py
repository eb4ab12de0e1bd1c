import os
import shutil
import subprocess
import sys

import pytest


def complete(line, shell="bash"):
    words = line.split(" ")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("KPLAN", "_KPLAN"))},
        "_KPLAN_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "\n".join(words) if shell == "bash" else line,
        "COMP_CWORD": str(len(words) - 1) if shell != "fish" else words[-1],
    }
    if shell == "fish":
        environment["COMP_WORDS"] = " ".join(words)
    done = subprocess.run(
        [sys.executable, "-m", "kplan"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def values(lines):
    return [line.partition(",")[2] for line in lines]


def test_commands_are_completed():
    assert values(complete("kplan pl")) == ["plan"]
    assert "apply" in values(complete("kplan "))
    assert values(complete("kplan state re")) == ["replace-endpoint"]


def test_options_are_completed_with_the_dashes_that_were_typed():
    assert values(complete("kplan plan -var")) == ["-var", "-var-file"]
    assert values(complete("kplan plan --var")) == ["--var", "--var-file"]
    assert values(complete("kplan -chd")) == ["-chdir"]


def test_negative_forms_are_not_offered_but_no_color_is():
    offered = values(complete("kplan plan -"))
    assert "-no-color" in offered
    assert "-refresh" in offered
    assert "-no-refresh" not in offered


def test_options_before_a_command_dont_get_in_the_way():
    assert values(complete("kplan -chdir=. -workspace x pl")) == ["plan"]
    assert values(complete("kplan apply -auto-approve -tar")) == ["-target"]


def test_files_are_completed_where_one_is_wanted():
    assert complete("kplan plan -var-file ") == ["file,"]
    assert complete("kplan state push ") == ["file,"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_get_the_same(shell):
    assert any("plan" in line for line in complete("kplan pl", shell))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_kplan(shell):
    done = subprocess.run(
        [sys.executable, "-m", "kplan", "completion", shell], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "_KPLAN_COMPLETE" in done.stdout
    if shutil.which(shell):
        parsed = subprocess.run([shell, "-n"], input=done.stdout, capture_output=True, text=True, timeout=60)
        assert parsed.returncode == 0
