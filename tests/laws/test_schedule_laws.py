"""Laws of the schedule: whatever the graph and whatever fails, edges hold, and everything ends once."""

from hypothesis import given
from hypothesis import strategies as st

from kplan.apply.schedule import Schedule
from kplan.graph.order import closure
from kplan.plan.model import Action, Change
from kplan.state.model import Key

BLOCKS = [f"topic.{letter}" for letter in "abcdefgh"]
GONE = [f"topic.old_{letter}" for letter in "abcd"]


def change(number: int, block: str, action: Action, prior_depends: tuple[str, ...]) -> Change:
    address = f'{block}["{number}"]'
    return Change(
        address,
        action,
        Key("u", "topic", (str(number),)),
        "cluster.c",
        {},
        {},
        None,
        prior_depends=prior_depends,
    )


@st.composite
def plans(draw, circles: bool = False):
    """Give changes and edges. Blocks refer to blocks before them; what state remembers too, unless in circles."""
    edges = {
        block: tuple(draw(st.lists(st.sampled_from(BLOCKS[:at]), max_size=3, unique=True)) if at else ())
        for at, block in enumerate(BLOCKS)
    }
    changes = []
    for at, block in enumerate(BLOCKS + GONE):
        for _ in range(draw(st.integers(0, 3))):
            remembered = (
                (BLOCKS + GONE) if circles else GONE[: max(0, at - len(BLOCKS))] if block in GONE else GONE
            )
            action = (
                Action.DELETE
                if block in GONE
                else draw(st.sampled_from([Action.CREATE, Action.UPDATE, Action.REPLACE]))
            )
            prior = (
                tuple(draw(st.lists(st.sampled_from(remembered), max_size=3, unique=True)))
                if remembered
                else ()
            )
            changes.append(change(len(changes), block, action, prior))
    return draw(st.permutations(changes)), edges


def block_of(one: Change) -> str:
    return one.address.partition("[")[0]


def waits(changes: list[Change], edges: dict[str, tuple[str, ...]]) -> dict[int, set[int]]:
    """Say by definition what each change waits for, step by step."""
    reached: dict[str, set[str]] = {}
    for block in BLOCKS:  # these are in order already
        reached[block] = set(edges[block]).union(*(reached[one] for one in edges[block]))
    found: dict[int, set[int]] = {number: set() for number in range(len(changes))}
    for number, one in enumerate(changes):
        for other, its in enumerate(changes):
            if one.action is Action.DELETE:
                if block_of(one) in its.prior_depends and block_of(its) != block_of(one):
                    found[number].add(other)
            elif its.action is not Action.DELETE and block_of(its) in reached[block_of(one)]:
                found[number].add(other)
    return found


def carry_out(changes: list[Change], edges: dict[str, tuple[str, ...]], data: st.DataObject):
    """Run a schedule to its end in any order, with any failures; give starts in order, failures and skips."""
    schedule = Schedule(changes, edges)
    ready, started, failed, skipped = schedule.take_ready(), [], set(), []
    while ready:
        number = ready.pop(data.draw(st.integers(0, len(ready) - 1)))
        started.append(number)
        succeeded = data.draw(st.booleans() | st.just(True))
        gone = schedule.settle(number, succeeded=succeeded)
        assert gone == sorted(gone)
        if not succeeded:
            failed.add(number)
        skipped += gone
        ready += schedule.take_ready()
    return started, failed, skipped, schedule


@given(plans(), st.data())
def test_everything_waits_for_what_it_needs_and_ends_once(plan, data):
    changes, edges = plan
    started, failed, skipped, schedule = carry_out(changes, edges, data)
    needs = waits(changes, edges)
    assert sorted(started + skipped) == list(range(len(changes)))
    for at, number in enumerate(started):
        assert needs[number] <= set(started[:at]) - failed
    bad = set(failed)
    while more := {number for number, needed in needs.items() if needed & bad} - bad:
        bad |= more
    assert set(skipped) == bad - failed
    assert set(schedule.skipped.values()) <= failed
    assert set(schedule.skipped) == set(skipped)


@given(plans(), st.data())
def test_what_is_skipped_names_a_failure_that_it_depends_on(plan, data):
    changes, edges = plan
    _, failed, _, schedule = carry_out(changes, edges, data)
    needs = waits(changes, edges)
    for number, because in schedule.skipped.items():
        reached, queue = set(), [number]
        while queue:
            new = needs[queue.pop()] - reached
            reached |= new
            queue += new
        assert because in reached & failed


@given(plans(circles=True), st.data())
def test_circles_in_what_state_remembers_stop_nothing(plan, data):
    changes, edges = plan
    started, _, skipped, _ = carry_out(changes, edges, data)
    assert sorted(started + skipped) == list(range(len(changes)))


GRANTS = [f"grant.{letter}" for letter in "abcdef"]


@st.composite
def shared_plans(draw):
    """Give changes of objects that several blocks may own, and edges."""
    edges = {
        block: tuple(draw(st.lists(st.sampled_from(GRANTS[:at]), max_size=2, unique=True)) if at else ())
        for at, block in enumerate(GRANTS)
    }
    changes = []
    owners = st.lists(st.sampled_from([*GRANTS, "grant.only_in_state"]), min_size=1, max_size=3, unique=True)
    for number, blocks in enumerate(draw(st.lists(owners, max_size=8))):
        action = draw(st.sampled_from([Action.CREATE, Action.CREATE, Action.DELETE]))
        first, *others = sorted(f"{block}/p/{number}" for block in blocks)
        needs = tuple({needed for block in blocks for needed in edges.get(block, ())})
        prior = needs if action is Action.DELETE else ()
        made = change(number, first, action, prior)
        changes.append(made._replace(address=first, owners=tuple(others)))
    return changes, edges


def apart(changes, edges):
    """Say of two blocks whether neither waits for the other by way of what they share, in a circle."""
    ways = {block: set(needed) for block, needed in edges.items()}
    for one in changes:
        if one.action is not Action.DELETE:
            for block in one.blocks:
                ways.setdefault(block, set()).update(set(one.blocks) - {block})
    reached = {block: closure(ways, needed) for block, needed in ways.items()}
    return lambda block, needed: block not in reached.get(needed, ())


@given(shared_plans(), st.data())
def test_shared_objects_wait_for_what_any_owner_needs_and_never_for_ever(plan, data):
    changes, edges = plan
    started, failed, skipped, _ = carry_out(changes, edges, data)
    assert sorted(started + skipped) == list(range(len(changes)))
    straight = apart(changes, edges)
    place = {number: at for at, number in enumerate(started)}
    for number, at in place.items():
        one = changes[number]
        for other, its in enumerate(changes):
            if its.action is Action.DELETE:
                continue
            if one.action is Action.DELETE:
                first = not set(one.blocks).isdisjoint(its.blocks)
            else:
                first = any(
                    needed in edges.get(block, ()) and straight(block, needed)
                    for block in one.blocks
                    for needed in its.blocks
                )
            assert not first or (other not in failed and place.get(other, len(changes)) < at)


@given(plans())
def test_the_same_plan_is_ready_in_the_same_order(plan):
    changes, edges = plan
    turned = dict(reversed(edges.items()))
    assert Schedule(changes, edges).take_ready() == Schedule(changes, turned).take_ready()
