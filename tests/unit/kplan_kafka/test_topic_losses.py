"""What a change of a topic costs, judged on the values in force before and after."""

import pytest

from kplan.sdk.session import Case, Danger, Facts, Found
from kplan_kafka.topic_answers import Answers
from kplan_kafka.topic_losses import losses_of_alter, losses_of_delete
from kplan_kafka.topic_plan import plan

DAY = 86_400_000
LONG_MAX = str(2**63 - 1)


def losses(before, after):
    found = losses_of_alter({**DEFAULTS, **before}.get, {**DEFAULTS, **before, **after}.get)
    assert all(loss.danger is Danger.DATA_LOSS for loss in found)
    return found


DEFAULTS = {
    "cleanup.policy": "delete",
    "retention.ms": str(7 * DAY),
    "retention.bytes": "-1",
    "delete.retention.ms": str(DAY),
}


@pytest.mark.parametrize(
    ("before", "after", "amount"),
    [
        ({}, {"retention.ms": str(DAY)}, "168 h → 24 h"),
        ({"retention.ms": "-1"}, {"retention.ms": str(DAY)}, "unlimited → 24 h"),
        ({"retention.ms": LONG_MAX}, {"retention.ms": str(DAY)}, "unlimited → 24 h"),
        ({}, {"retention.ms": "1000"}, "168 h → 1 s"),
        ({}, {"retention.ms": "0"}, "168 h → 0 ms"),
        ({}, {"retention.ms": str(90 * 60_000)}, "168 h → 1.5 h"),
        ({"retention.ms": str(1000 * DAY)}, {}, None),
        ({"retention.ms": str(1000 * DAY)}, {"retention.ms": str(999 * DAY)}, "24,000 h → 23,976 h"),
        ({}, {"retention.ms": str(8 * DAY)}, None),
        ({}, {"retention.ms": "-1"}, None),
        ({"retention.ms": "-1"}, {"retention.ms": LONG_MAX}, None),
        ({}, {"retention.ms": str(7 * DAY)}, None),
        ({}, {"retention.bytes": str(2**30)}, "unlimited → 1 GiB a partition"),
        (
            {"retention.bytes": str(2**31)},
            {"retention.bytes": str(3 * 2**29)},
            "2 GiB a partition → 1.5 GiB a partition",
        ),
        (
            {"retention.bytes": "1000"},
            {"retention.bytes": "500"},
            "1000 bytes a partition → 500 bytes a partition",
        ),
        ({"retention.bytes": "1000"}, {"retention.bytes": "-1"}, None),
        (
            {"cleanup.policy": "compact"},
            {"retention.ms": "1000"},
            None,
        ),  # compaction alone knows no retention
        ({"cleanup.policy": "compact"}, {"delete.retention.ms": "1000"}, "24 h → 1 s"),
        ({"cleanup.policy": "compact,delete"}, {"delete.retention.ms": "1000"}, "24 h → 1 s"),
        ({"cleanup.policy": "compact"}, {"delete.retention.ms": str(2 * DAY)}, None),
        ({}, {"delete.retention.ms": "1000"}, None),  # there are no tombstones where nothing is compacted
        ({}, {"max.message.bytes": "1"}, None),
        ({"cleanup.policy": "compact"}, {"cleanup.policy": "compact,delete", "retention.ms": "-1"}, ""),
        ({}, {"retention.bytes": str(3 * 2**40)}, "unlimited → 3 TiB a partition"),
        ({}, {"retention.bytes": str(5 * 2**20)}, "unlimited → 5 MiB a partition"),
        ({}, {"retention.bytes": str(2**10)}, "unlimited → 1 KiB a partition"),
        ({}, {"retention.bytes": str(2**40 - 1)}, "unlimited → 1024 GiB a partition"),
        ({}, {"retention.ms": "60000"}, "168 h → 1 min"),
        ({}, {"retention.ms": "3599999"}, "168 h → 60 min"),
        ({}, {"retention.ms": "3600000"}, "168 h → 1 h"),
        ({"retention.ms": "nonsense"}, {"retention.ms": "1000"}, "unlimited → 1 s"),
    ],
)
def test_limits(before, after, amount):
    found = losses(before, after)
    assert [loss.amount for loss in found] == ([] if amount is None else [amount])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("compact", "delete", ["older than the retention"]),
        ("compact", "compact,delete", ["older than the retention"]),
        ("delete", "compact", ["all but the latest"]),
        ("delete", "compact,delete", ["all but the latest"]),
        ("compact,delete", "delete", []),
        ("compact,delete", "compact", []),
        ("delete", "delete", []),
    ],
)
def test_policies(before, after, words):
    found = losses({"cleanup.policy": before}, {"cleanup.policy": after})
    assert len(found) == len(words)
    assert all(word in loss.what for word, loss in zip(words, found, strict=True))


def test_policy_and_retention_together_count_twice():
    found = losses({"cleanup.policy": "compact"}, {"cleanup.policy": "delete", "retention.ms": "1000"})
    assert len(found) == 2


def test_what_is_not_known_before_counts_as_unlimited():
    [loss] = losses_of_alter({}.get, {"retention.ms": "1000"}.get)
    assert loss.amount == "unlimited → 1 s"


def test_tombstones_matter_where_there_were_some():
    before, after = {"cleanup.policy": "delete"}, {"cleanup.policy": "compact", "delete.retention.ms": "1"}
    assert [loss.amount for loss in losses(before, after)] == [""]  # the compaction alone
    before, after = (
        {"cleanup.policy": "compact"},
        {"cleanup.policy": "compact,delete", "delete.retention.ms": "1"},
    )
    assert [loss.amount for loss in losses(before, after)] == ["", "24 h → 1 ms"]


def test_remote_storage_switched_off():
    assert losses({"remote.storage.enable": "true"}, {"remote.storage.enable": "true"}) == ()
    assert losses({"remote.storage.enable": "false"}, {"remote.storage.enable": "false"}) == ()
    assert len(losses({"remote.storage.enable": "true"}, {"remote.storage.enable": "false"})) == 1
    assert losses({"remote.storage.enable": "false"}, {"remote.storage.enable": "true"}) == ()


@pytest.mark.parametrize(
    ("records", "amount"), [(None, ""), (0, "empty"), (1, "1 record"), (1204, "1,204 records")]
)
def test_delete(records, amount):
    [loss] = losses_of_delete("orders", Answers(records=records))
    assert (loss.danger, loss.what, loss.amount) == (Danger.DATA_LOSS, "topic orders is deleted", amount)


def test_delete_names_who_uses_the_topic():
    [loss] = losses_of_delete("orders", Answers(groups=("billing", "audit")))
    assert loss.what == "topic orders is deleted; consumer groups with offsets on it: billing, audit"
    [loss] = losses_of_delete("orders", Answers(groups=("a", "b", "c", "d")))
    assert loss.what.endswith("a, b, c and others")


@pytest.mark.parametrize(("inherited", "amount"), [(str(DAY), "240 h → 24 h"), ("-1", None), (None, "")])
def test_a_key_given_back_is_judged_on_what_the_topic_inherits_then(inherited, amount):
    defaults = {"cleanup.policy": "delete"} | ({} if inherited is None else {"retention.ms": inherited})
    seen = Found(
        {
            "name": "a",
            "partitions": 1,
            "replication_factor": 1,
            "config": {"retention.ms": str(10 * DAY)},
            "id": "1",
        }
    )
    case = Case(
        ("a",), {"config": {"retention.ms": str(10 * DAY)}, "id": "1"}, seen, {"name": "a", "config": {}}
    )
    [verdict] = plan(Facts("c", {"config_defaults": defaults}), [case])
    assert [loss.amount for loss in verdict.losses] == ([] if amount is None else [amount])


@pytest.mark.parametrize("key", ["retention.ms", "retention.bytes"])
def test_a_default_that_is_not_known_may_be_shorter(key):
    before = {**DEFAULTS, key: "-1"}
    [loss] = losses_of_alter(before.get, {**before, key: None}.get)
    assert (loss.danger, loss.amount) == (Danger.DATA_LOSS, "")
    assert loss.what.startswith(f"{key} goes back to the cluster's default, which is not known")
    assert losses_of_alter({}.get, {}.get) == ()


def test_delete_says_which_users_may_not_be_seen():
    [loss] = losses_of_delete("orders", Answers(groups=(), untold="no right"))
    assert loss.what == (
        "topic orders is deleted; whether consumer groups have offsets on it is not known: no right"
    )
    [loss] = losses_of_delete("orders", Answers(groups=("billing",), untold="no right"))
    assert loss.what.endswith(
        "offsets on it: billing; whether other groups have offsets on it is not known: no right"
    )


def test_what_is_in_force_counts_and_not_only_what_is_the_topics_own():
    seen = Found(
        {"name": "a", "partitions": 1, "replication_factor": 1, "config": {}, "id": "1"},
        Answers(effective={"retention.ms": str(2 * DAY), "cleanup.policy": "delete"}),
    )
    desired = {"name": "a", "config": {"retention.ms": str(DAY)}}
    [verdict] = plan(
        Facts("c", {"config_defaults": {"retention.ms": "1000"}}), [Case(("a",), None, seen, desired)]
    )
    assert [loss.amount for loss in verdict.losses] == ["48 h → 24 h"]
