"""The whole example on clusters with logins: users, access, topics and a link in one plan, killed at records of the journal.

`KPLAN_KILLS=all` kills at every record; otherwise some are tried.
"""

import itertools
import os
import signal
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import users
from access_client import Access
from another_client import Client
from connect_files import settled
from connect_worker import ConnectWorker
from kplan_run import Workspace, wait_for
from link_files import Side, declare_workers, read, write
from test_links import KILLED

from kplan.sandbox import SandboxSpec, start, stop

SOME = (1, 7)
ALL = "all"
WHOLE = """
locals {
  sides = {
    primary = cluster.primary
    dr      = cluster.dr
  }
  login = {
    protocol  = "SASL_PLAINTEXT"
    mechanism = "SCRAM-SHA-512"
    username  = "${var.prefix}replicator"
  }
}

scram_user "replicator" {
  for_each = local.sides
  cluster  = each.value
  name     = "${var.prefix}replicator"
  password = var.password
}

topic "orders" {
  cluster    = cluster.primary
  name       = "${var.prefix}orders"
  partitions = 2
}

grant "shop" {
  cluster    = cluster.primary
  principals = ["User:${var.prefix}shop"]
  produce {
    topics = [topic.orders.name]
  }
}

replication_link "primary_to_dr" {
  name       = "${var.prefix}primary"
  source     = cluster.primary
  target     = cluster.dr
  engine     = "mirrormaker2"
  depends_on = [scram_user.replicator]
  topics {
    names = [topic.orders.name]
  }
  groups {
    names = ["${var.prefix}billing"]
  }
  sync {
    interval_seconds = 1
  }
  target_topics {
    replication_factor = 1
    on_destroy         = "delete"
  }
  source_client {
    security {
      protocol  = local.login.protocol
      mechanism = local.login.mechanism
      username  = local.login.username
      password  = var.password
    }
  }
  target_client {
    security {
      protocol  = local.login.protocol
      mechanism = local.login.mechanism
      username  = local.login.username
      password  = var.password
    }
  }
  mirrormaker2 {
    connect_cluster = connect_cluster.dr
    tasks_max       = 2
  }
}
"""


class There(NamedTuple):
    """Two clusters with logins, the worker on dr, and other clients of both."""

    worker: ConnectWorker
    users: dict[str, users.Users]
    access: dict[str, Access]
    clients: dict[str, Client]
    servers: dict[str, str]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    """Two clusters that nobody gets into without a login, and what they hold."""
    folder = tmp_path_factory.mktemp("whole")
    specs = tuple(users.spec(name) for name in ("primary", "dr"))
    sandbox = start(SandboxSpec("whole", clusters=specs, folder=folder / "sandbox", tied=True))
    worker = ConnectWorker(sandbox.cluster("dr"), "whole", folder / "worker")
    plain = {one.name: one.bootstrap for one in sandbox.clusters}
    yield There(
        worker,
        {one.name: users.Users(one) for one in sandbox.clusters},
        {name: Access(server) for name, server in plain.items()},
        {name: Client(server) for name, server in plain.items()},
        plain,
    )
    worker.kill()
    stop(sandbox)


@pytest.fixture
def example(guarded: There, topic_prefix: str, tmp_path, kplan_cache) -> Workspace:
    """The whole example, not applied yet."""
    made = Workspace(
        tmp_path / "work", {name: one.login for name, one in guarded.users.items()}, topic_prefix, kplan_cache
    )
    made.write(users.VARIABLES, "variables.kplan.hcl")
    made.clusters(**dict.fromkeys(guarded.users, users.SECURITY % "kplan"))
    made.environment |= {"KPLAN_VAR_own": users.OWN, "KPLAN_VAR_password": users.FIRST}
    declare_workers(made, Side("dr", guarded.worker.cluster.bootstrap, guarded.worker))
    made.write(WHOLE)
    return made


def test_records_come_over_by_a_user_and_access_of_the_same_plan(example: Workspace, guarded: There):
    ran = example.apply()
    assert ran.code == 0, ran.said
    settled(example)
    name = f"{example.prefix}orders"
    write(guarded.servers["primary"], name, ["one", "two"])
    read(guarded.servers["dr"], f"primary.{name}", lambda found: sorted(found) == ["one", "two"])
    destroyed(example, guarded)


def test_killed(example: Workspace, guarded: There):
    every = os.environ.get("KPLAN_KILLS") == ALL
    for after in itertools.count(1) if every else SOME:
        ran = example.start("apply", "-auto-approve", first=KILLED.format(after=after)).end()
        assert ran.code in {-signal.SIGKILL, 0}, ran.said
        again = example.apply()
        assert again.code == 0, again.said
        settled(example)
        assert example.state()["claims"] == []
        connectors = guarded.worker.names(example.prefix)
        assert [one.rpartition(".")[2] for one in connectors] == [
            "MirrorCheckpointConnector",
            "MirrorHeartbeatConnector",
            "MirrorSourceConnector",
        ]
        wait_for(lambda names=connectors: all({*guarded.worker.tasks(one)} <= {"RUNNING"} for one in names))
        destroyed(example, guarded)
        if ran.code == 0:
            break


def destroyed(example: Workspace, guarded: There) -> None:
    """Destroy all, and see that nothing of it is anywhere: connectors, access, users, and topics as consented."""
    refused = example.kplan("destroy", "-auto-approve", "--allow-deletes=99", "--allow-data-loss=1")
    assert refused.code == 1, refused.said
    ran = example.kplan("destroy", "-auto-approve", "--allow-deletes=99", "--allow-data-loss=2")
    assert ran.code == 0, ran.said
    assert "MirrorMaker's own topic stays: mm2-offset-syncs.dr.internal on primary" in ran.said
    assert example.addresses() == []
    assert guarded.worker.names(example.prefix) == []
    for name, access in guarded.access.items():
        for who in ("shop", "replicator", "copier"):
            assert access.of(f"User:{example.prefix}{who}") == set()
        assert guarded.users[name].found(example.prefix) == {}
        assert [one for one in guarded.clients[name].names() if example.prefix in one] == []
