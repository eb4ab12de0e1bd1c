"""Carries out the steps of a golden session in a folder of its own."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from kplan.cli.main import main
from kplan.state.local import LocalStore
from kplan_memory.world import Injection, file_world

_ALWAYS = {"COLUMNS": "100", "TERM": "dumb"}
_WHO = re.compile(r"[\w.-]+@[\w.-]+ ")
_NORMAL = [
    (re.compile(r"(after) (\d+[hms])+"), r"\1 0s"),
    (re.compile(r"memory-[0-9a-f]{12}"), "memory-ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"[\w.-]+@[\w.-]+ \(process \d+\)"), "WHO (process N)"),
    (re.compile(r"[\w.-]+@[\w.-]+(?= (?:put a hold|since))"), "WHO"),
    (re.compile(r"(force-unlock|workspace is) [0-9a-f]{8}\b"), r"\1 HOLD"),
    (re.compile(r"on linux_\w+, Python [\d.]+"), "on SYSTEM"),
]


class Runner:
    """Runs steps one after another; `command` runs a kplan command line."""

    def __init__(self, folder, command):
        self.folder, self.command = Path(folder), command
        self._locked = contextlib.ExitStack()

    def run(self, steps):
        with self._locked:
            for step in steps:
                yield self._run(step)

    def _run(self, step):
        verb, *words = step.words
        if verb == "kplan":
            code, out, err = self.command(words, step, self.folder)
        else:
            code, out, err = 0, getattr(self, "do_" + verb.replace("-", "_"))(step, *words) or "", ""
        if step_unordered(step):
            told, errors = re.match(
                r"((?:.+\n)*)((?s:.*))", err
            ).groups()  # what is told ends where errors begin
            err = "".join(sorted(told.splitlines(keepends=True))) + errors
        out = self._normal(out)
        if step.tail:
            out = "".join(out.splitlines(keepends=True)[-step.tail :])
        return replace(step, out=out, err=self._normal(err), code=code)

    def _normal(self, text):
        """Take out what differs from run to run, and where lines break because of it."""
        paragraphs = [_joined(one) if self._varies(one) else one for one in text.split("\n\n")]
        text = "\n\n".join(paragraphs).replace(str(self.folder), "DIR")
        for pattern, replacement in _NORMAL:
            text = pattern.sub(replacement, text)
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())

    def _varies(self, paragraph):
        return str(self.folder) in paragraph or _WHO.search(paragraph)

    def do_write(self, step, name):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.heredoc)

    def do_latin1(self, step, name):
        (self.folder / name).write_bytes(step.heredoc.encode("latin-1"))

    def do_append(self, step, name):
        with (self.folder / name).open("a") as file:
            file.write(step.heredoc)

    def do_edit(self, _step, name, pattern, replacement):
        path = self.folder / name
        before = path.read_text()
        after = re.sub(pattern, replacement, before)
        assert after != before, f"nothing in {name} is like {pattern}"
        path.write_text(after)

    def do_cp(self, _step, source, target):
        shutil.copy(self.folder / source, self.folder / target)

    def do_rm(self, _step, *names):
        for name in names:
            (self.folder / name).unlink()

    def do_mkdir(self, _step, name):
        (self.folder / name).mkdir()

    def do_cat(self, _step, name):
        return (self.folder / name).read_text()

    def do_world(self, _step, name, verb, *words):
        world = file_world(str(self.folder / name))
        target, *pairs = words if words and "=" not in words[0] else ("", *words)
        values = {key: _json(text) for key, _, text in (pair.partition("=") for pair in pairs)}
        leaf = values.pop("type", "memory_topic")
        if verb == "names":
            return "".join(f"{one}\n" for one in world.names(leaf))
        if verb == "show":
            return json.dumps(world.get(leaf, target), indent=1, sort_keys=True) + "\n"
        if verb == "inject":
            world.inject(Injection(target, **values))
        else:
            getattr(world, verb)(leaf, target, **values)
        return None

    def do_hold_lock(self, _step, workspace="default"):
        self._locked.enter_context(LocalStore(self.folder / "state", workspace).lock("apply", 0))

    def do_release_lock(self, _step):
        self._locked.close()


def _joined(paragraph):
    """Undo the breaks of a paragraph; lines that are indented or told by a running command stay."""
    return re.sub(r"(?<=\S)\n(?=\S)", " ", paragraph)


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def step_unordered(step):
    return any(line.strip() == "## stderr: unordered" for line in step.comments)


def in_process(words, step, folder):
    """Run a command line in this process: quick."""
    streams = {"stdin": io.StringIO(step.stdin), "stdout": io.StringIO(), "stderr": io.StringIO()}
    before = {name: getattr(sys, name) for name in streams}, Path.cwd(), dict(os.environ)
    try:
        os.chdir(folder)
        os.environ.update({**_ALWAYS, **step.environment})
        for name, stream in streams.items():
            setattr(sys, name, stream)
        code = main(words)
    finally:
        for name, stream in before[0].items():
            setattr(sys, name, stream)
        os.chdir(before[1])
        os.environ.clear()
        os.environ.update(before[2])
    return code, streams["stdout"].getvalue(), streams["stderr"].getvalue()


def as_program(words, step, folder):
    """Run a command line as users do."""
    done = subprocess.run(
        [sys.executable, "-m", "kplan", *words],
        cwd=folder,
        env={**os.environ, **_ALWAYS, **step.environment},
        input=step.stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr
