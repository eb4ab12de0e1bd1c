"""A link whose MirrorMaker runs on its own: the file that kplan writes, and a real connect-mirror-maker that runs with it."""

import signal
from collections.abc import Callable, Iterator

import pytest
from connect_files import done, planned, settled
from kplan_run import Workspace, wait_for
from link_files import committed, read, read_as, topic, write

from kplan.sandbox import Sandbox, process, runtime

FILE = "primary-to-dr.properties"
LINK = f"""
replication_link "primary_to_dr" {{
  source = cluster.primary
  target = cluster.dr
  engine = "mirrormaker2"
  topics {{
    prefixes = [var.prefix]
  }}
  groups {{
    prefixes = [var.prefix]
  }}
  sync {{
    interval_seconds = 1
  }}
  mirrormaker2 {{
    deployment    = "dedicated"
    path          = "{FILE}"
    tasks_max     = 2
    source_config = {{ "offset.lag.max" = 0 }}
    config        = {{ "offset.flush.interval.ms" = 1000 }}
  }}
}}
"""
RECORDS = 200
OWN = (
    "mm2-configs.",
    "mm2-offsets.",
    "mm2-status.",
)  # those of a MirrorMaker on its own; others are made by any link


@pytest.fixture
def mirror_maker(workspace: Workspace, primary, dr) -> Iterator[Callable[[], None]]:
    """Start a real MirrorMaker with the file. It is ended, and what it made is gone, afterwards."""
    started: list[process.Process] = []

    def start() -> None:
        java, log = runtime.present(), workspace.folder.parent / "mirror-maker.log"
        main = ["-Dkplan.log.level=info", "org.apache.kafka.connect.mirror.MirrorMaker", FILE]
        command = [*java.java_command("256m"), *main]
        started.append(
            process.spawn(command, log=log, folder=workspace.folder, environment=java.environment(), tie=True)
        )

    yield start
    process.kill(started)
    for client in (primary, dr):
        client.delete(*[name for name in client.names() if name.startswith(OWN) or workspace.prefix in name])


def test_the_file_is_run_for_real(
    workspace: Workspace, kafka: Sandbox, mirror_maker: Callable[[], None], primary, dr
):
    workspace.write(topic("primary") + LINK)
    done(workspace.apply(), added=2)
    settled(workspace)
    name, group = f"{workspace.prefix}orders", f"{workspace.prefix}billing"
    copied = f"primary.{name}"
    source, target = kafka.cluster("primary").bootstrap, kafka.cluster("dr").bootstrap
    keys = [f"k{number}" for number in range(RECORDS)]
    write(source, name, keys)
    read_as(source, name, group, lambda found: len(found) >= RECORDS // 2, commit=True)
    mirror_maker()
    wait_for(lambda: copied in dr.names())
    assert sorted(read(target, copied, lambda found: len(found) >= RECORDS)) == sorted(keys)
    wait_for(lambda: any(offset > 0 for offset in committed(target, copied, group, 3)))
    there = committed(source, name, group, 3)
    assert all(one <= other for one, other in zip(committed(target, copied, group, 3), there, strict=True))

    assert not [one for one in primary.names() if one.startswith(OWN)]  # nothing runs the other way
    assert {one for one in dr.names() if one.startswith(OWN)} == {f"{one}primary.internal" for one in OWN}
    assert "mm2-offset-syncs.dr.internal" in primary.names()
    assert {"heartbeats", "primary.checkpoints.internal"} <= dr.names()
    ran = workspace.kplan("show", "replication_link.primary_to_dr")
    assert ran.code == 0, ran.said
    assert "last heartbeat of any MirrorMaker on the target: 20" in ran.said
    row = next(line for line in ran.out.splitlines() if copied in line)
    assert row.split()[2:4] == ["-", "-"]
    settled(workspace)

    ran = workspace.kplan("destroy", "-auto-approve", "--allow-data-loss", "1")
    assert "a MirrorMaker that runs with it goes on until it is stopped" in ran.said
    assert (ran.code, "Destroy complete! Resources: 2 destroyed." in ran.said) == (0, True)
    assert not (workspace.folder / FILE).exists()


def test_it_is_planned_compared_and_written_at_once(workspace: Workspace, primary, dr):
    path = workspace.folder / FILE
    workspace.applied(topic("primary") + LINK)
    text = path.read_text()
    factors = [line for line in text.splitlines() if ".replication.factor" in line or line.startswith("rep")]
    assert len([line for line in factors if line.endswith("factor = 1")]) == 7

    path.write_text(text + "primary->dr.topics = .*\n")
    ran = planned(workspace, "0 to add, 1 to change, 0 to destroy")
    assert "MirrorMaker reads it when it starts: restart it" in ran.said
    done(workspace.apply(), changed=1)
    assert path.read_text() == text
    path.unlink()
    planned(workspace, "1 to add, 0 to change, 0 to destroy")
    done(workspace.apply(), added=1)
    workspace.write(topic("primary"))  # no block names the provider any more
    done(workspace.apply(), destroyed=1)
    assert not path.exists()

    path.write_text("clusters = a, b\n")
    workspace.write(topic("primary") + LINK)
    ran = workspace.plan()
    assert ran.code == 1
    assert "--adopt" in ran.said
    assert path.read_text() == "clusters = a, b\n"


def test_a_secret_is_in_the_file_and_nowhere_else(workspace: Workspace, primary, dr):
    secret = "n0t-T0-be=seen\\"  # noqa: S105
    client = """
  source_client {
    security {
      protocol  = "SASL_SSL"
      mechanism = "SCRAM-SHA-512"
      username  = "replicator"
      password  = var.password
    }
  }
  target_client {
    security {
      protocol  = "SASL_SSL"
      mechanism = "PLAIN"
      username  = "replicator"
      password  = "$${file:/etc/mm2/dr.properties:password}"
    }
  }
"""
    variable = 'variable "password" {\n  type      = string\n  sensitive = true\n}\n'
    workspace.environment["KPLAN_VAR_password"] = secret
    ran = workspace.applied(variable + LINK.replace("  mirrormaker2 {", client + "  mirrormaker2 {"))
    path = workspace.folder / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.read_text()
    assert "config.providers = file" in written
    assert "primary.sasl.jaas.config = " in written
    settled(workspace)
    path.write_text(written.replace("n0t-T0", "other"))
    changed = planned(workspace, "0 to add, 1 to change, 0 to destroy")
    assert "other secrets than declared are in it for: primary.sasl.jaas.config" in changed.said
    done(workspace.apply(), changed=1)
    assert path.read_text() == written
    workspace.environment["KPLAN_VAR_password"] = "an0ther-0ne"  # noqa: S105
    planned(workspace, "0 to add, 1 to change, 0 to destroy")
    done(workspace.apply(), changed=1)
    assert "an0ther-0ne" in path.read_text()
    settled(workspace)
    path.unlink()
    for one in workspace.folder.parent.rglob("*"):
        if one.is_file():
            held = one.read_bytes()
            assert b"n0t-T0" not in held, one
            assert b"an0ther-0ne" not in held, one
    assert "n0t-T0" not in ran.said


def test_killed_while_it_writes_it_is_the_old_file_or_the_new(workspace: Workspace, primary, dr):
    path = workspace.folder / FILE
    workspace.applied(LINK)
    before = path.read_text()
    workspace.write(LINK.replace("tasks_max     = 2", "tasks_max     = 5"))
    for at in ("os.fsync", "pathlib.Path.replace"):
        kill = f"""
import os, pathlib, signal, sys
import kplan_mirrormaker.file_session as files
def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)
def write(path, properties, *, private, whole=files._write):
    {at} = die
    whole(path, properties, private=private)
files._write = write
"""
        ran = workspace.start("apply", "-auto-approve", first=kill).end()
        assert ran.code == -signal.SIGKILL
        assert path.read_text() == before
    done(workspace.apply(), changed=1)
    assert "tasks.max = 5" in path.read_text()
    settled(workspace)
