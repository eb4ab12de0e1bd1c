"""Kafka as it runs on this machine: a Java, the jars, and the AOT caches if there are any."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from kplan.sandbox import folders, jars, java
from kplan.sandbox.jars import Lock
from kplan.sandbox.java import Java


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every Java process of a sandbox is started with; `worker_cache` is the AOT cache for Connect workers."""

    java: Java
    lock: Lock
    aot_cache: Path | None
    worker_cache: Path | None = None

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
        return replace(self, aot_cache=None, worker_cache=None)

    def for_workers(self) -> "Runtime":
        """Give the same runtime with the AOT cache for Connect workers; the brokers' is better than none."""
        return replace(self, aot_cache=self.worker_cache or self.aot_cache)


def present() -> Runtime:
    """Give the runtime as it is on disk; says nothing on whether the jars are there."""
    found, lock = java.find(), jars.read_lock()
    return Runtime(
        found, lock, _if_made(found, aot_path(found, lock)), _if_made(found, worker_aot_path(found, lock))
    )


def _if_made(found: Java, cache: Path) -> Path | None:
    return cache if found.has_aot and cache.exists() else None


def worker_aot_path(found: Java, lock: Lock) -> Path:
    """Give where the AOT cache for Connect workers belongs."""
    brokers = aot_path(found, lock)
    return brokers.with_name(f"{brokers.stem}-connect{brokers.suffix}")


def aot_path(found: Java, lock: Lock) -> Path:
    """Give where the AOT cache belongs that fits this Java, these jars and these flags."""
    # A JVM passes over a cache that was made with other flags, without a word.
    fitting = hashlib.sha256(
        "\0".join([found.version, lock.digest, *java.flags(found, "")]).encode()
    ).hexdigest()[:12]
    return folders.downloads_folder() / f"{lock.version}-java{found.version}-{fitting}.aot"
