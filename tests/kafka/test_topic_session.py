"""Topics on a real broker: read, planned, applied, and what others do meanwhile."""

import pytest
from driving import Driver, Other, found, is_absent

from kplan.sdk.session import Ask, Do, Done, Failed, Found, Keep, Opened, Parked, Refuse
from kplan_kafka import topic_gather


@pytest.fixture
def driver(kafka):
    with Driver(*kafka.clusters[0].bootstrap_servers) as made:
        yield made


@pytest.fixture
def other(kafka):
    return Other(*kafka.clusters[0].bootstrap_servers)


@pytest.fixture
def name(topic_prefix):
    return f"{topic_prefix}orders"


def test_facts_tell_the_cluster_apart_and_what_topics_get(kafka, driver):
    assert driver.facts.uid == kafka.clusters[0].cluster_id
    values = driver.facts.values
    assert values["brokers"] == {"1": ""}
    assert values["brokers_up"] == 1
    assert (values["default_partitions"], values["default_replication_factor"]) == (1, 1)
    assert values["config_defaults"]["cleanup.policy"] == "delete"
    assert len(values["config_defaults"]) > 30


def test_the_life_of_a_topic_as_kafkas_own_tools_show_it(kafka, driver, name):
    declared = {"partitions": 2, "replication_factor": 1, "config": {"retention.ms": "7d", "flush.ms": "1h"}}
    made = driver.apply(name, **declared)
    told = kafka.tool("primary", "kafka-topics", ["--describe", "--topic", name])
    assert f"TopicId: {made['id']}" in told
    assert "PartitionCount: 2\tReplicationFactor: 1" in told
    assert "flush.ms=3600000" in told
    assert "retention.ms=604800000" in told
    assert driver.plan(name, made, **declared) == Keep(made)

    changed = driver.apply(name, made, partitions=3, config={"retention.ms": "8d"})
    told = kafka.tool("primary", "kafka-topics", ["--describe", "--topic", name])
    assert "PartitionCount: 3" in told
    assert "retention.ms=691200000" in told
    assert "flush.ms" not in told
    assert changed == {**made, "partitions": 3, "config": {"retention.ms": "691200000"}}

    [work] = driver.pending(name, changed, None)
    assert driver.carry_out([work]) == {name: Done(name, {})}
    assert name not in kafka.tool("primary", "kafka-topics", ["--list"])
    assert is_absent(driver.see(name, None, changed))


def test_spellings_that_mean_the_same_leave_nothing_to_do(driver, name):
    config = {
        "min.cleanable.dirty.ratio": "0.50",
        "preallocate": "TRUE",
        "cleanup.policy": "delete, compact",
        "retention.ms": "086400000",
        "retention.bytes": "1GiB",
        "segment.ms": "9223372036854775807",
        "unclean.leader.election.enable": " False",
        "message.timestamp.type": "logappendtime",
        "compression.type": "ZSTD",
        "max.compaction.lag.ms": "1d12h",
    }
    made = driver.apply(name, config=config)
    assert isinstance(driver.plan(name, made, config=config), Keep)
    assert isinstance(driver.plan(name, None, config=config), Keep)


def test_a_scientific_number_of_the_brokers_own_is_read_by_value(driver, other, name):
    other.create(name)
    other.set(name, "min.cleanable.dirty.ratio", "1.0E-4")
    assert isinstance(driver.plan(name, None, config={"min.cleanable.dirty.ratio": "0.0001"}), Keep)


@pytest.mark.parametrize("value", ["604800000", "7d"])
def test_an_equal_but_inherited_value_is_pinned(driver, other, name, value):
    other.create(name)
    verdict = driver.plan(name, None, config={"retention.ms": value})
    assert isinstance(verdict, Do)
    assert verdict.notes == ("retention.ms: inherited so far, now the topic's own",)
    made = driver.apply(name, None, config={"retention.ms": value})
    assert made["config"] == {"retention.ms": "604800000"}
    assert isinstance(driver.plan(name, None, config={"retention.ms": value}), Keep)


def test_keys_that_nobody_declared_are_left_alone(driver, other, name):
    made = driver.apply(name, config={"retention.ms": "1d"})
    other.set(name, "max.message.bytes", "2000000")
    assert isinstance(driver.plan(name, made, config={"retention.ms": "1d"}), Keep)
    driver.apply(name, made, config={"retention.ms": "2d"})
    assert other.value(name, "max.message.bytes") == "2000000"
    assert found(driver.see(name))["config"] == {"retention.ms": "172800000", "max.message.bytes": "2000000"}


def test_removing_a_key_gives_it_back_and_counts_what_that_loses(driver, other, name):
    made = driver.apply(name, config={"retention.ms": "30d", "flush.ms": "1s"})
    verdict = driver.plan(name, made, config={"flush.ms": "1s"})
    assert isinstance(verdict, Do)
    assert [loss.amount for loss in verdict.losses] == ["720 h → 168 h"]
    changed = driver.apply(name, made, config={"flush.ms": "1s"})
    assert changed["config"] == {"flush.ms": "1000"}
    assert other.value(name, "retention.ms") == "604800000"


def test_a_delete_tells_how_many_records_go_and_who_reads_them(kafka, driver, other, name):
    made = driver.apply(name, partitions=3)
    verdict = driver.plan_delete(name, made)
    assert [loss.amount for loss in verdict.losses] == ["empty"]
    other.produce(name, 1234)
    group = f"{name}-readers"
    arguments = ["--topic", name, "--group", group, "--from-beginning", "--max-messages", "5"]
    kafka.tool("primary", "kafka-console-consumer", [*arguments, "--timeout-ms", "30000"])
    [loss] = driver.plan_delete(name, made).losses
    assert loss.amount == "1,234 records"
    assert loss.what.endswith(f"consumer groups with offsets on it: {group}")


# --- what cannot be, said while planning


def test_partitions_cannot_go_down(driver, name):
    made = driver.apply(name, partitions=6)
    assert driver.refused(name, made, partitions=3).keys() == {"partitions_decreased"}


def test_another_replication_factor_is_refused(driver, name):
    made = driver.apply(name, replication_factor=1)
    assert driver.refused(name, made, replication_factor=3).keys() == {"replication_factor_changed"}


def test_more_replicas_than_brokers_are_refused(driver, name):
    assert driver.refused(name, replication_factor=5).keys() == {"too_few_brokers"}


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize(
    ("key", "value", "code", "words"),
    [
        ("retention.mz", "1", "unknown_config_key", "Did you mean retention.ms?"),
        ("segment.bytes", "1000", "invalid_config", "at least 1048576"),
        ("compression.gzip.level", "0", "invalid_config", "compression.gzip.level"),
        ("min.insync.replicas", "2", "min_insync_above_replicas", "at most 1"),
        ("leader.replication.throttled.replicas", "x", "invalid_config", "replicas"),
    ],
)
def test_impossible_config_is_refused_with_its_key(driver, other, name, exists, key, value, code, words):
    if exists:
        other.create(name)
    faults = driver.refused(name, config={key: value})
    assert faults.keys() == {code}
    assert faults[code].path == ("config", key)
    assert words in f"{faults[code].summary} {faults[code].detail} {faults[code].remedy}"
    assert is_absent(driver.see(name)) is not exists


def test_a_number_of_partitions_that_no_call_takes_is_refused(driver, other, name):
    assert driver.refused(name, partitions=20_000)["policy_violation"].detail.startswith("Excessively large")
    other.create(name)
    assert driver.refused(name, partitions=20_000).keys() == {"server_error"}  # so says 4.3


def test_a_name_that_collides_with_a_topic_of_somebody_else(driver, other, name):
    other.create(f"{name}.a")
    fault = driver.refused(f"{name}_a")["invalid_topic_name"]
    assert f"{name}.a" in fault.detail


def test_many_partitions_in_many_topics_are_not_mistaken_for_too_many(driver, topic_prefix):
    wanted = {
        f"{topic_prefix}{at}": driver.complete(f"{topic_prefix}{at}", partitions=100) for at in range(101)
    }
    assert sum(100 for _ in wanted) > topic_gather.RECORDS_IN_A_CALL
    assert all(isinstance(one, Do) for one in driver.decide(driver.cases(wanted)))


# --- what others do between the plan and the apply


def test_created_meanwhile(driver, other, name, topic_prefix):
    sibling = f"{topic_prefix}sibling"
    cases = driver.cases({each: driver.complete(each) for each in (name, sibling)})
    work = driver.work(cases, driver.decide(cases))
    other.create(name, partitions=4)
    events = driver.carry_out(work)
    assert isinstance(events[sibling], Done)
    assert events[name].fault.code == "already_exists"
    assert "someone else made it" in events[name].fault.summary
    assert events[name].fault.retry == "no"
    assert found(driver.see(name))["partitions"] == 4


@pytest.mark.parametrize("declared", [{"config": {"retention.ms": "1d"}}, {"partitions": 5}])
def test_made_anew_meanwhile_is_not_changed(driver, other, name, declared):
    made = driver.apply(name)
    work = driver.pending(name, made, driver.complete(name, **declared))
    other.delete(name)
    other.create(name)
    event = driver.carry_out(work)[name]
    assert isinstance(event, Failed)
    assert event.fault.code == "recreated"
    now = found(driver.see(name))
    assert (now["partitions"], now["config"]) == (1, {})
    assert now["id"] != made["id"]


def test_made_anew_meanwhile_is_not_deleted(driver, other, name):
    made = driver.apply(name)
    work = driver.pending(name, made, None)
    other.delete(name)
    other.create(name)
    event = driver.carry_out(work)[name]
    assert isinstance(event, Failed)
    assert event.fault.code == "recreated"
    assert other.there(name)


def test_deleted_meanwhile(driver, other, name):
    made = driver.apply(name)
    change = driver.pending(name, made, driver.complete(name, config={"retention.ms": "1d"}))
    delete = driver.pending(name, made, None)
    other.delete(name)
    assert driver.carry_out(change)[name].fault.code == "not_found"
    assert driver.carry_out(delete) == {name: Done(name, {})}


def test_made_anew_before_the_plan_is_not_ours(driver, other, name):
    made = driver.apply(name)
    other.delete(name)
    other.create(name)
    assert driver.refused(name, made, config={"retention.ms": "1d"}).keys() == {"recreated"}
    assert driver.plan_delete(name, made) == Keep({})


def test_bad_value_slips_through_a_plan_without_the_right_to_ask_and_names_the_key(driver, name, monkeypatch):
    made = driver.apply(name)
    monkeypatch.setattr(topic_gather, "_alter_in_thought", lambda *_: {})
    work = driver.pending(
        name, made, driver.complete(name, config={"segment.bytes": "1000", "flush.ms": "1s"})
    )
    event = driver.carry_out(work)[name]
    assert isinstance(event, Failed)
    assert (event.fault.code, event.fault.path) == ("invalid_config", ("config", "segment.bytes"))
    assert found(driver.see(name))["config"] == {}


def test_one_bad_topic_of_a_batch_spares_the_others(driver, topic_prefix, monkeypatch):
    monkeypatch.setattr(topic_gather, "_create_in_thought", lambda *_: {})
    names = [f"{topic_prefix}{at}" for at in range(3)]
    wanted = {one: driver.complete(one) for one in names}
    wanted[names[1]] = driver.complete(names[1], config={"segment.bytes": "1000"})
    cases = driver.cases(wanted)
    events = driver.carry_out(driver.work(cases, driver.decide(cases)))
    assert [type(events[one]) for one in names] == [Done, Failed, Done]
    assert events[names[1]].fault.path == ("config", "segment.bytes")


def test_a_stop_between_runs_parks_what_was_not_sent(driver, topic_prefix):
    """Works of unlike verbs go in runs of their own: asked to stop after the first, the second is parked."""

    class AfterTheFirst:
        asked = 0

        def requested(self) -> bool:
            self.asked += 1
            return self.asked > 1

        def seconds_left(self) -> float:
            return float("inf")

    first, second = f"{topic_prefix}a", f"{topic_prefix}b"
    made = driver.apply(second)
    work = driver.pending(first, None, driver.complete(first))
    work += driver.pending(second, made, driver.complete(second, partitions=2))
    events = {event.id: event for event in driver.session.apply("topic", work, AfterTheFirst())}
    assert isinstance(events[first], Done)
    assert events[second] == Parked(second)
    assert found(driver.see(second))["partitions"] == 1


# --- reading


def test_many_kinds_in_one_read(driver, other, topic_prefix):
    there, absent, illegal = (f"{topic_prefix}{what}" for what in ("there", "absent", "a/b"))
    other.create(there, partitions=2, retention_ms="1000")
    asks = [Ask((each,), None, None) for each in (there, absent, illegal)]
    seen = driver.session.read("topic", asks, type("S", (), {"requested": lambda _: False})())
    assert found(seen[(there,)])["config"] == {"retention.ms": "1000"}
    assert is_absent(seen[(absent,)])
    assert seen[(illegal,)].fault.code == "invalid_topic_name"


def test_only_the_keys_that_matter_are_read(driver, other, name):
    other.create(name, retention_ms="1000", segment_ms="2000", flush_ms="3000")
    desired, prior = (
        driver.complete(name, config={"retention.ms": "1000"}),
        {"config": {"segment.ms": "2000"}},
    )
    assert found(driver.see(name, desired, prior))["config"] == {"retention.ms": "1000", "segment.ms": "2000"}


def test_a_vendors_default_that_state_says_was_set_counts_as_set(driver, other, name):
    """Some brokers show what was set to the default as the default."""
    other.create(name)
    prior = {"config": {"retention.ms": "604800000", "flush.ms": "1"}}
    assert found(driver.see(name, driver.complete(name), prior))["config"] == {"retention.ms": "604800000"}


def test_the_list_holds_each_topic_with_its_own_config(driver, other, topic_prefix):
    for at in range(3):
        other.create(f"{topic_prefix}{at}", partitions=at + 1, retention_ms=str(at + 1))

    class Stop:
        def requested(self) -> bool:
            return False

    listed = {
        key[0]: seen for key, seen in driver.session.list("topic", Stop()) if key[0].startswith(topic_prefix)
    }
    assert sorted(listed) == [f"{topic_prefix}{at}" for at in range(3)]
    for at in range(3):
        values = found(listed[f"{topic_prefix}{at}"])
        assert (values["partitions"], values["config"]) == (at + 1, {"retention.ms": str(at + 1)})
    assert not [key for key in listed if key.startswith("__")]


def test_a_lost_create_is_settled_from_what_is_seen(driver, other, name):
    [work] = driver.pending(name, None, driver.complete(name, partitions=2, config={"retention.ms": "1d"}))
    opened = Opened(work.identity, work.steps, work.seen, work.planned)
    assert driver.rules.settle("topic", opened, driver.see(name, work.planned)) == "not_done"
    assert isinstance(driver.carry_out([work])[name], Done)
    seen = driver.see(name, work.planned)
    assert isinstance(seen, Found)
    assert driver.rules.settle("topic", opened, seen) == "done"
    other.set(name, "retention.ms", "1")
    assert driver.rules.settle("topic", opened, driver.see(name, work.planned)) == "stop"


def test_a_session_may_be_closed_while_another_goes_on(kafka, driver, name):
    with Driver(*kafka.clusters[0].bootstrap_servers) as second:
        assert is_absent(second.see(name))
    assert is_absent(driver.see(name))
    assert not isinstance(driver.plan(name), Refuse)
