"""Clusters that do not answer, are no clusters, or are not the ones that they should be."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from another_client import Client
from kplan_run import Workspace

from kplan.sandbox import Sandbox, kill, pause, restart, resume

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
SOON = 60  # seconds; far more than it takes, far less than a client that tries for ever


def topic(label: str, cluster: str) -> str:
    return f"""
topic "{label}" {{
  cluster    = cluster.{cluster}
  name       = "${{var.prefix}}{label}"
  partitions = 1
}}
"""


BOTH = topic("near", "primary") + topic("away", "far")


def far(workspace: Workspace, kafka: Sandbox, server: str, body: str = "") -> None:
    """Declare the clusters `primary` and `far`, the latter at this address."""
    workspace.point({"primary": kafka.cluster("primary").bootstrap, "far": server})
    workspace.clusters(primary="", far=body)


@contextmanager
def nothing_listens() -> Iterator[str]:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def says_nothing() -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def web_server() -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_four_ways_to_be_no_broker(workspace: Workspace, kafka, primary):
    """Each is named with its cause, all at once; nothing is changed anywhere; the rest can be worked on without them."""
    with nothing_listens() as down, says_nothing() as silent, web_server() as web:
        bad = {"down": down, "silent": silent, "web": web, "nameless": "kafka.invalid:9092"}
        workspace.point({"primary": kafka.cluster("primary").bootstrap, **bad})
        workspace.clusters(primary="", **dict.fromkeys(bad, ""))
        workspace.write("".join([topic("near", "primary"), *(topic(f"on_{one}", one) for one in bad)]))
        refused = workspace.apply(within=SOON)
        assert refused.code == 1
        assert refused.summary == "Plan (incomplete): 1 to add, 0 to change, 0 to destroy."
        errors = {
            error.split('in cluster "')[1].split('"')[0]: error for error in refused.err.split("Error: ")[1:]
        }
        causes = {
            "down": "connection refused",
            "silent": "no answer within",
            "web": "not a Kafka broker",
            "nameless": "the name does not resolve",
        }
        assert errors.keys() == causes.keys()
        for name, error in errors.items():
            told = " ".join(error.split())
            assert bad[name] in told
            assert causes[name] in told
            assert "on clusters.kplan.hcl line" in told
            assert f"-exclude-cluster='cluster.{name}'" in told
        assert not primary.names(workspace.prefix)

        without = [f"-exclude-cluster=cluster.{name}" for name in bad]
        excluded = workspace.apply(*without, within=SOON)
        assert excluded.code == 0, excluded.said
        assert "Left out on request, with all that depends on it: cluster.down, cluster." in excluded.said
        assert primary.names(workspace.prefix) == {f"{workspace.prefix}near"}
        assert workspace.plan(*without).summary == NO_CHANGES


def test_an_exclusion_of_nothing_is_an_error(workspace: Workspace):
    workspace.write(topic("near", "primary"))
    wrong = workspace.plan("-exclude-cluster=cluster.primry")
    assert (wrong.code, 'Did you mean "cluster.primary"?' in wrong.said) == (1, True)


def test_a_cluster_that_hangs_or_is_down_harms_nothing(
    workspace: Workspace, kafka, primary, spare_cluster: Callable[..., Sandbox]
):
    """What state holds on it stays; what depends on it is left out with it."""
    sandbox = spare_cluster()
    spare = sandbox.clusters[0]
    far(workspace, kafka, spare.bootstrap)
    depends = topic("after", "primary").replace("partitions", "depends_on = [topic.away]\n  partitions")
    workspace.applied(BOTH.replace('}away"', '}away"\n  depends_on = [topic.near]') + depends)
    made = primary.topics(workspace.prefix)
    changed = BOTH.replace("partitions = 1", "partitions = 2") + depends.replace("= 1", "= 3")
    workspace.write(changed)

    pause(spare)
    hung = workspace.apply(within=SOON)
    resume(spare)
    assert hung.code == 1
    assert "cluster.far" in hung.err
    assert "no answer within" in hung.said
    assert "hung, overloaded, or not a Kafka broker" in hung.said
    assert primary.topics(workspace.prefix) == made

    kill(spare)
    down = workspace.apply(within=SOON)
    assert (down.code, "connection refused" in down.said) == (1, True)
    assert primary.topics(workspace.prefix) == made
    destroy = workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=9", within=SOON)
    assert destroy.code == 1
    assert primary.topics(workspace.prefix) == made

    excluded = workspace.apply("-exclude-cluster=cluster.far", within=SOON)
    assert excluded.summary == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert primary.topic(f"{workspace.prefix}near").partitions == 2
    assert primary.topic(f"{workspace.prefix}after").partitions == 1
    assert workspace.addresses() == ["topic.after", "topic.away", "topic.near"]

    # What stays on the excluded cluster needs topic.near, which stays with it; topic.after needs to go first.
    destroyed = workspace.plan("-destroy", "-exclude-cluster=cluster.far", within=SOON)
    assert destroyed.summary == "Plan: 0 to add, 0 to change, 1 to destroy."
    assert "topic.after will be destroyed" in destroyed.said

    restart(sandbox, "spare")
    rest = workspace.apply()
    assert rest.summary == "Apply complete! Resources: 0 added, 2 changed, 0 destroyed."
    assert primary.topic(f"{workspace.prefix}after").partitions == 3
    assert workspace.plan().summary == NO_CHANGES


def test_another_cluster_than_pinned_or_recorded(
    workspace: Workspace, kafka, primary, dr, spare_cluster: Callable[..., Sandbox]
):
    dr_server = kafka.cluster("dr").bootstrap
    workspace.write(BOTH)
    far(workspace, kafka, dr_server, '  cluster_id = "q1Sh-9_ISia_zwGINzRvyQ"')
    pinned = workspace.apply()
    assert pinned.code == 1
    assert "Not the cluster that was declared" in pinned.said
    assert "q1Sh-9_ISia_zwGINzRvyQ" in pinned.said
    assert kafka.cluster("dr").cluster_id in pinned.said
    assert not primary.names(workspace.prefix) | dr.names(workspace.prefix)

    far(workspace, kafka, kafka.cluster("primary").bootstrap)
    twice = workspace.apply()
    assert twice.code == 1
    assert "The same cluster is declared twice" in twice.said
    assert "cluster.primary" in twice.said
    assert not primary.names(workspace.prefix)

    far(workspace, kafka, dr_server)
    assert workspace.apply().code == 0
    made = dr.topics(workspace.prefix)
    rebuilt = spare_cluster().clusters[0]
    far(workspace, kafka, rebuilt.bootstrap)
    other = Client(rebuilt.bootstrap)
    stranger = workspace.apply()
    assert stranger.code == 1
    assert "Not the cluster that kplan knows" in stranger.said
    assert "kplan state replace-endpoint 'cluster.far'" in stranger.said
    assert not other.names()
    # Nor is it forgotten when nothing is declared on it any more.
    workspace.write(topic("near", "primary"))
    assert workspace.apply("--allow-data-loss=9").code == 1
    workspace.write(BOTH)

    accepted = workspace.kplan("state", "replace-endpoint", "cluster.far")
    assert accepted.code == 0, accepted.said
    assert rebuilt.cluster_id in accepted.out
    missing = workspace.plan()
    assert missing.summary == "Plan: 1 to add, 0 to change, 0 to destroy.", missing.said
    assert workspace.apply().code == 0
    assert other.names() == {f"{workspace.prefix}away"}
    assert workspace.plan().summary == NO_CHANGES
    assert dr.topics(workspace.prefix) == made

    # Back to the old one is again another cluster.
    far(workspace, kafka, dr_server)
    assert workspace.plan().code == 1


def test_a_cluster_block_that_is_removed_while_state_holds_its_objects(workspace: Workspace, primary, dr):
    workspace.applied(topic("near", "primary") + topic("away", "dr"))
    workspace.clusters(primary="")
    workspace.write(topic("near", "primary"))
    refused = workspace.apply("--allow-data-loss=9")
    assert refused.code == 1
    assert "Cluster removed while state holds its objects" in refused.said
    assert "topic.away" in refused.said
    assert "from = cluster.dr" in refused.said
    assert dr.names(workspace.prefix) == {f"{workspace.prefix}away"}

    forget = "removed {\n  from = cluster.dr\n  lifecycle {\n    destroy = false\n  }\n}\n"
    workspace.write(topic("near", "primary") + forget)
    forgotten = workspace.apply()
    assert forgotten.code == 0, forgotten.said
    assert workspace.addresses() == ["topic.near"]
    assert dr.names(workspace.prefix) == {f"{workspace.prefix}away"}
    assert workspace.plan().summary == NO_CHANGES
