"""Kafka as it runs on this machine: a Java, the jars, and the AOT cache if there is one."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from kplan.sandbox import folders, jars, java
from kplan.sandbox.jars import Lock
from kplan.sandbox.java import Java


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every Java process of a sandbox is started with."""

    java: Java
    lock: Lock
    aot_cache: Path | None

    def java_command(self, heap: str) -> list[str]:
        """Give `java` and its flags; the main class and its arguments are to follow."""
        command = [str(self.java.program), *java.flags(self.java, heap)]
        if self.aot_cache is None:
            return command
        # A cache that doesn't fit is passed over; the JVM's remarks on that would only confuse.
        return [*command, f"-XX:AOTCache={self.aot_cache}", "-Xlog:aot*=off", "-Xlog:aot+codecache*=off"]

    def environment(self) -> dict[str, str]:
        """Give the environment, class path included."""
        return java.clean_environment(self.lock.class_path())

    def without_aot_cache(self) -> "Runtime":
        """Give the same runtime, starting slowly."""
        return replace(self, aot_cache=None)


def present() -> Runtime:
    """Give the runtime as it is on disk; says nothing on whether the jars are there."""
    found, lock = java.find(), jars.read_lock()
    cache = aot_path(found, lock)
    return Runtime(found, lock, cache if found.has_aot and cache.exists() else None)


def aot_path(found: Java, lock: Lock) -> Path:
    """Give where the AOT cache belongs that fits this Java, these jars and these flags."""
    # A JVM passes over a cache that was made with other flags, without a word.
    fitting = hashlib.sha256(
        "\0".join([found.version, lock.digest, *java.flags(found, "")]).encode()
    ).hexdigest()[:12]
    return folders.downloads_folder() / f"{lock.version}-java{found.version}-{fitting}.aot"
