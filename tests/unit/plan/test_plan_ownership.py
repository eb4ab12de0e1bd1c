"""Words for objects that are not ours or can't be read, to the letter."""

import pytest
from plan_subjects import WRONG, change, held, instance, key, module, subject, told

from kplan.lang.diagnostics import error
from kplan.plan.decide import Unowned
from kplan.plan.model import Action
from kplan.plan.ownership import relabelled, unowned, unreadable
from kplan.sdk.session import Fault, Unreadable


def stranger(address, name=None, *, recreated=False, **more):
    name = address.partition(".")[2] if name is None else name
    one = subject(instance(address, **more), held() if recreated else None, key=key(name))
    return Unowned(one, recreated)


ADOPTING = "Adopting changes nothing by itself; differences are then shown as updates."


def block(address, name):
    return f'  import {{\n    to = {address}\n    id = "{name}"\n  }}'


def test_one_stranger_is_told_at_its_block():
    detail = "\n".join(
        [
            "An object that the configuration declares exists already and was not made by kplan:",
            '  topic.orders: topic "orders-v1" on cluster.c',
            "kplan changes only what it created or adopted. To adopt, pass --adopt='topic.orders', or write:",
            '  import {\n    to = topic.orders\n    id = "orders-v1"\n  }',
            ADOPTING,
        ]
    )
    found = unowned([stranger("topic.orders", "orders-v1")], module("topic.orders"))
    assert found == [told("topic.orders", "Object exists but is not managed", detail)]


def test_an_instance_is_told_at_its_block_and_an_identity_by_all_its_parts():
    one = stranger('topic.orders["eu"]', ("alice", "read"), endpoint='cluster.edge["fra"]')
    (found,) = unowned([one], module("topic.orders"))
    assert found[5:7] == told("topic.orders", "", "")[5:7]
    assert '  topic.orders["eu"]: topic "alice:read" on cluster.edge["fra"]\n' in found.detail
    assert block('topic.orders["eu"]', "alice:read") in found.detail
    assert "--adopt='topic.orders[\"eu\"]'" in found.detail


@pytest.mark.parametrize(
    ("count", "more", "blocks", "so_on"),
    [
        (2, [], 2, []),
        (3, [], 3, []),
        (4, [], 3, ["  … and so on"]),
        (50, [], 3, ["  … and so on"]),
        (51, ["  … and 1 more"], 3, ["  … and so on"]),
        (57, ["  … and 7 more"], 3, ["  … and so on"]),
    ],
)
def test_many_strangers_are_told_once_in_order(count, more, blocks, so_on):
    addresses = [f"topic.t{number:02}" for number in range(count)]
    found = unowned([stranger(one) for one in reversed(addresses)], module(*addresses))
    detail = "\n".join(
        [
            f"{count} objects that the configuration declares exist already and were not made by kplan:",
            *[f'  {one}: topic "{one[6:]}" on cluster.c' for one in addresses[:50]],
            *more,
            "kplan changes only what it created or adopted. To adopt, pass --adopt='topic.*', or write:",
            *[block(one, one[6:]) for one in addresses[:blocks]],
            *so_on,
            ADOPTING,
        ]
    )
    assert found == [told("topic.t00", "Object exists but is not managed", detail)]


def test_strangers_of_several_types_are_adopted_by_a_pattern_each():
    given = [stranger("topic.b"), stranger('rule.a["x.y"]', "a"), stranger("topic.c")]
    (found,) = unowned(given, module("rule.a", "topic.b", "topic.c"))
    assert "To adopt, pass --adopt='rule.*' --adopt='topic.*', or write:\n" in found.detail


def recreated_words(address, name):
    detail = (
        f'{address}: topic "{name}" on cluster.c was deleted and re-created outside of kplan: it has the same name '
        "but another id, so it is not the object that kplan made. To take it over as it is, run: kplan state rm "
        f"'{address}', and then adopt it with --adopt='{address}'."
    )
    return told(address, "Object was re-created outside", detail)


def test_each_recreated_object_is_told_at_its_block():
    found = unowned(
        [stranger("topic.b", recreated=True), stranger("topic.a", recreated=True)],
        module("topic.a", "topic.b"),
    )
    assert found == [recreated_words("topic.b", "b"), recreated_words("topic.a", "a")]


def test_strangers_are_told_before_and_apart_from_the_recreated():
    found = unowned(
        [stranger("topic.a", recreated=True), stranger("topic.longer")], module("topic.a", "topic.longer")
    )
    assert [one.summary for one in found] == [
        "Object exists but is not managed",
        "Object was re-created outside",
    ]
    assert found[1] == recreated_words("topic.a", "a")
    assert found[0].detail.startswith("An object that the configuration declares exists already")
    assert "topic.a:" not in found[0].detail
    assert found[0].start == told("topic.longer", "", "").start


def test_only_what_is_declared_can_be_told():
    assert unowned([], module()) == []
    undeclared = Unowned(subject(None, held()), recreated=True)
    assert unowned([undeclared, stranger("topic.a", recreated=True)], module("topic.a")) == [
        recreated_words("topic.a", "a")
    ]
    with pytest.raises(AssertionError):
        unowned([Unowned(subject(None, held()), recreated=False)], module())


# what can't be read


def test_nothing_unread_is_nothing_told():
    assert unreadable([]) == []


def test_what_could_not_be_read_is_told_once_for_each_cause():
    other = Fault("down", "Down", "", "Start it.")
    third = Fault("down", "Down", "", "Wait.")
    found = unreadable(
        [
            ("topic.c", Unreadable(WRONG)),
            ("topic.b", Unreadable(other)),
            ("topic.a", Unreadable(WRONG._replace(code="else", path=("x",)))),
            ("topic.d", Unreadable(third)),
        ]
    )
    assert found == [
        error("Down", "Not read: topic.b.", remedy="Start it."),
        error("Down", "Not read: topic.d.", remedy="Wait."),
        error("Wrong", "It is.\nNot read: topic.a, topic.c.", remedy="Mend it."),
    ]


@pytest.mark.parametrize(("count", "more"), [(9, ""), (10, ""), (11, " and 1 more"), (15, " and 5 more")])
def test_ten_that_could_not_be_read_are_named(count, more):
    found = unreadable([(f"topic.t{number:02}", Unreadable(WRONG)) for number in reversed(range(count))])
    names = ", ".join(f"topic.t{number:02}" for number in range(min(count, 10)))
    assert found == [error("Wrong", f"It is.\nNot read: {names}{more}.", remedy="Mend it.")]


# labels that changed


def made(address, *, defaulted=True, **more):
    return change(address, Action.CREATE, leaf=held(address, name_defaulted=defaulted), **more)


def gone(address, name=None, **more):
    return change(address, Action.DELETE, address[6:] if name is None else name, **more)


ALL = frozenset({"topic.old", "topic.older"})
ELSEWHERE = {"endpoint": "cluster.d"}
OTHER_TYPE = {"key": key(("a", "b"), "rule")}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], {}),
        ([gone("topic.old"), made("topic.new")], {"topic.new": "old"}),
        ([made("topic.new"), gone("topic.old", "was")], {"topic.new": "was"}),
        (
            [gone("topic.old"), gone("topic.older"), made("topic.a"), made("topic.b")],
            {"topic.a": "old", "topic.b": "older"},
        ),
        ([gone("topic.old"), made("topic.a"), made("topic.b")], {"topic.a": "old"}),
        ([gone("topic.old"), gone("topic.older"), made("topic.a")], {"topic.a": "old"}),
        ([gone("topic.named"), made("topic.new")], {}),
        ([gone("topic.old"), made("topic.new", defaulted=False)], {}),
        ([gone("topic.old"), made("topic.new")._replace(leaf=None)], {}),
        ([gone("topic.old"), made("topic.new", **ELSEWHERE)], {}),
        ([gone("topic.old", **ELSEWHERE), made("topic.new", **ELSEWHERE)], {"topic.new": "old"}),
        ([gone("topic.old"), made("topic.new", **OTHER_TYPE)], {}),
        ([gone("topic.old", **OTHER_TYPE), made("topic.new", **OTHER_TYPE)], {"topic.new": "a:b"}),
        ([gone("topic.old")._replace(action=Action.FORGET), made("topic.new")], {}),
        ([gone("topic.old")._replace(action=Action.REPLACE), made("topic.new")], {}),
        ([gone("topic.old"), made("topic.new")._replace(action=Action.UPDATE)], {}),
        ([gone("topic.named"), gone("topic.old"), made("topic.new")], {"topic.new": "old"}),
        (
            [
                made("topic.other", **ELSEWHERE),
                gone("topic.old"),
                made("topic.new"),
            ],
            {"topic.new": "old"},
        ),
    ],
)
def test_a_create_may_be_a_renamed_label(changes, found):
    assert relabelled(changes, ALL) == found
