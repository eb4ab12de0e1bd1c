"""Topics on clusters that ail: brokers that hang or die, defaults set for the whole cluster, rights that are missing."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, ResourceType
from driving import Driver, Other, Patience, found, is_absent
from kplan_run import wait_for

from kplan.sandbox import ClusterSpec, Sandbox, SandboxSpec, kill, pause, restart, resume, start, stop
from kplan.sdk.session import Do, Done, Failed, Fault, Keep, Opened, Unreadable
from kplan_kafka import admin, cluster, topic_visible


def servers(sandbox: Sandbox) -> tuple[str, ...]:
    return sandbox.clusters[0].bootstrap_servers


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A cluster of three brokers, of which tests may pause all but the first, which is the controller."""
    folder = tmp_path_factory.mktemp("three") / "sandbox"
    config = (("broker.session.timeout.ms", "6000"),)
    spec = SandboxSpec(
        "three", clusters=(ClusterSpec("three", brokers=3, config=config),), folder=folder, tied=True
    )
    sandbox = start(spec)
    yield sandbox
    stop(sandbox)


@pytest.fixture
def paused(three) -> Iterator[int]:
    """A broker that hangs: its port accepts, nothing answers."""
    pause(three.clusters[0], 3)
    yield 3
    resume(three.clusters[0], 3)
    for server in servers(three):  # each has a view of its own, and clients drop a broker that one leaves out
        wait_for(
            lambda server=server: (
                len(AdminClient({"bootstrap.servers": server}).list_topics(timeout=30).brokers) == 3
            )
        )


# --- three brokers


def test_facts_of_three_brokers(three):
    with Driver(*servers(three)) as driver:
        assert driver.facts.values["brokers"] == {"1": "rack-1", "2": "rack-2", "3": "rack-3"}


def test_one_hung_bootstrap_server_of_three_does_not_stop_anything(three, paused, topic_prefix):
    name = f"{topic_prefix}orders"
    hung_first = servers(three)[::-1]
    with Driver(*hung_first) as driver:
        made = driver.apply(name, partitions=3, replication_factor=1, config={"retention.ms": "1d"})
        assert isinstance(driver.plan(name, made, partitions=3, config={"retention.ms": "1d"}), Keep)
        [work] = driver.pending(name, made, None)
        assert driver.carry_out([work]) == {name: Done(name, {})}


def test_a_hung_broker_named_as_the_one_to_write_to_is_given_up(three, topic_prefix):
    """Which broker the metadata name is chance, so many clients ask, each for itself, before the hung one is fenced."""
    with Driver(*servers(three)) as driver:
        _ = driver.facts
        known = driver.session._contacted()
        pause(three.clusters[0], 3)
        try:
            with ThreadPoolExecutor() as pool:
                results = list(
                    pool.map(
                        lambda at: create_with_a_client_of_its_own(known, f"{topic_prefix}{at}"), range(10)
                    )
                )
        finally:
            resume(three.clusters[0], 3)
        assert results == [None] * 10


def create_with_a_client_of_its_own(known, name):
    client = admin.Admin(known)
    wanted = {name: {"name": name, "partitions": 1, "replication_factor": 1, "config": {}}}
    try:
        return client.create(wanted, 40)[name]
    finally:
        client.close()


def test_one_dead_and_one_unresolvable_bootstrap_server_of_three(three):
    with Driver("127.0.0.1:1", "no-such-host.invalid:9092", servers(three)[0]) as driver:
        assert driver.facts.uid == three.clusters[0].cluster_id


def test_a_broker_that_hangs_between_the_plan_and_the_apply(three, topic_prefix):
    """The others take the write and show it; the one that hangs has no say."""
    name = f"{topic_prefix}orders"
    with Driver(*servers(three)) as driver:
        made = driver.apply(name, config={"retention.ms": "1d"})
        [work] = driver.pending(name, made, None)
        pause(three.clusters[0], 3)
        try:
            assert driver.carry_out([work]) == {name: Done(name, {})}
        finally:
            resume(three.clusters[0], 3)


def test_replicas_and_in_sync_replicas_on_three_brokers(three, topic_prefix):
    name = f"{topic_prefix}orders"
    with Driver(
        *servers(three), topic_defaults={"replication_factor": 3, "config": {"min.insync.replicas": "2"}}
    ) as driver:
        made = driver.apply(name, partitions=2)
        assert (made["replication_factor"], made["config"]) == (3, {"min.insync.replicas": "2"})
        assert isinstance(driver.plan(name, made, partitions=2), Keep)
        assert driver.refused(name, made, partitions=2, config={"min.insync.replicas": "4"}).keys() == {
            "min_insync_above_replicas"
        }
        assert driver.refused(name, made, partitions=2, replication_factor=2).keys() == {
            "replication_factor_changed"
        }
        assert driver.refused(f"{name}-2", replication_factor=4).keys() == {"too_few_brokers"}


def test_a_reassignment_under_way_is_no_drift(three, topic_prefix):
    name = f"{topic_prefix}orders"
    other = Other(*servers(three))
    with Driver(*servers(three)) as driver:
        made = driver.apply(name, replication_factor=1)
        other.produce(name, 400, size=100_000)
        leader = other.client.list_topics(topic=name).topics[name].partitions[0].leader
        others = [broker for broker in (1, 2, 3) if broker != leader]
        for broker in (1, 2, 3):
            for role in ("leader", "follower"):
                other.set(str(broker), f"{role}.replication.throttled.rate", "1000", ResourceType.BROKER)
        other.set(name, "leader.replication.throttled.replicas", f"0:{leader}")
        other.set(name, "follower.replication.throttled.replicas", ",".join(f"0:{one}" for one in others))
        reassign(three, name, [leader, *others])
        seen = driver.see(name, made, made)
        assert seen.moving == "1 of its partitions are being reassigned"
        assert found(seen)["replication_factor"] == 3
        assert isinstance(driver.plan(name, made, replication_factor=3), Keep)
        for broker in (1, 2, 3):
            for role in ("leader", "follower"):
                other.set(str(broker), f"{role}.replication.throttled.rate", "100000000", ResourceType.BROKER)
        until = time.monotonic() + 60
        while driver.see(name, made, made).moving:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert found(driver.see(name, made, made))["replication_factor"] == 3


def reassign(sandbox: Sandbox, name: str, replicas: list[int]) -> None:
    code = (
        "import sys; from kafka.admin import KafkaAdminClient; from kafka.structs import TopicPartition\n"
        "client = KafkaAdminClient(bootstrap_servers=sys.argv[1].split(','))\n"
        "client.alter_partition_reassignments({TopicPartition(sys.argv[2], 0): [int(one) for one in sys.argv[3:]]})\n"
        "client.close()\n"
    )
    arguments = [",".join(servers(sandbox)), name, *map(str, replicas)]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, timeout=60)


# --- one broker that hangs or dies


@pytest.fixture
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONTACT_WITHIN", 4.0)
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", 2.0)
    monkeypatch.setattr(admin, "WRITE_WITHIN", 3.0)
    monkeypatch.setattr(topic_visible, "VISIBLE_WITHIN", 20.0)


@pytest.mark.usefixtures("_in_a_hurry")
def test_the_only_broker_hangs(spare_cluster):
    """Named with its cause in every call; a create that timed out may still appear, and is settled as ours."""
    sandbox = spare_cluster()
    [server] = servers(sandbox)
    with Driver(server) as driver:
        made = driver.apply("kept", partitions=2)
        create = driver.pending("new", None, driver.complete("new", config={"retention.ms": "1d"}))
        delete = driver.pending("kept", made, None)
        pause(sandbox.clusters[0])
        try:
            with Driver(server) as second:
                fault = second.session.facts(Patience())
            assert isinstance(fault, Fault)
            assert re.fullmatch(f"broker {server}: no answer within [12] s", fault.summary), fault.summary
            events = driver.carry_out(delete) | driver.carry_out(create)
            seen = driver.see("kept", made, made)
            assert isinstance(seen, Unreadable)
            assert server in seen.fault.summary
        finally:
            resume(sandbox.clusters[0])
        assert [events[name].fault.retry for name in ("new", "kept")] == [
            "outcome_unknown",
            "outcome_unknown",
        ]
        [work] = create
        until = time.monotonic() + 20  # mostly it appears; it does not where the connection's end came first
        while is_absent(now := driver.see("new", work.planned)) and time.monotonic() < until:
            time.sleep(0.1)
        opened = Opened(work.identity, work.steps, work.seen, work.planned)
        came_of_it = "not_done" if is_absent(now) else "done"
        assert driver.rules.settle("topic", opened, now) == came_of_it


@pytest.mark.usefixtures("_in_a_hurry")
def test_the_only_broker_dies_and_comes_back(spare_cluster):
    sandbox = spare_cluster()
    with Driver(*servers(sandbox)) as driver:
        wanted = driver.complete("new")
        work = driver.pending("new", None, wanted)
        made = driver.apply("kept")
        delete = driver.pending("kept", made, None)
        kill(sandbox.clusters[0])
        for name, pending in (("new", work), ("kept", delete)):
            event = driver.carry_out(pending)[name]
            assert isinstance(event, Failed)
            assert event.fault.retry == "later", (name, event)
        assert isinstance(driver.see("kept", made, made), Unreadable)
        restart(sandbox, "spare")
        assert found(driver.see("kept", made, made)) == made
        assert is_absent(driver.see("new", wanted))
        assert isinstance(driver.carry_out(work)["new"], Done)


def test_a_broker_that_dies_in_the_middle_of_a_batch_leaves_no_topic_in_doubt(spare_cluster, monkeypatch):
    """Whatever was answered, each topic of the batch can be settled from what is seen afterwards."""
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", 5.0)
    monkeypatch.setattr(topic_visible, "VISIBLE_WITHIN", 5.0)
    monkeypatch.setattr(admin, "WRITE_WITHIN", 10.0)
    sandbox = spare_cluster()
    names = [f"t{at}" for at in range(1000)]
    with Driver(*servers(sandbox)) as driver:
        cases = driver.cases({name: driver.complete(name, config={"retention.ms": "1d"}) for name in names})
        work = driver.work(cases, driver.decide(cases))
        killer = threading.Timer(0.3, kill, [sandbox.clusters[0]])
        killer.start()
        events = driver.carry_out(work)
        killer.join()
        restart(sandbox, "spare")
        assert {type(event) for event in events.values()} <= {Done, Failed}
        faults = {event.fault.retry for event in events.values() if isinstance(event, Failed)}
        assert faults <= {"outcome_unknown", "later"}
        for one in work:
            opened = Opened(one.identity, one.steps, one.seen, one.planned)
            seen = driver.see(one.identity[0], one.planned)
            settled = driver.rules.settle("topic", opened, seen)
            assert settled == ("not_done" if is_absent(seen) else "done")
            if isinstance(events[one.id], Done):
                assert settled == "done"


def test_nothing_is_said_on_stderr_when_a_broker_dies(spare_cluster):
    sandbox = spare_cluster()
    [server] = servers(sandbox)
    code = (
        "import os, signal, sys, time\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from driving import Driver\n"
        "from kplan_kafka import admin, cluster\n"
        "cluster.ANSWER_WITHIN, admin.WRITE_WITHIN = 1.0, 2.0\n"
        "driver = Driver(sys.argv[1])\n"
        "driver.apply('first')\n"
        "work = driver.pending('second', None, driver.complete('second'))\n"
        "os.kill(int(sys.argv[2]), signal.SIGKILL)\n"
        "time.sleep(1.5)\n"
        "print(driver.carry_out(work)['second'].fault.code)\n"
        "driver.session.close()\n"
        "time.sleep(0.5)\n"
    )
    arguments = [server, str(sandbox.clusters[0].pid), str(Path(__file__).parent)]
    told = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    assert (told.stdout, told.stderr) == ("unreachable\n", "")


def test_advertised_listeners_that_lead_nowhere(spare_cluster):
    sandbox = spare_cluster(config=(("advertised.listeners", "PLAIN://no-such-host.invalid:9092"),))
    with Driver(*servers(sandbox)) as driver:
        fault = driver.session.facts(Patience())
    assert isinstance(fault, Fault)
    assert (
        fault.summary
        == "broker no-such-host.invalid:9092: the name does not resolve (Name or service not known)"
    )
    assert "advertised.listeners" in fault.remedy
    assert servers(sandbox)[0] in fault.remedy


# --- defaults set for the whole cluster


def test_a_cluster_wide_default_is_not_the_topics_own(spare_cluster):
    sandbox = spare_cluster()
    other = Other(*servers(sandbox))
    cluster_wide(sandbox, "log.retention.ms", "3600000")
    cluster_wide(sandbox, "min.insync.replicas", "1")
    with Driver(*servers(sandbox)) as driver:
        other.create("theirs")
        assert driver.facts.values["config_defaults"]["retention.ms"] == "3600000"
        assert found(driver.see("theirs"))["config"] == {}
        assert isinstance(driver.plan("theirs"), Keep)
        pinned = driver.plan("theirs", None, config={"retention.ms": "1h", "min.insync.replicas": "1"})
        assert isinstance(pinned, Do)
        assert pinned.steps[0].args["set"] == {"min.insync.replicas": "1", "retention.ms": "3600000"}
        assert pinned.losses == ()
        made = driver.apply("ours", config={"retention.ms": "1d"})
        given_back = driver.plan("ours", made)
        assert isinstance(given_back, Do)
        assert [loss.amount for loss in given_back.losses] == ["24 h → 1 h"]
        lowered = driver.plan("theirs", None, config={"retention.ms": "30m"})
        assert isinstance(lowered, Do)
        assert [loss.amount for loss in lowered.losses] == ["1 h → 30 min"]
        assert driver.plan("theirs", None, config={"retention.ms": "2h"}).losses == ()


def test_a_cluster_wide_minimum_of_in_sync_replicas_above_what_is_declared(spare_cluster):
    sandbox = spare_cluster()
    cluster_wide(sandbox, "min.insync.replicas", "2")
    with Driver(*servers(sandbox)) as driver:
        fault = driver.refused("orders")["min_insync_above_replicas"]
        assert fault.path == ("replication_factor",)
        made = driver.apply("orders", config={"min.insync.replicas": "1"})
        assert isinstance(driver.plan("orders", made, config={"min.insync.replicas": "1"}), Keep)


def cluster_wide(sandbox: Sandbox, key: str, value: str) -> None:
    arguments = ["--alter", "--entity-type", "brokers", "--entity-default", "--add-config", f"{key}={value}"]
    sandbox.tool(sandbox.clusters[0].name, "kafka-configs", arguments)
