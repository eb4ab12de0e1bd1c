"""A whole plan shown to its providers: what changes, what stays, and what the plan does not look at."""

from types import SimpleNamespace

import pytest
from plan_subjects import RULE, TOPIC, change, declared, held, key, module

from kplan.plan.model import Action
from kplan.plan.review import reviewed
from kplan.registry.types import Types
from kplan.sdk.session import Fault, Outcome

FAULT = Fault("together", "They don't go together", "One is there.", "Take it away.")
CREATED = change("topic.made", Action.CREATE, after={}, leaf=held())
DELETED = change("topic.gone", Action.DELETE, before={})
KEPT = change("topic.kept", Action.NO_OP, before={}, after={})
FORGOTTEN = change("topic.left", Action.FORGET, before={}, after={})


class Reviewer:
    """Rules that look at a whole plan, and find fault with the objects of these names."""

    def __init__(self, *names):
        self.names, self.shown = names, None

    def review(self, outcomes):
        assert self.shown is None, "asked twice"
        self.shown = list(outcomes)
        return {at: FAULT for at, one in enumerate(outcomes) if one.identity[0] in self.names}


def review(*changes, topics=None, rules=None, leaves=(), blocks=()):
    types = Types({}, {"topic": TOPIC, "rule": RULE}, {}, {}, {"topic": topics, "rule": rules}, ())
    configuration = SimpleNamespace(types=types, module=module(*blocks))
    return list(reviewed(changes, {one.key: one for one in leaves}, configuration))


def test_a_provider_sees_its_objects_as_the_plan_leaves_them():
    reviewer = Reviewer()
    assert review(CREATED, DELETED, KEPT, FORGOTTEN, topics=reviewer) == []
    assert reviewer.shown == [
        Outcome("topic", "cluster.c", ("made",), there=True, goes=False),
        Outcome("topic", "cluster.c", ("gone",), there=False, goes=True),
        Outcome("topic", "cluster.c", ("kept",), there=True, goes=False),
        Outcome("topic", "cluster.c", ("left",), there=True, goes=False),
    ]


def test_what_the_plan_does_not_look_at_is_as_state_has_it():
    reviewer = Reviewer()
    kept = held("topic.kept", "kept")
    review(CREATED, KEPT, topics=reviewer, leaves=[kept, held("topic.far", "far", endpoint="cluster.d")])
    assert reviewer.shown[2:] == [Outcome("topic", "cluster.d", ("far",), there=True, goes=False)]


def test_objects_of_a_provider_of_which_nothing_is_in_the_plan_are_shown_too():
    topics, rules = Reviewer(), Reviewer()
    rule = held()._replace(key=key(("anna", "read"), "rule"))
    assert review(CREATED, topics=topics, rules=rules, leaves=[rule]) == []
    assert [one.leaf for one in topics.shown] == ["topic"]
    assert [one.leaf for one in rules.shown] == ["rule"]


def test_all_types_of_a_provider_are_shown_together():
    both = Reviewer()
    rule = change("rule.r", Action.CREATE, after={})._replace(key=key(("anna", "read"), "rule"))
    review(CREATED, rule, topics=both, rules=both)
    assert [one.leaf for one in both.shown] == ["topic", "rule"]


def test_a_plan_that_changes_nothing_is_not_reviewed():
    reviewer = Reviewer("kept")
    assert review(KEPT, topics=reviewer) == []
    assert reviewer.shown is None


def test_a_provider_that_reviews_nothing_is_not_asked():
    assert review(CREATED, topics=object(), leaves=[held("topic.far", "far")]) == []
    assert review(CREATED, topics=object(), leaves=[held()._replace(key=key("x", "unheard_of"))]) == []


@pytest.mark.parametrize("blocks", [("topic.gone",), ("topic.gone", "topic.made")])
def test_a_fault_is_told_at_the_block_if_there_is_one_still(blocks):
    [told] = review(DELETED, topics=Reviewer("gone"), blocks=blocks)
    header = declared("topic.gone")
    assert (told.summary, told.start) == (FAULT.summary, header.place.base + header.block[2])
    assert told.values == (("address", "topic.gone"),)


def test_a_fault_of_what_has_no_block_any_more_names_the_address():
    [told] = review(DELETED, topics=Reviewer("gone"), blocks=["topic.made"])
    assert (told.summary, told.detail, told.remedy) == (
        FAULT.summary,
        "topic.gone: One is there.",
        FAULT.remedy,
    )
    assert told.source is None


def test_all_faults_are_told_in_the_order_of_the_changes():
    found = review(DELETED, CREATED, KEPT, topics=Reviewer("made", "gone"))
    assert [one.detail.partition(":")[0] for one in found] == ["topic.gone", "topic.made"]
