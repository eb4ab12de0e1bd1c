"""Replication by MirrorMaker 2: what is declared is made in one go, copies, and stays as it is."""

import random
import signal

import pytest
from connect_files import done, planned, settled, steady
from kplan_run import Workspace, wait_for
from link_files import Side, committed, link, read, read_as, topic, write

RECORDS = 1_000
MEMBERS = ("MirrorHeartbeatConnector", "MirrorSourceConnector", "MirrorCheckpointConnector")
# Killed when so many records of the journal are on disk.
KILLED = """
import os, signal
from kplan.state import disk
at_once = disk.Disk.append
left = [{after}]
def append(self, path, data, at):
    at_once(self, path, data, at)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
disk.Disk.append = append
"""


def keys(count: int, first: str = "") -> list[str]:
    return [f"{first}{number}" for number in range(count)]


def running(side: Side, prefix: str) -> list[str]:
    """List the connectors, which must have tasks that all run, if any."""
    names = side.worker.names(prefix)
    for name in names:
        assert {*side.worker.tasks(name)} <= {"RUNNING"}
    return names


def test_active_passive(workspace: Workspace, sides: tuple[Side, Side], primary, dr):
    source, target = sides
    name, group = f"{workspace.prefix}orders", f"{workspace.prefix}billing"
    copied = f"primary.{name}"
    workspace.write(topic("primary") + link("primary", "dr"))
    done(workspace.apply(), added=24)
    assert len(running(target, workspace.prefix)) == 3
    assert dr.topic(copied).partitions == 3

    all_keys = keys(RECORDS)
    for first in range(0, RECORDS, 100):
        write(source.bootstrap, name, all_keys[first : first + 100])
    assert sorted(read(target.bootstrap, copied, lambda found: len(found) >= RECORDS)) == sorted(all_keys)

    stopped = random.Random(workspace.prefix).randrange(1, RECORDS)
    before = read_as(source.bootstrap, name, group, lambda found: len(found) >= stopped, commit=True)
    there = committed(source.bootstrap, name, group, 3)
    wait_for(lambda: any(offset > 0 for offset in committed(target.bootstrap, copied, group, 3)))
    translated = committed(target.bootstrap, copied, group, 3)
    assert all(one <= other for one, other in zip(translated, there, strict=True))

    expected = RECORDS - sum(max(0, one) for one in translated)
    after = read_as(target.bootstrap, copied, group, lambda found: len(found) >= expected, commit=False)
    assert len(after) == expected  # no more again than what checkpoints explain
    assert {*all_keys} - {*before} <= {*after}
    settled(workspace)


def test_active_active(workspace: Workspace, sides: tuple[Side, Side], primary, dr):
    one, other = sides
    name = f"{workspace.prefix}orders"
    workspace.write(topic("primary") + topic("dr") + link("primary", "dr") + link("dr", "primary"))
    done(workspace.apply(), added=48)
    for first in range(0, RECORDS, 250):
        write(one.bootstrap, name, keys(RECORDS, "p")[first : first + 250])
        write(other.bootstrap, name, keys(RECORDS, "d")[first : first + 250])
        if first in (250, 500):
            for side in sides:
                for connector in side.worker.names(workspace.prefix):
                    side.worker.ask("POST", side.worker.at(connector, "/restart?includeTasks=true"))
    for side, own, copied in ((one, "p", ("dr", "d")), (other, "d", ("primary", "p"))):
        there = read(
            side.bootstrap, f"{copied[0]}.{name}", lambda found: len({*found}) >= RECORDS
        )  # restarts may write some again
        assert {*there} == {*keys(RECORDS, copied[1])}
        assert sorted(read(side.bootstrap, name, lambda found: len(found) >= RECORDS)) == sorted(
            keys(RECORDS, own)
        )
    for client, alias in ((primary, "dr"), (dr, "primary")):
        assert {found for found in client.names() if name in found} == {name, f"{alias}.{name}"}
    settled(workspace)


def test_unchanged_it_is_left_running_and_what_others_do_is_seen(workspace: Workspace, sides, dr):
    _, target = sides
    worker = target.worker
    workspace.applied(topic("primary") + link("primary", "dr"))
    names = running(target, workspace.prefix)
    copying = next(name for name in names if "Source" in name)
    statuses, sent = {name: steady(worker, name) for name in names}, worker.requests("PUT", "POST", "DELETE")
    done(workspace.apply())
    settled(workspace)
    assert {name: steady(worker, name) for name in names} == statuses
    assert worker.requests("PUT", "POST", "DELETE") == sent

    worker.put(copying, tasks_max="1")
    ran = planned(workspace, "0 to add, 1 to change, 0 to destroy")
    assert "tasks_max" in ran.said
    done(workspace.apply(), changed=1)
    worker.hold(copying, "pause", "PAUSED")
    assert "MirrorSourceConnector is paused" in settled(workspace).said
    worker.delete(copying)
    planned(workspace, "1 to add, 0 to change, 0 to destroy")
    done(workspace.apply(), added=1)
    settled(workspace)

    workspace.write(topic("primary") + link("primary", "dr", 'naming = "unchanged"'))
    ran = workspace.plan()
    assert ran.code == 1
    assert "replication.policy.class can't be changed: copies would get other names" in ran.said

    workspace.write("")
    done(workspace.apply("--allow-data-loss=1", "--allow-deletes=23"), destroyed=23)
    assert worker.names(workspace.prefix) == []
    assert f"primary.{workspace.prefix}orders" in dr.names()


@pytest.mark.parametrize("after", [1, 2, 3, 4, 6, 8])
def test_killed(workspace: Workspace, sides, after: int):
    workspace.write(topic("primary") + link("primary", "dr"))
    ran = workspace.start("apply", "-auto-approve", first=KILLED.format(after=after)).end()
    assert ran.code in {-signal.SIGKILL, 0}
    assert workspace.apply().code == 0
    settled(workspace)
    assert len(running(sides[1], workspace.prefix)) == 3
    assert len(workspace.addresses()) == 24
    assert workspace.state()["claims"] == []


def test_a_link_for_topics_that_are_still_to_come(workspace: Workspace, sides, primary, dr):
    source, target = sides
    name = f"{workspace.prefix}orders"
    workspace.write(link("primary", "dr"))
    ran = workspace.apply()
    assert ran.code == 0, ran.said
    settled(workspace)
    primary.create(name, 1)
    workspace.applied(link("primary", "dr"))
    write(source.bootstrap, name, ["one"])
    assert read(target.bootstrap, f"primary.{name}", bool) == ["one"]
    settled(workspace)
    assert len(running(target, workspace.prefix)) == 3
