"""How far a link is, as `kplan show` tells it: the lag in records, and what can't be read said to be so."""

import re
from pathlib import Path

import pytest
from connect_worker import ConnectWorker
from kplan_run import Workspace, wait_for
from link_files import Side, declare_workers, link, read, topic, write

from kplan.sandbox import Sandbox

LINK = "replication_link.primary_to_dr"
COPIED, MORE = 30, 7


def rows(said: str) -> dict[str, list[str]]:
    """Take the table of topics apart, by topic."""
    lines = [line.split() for line in said.splitlines()]
    return {line[0]: line[1:] for line in lines if len(line) > 2 and line[1] == f"primary.{line[0]}"}


def test_it_tells_how_many_records_are_there_to_be_copied(workspace: Workspace, sides: tuple[Side, Side]):
    source, target = sides
    name = f"{workspace.prefix}orders"
    workspace.applied(topic("primary", partitions=1) + link("primary", "dr"))
    write(source.bootstrap, name, [f"k{number}" for number in range(COPIED)])
    read(target.bootstrap, f"primary.{name}", lambda found: len(found) >= COPIED)

    def caught_up() -> bool:
        """Tell whether the worker has written down what it copied, which it does each second."""
        return rows(workspace.kplan("show", LINK).out).get(name, [])[1:3] == [str(COPIED - 1), "0"]

    wait_for(caught_up)
    ran = workspace.kplan("show", LINK)
    assert ran.code == 0, ran.said
    assert f"# {LINK}: cluster.primary -> cluster.dr" in ran.said
    assert re.search(
        "MirrorSourceConnector RUNNING, [12] task", ran.said
    )  # heartbeats of others are copied too
    assert "Lag: 0 records in 0 topics of 1." in ran.said

    copying = next(one for one in target.worker.names(workspace.prefix) if "Source" in one)
    target.worker.hold(copying, "stop", "STOPPED")
    written, copied = COPIED, COPIED
    while written - copied < MORE:  # for a moment the task goes on although the connector is stopped
        write(source.bootstrap, name, [f"m{number}" for number in range(MORE)])
        written += MORE
        copied = len(read(target.bootstrap, f"primary.{name}", lambda found: len(found) >= COPIED))
    ran = workspace.kplan("show", LINK)
    assert ran.code == 0, ran.said
    assert "MirrorSourceConnector STOPPED, 0 tasks" in ran.said
    assert rows(ran.out)[name][1:3] == [str(copied - 1), str(written - copied)]
    assert f"Lag: {written - copied} records in 1 topic of 1." in ran.said


def test_nothing_copied_is_all_of_it_and_no_topic_is_no_table(workspace: Workspace, sides: tuple[Side, Side]):
    source, _ = sides
    name = f"{workspace.prefix}orders"
    workspace.write(link("primary", "dr"))
    ran = workspace.kplan("show", LINK)
    assert "No topic of the source is meant." in ran.said
    assert "MirrorSourceConnector ABSENT, 0 tasks" in ran.said
    workspace.applied(topic("primary", partitions=2))
    workspace.write(topic("primary", partitions=2) + link("primary", "dr"))
    write(source.bootstrap, name, [f"k{number}" for number in range(COPIED)])
    assert rows(workspace.kplan("show", LINK).out)[name][1:4] == ["none", "none", str(COPIED)]


@pytest.fixture
def hanging(workspace: Workspace, kafka: Sandbox, worker, tmp_path: Path):
    """A link on a worker that hangs afterwards."""
    own = ConnectWorker(kafka.cluster("dr"), f"{workspace.prefix}hangs", tmp_path / "hangs")
    declare_workers(workspace, Side("dr", own.cluster.bootstrap, own))
    workspace.write(topic("primary", partitions=1) + link("primary", "dr"))
    yield own
    own.kill()


def test_what_hangs_is_unreadable_and_never_zero(
    workspace: Workspace, hanging: ConnectWorker, worker: ConnectWorker
):
    name = f"{workspace.prefix}orders"
    workspace.applied(topic("primary", partitions=1) + link("primary", "dr"))
    write(worker.cluster.bootstrap, name, ["one"])
    hanging.pause()
    ran = workspace.kplan("show", LINK)
    assert ran.code == 1
    assert rows(ran.out)[name][1:3] == ["?", "unreadable"]
    assert "MirrorSourceConnector unreadable" in ran.said
    assert "it took the request and gave no answer within 8 s" in ran.said
    assert "Of 1 topic it can't be read." in ran.said


def test_what_else_is_in_a_module_is_shown_beside_its_links(
    workspace: Workspace, kafka: Sandbox, primary, dr
):
    inner = workspace.folder / "pair"
    inner.mkdir()
    own = 'variable "at" {\n  type = map(cluster)\n}\nvariable "prefix" {\n  type = string\n}\n'
    dedicated = link("primary", "dr").replace(
        "connect_cluster = connect_cluster.dr", 'deployment = "dedicated"\n    path = "mm2.properties"'
    )
    text = own + topic("primary") + dedicated
    (inner / "main.kplan.hcl").write_text(re.sub(r"= cluster\.(\w+)", r'= var.at["\1"]', text))
    call = 'module "pair" {\n  source = "./pair"\n  prefix = var.prefix\n'
    workspace.applied(call + "  at = {\n    primary = cluster.primary\n    dr = cluster.dr\n  }\n}\n")
    ran = workspace.kplan("show", "module.pair")
    assert ran.code == 0, ran.said
    assert "# module.pair.topic.primary:" in ran.out
    assert f"# module.pair.{LINK}: cluster.primary -> cluster.dr" in ran.out
    assert "mirrormaker_file" not in ran.out
    ran = workspace.kplan("show", f"module.pair.{LINK}s")
    assert (ran.code, "Did you mean" in ran.said) == (1, True)
    workspace.point({"primary": "127.0.0.1:1", "dr": kafka.cluster("dr").bootstrap})
    ran = workspace.kplan("show", f"module.pair.{LINK}")
    assert ran.code == 1
    assert f"module.pair.{LINK}: Nothing can be said of cluster.primary." in ran.said
