"""Objects that several blocks yield, through whole plans and applies: who owns them, and when they come and go."""

import pytest
from operations_bench import (
    CLUSTER,
    MEMBER,
    TOPIC,
    actions,
    change,
    cluster,
    details,
    imported,
    removed,
    team,
    topic,
    topics,
    wrong,
)

from kplan.operations import state as stories
from kplan.state.store import StateProblem
from kplan_memory.world import Injection, world

NEEDS_T = "depends_on = [memory_topic.t]"


def owners(bench) -> dict[str, tuple[str, ...]]:
    """Give the owners that state holds of each member, without what all addresses have in common."""
    return {
        leaf.key.identity[0]: tuple(one.removeprefix("memory_team.") for one in leaf.owners)
        for leaf in bench.state().leaves.values()
        if leaf.key.type == MEMBER
    }


def members(bench) -> list[str]:
    return bench.world.names(MEMBER)


def order_of(bench) -> list[str]:
    """List what was done to members since the last look."""
    done = [f"{one.verb} {one.identity[0]}" for one in bench.world.effects if one.leaf == MEMBER]
    bench.world.effects.clear()
    return done


# coming and going


def test_a_member_comes_once_and_belongs_to_every_team(bench):
    outcome = bench.applied(CLUSTER, team("a", "ann bob"), team("b", "bob cid"))
    assert outcome.tally.added == 3
    assert order_of(bench) == ["create ann", "create bob", "create cid"]
    assert owners(bench) == {
        "ann": ("a/c/ann",),
        "bob": ("a/c/bob", "b/c/bob"),
        "cid": ("b/c/cid",),
    }


def test_a_member_goes_with_the_last_team_that_names_it(bench):
    bench.applied(CLUSTER, team("a", "bob"), team("b", "bob"))
    outcome = bench.applied(CLUSTER, team("b", "bob"))
    assert (outcome.tally.destroyed, members(bench)) == (0, ["bob"])
    assert owners(bench) == {"bob": ("b/c/bob",)}
    outcome = bench.applied(CLUSTER)
    assert (outcome.tally.destroyed, members(bench)) == (1, [])


def test_members_on_clusters_are_others(bench):
    two = [cluster("a"), cluster("b")]
    each = [team(one, "bob", on=f"memory_cluster.{one}") for one in "ab"]
    bench.applied(*two, *each)
    bench.applied(*two, each[0])
    assert (world("a").names(MEMBER), world("b").names(MEMBER)) == (["bob"], [])


def test_what_is_no_longer_named_goes_after_what_is_named_now_has_come(bench):
    bench.applied(CLUSTER, team("a", "ann bob"))
    bench.world.effects.clear()
    bench.applied(CLUSTER, team("a", "zoe yan"))
    assert order_of(bench) == ["create yan", "create zoe", "delete ann", "delete bob"]


def test_what_is_no_longer_named_stays_if_what_is_named_now_could_not_come(bench):
    bench.applied(CLUSTER, team("a", "ann"), team("b", "bob"))
    bench.world.inject(Injection("refuse", "create", "zoe"))
    outcome = bench.declare(CLUSTER, team("a", "zoe")).apply()
    assert (outcome.tally.failed, outcome.tally.skipped, outcome.tally.destroyed) == (1, 1, 1)
    assert members(bench) == ["ann"]
    assert owners(bench) == {"ann": ("a/c/ann",)}
    assert bench.apply().tally.destroyed == 1
    assert members(bench) == ["zoe"]


@pytest.mark.parametrize(("first", "second"), ["ab", "ba"])
def test_a_member_of_two_teams_of_which_one_needs_the_other_comes_and_goes(bench, first, second):
    both = [team(first, "ann bob", f"depends_on = [memory_team.{second}]"), team(second, "bob cid", NEEDS_T)]
    outcome = bench.applied(CLUSTER, topic("t"), *both)
    assert (outcome.tally.added, outcome.tally.skipped) == (4, 0)
    assert order_of(bench) == ["create bob", "create cid", "create ann"]
    outcome = bench.apply(destroy=True)
    assert (outcome.tally.destroyed, outcome.tally.skipped) == (4, 0)
    assert members(bench) == bench.world.names() == []


def test_a_member_waits_for_what_any_of_its_teams_needs(bench):
    two = [
        topic("t"),
        topic("s"),
        team("a", "bob", "depends_on = [memory_topic.s]"),
        team("b", "bob", NEEDS_T),
    ]
    bench.world.inject(Injection("refuse", "create", "t"))
    outcome = bench.declare(CLUSTER, *two).apply()
    assert (outcome.tally.failed, outcome.tally.skipped) == (1, 1)
    assert members(bench) == []
    assert bench.apply().tally.added == 2
    assert bench.state().leaves[stories.show(bench.options(), "memory_team.b").key].dependencies == (
        "memory_cluster.c",
        "memory_topic.s",
        "memory_topic.t",
    )


def test_a_protected_member_is_protected_for_all(bench):
    keep = "lifecycle {\n    prevent_destroy = true\n  }"
    bench.applied(CLUSTER, team("a", "bob"), team("b", "bob", keep))
    bench.applied(CLUSTER, team("b", "bob", keep))  # one may let go
    outcome = bench.declare(CLUSTER).plan()
    assert wrong(outcome) == ["Instance cannot be destroyed"]


def test_a_member_that_somebody_took_away_comes_again(bench):
    text = [CLUSTER, team("a", "bob"), team("b", "bob")]
    bench.applied(*text)
    bench.world.delete(MEMBER, "bob")
    assert actions(bench.plan()) == {"memory_team.a/c/bob": "create"}
    bench.applied(*text)
    assert owners(bench) == {"bob": ("a/c/bob", "b/c/bob")}


def test_a_create_without_an_answer_is_found_out(bench):
    text = [CLUSTER, team("a", "bob"), team("b", "bob")]
    bench.world.inject(Injection("lost_after", "create", "bob"))
    bench.declare(*text).apply()
    assert owners(bench) == {}
    bench.applied(*text)
    assert owners(bench) == {"bob": ("a/c/bob", "b/c/bob")}
    assert order_of(bench) == ["create bob"]


# what only an apply decides


def held_until_applied(name: str, wanted: int) -> str:
    condition = f"condition = length(data.memory_topics.d.names) == {wanted}"
    message = f'error_message = "{name} needs {wanted} topics."'
    return f"lifecycle {{\n    precondition {{\n      {condition}\n      {message}\n    }}\n  }}"


D = topics("d", 'prefix = "n"', "depends_on = [memory_topic.n]")


def test_conditions_of_all_its_teams_are_judged_before_a_member_comes(bench):
    bench.declare(
        CLUSTER,
        topic("n"),
        D,
        team("a", "bob"),
        team("b", "bob", held_until_applied("b", 1)),
        team("e", "bob", held_until_applied("e", 2)),
    )
    outcome = bench.apply()
    assert (outcome.tally.failed, members(bench)) == (1, [])
    assert "e needs 2 topics." in details(outcome)[0]


def test_a_member_that_the_apply_decided_on_keeps_its_owners(bench):
    text = [
        CLUSTER,
        topic("n"),
        D,
        team("a", "bob", held_until_applied("a", 1)),
        team("b", "bob", NEEDS_T, "lifecycle {\n    prevent_destroy = true\n  }"),
        topic("t", "depends_on = [data.memory_topics.d]"),
    ]
    outcome = bench.declare(*text).apply()
    assert wrong(outcome) == []
    [leaf] = [one for one in bench.state().leaves.values() if one.key.type == MEMBER]
    assert leaf.owners == ("memory_team.a/c/bob", "memory_team.b/c/bob")
    assert leaf.prevent_destroy
    assert "memory_topic.t" in leaf.dependencies


# a part of it


TEAMS = [CLUSTER, topic("t"), team("a", "ann bob", NEEDS_T), team("b", "bob cid")]


def test_a_claim_outside_the_target_is_kept(bench):
    bench.applied(*TEAMS)
    bench.declare(CLUSTER, topic("t"), team("a", "ann bob", NEEDS_T), team("b", "cid"))
    assert not bench.apply(targets=("memory_team.a",)).plan.has_changes()
    assert owners(bench)["bob"] == ("a/c/bob", "b/c/bob")
    bench.apply(targets=("memory_team.b",))
    assert owners(bench)["bob"] == ("a/c/bob",)


def test_a_block_that_is_gone_lets_go_where_it_is_the_target(bench):
    bench.applied(*TEAMS)
    bench.declare(CLUSTER, topic("t"), team("a", "ann bob", NEEDS_T))
    outcome = bench.apply(targets=("memory_team.b",))
    assert actions(outcome) == {"memory_team.b/c/cid": "delete"}
    assert owners(bench) == {"ann": ("a/c/ann",), "bob": ("a/c/bob",)}


def test_destroy_of_one_owner_releases_its_claim_only(bench):
    bench.applied(*TEAMS)
    outcome = bench.apply(destroy=True, targets=("memory_team.a",))
    assert actions(outcome) == {"memory_team.a/c/ann": "delete"}
    assert owners(bench) == {"bob": ("b/c/bob",), "cid": ("b/c/cid",)}
    assert members(bench) == ["bob", "cid"]


def test_destroy_of_all_owners_destroys(bench):
    bench.applied(*TEAMS)
    outcome = bench.apply(destroy=True, targets=("memory_team.a", "memory_team.b"))
    assert outcome.tally.destroyed == 3
    assert (members(bench), bench.world.names()) == ([], ["t"])


@pytest.mark.parametrize(("needing", "other"), ["ab", "ba"])
def test_destroy_of_what_one_owner_needs_leaves_the_other_its_members(bench, needing, other):
    """What they share holds what both need, so that it alone would not tell whose need it is."""
    bench.applied(CLUSTER, topic("t"), team(needing, "ann bob", NEEDS_T), team(other, "adi bob zoe"))
    outcome = bench.apply(destroy=True, targets=("memory_topic.t",))
    assert actions(outcome) == {f"memory_team.{needing}/c/ann": "delete", "memory_topic.t": "delete"}
    assert owners(bench) == {name: (f"{other}/c/{name}",) for name in ("adi", "bob", "zoe")}


def test_destroy_of_what_both_need_destroys(bench):
    bench.applied(CLUSTER, topic("t"), team("a", "bob", NEEDS_T), team("b", "bob cid", NEEDS_T))
    outcome = bench.apply(destroy=True, targets=("memory_topic.t",))
    assert outcome.tally.destroyed == 3
    assert members(bench) == bench.world.names() == []


def test_a_target_may_be_a_single_member(bench):
    bench.declare(*TEAMS)
    outcome = bench.apply(targets=("memory_team.b/c/bob",))
    assert actions(outcome) == {"memory_team.b/c/bob": "create"}
    assert owners(bench) == {"bob": ("b/c/bob",)}
    assert actions(bench.plan(replaces=("memory_team.b/c/bob",), targets=("memory_team.b",))) == {
        "memory_team.b/c/bob": "replace",
        "memory_team.b/c/cid": "create",
    }


def test_claims_of_what_is_left_out_with_a_cluster_are_kept(bench):
    far = cluster("a")
    needs_far = "depends_on = [memory_topic.far]"
    text = [CLUSTER, far, topic("far", on="memory_cluster.a"), team("a", "bob")]
    bench.applied(*text, team("b", "bob cid", needs_far))
    bench.declare(*text[:3], team("b", "bob cid", needs_far))
    outcome = bench.apply(exclude_clusters=("memory_cluster.a",))
    assert outcome.tally.destroyed == 0
    assert members(bench) == ["bob", "cid"]
    bench.apply()
    assert owners(bench) == {"bob": ("b/c/bob",), "cid": ("b/c/cid",)}


# adopting, moving, letting go


def test_a_team_is_imported_as_far_as_it_exists(bench):
    bench.world.create(MEMBER, "bob")
    text = [CLUSTER, team("a", "ann bob"), team("b", "bob")]
    assert wrong(bench.declare(*text).plan()) == ["Object exists but is not managed"]
    outcome = bench.applied(*text, imported("memory_team.b", "*"))
    assert (outcome.tally.adopted, outcome.tally.added) == (1, 1)
    assert owners(bench)["bob"] == ("a/c/bob", "b/c/bob")
    assert order_of(bench) == ["create ann"]


def test_an_instance_of_a_team_is_imported(bench):
    for name in ("ann", "bob"):
        bench.world.create(MEMBER, name)
    keyed = 'memory_team "k" {\n  for_each = toset(["ann", "bob"])\n  cluster = memory_cluster.c\n  members = [each.key]\n}\n'
    outcome = bench.declare(CLUSTER, keyed, imported('memory_team.k["ann"]', "*")).plan()
    assert wrong(outcome) == ["Object exists but is not managed"]
    assert [one.address for one in outcome.plan.changes if one.adopting] == ['memory_team.k["ann"]/c/ann']


@pytest.mark.parametrize(
    ("to", "id_", "problem"),
    [
        ("memory_team.a", "bob", "Import of another object"),
        ("memory_topic.t", "*", "Import of another object"),
    ],
)
def test_an_import_that_means_another_thing_is_told(bench, to, id_, problem):
    bench.world.create(TOPIC, "t")
    outcome = bench.declare(CLUSTER, topic("t"), team("a", "bob"), imported(to, id_)).plan()
    assert problem in wrong(outcome)


def test_an_import_of_what_has_no_block_is_told(bench):
    outcome = bench.declare(CLUSTER, team("a", "bob"), imported("memory_team.b", "*")).plan()
    assert wrong(outcome) == ["Import to undeclared address"]


def test_a_team_is_removed_without_its_members(bench):
    bench.applied(CLUSTER, team("a", "ann bob"), team("b", "bob"))
    outcome = bench.applied(CLUSTER, team("b", "bob"), removed("memory_team.a", "false"))
    assert outcome.tally.forgotten == 1
    assert members(bench) == ["ann", "bob"]
    assert owners(bench) == {"bob": ("b/c/bob",)}


def test_who_lets_it_be_wins_over_who_destroys_it(bench):
    bench.applied(CLUSTER, team("a", "bob"), team("b", "bob"))
    outcome = bench.applied(CLUSTER, removed("memory_team.a", "true"), removed("memory_team.b", "false"))
    assert (outcome.tally.forgotten, outcome.tally.destroyed) == (1, 0)
    assert members(bench) == ["bob"]


def test_a_removed_block_of_a_team_that_is_declared_is_told(bench):
    outcome = bench.declare(CLUSTER, team("a", "bob"), removed("memory_team.a", "true")).plan()
    assert wrong(outcome) == ["Removed block is still declared"]


def test_a_team_by_another_name_is_the_same_team(bench):
    bench.applied(CLUSTER, team("a", "ann bob"), team("b", "bob"))
    outcome = bench.applied(CLUSTER, team("z", "ann bob"), team("b", "bob"))
    assert change(outcome, "memory_team.z/c/ann").previous_address == "memory_team.a/c/ann"
    assert owners(bench) == {"ann": ("z/c/ann",), "bob": ("b/c/bob", "z/c/bob")}


# state by hand


def test_a_team_is_moved_in_state_with_its_claims(bench):
    bench.applied(*TEAMS)
    assert stories.move(bench.options(), "memory_team.b", 'memory_team.x["k"]') == (
        ("memory_team.b/c/bob", 'memory_team.x["k"]/c/bob'),
        ("memory_team.b/c/cid", 'memory_team.x["k"]/c/cid'),
    )
    assert owners(bench)["bob"] == ("a/c/bob", 'x["k"]/c/bob')
    stories.move(bench.options(), 'memory_team.x["k"]/c/cid', "memory_team.y/c/cid")
    assert owners(bench)["cid"] == ("y/c/cid",)


def test_owners_stay_in_order_when_one_is_moved(bench):
    bench.applied(*TEAMS)
    stories.move(bench.options(), "memory_team.a", "memory_team.z")
    assert owners(bench)["bob"] == ("b/c/bob", "z/c/bob")


@pytest.mark.parametrize(
    ("source", "destination", "problem"),
    [
        ("memory_team.a", "memory_team.b", "Address is taken"),
        ("memory_team.b/c/bob", "memory_team.a/c/bob", "Address is taken"),
        ("memory_team.a", "memory_seat.a", "Another type"),
        ("memory_team.a", "memory_topic.z", "Another type"),
        ("memory_team.k", 'memory_team.z["x"]', "Not one object"),
        ("memory_team.a/c/none", "memory_team.a/c/more", "No such object"),
        ("memory_team.a/c/ann", "memory_team.z", "Not alike"),
        ("memory_team.a", "memory_team.z/c/ann", "Not alike"),
    ],
)
def test_a_move_in_state_that_can_not_be_changes_nothing(bench, source, destination, problem):
    keyed = 'memory_team "k" {\n  for_each = toset(["eve", "fay"])\n  cluster = memory_cluster.c\n  members = [each.key]\n}\n'
    bench.applied(*TEAMS, keyed)
    before = bench.state()
    with pytest.raises(StateProblem) as caught:
        stories.move(bench.options(), source, destination)
    assert caught.value.summary == problem
    assert bench.state() == before


def test_what_one_owner_forgets_the_other_keeps(bench):
    bench.applied(*TEAMS)
    assert stories.remove(bench.options(), ["memory_team.a"]) == (
        "memory_team.a/c/ann",
        "memory_team.a/c/bob",
    )
    assert owners(bench) == {"bob": ("b/c/bob",), "cid": ("b/c/cid",)}
    assert stories.remove(bench.options(), ["memory_team.b/c/bob"]) == ("memory_team.b/c/bob",)
    assert owners(bench) == {"cid": ("b/c/cid",)}
    assert members(bench) == ["ann", "bob", "cid"]


def test_objects_are_found_in_state_by_any_owner(bench):
    bench.applied(*TEAMS)
    for wanted in ("memory_team.b", "memory_team.b/c/bob"):
        assert stories.show(bench.options(), wanted).key.identity == ("bob",)
    found = stories.list_(bench.options(), ["memory_team.b"])
    assert [leaf.address for leaf in found] == ["memory_team.a/c/bob", "memory_team.b/c/cid"]
