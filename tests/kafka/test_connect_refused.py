"""What can't be: told while planning where that is possible, at its line, all at once; else as a failure that is remembered."""

from pathlib import Path

import pytest
from connect_files import declare_worker, done, settled, sink
from connect_worker import HEARTBEAT, SINK, ConnectWorker
from kplan_run import Workspace, wait_for

from kplan.sandbox import Sandbox

MIRROR = "org.apache.kafka.connect.mirror.MirrorSourceConnector"
IMPATIENT = "from kplan_connect import waiting; waiting.SETTLE_WITHIN = 4.0"


def test_all_that_workers_would_refuse_at_once_and_nothing_made(etl: Workspace, worker: ConnectWorker):
    etl.write(
        sink("missing").replace(SINK, "org.acme.FileStreamSinkConnectr")
        + sink("wrong", errors_retry_timeout="soon")
        + sink("chained", 'transform "route" {\n    type = "no.such.Router"\n  }')
        + sink("right")
    )
    ran = etl.apply()
    assert ran.code == 1
    assert "the workers have no plugin org.acme.FileStreamSinkConnectr" in ran.said
    assert f"Did you mean {SINK}?" in ran.said
    assert "the workers refuse errors.retry.timeout" in ran.said
    assert "Not a number of type LONG" in ran.said
    assert "the workers refuse transforms.route.type" in ran.said
    assert "Class no.such.Router could not be found" in ran.said
    assert worker.names(etl.prefix) == []


def test_a_task_that_fails_is_a_failed_change_that_is_remembered(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.write(sink("one", file="/nonexistent/out"))
    ran = etl.apply()
    assert ran.code == 1
    assert (
        f"connector {name} doesn't run: ConnectException: Couldn't find or create file '/nonexistent/out'"
        in ran.said
    )
    assert etl.addresses() == ["connector.one"]
    ran = settled(etl)
    assert f"connector {name} doesn't run" in ran.said
    done(etl.applied(sink("one")), changed=1)
    assert worker.tasks(name) == ["RUNNING"]
    assert "doesn't run" not in settled(etl).said


def test_a_change_whose_task_fails_is_told_although_the_old_one_ran(etl: Workspace, worker: ConnectWorker):
    etl.applied(sink("one"))
    etl.write(sink("one", file="/nonexistent/out"))
    ran = etl.apply()
    assert (ran.code, "Couldn't find or create file" in ran.said) == (1, True)


def test_one_that_starts_without_end_is_told_and_seen(etl: Workspace, worker: ConnectWorker):
    """A mirror whose source can't be reached has no status for twenty seconds, and listings leave it out."""
    name = f"{etl.prefix}mirror"
    text = f"""
connector "mirror" {{
  connect_cluster = connect_cluster.etl
  name            = "{name}"
  class           = "{MIRROR}"
  config = {{
    "source.cluster.alias"             = "a"
    "target.cluster.alias"             = "b"
    "source.cluster.bootstrap.servers" = "127.0.0.1:1"
    "target.cluster.bootstrap.servers" = "{worker.cluster.bootstrap}"
    "admin.timeout.ms"                 = "5000"
  }}
}}
"""
    etl.write(text)
    ran = etl.start("apply", "-auto-approve", first=IMPATIENT).end()
    assert (ran.code, "doesn't run: no worker runs it yet" in ran.said) == (1, True)
    assert etl.addresses() == ["connector.mirror"]
    ran = settled(etl)
    assert f"connector {name} doesn't run" in ran.said


def test_another_makes_it_between_plan_and_apply(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.write(sink("one"))
    first = f"""
import json, urllib.request
from kplan_connect import writing
at_once = writing._create
def create(worker, work, step, stop):
    body = json.dumps({{"name": "{name}", "config": {{"connector.class": "{SINK}", "topics": "theirs"}}}}).encode()
    request = urllib.request.Request("{worker.url}/connectors", body, {{"Content-Type": "application/json"}})
    urllib.request.urlopen(request, timeout=30)
    return at_once(worker, work, step, stop)
writing._VERBS["create"] = create
"""
    ran = etl.start("apply", "-auto-approve", first=first).end()
    assert (ran.code, "someone else made it since the plan" in ran.said) == (1, True)
    assert (worker.config(name) or {})["topics"] == "theirs"
    assert etl.addresses() == []


def test_a_worker_of_another_kafka_cluster(etl: Workspace, worker: ConnectWorker):
    etl.clusters(primary="", dr="")
    etl.write(sink("one"))
    path = etl.folder / "workers.kplan.hcl"
    path.write_text(path.read_text().replace("cluster.primary", "cluster.dr"))
    ran = etl.plan()
    assert ran.code == 1
    assert "Belongs to another cluster" in ran.said
    assert worker.names(etl.prefix) == []


def test_nobody_there(etl: Workspace, worker: ConnectWorker):
    etl.write(sink("one"))
    path = etl.folder / "workers.kplan.hcl"
    path.write_text(path.read_text().replace(worker.url, "http://127.0.0.1:1"))
    ran = etl.plan()
    assert ran.code == 1
    assert "worker http://127.0.0.1:1: nothing listens there" in ran.said
    path.write_text(path.read_text().replace('["http', f'["{worker.url}", "http'))
    assert etl.plan().code == 2  # one that answers is enough


@pytest.fixture(scope="module")
def own(kafka: Sandbox, tmp_path_factory: pytest.TempPathFactory):
    """A worker that a test may harm."""
    made = ConnectWorker(kafka.cluster("dr"), "harmed", tmp_path_factory.mktemp("harmed"))
    yield made
    made.kill()


def heartbeat(label: str, worker: ConnectWorker) -> str:
    """Write a source connector, which keeps its offsets in a topic of the workers."""
    text = sink(label, topics="", file="").replace(SINK, HEARTBEAT).replace('    "topics" = ""\n', "")
    return text.replace(
        '    "file" = ""\n',
        f'    "source.cluster.alias" = "a"\n    "target.cluster.bootstrap.servers" = "{worker.cluster.bootstrap}"\n'
        '    "heartbeats.topic.replication.factor" = "1"\n    "key.converter" = "org.apache.kafka.connect.converters.ByteArrayConverter"\n'
        '    "value.converter" = "org.apache.kafka.connect.converters.ByteArrayConverter"\n',
    )


def test_a_source_and_a_worker_that_hangs_and_dies(own: ConnectWorker, workspace: Workspace, tmp_path: Path):
    workspace.clusters(dr="")
    declare_worker(workspace, own)
    path = workspace.folder / "workers.kplan.hcl"
    path.write_text(path.read_text().replace("cluster.primary", "cluster.dr"))
    name = f"{workspace.prefix}beat"
    done(workspace.applied(heartbeat("beat", own)), added=1)
    wait_for(lambda: bool(own.offsets(name)))
    settled(workspace)

    own.pause()
    ran = workspace.plan()
    own.resume()
    assert (ran.code, "it took the request and gave no answer within" in ran.said) == (1, True)

    own.kill()
    ran = workspace.plan()
    assert (ran.code, "nothing listens there" in ran.said) == (1, True)
    own.restart()
    wait_for(lambda: own.tasks(name) == ["RUNNING"])
    settled(workspace)

    workspace.applied(heartbeat("beat", own).replace("class ", 'offsets_on_destroy = "reset"\n  class '))
    done(workspace.applied("", "--allow-data-loss=1"), destroyed=1)
    own.make(name, {"connector.class": HEARTBEAT, "source.cluster.alias": "a"}, "STOPPED")
    assert own.offsets(name) == []
    own.delete(name)
