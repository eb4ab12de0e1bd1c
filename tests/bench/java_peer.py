"""Kafka's own AdminClient as a peer: a small program, compiled by a JDK where there is one, else by ecj."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from kplan.sandbox import jars, runtime
from kplan.sandbox.jars import Jar, Lock

SOURCE = Path(__file__).with_name("BareRead.java")
_ECJ = Jar(
    sha256="29f6d3918ee02db4400c103bc25dd90a22491c3a395867d9393070cb96a7dd29",
    size=3327035,
    path="org/eclipse/jdt/ecj/3.42.0/ecj-3.42.0.jar",
)
_RELEASE = "17"


def compiled(folder: Path) -> list[str]:
    """Compile the program into a folder; gives the command that runs it, its arguments to follow."""
    found = runtime.present()
    class_path = found.lock.class_path()
    given = ["-cp", class_path, "-d", str(folder), str(SOURCE)]
    javac = shutil.which("javac")
    version = ["--release", _RELEASE] if javac else ["-source", _RELEASE, "-target", _RELEASE]
    compiler = [javac] if javac else [str(found.java.program), "-jar", str(_ecj())]
    done = subprocess.run(
        [*compiler, *version, *given], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise SystemExit(f"{SOURCE.name} can't be compiled:\n{done.stdout}{done.stderr}")
    return [str(found.java.program), "-cp", f"{folder}:{class_path}", "BareRead"]


def _ecj() -> Path:
    lock = Lock(version="ecj", digest=_ECJ.sha256[:12], jars=(_ECJ,))
    jars.obtain(lock, lambda _event: None)
    return lock.folder() / _ECJ.file
