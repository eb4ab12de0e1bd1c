"""What several blocks yield: claims gathered, merged into one object, and given up one by one."""

from plan_subjects import PRIOR, SEEN, SOURCE, builder, declared, held, instance, key, module, state

from kplan.plan.claims import Claims, released
from kplan.plan.model import Action
from kplan.sdk.session import Absent
from kplan.sdk.types import Composite, Leaf

MEMBER = Leaf("topic", (), ("name",), "cluster", "cluster", shared=True)
TEAM, SEAT = Composite("team", ()), Composite("seat", (), sole=True)


def claim(parent, *, name="orders", **more):
    made = instance(f"{parent}/{name}", block=parent.partition("[")[0], leaf=MEMBER, parent=parent)
    return made._replace(identity=(name,), **more)


def building(known=None, *blocks):
    """Build over teams and seats, by address."""
    build = builder(known, blocks=())
    build.types.leaves["topic"] = MEMBER
    for one in blocks or ("team.a", "team.b", "seat.a", "seat.b"):
        build.module.declared[one] = declared(one)._replace(kind=SEAT if one.startswith("seat") else TEAM)
    return build


def gathered(*claims, kept=()):
    made = Claims(module())
    for one in claims:
        made._module.declared.setdefault(one.block, declared(one.block)._replace(kind=TEAM))
        assert made.add(key(one.identity), one) is None
    return dict(made.merged(lambda _: kept))


def test_a_single_claim_is_the_object():
    one = claim("team.a")
    assert gathered(one) == {key(): one}


def test_several_claims_are_one_object_under_the_first_address():
    found = gathered(claim("team.b"), claim('team.c["k"]'), claim("team.a"))
    assert found.keys() == {key()}
    assert found[key()].address == "team.a/orders"
    assert found[key()].owners == ("team.b/orders", 'team.c["k"]/orders')


def test_objects_are_kept_apart():
    found = gathered(claim("team.a"), claim("team.a", name="other"), claim("team.b", name="other"))
    assert {one.address: one.owners for one in found.values()} == {
        "team.a/orders": (),
        "team.a/other": ("team.b/other",),
    }


def test_an_object_needs_what_any_claim_needs_and_is_protected_if_any_claim_is():
    first = claim("team.a", depends=("cluster.c", "topic.x"))
    second = claim("team.b", depends=("cluster.c", "topic.y"), prevent_destroy=True)
    one = gathered(first, second)[key()]
    assert one.depends == ("cluster.c", "topic.x", "topic.y")
    assert one.prevent_destroy
    assert not gathered(first, second._replace(prevent_destroy=False))[key()].prevent_destroy


def test_an_object_is_open_while_any_claim_is():
    first, second = claim("team.a"), claim("team.b", unresolved=True)
    assert gathered(first, second)[key()].unresolved
    assert not gathered(first, second._replace(unresolved=False))[key()].unresolved


def test_claims_that_this_run_does_not_look_at_are_kept():
    one = gathered(claim("team.b"), kept=("team.a/orders", "team.b/orders"))[key()]
    assert (one.address, one.owners) == ("team.b/orders", ("team.a/orders",))


def test_a_seat_is_given_once():
    build = building()
    build.declare([claim("seat.a"), claim("team.a"), claim("seat.b"), claim("seat.b", name="other")])
    [told] = build.diagnostics
    assert told.summary == "Two addresses for one object"
    assert told.detail == "seat.a and seat.b are both orders on cluster.c. Declare it once."
    assert (told.source, told.start) == (SOURCE, declared("seat.b").place.error("", "", 6, 13).start)


def test_a_seat_may_be_given_to_a_member_of_any_team():
    build = building()
    build.declare([claim("team.a"), claim("seat.a"), claim("team.b")])
    assert build.diagnostics == []


def shared(build, *claims, still=lambda _: False):
    """Declare claims and decide what they come to."""
    assert build.declare(claims) == []
    taken = build.late(still)
    seen = {build.key(one): SEEN if build.key(one) in build.draft.leaves else Absent() for one in taken}
    build.decide("topic", "cluster.c", seen, {build.key(one): one for one in taken})
    return build


def test_what_is_shared_is_declared_once_all_claims_are_known():
    build = building()
    build.declare([claim("team.a")])
    build.declare([claim("team.b")])
    assert build.declared == {}
    [one] = build.late(lambda _: False)
    assert build.declared == {key(): one}
    assert one.owners == ("team.b/orders",)


def test_state_remembers_every_owner():
    [change] = shared(building(), claim("team.b"), claim("team.a")).changes
    assert (change.action, change.address, change.owners) == (
        Action.CREATE,
        "team.a/orders",
        ("team.b/orders",),
    )
    assert change.leaf.owners == ("team.a/orders", "team.b/orders")
    assert change.blocks == ("team.a", "team.b")


def owned(*owners):
    return held(owners[0], dependencies=("cluster.c",), owners=owners)


def test_an_owner_that_came_or_went_is_remembered_and_moves_nothing():
    for before in (("team.a/orders",), ("team.b/orders",), ("team.b/orders", "team.c/orders")):
        [change] = shared(building(state(owned(*before))), claim("team.a"), claim("team.b")).changes
        assert change.action is Action.NO_OP
        assert change.remember
        assert change.previous_address == ""
        assert change.leaf.owners == ("team.a/orders", "team.b/orders")


def test_nothing_is_remembered_where_the_owners_are_the_same():
    both = ("team.a/orders", "team.b/orders")
    [change] = shared(building(state(owned(*both))), claim("team.a"), claim("team.b")).changes
    assert not change.remember


def test_an_object_that_only_others_claim_now_has_moved():
    [change] = shared(building(state(owned("team.b/orders"))), claim("team.a")).changes
    assert change.previous_address == "team.b/orders"


def test_a_run_asks_of_every_owner_in_state_whether_it_still_claims():
    asked = []

    def still(owner):
        asked.append(owner)
        return owner == "team.c/orders"

    known = state(owned("team.b/orders", "team.c/orders"))
    [change] = shared(building(known), claim("team.a"), still=still).changes
    assert asked == ["team.b/orders", "team.c/orders"]
    assert change.leaf.owners == ("team.a/orders", "team.c/orders")


def test_what_others_still_claim_is_let_go_of_and_stays():
    build = building(state(owned("team.a/orders", "team.b/orders", "team.c/orders")))
    assert build.release(key(), lambda owner: owner != "team.b/orders")
    [change] = build.changes
    assert change == released(build.draft.leaves[key()], ["team.a/orders", "team.c/orders"])
    assert (change.action, change.remember, change.steps) == (Action.NO_OP, True, ())
    assert (change.address, change.owners) == ("team.a/orders", ("team.c/orders",))
    assert change.leaf.owners == ("team.a/orders", "team.c/orders")
    assert change.before == change.after == PRIOR


def test_what_all_still_claim_or_nobody_does_is_not_let_go_of():
    build = building(state(owned("team.a/orders", "team.b/orders")))
    assert build.release(key(), lambda _: True)
    assert not build.release(key(), lambda _: False)
    assert not build.release(key("unknown"), lambda _: True)
    assert build.changes == []


def test_what_is_not_shared_is_never_let_go_of():
    build = builder(state(held()))
    assert not build.release(key(), lambda _: True)
    assert build.changes == []


def test_an_object_that_nobody_claims_any_more_goes_with_all_its_owners():
    build = building(state(owned("team.a/orders", "team.gone/orders")))
    build.decide("topic", "cluster.c", {key(): SEEN}, {})
    [change] = build.changes
    assert (change.action, change.address, change.owners) == (
        Action.DELETE,
        "team.a/orders",
        ("team.gone/orders",),
    )
    assert change.reason == "because team.a no longer asks for it"
