"""Links that can't be, or don't come to run: named at their place, in bounded time, and nothing else is harmed.

Each is then mended, and the next apply makes what was missing.
"""

import shutil
import uuid
from collections.abc import Iterator

import pytest
import users
from connect_files import done, planned, settled, steady
from connect_worker import ConnectWorker
from kplan_run import Ran, Workspace, wait_for
from link_files import Side, declare_workers, link, others, topic, write

from kplan.sandbox import Sandbox

IMPATIENT = "from kplan_connect import waiting; waiting.SETTLE_WITHIN = 3.0"
COPYING = "primary.MirrorSourceConnector"
OTHERS = 3
IN_LINK = 23
CONNECTORS = 3


def client(servers: str, text: str = "") -> str:
    return f"source_client {{\n    bootstrap_servers = {servers}\n{text}  }}"


def impatiently(workspace: Workspace, *arguments: str) -> Ran:
    return workspace.start("apply", "-auto-approve", *arguments, first=IMPATIENT).end()


def refused(ran: Ran, *told: str) -> None:
    """Check that nothing was planned, and what was said."""
    assert (ran.code, [one for one in told if one not in ran.said]) == (1, []), ran.said


def failed(ran: Ran, added: int, count: int) -> None:
    """Check that an apply did all but so many changes."""
    told = f"Apply incomplete! Resources: {added} added, 0 changed, 0 destroyed; {count} failed."
    assert (ran.code, ran.summary) == (1, told), ran.said


def unharmed(workspace: Workspace, sides: tuple[Side, Side]) -> None:
    """Check that what has nothing to do with the link is there, and that state has no loose ends."""
    state = workspace.state()
    assert {"topic.primary", "topic.dr", "connector.other"} <= {leaf["address"] for leaf in state["leaves"]}
    assert sides[0].worker.tasks(f"{workspace.prefix}other") == ["RUNNING"]
    assert state["claims"] == []


def mended(workspace: Workspace, text: str, added: int = 0, changed: int = 0) -> None:
    done(workspace.applied(text), added=added, changed=changed)
    assert "doesn't run" not in settled(workspace).said


def test_what_can_never_work_is_told_at_once(workspace: Workspace, sides):
    insert = '"transforms" = "x"\n"transforms.x.type" = "InsertField$Value"\n'
    transformed = link("primary", "dr").replace('"offset.lag.max" = 0', insert)
    links = [
        link("primary", "dr", client(servers)).replace('"primary_to_dr"', f'"link{number}"')
        for number, servers in enumerate(("[]", '["kafka1"]', '["kafka1:9092", "http://kafka2"]'))
    ]
    workspace.write(others() + "".join(links) + transformed)
    for command in ("validate", "plan"):
        ran = workspace.kplan(command)
        refused(
            ran, "bootstrap_servers names no broker", "'kafka1' is not host:port", "'http://kafka2' is not"
        )
        assert ran.said.count("bootstrap_servers = [") == len(links)
        refused(
            ran,
            "InsertField$Value can't work on mirrored records",
            '"transforms.x.type" = "InsertField$Value"',
        )


def test_a_source_that_cannot_be_reached(workspace: Workspace, sides: tuple[Side, Side]):
    """Connect has no status of such connectors at first, and calls them RUNNING then."""
    name, worker = f"{workspace.prefix}{COPYING}", sides[1].worker
    quick = link("primary", "dr", client('["127.0.0.1:1"]')).replace(
        '"offset.lag.max" = 0', '"admin.timeout.ms" = "1000"'
    )
    workspace.write(others() + quick)
    ran = impatiently(workspace)
    assert (ran.code, "MirrorSourceConnector: Creation complete" in ran.said) == (1, False)
    assert f"connector {name} doesn't run: no worker runs it yet" in ran.said
    assert "can't reach its source cluster (127.0.0.1:1) or isn't let in there" in ran.said
    unharmed(workspace, sides)
    assert f"connector {name} doesn't run" in settled(workspace).said
    wait_for(lambda: worker.state(name) == "RUNNING")
    ran = settled(workspace)
    assert f"connector {name} doesn't run" in ran.said
    assert "it is RUNNING and has no task MirrorMaker is so, without an error" in ran.said
    mended(workspace, others() + link("primary", "dr"), changed=CONNECTORS)


@pytest.fixture
def guarded(with_users: Workspace, there: users.Users, copier: ConnectWorker, dr) -> Iterator[Workspace]:
    """A configuration of a source where users log in, and a target with workers."""
    with_users.point({"guarded": there.login, "dr": copier.cluster.bootstrap})
    with_users.clusters(guarded=users.SECURITY % "kplan", dr="")
    declare_workers(with_users, Side("dr", copier.cluster.bootstrap, copier))
    yield with_users
    for name in copier.names(with_users.prefix):
        copier.delete(name)
    dr.delete(*[name for name in dr.names() if with_users.prefix in name])


LOGIN = """
    security {
      protocol  = "SASL_PLAINTEXT"
      mechanism = "SCRAM-SHA-512"
      username  = "${var.prefix}copier"
      password  = var.password
    }
"""


def test_a_source_that_refuses_the_login(guarded: Workspace, there: users.Users, copier: ConnectWorker):
    """Connect calls it RUNNING, without a task or a word. No password is in a file or was said: see with_users."""
    there.put(f"{guarded.prefix}copier", users.FIRST)
    name = f"{guarded.prefix}guarded.MirrorSourceConnector"
    text = topic("guarded") + topic("dr") + link("guarded", "dr", f"source_client {{{LOGIN}  }}")
    users.declare(guarded, users.SECOND, text)
    ran = impatiently(guarded)
    assert ran.code == 1
    assert f"connector {name} doesn't run: it is RUNNING and has no task" in ran.said
    assert "or isn't let in there" in ran.said
    assert {"topic.guarded", "topic.dr"} <= {*guarded.addresses()}
    assert f"connector {name} doesn't run" in settled(guarded).said
    users.declare(guarded, users.FIRST)
    done(guarded.apply(), changed=CONNECTORS)
    assert "doesn't run" not in settled(guarded).said
    assert {*copier.tasks(name)} == {"RUNNING"}


def test_workers_of_another_cluster(workspace: Workspace, sides: tuple[Side, Side]):
    workspace.write(others() + link("primary", "dr").replace("connect_cluster.dr", "connect_cluster.primary"))
    told = "the workers don't belong to the link's target"
    for command in ("validate", "plan"):
        refused(workspace.kplan(command), told, "connect_cluster = connect_cluster.primary", "cluster.dr")

    workspace.write(others() + link("primary", "dr"))
    declare_workers(workspace, sides[0]._replace(name="dr"))  # they say that they are on the other cluster
    more = (workspace.folder / "workers.kplan.hcl").read_text()
    workspace.write(
        more.replace('"dr"', '"primary"').replace("cluster.dr", "cluster.primary"), "more.kplan.hcl"
    )
    refused(workspace.plan(), "Belongs to another cluster", "workers.kplan.hcl", "cluster = cluster.dr")
    assert workspace.addresses() == []
    ran = workspace.apply("-exclude-cluster=connect_cluster.dr")
    done(ran, added=OTHERS)
    unharmed(workspace, sides)

    (workspace.folder / "more.kplan.hcl").unlink()
    declare_workers(workspace, *sides)
    mended(workspace, others() + link("primary", "dr"), added=IN_LINK)


@pytest.fixture(scope="module")
def bare(kafka: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectWorker]:
    """A worker on `dr` without MirrorMaker."""
    folder = tmp_path_factory.mktemp("bare")
    made = ConnectWorker(
        kafka.cluster("dr"), f"bare-{uuid.uuid4().hex[:8]}", folder, without="connect-mirror-"
    )
    yield made
    made.kill()


def test_workers_without_mirrormaker(workspace: Workspace, sides: tuple[Side, Side], bare: ConnectWorker):
    workspace.write(others() + link("primary", "dr"))
    declare_workers(workspace, sides[0], sides[1]._replace(worker=bare))
    refused(
        workspace.apply(),
        "the workers have no plugin org.apache.kafka.connect.mirror.MirrorSourceConnector",
        'in replication_link "primary_to_dr"',
        "install it on every worker",
    )
    assert workspace.addresses() == []
    done(
        workspace.apply("-target=topic.primary", "-target=topic.dr", "-target=connector.other"), added=OTHERS
    )
    declare_workers(workspace, *sides)
    mended(workspace, others() + link("primary", "dr"), added=IN_LINK)


def test_a_task_that_fails_between_two_plans(workspace: Workspace, sides: tuple[Side, Side]):
    """A record that the target doesn't take. What restarts it is said, and works."""
    name, worker = f"{workspace.prefix}{COPYING}", sides[1].worker
    small = link("primary", "dr").replace(
        "= 1\n  }\n  mirror", '= 1\n    config = { "max.message.bytes" = 1000 }\n  }\n  mirror'
    )
    done(workspace.applied(others() + small), added=OTHERS + IN_LINK)
    write(sides[0].bootstrap, f"{workspace.prefix}orders", ["k" * 5000])
    wait_for(lambda: "FAILED" in worker.tasks(name))
    ran = settled(workspace)
    assert f"connector {name} doesn't run" in ran.said
    assert "RecordTooLargeException" in ran.said
    call = f"/connectors/{name.replace('>', '%3E')}/restart?includeTasks=true&onlyFailed=true"
    assert f"POST {call}" in ran.said

    done(workspace.applied(others() + small.replace("1000", "100000")), changed=1)
    worker.ask("POST", call)
    wait_for(lambda: {*worker.tasks(name)} == {"RUNNING"})
    assert "doesn't run" not in settled(workspace).said

    # Where it is declared to run, that is a change, and the apply that mends the cause restarts it.
    runs = small.replace("    tasks_max", '    state = "RUNNING"\n    tasks_max')
    assert runs != small
    workspace.write(others() + runs.replace("1000", "100000"))
    settled(workspace)
    write(sides[0].bootstrap, f"{workspace.prefix}orders", ["k" * 200000])
    wait_for(lambda: "FAILED" in worker.tasks(name))
    ran = planned(workspace, "0 to add, 1 to change, 0 to destroy")
    assert '~ state = "FAILED" -> "RUNNING"' in ran.said
    done(workspace.applied(others() + runs.replace("1000", "1000000")), changed=2)
    assert {*worker.tasks(name)} == {"RUNNING"}
    settled(workspace)


def test_links_that_others_made_are_adopted(workspace: Workspace, sides: tuple[Side, Side]):
    worker, name = sides[1].worker, f"{workspace.prefix}{COPYING}"
    text = others() + link("primary", "dr")
    done(workspace.applied(text), added=OTHERS + IN_LINK)
    statuses = {one: steady(worker, one) for one in worker.names(workspace.prefix)}
    sent = worker.requests("PUT", "POST", "DELETE")
    shutil.rmtree(workspace.folder / "state")

    refused(workspace.plan(), name, "--adopt")
    whole = ("--adopt=replication_link.primary_to_dr*", "--adopt=topic.*", "--adopt=connector.other")
    ran = workspace.apply(*whole)
    assert (
        ran.summary
        == f"Apply complete! Resources: {OTHERS + IN_LINK} imported, 0 added, 0 changed, 0 destroyed."
    )
    assert {one: steady(worker, one) for one in statuses} == statuses
    assert worker.requests("PUT", "POST", "DELETE") == sent

    shutil.rmtree(workspace.folder / "state")
    worker.put(name, tasks_max="1")
    assert "tasks_max = 1 -> 2" in workspace.plan(*whole).said
