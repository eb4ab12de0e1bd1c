"""Findings about topics: filters that mean none, copies that are declared, and where records may be."""

import pytest
from topologies import ORDERS, link, topic, topology

from kplan.lang.diagnostics import Severity
from kplan.sdk.flows import Filter, Unmet
from kplan.sdk.session import Fault
from kplan.topology.checks import findings

THERE = Filter(names=("orders", "ordrs"), prefixes=("pay.",), patterns=("x.+",))
BODY = 'topics {\n  names = ["orders", "ordrs"]\n  prefixes = ["pay."]\n  patterns = ["x.+"]\n}\n'


def told(*parts, **residencies):
    return [(one.severity, code(one), one.context) for one in findings(topology(*parts, **residencies))]


def code(one):
    return one.summary.rpartition("[")[2].rstrip("]")


def written(one):
    return one.source.text[one.start : one.end]


def unmet(kind, number, entry, nearest=""):
    return Unmet(("topics", kind, number), entry, nearest)


def test_entries_that_mean_nothing_are_told_each_at_its_place():
    listed = (unmet("names", 1, "ordrs", "orders"), unmet("prefixes", 0, "pay."), unmet("patterns", 0, "x.+"))
    found = list(findings(topology(link("l", "a", "b", THERE, body=BODY, found=frozenset(), unmet=listed))))
    assert [(one.severity, code(one)) for one in found] == [(Severity.WARNING, "flow_no_match")] * 3
    assert [written(one) for one in found] == ['"ordrs"', '"pay."', '"x.+"']
    assert found[0].detail == (
        'names has "ordrs", but no topic of cluster.a is called so now. Did you mean "orders"?'
    )


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (unmet("names", 1, "ordrs"), "ordrs"),
        (unmet("prefixes", 0, "pay."), "pay.in"),
        (unmet("patterns", 0, "x.+"), "xy"),
    ],
)
def test_what_this_configuration_makes_or_copies_there_counts(entry, name):
    one = link("l", "a", "b", THERE, body=BODY, found=frozenset(), unmet=(entry,))
    assert told(one, topic("t", "a", name)) == []
    assert len(told(one, topic("t", "b", f"other-{name}"))) == 1
    before = link("before", "c", "a", Filter(names=(name,)), found=frozenset({name}))
    assert told(one, before) == []


def test_copies_count_under_the_name_that_they_get():
    one = link("l", "a", "b", THERE, body=BODY, found=frozenset(), unmet=(unmet("names", 1, "c.x"),))
    assert (
        told(one, link("before", "c", "a", Filter(names=("x",)), unchanged=False), topic("t", "c", "x")) == []
    )


def test_a_copy_that_is_declared_as_any_topic():
    prefixed = link("l", "a", "b", unchanged=False)
    [one] = findings(topology(prefixed, topic("copy", "b", "a.orders")))
    assert (one.severity, code(one), one.context) == (Severity.WARNING, "flow_undeclared_copy", "copy")
    assert 'topic.copy is "a.orders" on cluster.b' in one.detail
    assert "mirrored_by = replication_link.l" in one.remedy


@pytest.mark.parametrize(
    "other",
    [
        topic("t", "b", "orders"),  # the link calls its copy otherwise
        topic("t", "b", "a.payments"),  # and doesn't take that one
        topic("t", "a", "a.orders"),  # nor copies to there
        topic("t", "b", "a.orders", parent="replication_link.l"),
        topic("t", "b", "a.orders", before="replication_link.l"),
    ],
)
def test_what_is_no_copy_or_says_so_is_right(other):
    assert told(link("l", "a", "b", unchanged=False), other) == []


def test_where_names_are_kept_the_source_must_have_such_a_topic():
    prefixes = Filter(prefixes=("ord",))
    copy = topic("copy", "b", "orders")
    assert told(link("l", "a", "b", prefixes), copy) == []
    assert len(told(link("l", "a", "b", prefixes, found=frozenset({"orders"})), copy)) == 1
    assert len(told(link("l", "a", "b", prefixes), copy, topic("original", "a", "orders"))) == 1
    assert len(told(link("l", "a", "b", ORDERS), copy)) == 1
    prefixed = link("l", "a", "b", prefixes, unchanged=False, found=frozenset())
    assert told(prefixed, topic("copy", "b", "a.orders")) == []  # it was asked, and there is none


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (topic("t", "b", "orders", before="replication_link.l"), 'begin with "a."'),
        (topic("t", "a", "a.orders", before="replication_link.l"), "it copies to cluster.b"),
        (topic("t", "b", "a.x", before="replication_link.l"), "has no copy of that name"),
        (topic("t", "b", "a.orders", before="replication_link.m"), "There is no replication_link.m."),
    ],
)
def test_a_topic_that_names_the_wrong_link(other, said):
    [one] = findings(topology(link("l", "a", "b", unchanged=False), other))
    assert (one.severity, code(one)) == (Severity.ERROR, "flow_no_copy")
    assert said in one.detail
    assert written(one) == other.instance.before


ERROR, WARNING = (Severity.ERROR, "flow_residency"), (Severity.WARNING, "flow_residency")
NAMED = link("l", "a", "b")
BEGUN = link("l", "a", "b", Filter(prefixes=("ord",)))
PERHAPS = link("l", "a", "b", Filter(patterns=(r"\p{Lower}+",)))
EU, US, ANY = (topic("orders", "a", residency=one) for one in ("eu", "us", "any"))


@pytest.mark.parametrize(
    ("parts", "residencies", "expected"),
    [
        ([NAMED], {"a": "eu", "b": "eu"}, []),
        ([NAMED], {"b": "eu"}, []),
        ([NAMED], {"a": "eu", "b": "us"}, [(*ERROR, "l")]),
        ([NAMED], {"a": "eu"}, [(*WARNING, "l")]),
        ([NAMED, EU], {"b": "eu"}, []),
        ([NAMED, EU], {"b": "us"}, [(*ERROR, "orders")]),
        ([NAMED, EU], {}, [(*WARNING, "l")]),
        ([NAMED, US], {"a": "eu", "b": "us"}, []),
        ([NAMED, ANY], {"a": "eu", "b": "us"}, []),
        ([NAMED, ANY], {}, []),
        ([BEGUN, ANY], {"a": "eu", "b": "us"}, [(*ERROR, "l")]),
        ([BEGUN, US], {"a": "eu", "b": "us"}, [(*ERROR, "l")]),
        ([PERHAPS, EU], {"b": "us"}, [(*WARNING, "orders")]),
        ([NAMED, topic("payments", "a", residency="eu")], {"b": "us"}, []),
        ([NAMED, topic("orders", "b", residency="eu")], {"b": "us"}, []),
    ],
)
def test_residency(parts, residencies, expected):
    found = [one for one in told(*parts, **residencies) if one[1] == "flow_residency"]
    assert found == expected


def test_a_residency_that_differs_is_told_with_both_labels():
    [one] = findings(topology(NAMED, EU, b="us"))
    assert one.detail == (
        'topic.orders has the residency "eu", and replication_link.l copies it to cluster.b, which has "us". What was copied '
        "once can't be called back."
    )
    assert 'exclude_names = ["orders"]' in one.remedy
    assert written(one) == '{ residency = "x" }'


def test_what_a_provider_has_to_say_of_a_link_is_a_warning_at_its_place():
    slow = Fault("flow_rpo", "Intervals exceed rpo", "d", "r", ("rpo",))
    [one] = findings(topology(link("l", "a", "b", body='rpo = "5m"\n', remarks=(slow,))))
    assert (one.severity, one.summary, written(one)) == (
        Severity.WARNING,
        "Intervals exceed rpo [flow_rpo]",
        '"5m"',
    )
