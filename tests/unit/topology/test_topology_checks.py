"""Flows that go in a circle, and what two links of one pair both take."""

from typing import NamedTuple

from kplan.config.model import Place
from kplan.lang.diagnostics import Severity
from kplan.lang.source import Source
from kplan.sdk.session import Filter, Flow
from kplan.topology.checks import findings
from kplan.topology.flows import Placed

ORDERS = Filter(names=("orders",))
NOBODY = Filter()


class Declared(NamedTuple):
    """As much of a block as a finding needs."""

    place: Place
    block: tuple[str, tuple[str, ...], int, int]


def link(label, source, target, topics=ORDERS, groups=NOBODY, *, unchanged=True):
    flow = Flow(f"cluster.{source}", f"cluster.{target}", topics, groups, unchanged)
    place = Place(Source("main.kplan.hcl", f'replication_link "{label}" {{\n}}\n'), 0, label)
    return Placed(flow, f"replication_link.{label}", Declared(place, ("replication_link", (label,), 0, 5)))


def told(*links):
    return [(one.severity, one.summary, one.context) for one in findings(links)]


def test_a_flow_and_one_back_without_other_names_go_round_for_ever():
    [found] = findings([link("out", "a", "b"), link("back", "b", "a")])
    assert (found.severity, found.summary) == (Severity.ERROR, "Replication in a circle")
    assert "cluster.a → cluster.b → cluster.a" in found.detail
    assert "replication_link.out, replication_link.back" in found.detail
    assert 'topics such as "orders"' in found.detail
    assert "prefixed" in found.remedy


def test_a_longer_circle_is_found_with_its_way():
    [found] = findings([link("1", "a", "b"), link("2", "b", "c"), link("3", "c", "a")])
    assert "cluster.a → cluster.b → cluster.c → cluster.a" in found.detail


def test_other_names_or_other_topics_make_no_circle():
    assert told(link("out", "a", "b"), link("back", "b", "a", unchanged=False)) == []
    assert told(link("out", "a", "b"), link("back", "b", "a", Filter(names=("payments",)))) == []
    assert told(link("1", "a", "b"), link("2", "b", "c"), link("3", "a", "c")) == []


def test_where_only_patterns_could_meet_it_is_a_warning():
    back = link("back", "b", "a", Filter(patterns=("o.*",)))
    assert told(link("out", "a", "b"), back) == [(Severity.WARNING, "Replication perhaps in a circle", "out")]


def test_two_links_of_a_pair_may_not_take_the_same():
    first, second = link("1", "a", "b"), link("2", "a", "b", Filter(prefixes=("ord",)))
    [found] = findings([first, second])
    assert (found.severity, found.summary, found.context) == (Severity.ERROR, "Two links copy the same", "2")
    assert 'topics such as "orders"' in found.detail


def test_two_links_of_a_pair_may_copy_the_same_under_two_names():
    assert told(link("1", "a", "b"), link("2", "a", "b", unchanged=False)) == []


def test_groups_count_as_topics_do():
    first = link("1", "a", "b", Filter(names=("x",)), Filter(names=("g",)))
    second = link("2", "a", "b", Filter(names=("y",)), Filter(names=("g",)))
    [found] = findings([first, second])
    assert 'groups such as "g"' in found.detail


def test_links_with_nothing_in_common_are_right():
    assert told(link("1", "a", "b"), link("2", "a", "b", Filter(names=("x",))), link("3", "a", "c")) == []
