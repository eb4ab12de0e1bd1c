"""How far a link is, out of what its clusters and workers answer."""

from links import ENDPOINTS, link

from kplan.sdk.session import Fault
from kplan_mirrormaker.link_watch import watched, watches

GONE = Fault("unreachable", "cannot read connectors")
GROUPS = {"names": ("billing",)}


def ends(*places, newest=None):
    return {"partitions": places, "newest": newest}


def runs(*offsets, state="RUNNING", tasks=1, why="", unread=None):
    told = None if unread else offsets
    return {"state": state, "tasks": tasks, "why": why, "offsets": told, "unread": unread}


def offset(topic, partition, last):
    return {"cluster": "primary", "topic": topic, "partition": partition}, {"offset": last}


def look(*answers, **more):
    return watched(link(**more), ENDPOINTS, answers)


def test_it_asks_both_clusters_how_far_they_reach_and_the_workers_how_connectors_run():
    asked = watches(link(groups=GROUPS, topics={"prefixes": ("o",), "exclude_patterns": ("ox",)}), ENDPOINTS)
    assert [(one.on, one.source) for one in asked] == [
        ("cluster.primary", "topic_ends"),
        ("cluster.dr", "topic_ends"),
        *[("connect_cluster.mm2", "connector_runs")] * 3,
    ]
    assert asked[0].args["prefixes"] == ("o",)
    assert asked[0].args["exclude_patterns"] == ("ox",)
    assert asked[1].args == {"prefixes": ("primary.o",)}
    assert asked[2].args == {"name": "primary->dr.MirrorSourceConnector"}


def test_what_is_never_copied_is_no_lag():
    topics = {name: ends((0, 9)) for name in ("orders", "a.internal", "__x", "dr.orders")}
    assert [one.topic for one in look({"topics": topics}, {"topics": {}}, runs(), runs()).topics] == [
        "orders"
    ]


def test_under_unchanged_names_the_same_is_asked_of_both():
    here, there, *_ = watches(link(naming="unchanged"), ENDPOINTS)
    assert here.args == there.args


def test_lag_is_what_lies_between_the_last_copied_and_the_end():
    found = look(
        {"topics": {"orders": ends((0, 10), (5, 20))}},
        {"topics": {"primary.orders": ends((0, 4), (0, 1), newest=7.5)}},
        runs(offset("orders", 0, 3)),
        runs(),
    )
    (one,) = found.topics
    assert (one.topic, one.copy, one.newest) == ("orders", "primary.orders", 7.5)
    assert [place.last for place in one.places] == [3, -1]
    assert one.lag == 6 + 15
    assert [carrier.state for carrier in found.carriers] == ["RUNNING, 1 task", "RUNNING, 1 task"]
    assert not found.faults


def test_what_can_not_be_read_is_told_once_and_is_no_zero():
    topics = {"topics": {"orders": ends((0, 10))}}
    found = look(topics, {"topics": {}}, GONE, GONE)
    assert found.topics[0].lag is None
    assert [carrier.state for carrier in found.carriers] == ["unreadable", "unreadable"]
    assert found.faults == (GONE,)
    found = look(topics, {"topics": {}}, runs(unread=GONE), runs())
    assert found.topics[0].lag is None
    assert found.faults == (GONE,)
    assert look(GONE, GONE, runs(), runs()).topics == ()


def test_a_deleted_offset_is_none_at_all():
    place = {"cluster": "primary", "topic": "orders", "partition": 0}
    found = look({"topics": {"orders": ends((0, 3))}}, {"topics": {}}, runs((place, None)), runs())
    assert found.topics[0].lag == 3


def test_of_the_target_no_more_is_asked_than_the_copies():
    def asked(**topics):
        return watches(link(topics=topics), ENDPOINTS)[1].args

    assert asked(names=("a", "b")) == {"names": ("primary.a", "primary.b")}
    assert asked(names=("a",), prefixes=("p",)) == {"names": ("primary.a",), "prefixes": ("primary.p",)}
    assert asked(patterns=("x.*",), prefixes=("p",)) == {"prefixes": ("primary.",)}


def test_offsets_of_a_cluster_that_was_copied_before_are_not_this_ones():
    before, last = offset("orders", 0, 9)
    found = look(
        {"topics": {"orders": ends((0, 10))}},
        {"topics": {}},
        runs(({**before, "cluster": "old"}, last)),
        runs(),
    )
    assert found.topics[0].lag == 10


def test_topics_that_may_not_be_seen_are_told():
    seen = {"topics": {"orders": ends((0, 10))}, "unread": GONE}
    found = look(seen, {"topics": {}}, runs(), runs())
    assert (len(found.topics), found.faults) == (1, (GONE,))
