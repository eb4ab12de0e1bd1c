"""What is decided about each topic, from what is declared, recorded and seen."""

import pytest
from deciding import DEFAULTS, FACTS, SILENT, decide, faults_of, live, recorded, wanted

from kplan.sdk.session import Absent, Case, Do, Fault, Keep, Refuse, Step
from kplan.sdk.values import Unknown, make_map
from kplan_kafka.topic_answers import Answers
from kplan_kafka.topic_plan import plan

# --- creating


def test_create_sends_what_is_declared_and_foresees_what_the_cluster_decides():
    verdict = decide(wanted(config={"retention.ms": "1000"}), Absent())
    args = {
        "name": "orders",
        "partitions": None,
        "replication_factor": None,
        "config": {"retention.ms": "1000"},
    }
    planned = {
        "name": "orders",
        "partitions": 1,
        "replication_factor": 3,
        "config": {"retention.ms": "1000"},
        "id": Unknown("string"),
    }
    assert isinstance(verdict, Do)
    assert verdict.steps == (Step("create", args),)
    assert {**verdict.planned, "id": None} == {**planned, "id": None}
    assert isinstance(verdict.planned["id"], Unknown)
    assert verdict.losses == ()


def test_create_leaves_unknown_what_the_cluster_does_not_tell():
    verdict = decide(wanted(), Absent(), facts=SILENT)
    assert isinstance(verdict.planned["partitions"], Unknown)
    assert isinstance(verdict.planned["replication_factor"], Unknown)


def test_other_attributes_pass_through():
    verdict = decide(wanted(labels={"a": "b"}), Absent())
    assert verdict.planned["labels"] == {"a": "b"}


def test_gone_and_absent_needs_nothing():
    assert decide(None, Absent()) == Keep({})


@pytest.mark.parametrize("name", ["__mine", "__consumer_offsets"])
def test_names_of_kafka_itself_are_not_created(name):
    [verdict] = plan(FACTS, [Case((name,), None, Absent(), wanted(name=name))])
    assert faults_of(verdict)["internal_topic"].path == ("name",)


def test_a_topic_of_kafka_itself_may_be_adopted_and_configured_but_not_deleted():
    seen = live(name="__consumer_offsets", config={"segment.bytes": "1"})
    desired = wanted(name="__consumer_offsets", config={"segment.bytes": "1"})
    kept, refused = plan(
        FACTS,
        [
            Case(("__consumer_offsets",), None, seen, desired),
            Case(("__consumer_offsets",), recorded(), seen, None),
        ],
    )
    assert isinstance(kept, Keep)
    assert "internal_topic" in faults_of(refused)


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        (("a.b", "a_b"), ("a.b", "a_b")),
        (("a.b", "a-b"), ()),
        (("a.b", "a.b.c"), ()),
        (("a.b_c", "a_b.c", "d"), ("a.b_c", "a_b.c")),
    ],
)
def test_names_that_kafka_cannot_tell_apart(names, refused):
    verdicts = plan(FACTS, [Case((name,), None, Absent(), wanted(name=name)) for name in names])
    assert (
        tuple(name for name, one in zip(names, verdicts, strict=True) if isinstance(one, Refuse)) == refused
    )
    for verdict in verdicts:
        if isinstance(verdict, Refuse):
            assert verdict.faults[0].code == "name_collision"


def test_a_name_may_collide_with_one_that_goes():
    verdicts = plan(
        FACTS,
        [
            Case(("a.b",), recorded(), live(name="a.b"), None),
            Case(("a_b",), None, Absent(), wanted(name="a_b")),
        ],
    )
    assert all(isinstance(one, Do) for one in verdicts)


def test_two_that_collide_and_exist_are_kept():
    verdicts = plan(
        FACTS, [Case((name,), None, live(name=name), wanted(name=name)) for name in ("a.b", "a_b")]
    )
    assert all(isinstance(one, Keep) for one in verdicts)


def test_more_replicas_than_brokers():
    fault = faults_of(decide(wanted(replication_factor=4), Absent()))["too_few_brokers"]
    assert fault.path == ("replication_factor",)
    assert "3 brokers" in fault.summary
    assert isinstance(decide(wanted(replication_factor=4), Absent(), facts=SILENT), Do)


def test_a_broker_that_is_down_is_told():
    facts = FACTS._replace(values={**FACTS.values, "brokers_up": 2})
    assert "2 brokers are up" in decide(wanted(replication_factor=3), Absent(), facts=facts).notes[0]
    assert decide(wanted(replication_factor=2), Absent(), facts=facts).notes == ()


def test_a_create_says_that_the_clusters_defaults_can_not_be_seen():
    facts = FACTS._replace(values={**FACTS.values, "untold": "no right"})
    told = "the cluster's defaults can't be seen: no right"
    assert decide(wanted(), Absent(), facts=facts).notes == (told,)
    assert decide(wanted(partitions=1), Absent(), facts=facts).notes == (told,)
    assert decide(wanted(partitions=1, replication_factor=1), Absent(), facts=facts).notes == ()


@pytest.mark.parametrize(
    ("desired", "default", "path"),
    [
        (
            {"replication_factor": 1, "config": {"min.insync.replicas": "2"}},
            "1",
            ("config", "min.insync.replicas"),
        ),
        ({"config": {"min.insync.replicas": "4"}}, "1", ("config", "min.insync.replicas")),
        ({"replication_factor": 1}, "2", ("replication_factor",)),
        ({"replication_factor": 2, "config": {"min.insync.replicas": "2"}}, "1", None),
        ({"replication_factor": 1, "config": {"min.insync.replicas": "1"}}, "2", None),
        ({"replication_factor": Unknown("number"), "config": {"min.insync.replicas": "2"}}, "1", None),
        ({"replication_factor": 1, "config": {"min.insync.replicas": Unknown("string")}}, "1", None),
    ],
)
def test_more_in_sync_replicas_wanted_than_there_are(desired, default, path):
    if "config" in desired:
        desired["config"] = make_map(desired["config"])
    facts = FACTS._replace(
        values={**FACTS.values, "config_defaults": {**DEFAULTS, "min.insync.replicas": default}}
    )
    verdict = decide(wanted(**desired), Absent(), facts=facts)
    if path is None:
        assert isinstance(verdict, Do)
    else:
        assert faults_of(verdict)["min_insync_above_replicas"].path == path


@pytest.mark.parametrize(
    ("own", "declared", "refused"),
    [({}, "4", True), ({"min.insync.replicas": "4"}, "4", True), ({}, "3", False)],
)
def test_in_sync_replicas_of_a_topic_that_is_there(own, declared, refused):
    verdict = decide(wanted(config={"min.insync.replicas": declared}), live(config=own))
    assert isinstance(verdict, Refuse) is refused


def test_a_cluster_wide_minimum_above_an_existing_topic_is_not_our_business():
    facts = FACTS._replace(
        values={**FACTS.values, "config_defaults": {**DEFAULTS, "min.insync.replicas": "5"}}
    )
    assert isinstance(decide(wanted(), live(), recorded(), facts), Keep)


@pytest.mark.parametrize("seen", [Absent(), live()])
def test_unknown_config_keys_get_the_nearest_name(seen):
    fault = faults_of(decide(wanted(config={"retention.mz": "1"}), seen))["unknown_config_key"]
    assert fault.path == ("config", "retention.mz")
    assert "retention.ms" in fault.remedy


def test_a_key_that_is_like_no_other_gets_some_that_are_known():
    fault = faults_of(decide(wanted(config={"zzz": "1"}), Absent()))["unknown_config_key"]
    assert "cleanup.policy" in fault.remedy


def test_keys_are_not_judged_where_the_cluster_tells_none_or_the_topic_has_them():
    assert isinstance(decide(wanted(config={"vendor.key": "1"}), Absent(), facts=SILENT), Do)
    assert isinstance(decide(wanted(config={"vendor.key": "1"}), live(config={"vendor.key": "1"})), Keep)


def test_what_the_broker_would_refuse_is_refused():
    fault = Fault("policy_violation", "no", "", "ask")
    assert decide(wanted(), Absent(Answers(refused=(fault,)))) == Refuse((fault,))
    seen = live(answers=Answers(refused=(fault,)))
    assert decide(wanted(partitions=7), seen) == Refuse((fault,))


def test_our_own_words_come_before_the_brokers():
    fault = Fault("invalid_config", "Unknown topic config name: retention.mz", "", "change it")
    verdict = decide(wanted(config={"retention.mz": "1"}), Absent(Answers(refused=(fault,))))
    assert list(faults_of(verdict)) == ["unknown_config_key"]


# --- changing


def test_live_as_declared_is_kept_with_what_the_cluster_decided():
    verdict = decide(
        wanted(config={"retention.ms": "1000"}), live(config={"retention.ms": "1000"}), recorded()
    )
    expected = {
        **wanted(config={"retention.ms": "1000"}),
        "partitions": 6,
        "replication_factor": 3,
        "id": "id-1",
    }
    assert verdict == Keep(expected)


@pytest.mark.parametrize(
    ("declared", "own", "was", "to_set", "to_unset"),
    [
        ({"retention.ms": "1000"}, {}, {}, {"retention.ms": "1000"}, ()),  # inherited, even if equal
        ({"retention.ms": "1000"}, {"retention.ms": "2000"}, {}, {"retention.ms": "1000"}, ()),
        (
            {},
            {"retention.ms": "1000"},
            {"retention.ms": "1000"},
            {},
            ("retention.ms",),
        ),  # ours, no more declared
        (
            {},
            {"retention.ms": "2000"},
            {"retention.ms": "1000"},
            {},
            ("retention.ms",),
        ),  # ours, edited by another
        ({}, {}, {"retention.ms": "1000"}, {}, ()),  # ours, removed by another
        ({}, {"retention.ms": "1000"}, {}, {}, ()),  # never ours
        ({"a": "1", "b": "2"}, {"a": "1", "c": "3"}, {"c": "3"}, {"b": "2"}, ("c",)),
        ({"cleanup.policy": "compact,delete"}, {"cleanup.policy": "compact,delete"}, {}, {}, ()),
    ],
)
def test_config_is_compared_with_the_topics_own(declared, own, was, to_set, to_unset):
    verdict = decide(wanted(config=declared), live(config=own), recorded(config=was), SILENT)
    if not to_set and not to_unset:
        assert isinstance(verdict, Keep)
    else:
        assert verdict.steps == (Step("alter", {"set": to_set, "unset": to_unset}),)
    assert verdict.planned["config"] == declared


def test_adopting_gives_nothing_back():
    assert isinstance(decide(wanted(), live(config={"retention.ms": "1"}), None), Keep)


def test_a_pinned_key_says_why():
    seen = live(answers=Answers(effective={"retention.ms": "604800000"}))
    verdict = decide(wanted(config={"retention.ms": "604800000"}), seen, recorded())
    assert verdict.notes == ("retention.ms: inherited so far, now the topic's own",)
    assert verdict.losses == ()


def test_more_partitions_are_added_with_a_word_on_keys():
    verdict = decide(wanted(partitions=12), live())
    assert verdict.steps == (Step("grow", {"partitions": 12}),)
    assert (verdict.planned["partitions"], verdict.losses) == (12, ())
    assert len(verdict.notes) == 1
    assert "keys move" in verdict.notes[0]


@pytest.mark.parametrize("declared", [{}, {"cleanup.policy": "compact"}])
def test_a_compacted_topic_gets_another_word(declared):
    own = {"cleanup.policy": "compact"}
    seen = live(config=own if declared else {}, answers=Answers(effective=own))
    verdict = decide(wanted(partitions=12, config=declared), seen)
    assert "compacted" in verdict.notes[1]


def test_config_and_partitions_change_together():
    verdict = decide(wanted(partitions=12, config={"retention.ms": "1"}), live())
    assert [step.verb for step in verdict.steps] == ["alter", "grow"]


def test_fewer_partitions_are_refused_and_never_a_replacement():
    fault = faults_of(decide(wanted(partitions=3), live()))["partitions_decreased"]
    assert fault.path == ("partitions",)
    assert "cannot remove partitions" in fault.detail
    assert "-replace=" in fault.remedy


@pytest.mark.parametrize("factor", [1, 5])
def test_another_replication_factor_is_refused(factor):
    fault = faults_of(decide(wanted(replication_factor=factor), live()))["replication_factor_changed"]
    assert fault.path == ("replication_factor",)
    assert "reassign" in fault.remedy


def test_every_reason_comes_at_once():
    verdict = decide(wanted(partitions=3, replication_factor=1, config={"retention.mz": "1"}), live())
    assert list(faults_of(verdict)) == [
        "partitions_decreased",
        "replication_factor_changed",
        "unknown_config_key",
    ]


def test_a_topic_made_anew_is_not_ours():
    for config in ({}, {"retention.ms": "1"}):
        assert "recreated" in faults_of(decide(wanted(config=config), live(id="id-2"), recorded()))
    assert decide(None, live(id="id-2"), recorded()) == Keep({})


def test_an_id_that_one_side_does_not_know_decides_nothing():
    assert isinstance(decide(wanted(), live(id=None), recorded()), Keep)
    assert isinstance(decide(wanted(), live(), recorded(id=None)), Keep)
    assert isinstance(decide(None, live(id=None), recorded()), Do)


def test_nothing_that_is_given_is_changed():
    desired, seen, prior = (
        wanted(config={"retention.ms": "1"}),
        live(config={"flush.ms": "1"}),
        recorded(config={"flush.ms": "1"}),
    )
    before = repr((desired, seen, prior))
    decide(desired, seen, prior)
    assert repr((desired, seen, prior)) == before
