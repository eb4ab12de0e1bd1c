"""A link as a flow, and what its intervals mean for its rpo."""

import pytest
from links import DR, ENDPOINTS, RULES, answers, link

from kplan.sdk.flows import Filter, Unmet
from kplan.sdk.values import Unknown, make_list, make_map
from kplan_mirrormaker.link_intervals import milliseconds


def flows(desired, answered=None):
    return RULES.flows("replication_link", desired, ENDPOINTS, answered)


def said(**more):
    """Give the first words of what is remarked of a link."""
    [one] = flows(link(**more))
    return [(fault.code, fault.path, fault.detail.partition(",")[0]) for fault in one.remarks]


def test_a_link_is_a_flow_of_what_it_names():
    [one] = flows(link(groups={"prefixes": ("g",)}))
    assert one[:6] == (
        "cluster.primary",
        "cluster.dr",
        Filter(names=("orders",)),
        Filter(prefixes=("g",)),
        False,
        "primary.",
    )
    assert (one.found, one.unmet, one.remarks) == (None, (), ())
    [kept] = flows(link(naming="unchanged"))
    assert (kept.unchanged, kept.before) == (True, "")


def test_what_was_answered_is_part_of_it():
    there = answers("orders")
    unmet = {"argument": "names", "number": 1, "entry": "ordrs", "nearest": "orders"}
    pattern = {"argument": "patterns", "number": 0, "entry": "x", "nearest": None}
    [one] = flows(link(), ({**there[0], "unmet": (unmet, pattern)}, *there[1:]))
    assert one.found == {"orders"}
    assert one.unmet == (
        Unmet(("topics", "names", 1), "ordrs", "orders"),
        Unmet(("topics", "patterns", 0), "x"),
    )


def test_an_end_that_is_not_known_makes_no_flow():
    assert flows(link(source=Unknown("cluster"))) == []
    assert flows(link(target=None)) == []


def test_of_what_is_not_known_the_rest_counts():
    listed = make_list(("a", Unknown("string")))
    [one] = flows(link(topics=make_map({"names": listed, "prefixes": Unknown("list(string)")})))
    assert one.topics == Filter(names=("a",))
    left_out = make_map({"names": ("a",), "exclude_names": make_list(("b", Unknown("string")))})
    [one] = flows(link(topics=left_out))
    assert one.topics.left_out_names == ("b",)
    assert one.topics.left_out_patterns  # so that nothing is certain


GROUPS = {"groups": {"names": ("g",)}}
TOPICS_LATE = ("flow_rpo", ("rpo",), "New topics are found every 600 s (refresh.topics.interval.seconds)")
OFFSETS_LATE = (
    "flow_rpo",
    ("rpo",),
    "Groups' offsets are carried over every 60 s (sync.group.offsets.interval.seconds)",
)
EMITTED_LATE = (
    "flow_rpo",
    ("rpo",),
    "Groups' offsets are carried over every 60 s (emit.checkpoints.interval.seconds)",
)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (GROUPS, []),
        ({"rpo": "10m", **GROUPS}, []),
        ({"rpo": "9m59s", **GROUPS}, [TOPICS_LATE]),
        ({"rpo": "30s", **GROUPS}, [TOPICS_LATE, OFFSETS_LATE]),
        ({"rpo": "30s"}, [TOPICS_LATE]),
        ({"rpo": "30s", "sync": {"interval_seconds": 10}, **GROUPS}, []),
        ({"rpo": "30s", "sync": {"group_offsets": False}, **GROUPS}, [TOPICS_LATE, EMITTED_LATE]),
        ({"rpo": "30s", "mirrormaker2": {"source_config": {"refresh.topics.interval.seconds": "5"}}}, []),
        (
            {
                "rpo": "30s",
                "sync": {"interval_seconds": 10},
                "mirrormaker2": {"checkpoint_config": {"sync.group.offsets.interval.seconds": "60"}},
                **GROUPS,
            },
            [OFFSETS_LATE],
        ),
        ({"rpo": "30s", "mirrormaker2": {"source_config": Unknown("map(string)")}}, [TOPICS_LATE]),
        ({"rpo": "30s", "sync": {"interval_seconds": Unknown("number")}}, []),
        ({"rpo": Unknown("string")}, []),
        ({"rpo": "soon"}, []),
    ],
)
def test_intervals_that_exceed_the_rpo(more, expected):
    assert said(**more) == expected


@pytest.mark.parametrize(
    ("text", "amount"), [("500ms", 500), ("1.5s", 1500), ("1h30m", 5_400_000), ("2w", 1_209_600_000)]
)
def test_a_duration(text, amount):
    assert milliseconds(text) == amount


@pytest.mark.parametrize("text", ["", "5", "5 m", "5min", "-5m", "0s", "٣m"])
def test_what_is_no_duration(text):
    [fault] = RULES.asks("replication_link", link(rpo=text, target=DR), ENDPOINTS)
    assert (fault.summary, fault.path) == (f'rpo can\'t be "{text}"', ("rpo",))
