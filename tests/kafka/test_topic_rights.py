"""Topics where kplan may not do all: rights that are missing, and a quota of changes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from driving import Driver, Other, Patience, found, is_absent

from kplan.sandbox import ClusterSpec, Sandbox, SandboxSpec, restart, start, stop
from kplan.sdk.session import Done, Failed, Unreadable


def servers(sandbox: Sandbox) -> tuple[str, ...]:
    return sandbox.clusters[0].bootstrap_servers


# --- rights that are missing

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_LOGIN = (
    ("listener.security.protocol.map", "PLAIN:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"),
    ("sasl.mechanism.controller.protocol", "PLAIN"),
    ("listener.name.controller.sasl.enabled.mechanisms", "PLAIN"),
    (
        "listener.name.controller.plain.sasl.jaas.config",
        f'{_PLAIN} required username="admin" password="admin" user_admin="admin";',
    ),
)


@pytest.fixture(scope="module")
def fenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A cluster where kplan may do little: all on `all-*`, see `seen-*`, and nothing else."""
    folder = tmp_path_factory.mktemp("fenced") / "sandbox"
    everything = (*_LOGIN, ("super.users", "User:admin;User:ANONYMOUS"))
    spec = ClusterSpec("fenced", config=everything)
    sandbox = start(SandboxSpec("fenced", clusters=(spec,), folder=folder, tied=True))
    other = Other(*servers(sandbox))
    for name in ("all-there", "seen-there", "hidden-there"):
        other.create(name, retention_ms="1000")
    for prefix, operation in (("all-", AclOperation.ALL), ("seen-", AclOperation.DESCRIBE)):
        allowed = AclBinding(
            ResourceType.TOPIC,
            prefix,
            ResourcePatternType.PREFIXED,
            "User:ANONYMOUS",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for future in other.client.create_acls([allowed]).values():
            future.result()
    little = replace(sandbox.clusters[0], spec=replace(spec, config=(*_LOGIN, ("super.users", "User:admin"))))
    yield restart(replace(sandbox, clusters=(little,)), "fenced")
    stop(sandbox)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("hidden-there", "DESCRIBE on topic hidden-there"),
        ("hidden-absent", "DESCRIBE on topic hidden-absent"),
        ("seen-there", "DESCRIBE_CONFIGS on topic seen-there"),
    ],
)
def test_what_may_not_be_read_is_unreadable_and_names_the_right(fenced, name, right):
    with Driver(*servers(fenced)) as driver:
        seen = driver.see(name, driver.complete(name, config={"retention.ms": "1000"}))
    assert isinstance(seen, Unreadable)
    assert seen.fault.code == "not_authorized"
    assert right in seen.fault.remedy


def test_what_may_be_seen_is_absent_if_it_is(fenced):
    with Driver(*servers(fenced)) as driver:
        assert is_absent(driver.see("seen-absent", driver.complete("seen-absent")))
        assert is_absent(driver.see("all-absent", driver.complete("all-absent")))
        assert found(driver.see("all-there", driver.complete("all-there")))["config"] == {}


def test_how_far_topics_reach_says_what_may_be_missing(fenced):
    filters = ({"prefixes": ("seen-",)}, {"prefixes": ("seen-", "hid")}, {"names": ("hidden-there",)})
    with Driver(*servers(fenced)) as driver:
        seen, both, hidden = driver.session.query("topic_ends", filters, Patience())
    assert (list(seen["topics"]), seen["unread"]) == (["seen-there"], None)
    assert list(both["topics"]) == ["seen-there"]
    assert "DESCRIBE on topics that begin with hid" in both["unread"].remedy
    assert "DESCRIBE on topic hidden-there" in hidden["unread"].remedy


def test_facts_are_told_with_few_rights(fenced):
    """Without the right to create anything, or only under a prefix, what topics get comes from one that is there."""
    with Driver(*servers(fenced)) as driver:
        assert driver.facts.uid == fenced.clusters[0].cluster_id
        assert driver.facts.values["config_defaults"]["max.message.bytes"] == "1048588"
        assert driver.facts.values["config_defaults"]["retention.ms"] is None  # its own value hides it
        assert "default_partitions" not in driver.facts.values
        assert driver.refused("all-new", config={"retention.mz": "1"}).keys() == {"unknown_config_key"}
    with Driver(*servers(fenced), manages={"topic_prefixes": ("all-",)}) as driver:
        assert driver.facts.values["default_partitions"] == 1


def test_a_plan_by_one_who_may_only_read(fenced):
    """A create that would be refused for want of a right is planned, as another may apply it; the apply names the right."""
    with Driver(*servers(fenced)) as driver:
        work = driver.pending("seen-new", None, driver.complete("seen-new"))
        event = driver.carry_out(work)["seen-new"]
        assert isinstance(event, Failed)
        assert event.fault.code == "not_authorized"
        made = driver.apply("all-new", config={"retention.ms": "1d"})
        changed = driver.apply("all-new", made, partitions=3, config={"retention.ms": "2d"})
        assert changed["partitions"] == 3
        [work] = driver.pending("all-new", changed, None)
        assert driver.carry_out([work]) == {"all-new": Done("all-new", {})}


# --- a quota of changes


def test_a_quota_of_changes_slows_down_and_stops_nothing(spare_cluster):
    sandbox = spare_cluster()
    names = [f"t{at}" for at in range(75)]
    with Driver(*servers(sandbox)) as driver:
        cases = driver.cases({name: driver.complete(name) for name in names})
        events = driver.carry_out(driver.work(cases, driver.decide(cases)))
        made = {name: event.values for name, event in events.items()}
        rate = "controller_mutation_rate=5"  # and 55 at once
        quota = ["--alter", "--entity-type", "clients", "--entity-name", "kplan", "--add-config", rate]
        sandbox.tool("spare", "kafka-configs", quota)
        cases = driver.cases(dict.fromkeys(names), made)
        events = driver.carry_out(driver.work(cases, driver.decide(cases)))
        assert events == {name: Done(name, {}) for name in names}
