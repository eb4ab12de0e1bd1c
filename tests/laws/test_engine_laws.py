"""Laws of the whole engine over worlds in this process: whatever is declared comes true, and nothing else is touched."""

from typing import Any

from engine_worlds import CLUSTERS, JOB, READS, TOPIC, Declared, declared, engine, evolved, holds, objects
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.plan.model import Action
from kplan.state.codec import decode_state, encode_state
from kplan_memory.world import Injection, world


def summaries(outcome: Any) -> list[str]:
    return [one.summary for one in outcome.diagnostics]


def snapshot() -> dict[str, Any]:
    return {
        name: (world(name).serial, {leaf: dict(held) for leaf, held in world(name).objects.items()})
        for name in CLUSTERS
    }


def effects() -> list[Any]:
    return [(name, *effect) for name in CLUSTERS for effect in world(name).effects]


@settings(max_examples=40)
@given(declared())
def test_what_was_applied_leaves_nothing_to_plan(one):
    with engine() as kplan:
        kplan.write(one.blocks())
        outcome = kplan.apply()
        assert summaries(outcome) == []
        assert outcome.tally.added == len(one.objects())
        holds(one, {})
        assert kplan.owned() == one.objects()
        done = effects()
        assert len(done) == len(one.objects())
        again = kplan.plan().plan
        assert not again.has_changes()
        assert kplan.apply().tally.changed == 0
        assert effects() == done


@settings(max_examples=25)
@given(declared(), st.data())
def test_the_order_of_files_and_blocks_means_nothing(before, data):
    with engine() as kplan:
        kplan.write(before.blocks())
        kplan.apply()
        one = data.draw(evolved(before)).grown()
        kplan.write(one.blocks())
        plain = kplan.plan()
        shuffled = data.draw(st.permutations(one.blocks()))
        cut = data.draw(st.integers(0, len(shuffled)))
        kplan.write(shuffled[:cut])
        kplan.write(shuffled[cut:], data.draw(st.sampled_from(["a", "z"])))
        mixed = kplan.plan()
        assert mixed.plan.changes == plain.plan.changes
        assert mixed.plan.outputs == plain.plan.outputs
        assert mixed.plan.settled == plain.plan.settled
        assert summaries(mixed) == summaries(plain)
        assert {node: set(needed) for node, needed in mixed.plan.edges.items()} == {
            node: set(needed) for node, needed in plain.plan.edges.items()
        }


@settings(max_examples=25)
@given(declared(least=1), st.permutations(["a", "b", "e", "f", "g", "p", "q"]))
def test_other_addresses_for_the_same_names_are_moves_that_no_world_sees(one, others):
    with engine() as kplan:
        kplan.write(one.blocks())
        kplan.apply()
        label = dict(zip([topic.label for topic in one.topics], others, strict=False))
        renamed = one._replace(
            topics=tuple(
                topic._replace(
                    label=label[topic.label],
                    refers=topic.refers and (label[topic.refers[0]], topic.refers[1]),
                    after=topic.after and label[topic.after],
                )
                for topic in one.topics
            )
        )
        kplan.write(renamed.blocks())
        there, done = snapshot(), effects()
        for name in CLUSTERS:
            world(name).calls.clear()
        outcome = kplan.apply()
        assert {change.action for change in outcome.plan.changes} <= {Action.NO_OP}
        expected = {renamed.objects()[where]: address for where, address in one.objects().items()}
        assert {
            change.address: change.previous_address or change.address for change in outcome.plan.changes
        } == expected
        assert (snapshot(), effects()) == (there, done)
        assert {call.verb for name in CLUSTERS for call in world(name).calls} <= READS
        assert kplan.owned() == renamed.objects()
        assert not any(change.previous_address for change in kplan.plan().plan.changes)


@settings(max_examples=25)
@given(declared(), st.data(), st.booleans(), st.booleans())
def test_planning_writes_nowhere(before, data, destroy, refresh):
    with engine() as kplan:
        kplan.write(before.blocks())
        kplan.apply()
        kplan.write(data.draw(evolved(before)).blocks())
        there, files = snapshot(), kplan.files()
        for name in CLUSTERS:
            world(name).calls.clear()
        kplan.plan(destroy=destroy, refresh=refresh)
        assert (snapshot(), kplan.files()) == (there, files)
        assert {call.verb for name in CLUSTERS for call in world(name).calls} <= READS


@settings(max_examples=30)
@given(declared(), st.integers(1, 3), st.data())
def test_one_configuration_after_another_comes_true_and_others_things_stay(first, more, data):
    with engine() as kplan:
        for name in CLUSTERS:
            world(name).create(TOPIC, "foreign", note="of others")
            world(name).create(JOB, "foreign", target=1)
        others = objects()
        one = first
        for step in range(more + 1):
            one = data.draw(evolved(one) | declared()).grown() if step else first
            kplan.write(one.blocks())
            outcome = kplan.apply()
            assert summaries(outcome) == []
            holds(one, others)
            assert kplan.owned() == one.objects()
            state = kplan.state()
            assert state.pending == {}
            assert decode_state(encode_state(state, "0.1.0")) == state
            assert not kplan.plan().plan.has_changes()
        kplan.apply(destroy=True)
        assert objects() == others
        assert kplan.owned() == {}


class _Meddling:
    """Another client, who edits, deletes and makes anew; knows which topics are its own."""

    def __init__(self, deeds: list[tuple[str, str, str]]) -> None:
        self.deeds, self.own, self.touched = deeds, set(), []

    def __call__(self, _: Any) -> bool:
        for cluster, name, deed in self.deeds:
            where = world(cluster)
            live = where.get(TOPIC, name)
            if deed == "make":
                if live is None:
                    self.own.add(where.create(TOPIC, name, note="mine")["id"])
            elif live is None:
                continue
            elif deed == "edit":
                where.edit(TOPIC, name, note="edited", partitions=live["partitions"] + 1)
            else:
                where.delete(TOPIC, name)
                if deed == "make anew":
                    self.own.add(where.create(TOPIC, name, note="mine")["id"])
        for cluster in CLUSTERS:
            world(cluster).effect = self._watch(cluster)
        return True

    def _watch(self, cluster: str) -> Any:
        before: dict[str, Any] = {}

        def watch(when: str, effect: Any) -> None:
            live = world(cluster).objects[effect.leaf].get(effect.identity[0])
            if when == "before":
                before.clear()
                before.update(live or {})
            elif before.get("id") in self.own and live != before:
                self.touched.append((cluster, effect))

        return watch

    def stop(self) -> None:
        for cluster in CLUSTERS:
            world(cluster).effect = None


@st.composite
def deeds(draw: Any, *configurations: Declared) -> list[tuple[str, str, str]]:
    """Draw what another client does to what is declared."""
    named = sorted(
        {(cluster, name) for one in configurations for cluster, leaf, name in one.objects() if leaf == TOPIC}
    )
    what = st.sampled_from(["edit", "delete", "make", "make anew"])
    return (
        draw(st.lists(st.tuples(st.sampled_from(named), what).map(lambda one: (*one[0], one[1])), max_size=4))
        if named
        else []
    )


@settings(max_examples=60)
@given(declared(least=1, references=False), st.data())
def test_what_others_do_meanwhile_is_neither_undone_blindly_nor_hidden(before, data):
    with engine() as kplan:
        kplan.write(before.blocks())
        kplan.apply()
        one = data.draw(evolved(before)).grown()
        kplan.write(one.blocks())
        others = _Meddling(data.draw(deeds(before, one)))
        kplan.apply(others)
        others.stop()
        assert others.touched == []
        tells_the_truth(kplan, one, others.own)


def tells_the_truth(kplan: Any, one: Declared, foreign: set[str]) -> None:
    """Hold a plan against what is declared, what is there, and what is others'."""
    outcome = kplan.plan()
    planned = {
        (change.key.uid.removeprefix("memory-"), change.key.type, change.key.identity[0]): change.action
        for change in outcome.plan.changes
    }
    told = " ".join(diagnostic.detail for diagnostic in outcome.diagnostics)
    owned, there = kplan.owned(), objects()
    for where, wanted in one.expected().items():
        live = there.get(where)
        if live is None:
            assert planned[where] is Action.CREATE
        elif live.get("id") in foreign or where not in owned:
            assert where not in planned
            assert f'"{where[2]}"' in told
        elif wanted.get("partitions", 0) < live.get("partitions", 0):
            assert where not in planned
            assert not outcome.plan.complete
        else:
            now = {name: live[name] for name in wanted}
            assert planned[where] is (Action.NO_OP if now == wanted else Action.UPDATE)
    gone = owned.keys() - one.objects().keys()
    for where in gone:
        live = there.get(where)
        ours = live is not None and live.get("id") not in foreign
        assert (planned.get(where) is Action.DELETE) == ours
    assert planned.keys() <= one.objects().keys() | gone


_injections = st.lists(
    st.builds(
        Injection,
        st.sampled_from(["refuse", "later", "lost_before", "lost_after", "late"]),
        st.sampled_from(["", "create", "alter", "grow", "delete", "move"]),
        st.sampled_from(["", "n1", "n2", "j"]),
        st.just(1),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60)
@given(declared(least=1), declared(), _injections, st.sampled_from(CLUSTERS))
def test_whatever_goes_wrong_once_is_right_in_the_end_and_nothing_happens_twice(
    before, one, injections, where
):
    with engine() as kplan:
        kplan.write(before.blocks())
        kplan.apply()
        one = one.grown()
        kplan.write(one.blocks())
        planned = kplan.plan().plan
        for name in CLUSTERS:
            world(name).effects.clear()
        world(where).inject(*injections)
        for _ in range(8):
            outcome = kplan.apply()
            if not outcome.plan.has_changes() and not summaries(outcome):
                break
        else:
            raise AssertionError(summaries(outcome))
        holds(one, {})
        assert kplan.owned() == one.objects()
        assert kplan.state().pending == {}
        assert twice(planned) == []


def twice(planned: Any) -> list[Any]:
    """List creations and deletions beyond those that were planned."""
    allowed = [
        (change.key.uid.removeprefix("memory-"), change.action.value, change.key.type, change.key.identity)
        for change in planned.changes
    ]
    return [
        one
        for one in effects()
        if one[1] in ("create", "delete") and (one not in allowed or effects().count(one) > 1)
    ]
