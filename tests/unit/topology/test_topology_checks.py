"""Flows that go in a circle, and what two links of one pair both take."""

from topologies import link, topology

from kplan.lang.diagnostics import Severity
from kplan.sdk.flows import Filter
from kplan.topology.checks import findings
from kplan.topology.circles import circles


def found(*links):
    return list(findings(topology(*links)))


def told(*links):
    return [(one.severity, one.summary, one.context) for one in found(*links)]


def test_a_flow_and_one_back_without_other_names_go_round_for_ever():
    [one] = found(link("out", "a", "b"), link("back", "b", "a"))
    assert (one.severity, one.summary) == (Severity.ERROR, "Replication in a circle [flow_circle]")
    assert "cluster.a → cluster.b → cluster.a" in one.detail
    assert "replication_link.out, replication_link.back" in one.detail
    assert 'topics such as "orders"' in one.detail
    assert "prefixed" in one.remedy


def test_a_longer_circle_is_found_with_its_way():
    [one] = found(link("1", "a", "b"), link("2", "b", "c"), link("3", "c", "a"))
    assert "cluster.a → cluster.b → cluster.c → cluster.a" in one.detail


def test_other_names_or_other_topics_make_no_circle():
    assert told(link("out", "a", "b"), link("back", "b", "a", unchanged=False)) == []
    assert told(link("out", "a", "b"), link("back", "b", "a", Filter(names=("payments",)))) == []
    assert told(link("1", "a", "b"), link("2", "b", "c"), link("3", "a", "c")) == []


def test_where_only_patterns_could_meet_it_is_a_warning():
    out, back = (link(*ends, Filter(patterns=("o.*",))) for ends in (("out", "a", "b"), ("back", "b", "a")))
    summary = "Replication perhaps in a circle [flow_circle]"
    assert told(out, back) == [(Severity.WARNING, summary, "out")]
    [certain] = told(link("out", "a", "b"), back)
    assert certain[0] is Severity.ERROR


def test_two_links_of_a_pair_may_not_take_the_same():
    first, second = link("1", "a", "b"), link("2", "a", "b", Filter(prefixes=("ord",)))
    [one] = found(first, second)
    assert (one.severity, one.summary, one.context) == (
        Severity.ERROR,
        "Two links copy the same [flow_twice]",
        "2",
    )
    assert 'topics such as "orders"' in one.detail


def test_two_links_of_a_pair_may_copy_the_same_under_two_names():
    assert told(link("1", "a", "b"), link("2", "a", "b", unchanged=False)) == []


def test_groups_count_as_topics_do():
    first = link("1", "a", "b", Filter(names=("x",)), Filter(names=("g",)))
    second = link("2", "a", "b", Filter(names=("y",)), Filter(names=("g",)))
    [one] = found(first, second)
    assert 'groups such as "g"' in one.detail


def test_links_with_nothing_in_common_are_right():
    assert told(link("1", "a", "b"), link("2", "a", "b", Filter(names=("x",))), link("3", "a", "c")) == []


def test_a_topic_must_be_meant_all_the_way_round():
    listed = (("1", "a", "b", ("x", "y")), ("2", "b", "c", ("y", "z")), ("3", "c", "a", ("z", "x")))
    assert told(*(link(*ends, Filter(names=names)) for *ends, names in listed)) == []


def test_of_several_links_of_a_pair_the_one_that_leads_round_is_found():
    other = link("other", "a", "b", Filter(names=("payments",)))
    [one] = found(other, link("out", "a", "b"), link("back", "b", "a"))
    assert "replication_link.out, replication_link.back" in one.detail


def test_every_circle_is_found():
    x, y = Filter(names=("x",)), Filter(names=("y",))
    links = [link("ab", "a", "b", x), link("bc", "b", "c", x), link("ca", "c", "a", Filter(names=("x", "y")))]
    ways = {one.way for one in circles([*links, link("ac", "a", "c", y)])}
    assert ways == {
        ("cluster.a", "cluster.b", "cluster.c", "cluster.a"),
        ("cluster.a", "cluster.c", "cluster.a"),
    }


def test_what_is_certain_of_one_beginning_is_no_longer_only_perhaps():
    back = link("back", "b", "a", Filter(prefixes=("a.b.",), patterns=("x",)))
    [one] = found(link("out", "a", "b", Filter(prefixes=("a.",))), back)
    assert (one.severity, '"a.b."' in one.detail) == (Severity.ERROR, True)


def test_three_links_of_a_pair_are_held_against_each_other():
    takes = Filter(names=("a.b", "c")), Filter(prefixes=("a.",)), Filter(patterns=("c|d",))
    links = [link(str(number), "a", "b", one) for number, one in enumerate(takes)]
    seconds = [(one.context, one.detail[:44]) for one in found(*links)]
    assert seconds == [
        ("1", "replication_link.0 and replication_link.1 bo"),
        ("2", "replication_link.0 and replication_link.2 bo"),
    ]
