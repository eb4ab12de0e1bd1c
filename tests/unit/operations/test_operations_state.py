"""State looked at and put right by hand; a cluster is never touched."""

import pytest
from operations_bench import CLUSTER, TOPIC, actions, cluster, imported, output, topic, wrong

from kplan.lang.diagnostics import DiagnosticsError
from kplan.operations import state as stories
from kplan.operations.output import outputs
from kplan.operations.workspace import cache_folder, open_state, remember
from kplan.plan.model import Consents
from kplan.state import codec
from kplan.state.records import Began, Dropped
from kplan.state.store import StateProblem
from kplan_memory.world import Injection, forget, world

KEYED = topic("k", 'for_each = toset(["x", "y"])', "name = each.key")


def refused(call, *arguments, **named) -> tuple[str, str]:
    with pytest.raises(StateProblem) as caught:
        call(*arguments, **named)
    return caught.value.summary, caught.value.detail


def list_of(bench, *patterns: str) -> list[str]:
    return [leaf.address for leaf in stories.list_(bench.options(), patterns)]


def test_objects_are_listed_by_address(bench):
    bench.applied(CLUSTER, topic("b"), KEYED, topic("a"))
    everything = ["memory_topic.a", "memory_topic.b", 'memory_topic.k["x"]', 'memory_topic.k["y"]']
    assert list_of(bench) == everything
    assert list_of(bench, "memory_topic.k") == everything[2:]
    assert list_of(bench, "memory_topic.k[y]", "memory_topic.a") == [everything[0], everything[3]]
    assert list_of(bench, "memory_topic.none") == []
    assert refused(stories.list_, bench.options(), ("k",))[0] == "Invalid address"


def test_one_object_is_shown(bench):
    bench.applied(CLUSTER, topic("orders"))
    assert stories.show(bench.options(), "memory_topic.orders").key.identity == ("orders",)
    assert refused(stories.show, bench.options(), "memory_topic.ordes") == (
        "No such object",
        'State has nothing at memory_topic.ordes. Did you mean "memory_topic.orders"?',
    )


@pytest.mark.parametrize(
    ("source", "destination", "moved"),
    [
        ("memory_topic.a", "memory_topic.c", {"memory_topic.a": "memory_topic.c"}),
        ("memory_topic.a", 'memory_topic.c["x"]', {"memory_topic.a": 'memory_topic.c["x"]'}),
        ("memory_topic.k[x]", "memory_topic.c", {'memory_topic.k["x"]': "memory_topic.c"}),
        ("memory_topic.k[x]", "memory_topic.k[z]", {'memory_topic.k["x"]': 'memory_topic.k["z"]'}),
        (
            "memory_topic.k",
            "memory_topic.c",
            {'memory_topic.k["x"]': 'memory_topic.c["x"]', 'memory_topic.k["y"]': 'memory_topic.c["y"]'},
        ),
    ],
)
def test_objects_are_moved(bench, source, destination, moved):
    bench.applied(CLUSTER, topic("a"), KEYED)
    before = bench.owned()
    serial = bench.state().serial
    assert dict(stories.move(bench.options(), source, destination)) == moved
    assert bench.owned() == {moved.get(address, address): name for address, name in before.items()}
    assert bench.state().serial == serial + 1
    assert [call.verb for call in bench.world.calls if call.verb not in ("facts", "read")] == ["create"]


def test_a_move_by_hand_is_what_the_next_plan_starts_from(bench):
    bench.applied(CLUSTER, topic("a", 'name = "n"'))
    stories.move(bench.options(), "memory_topic.a", "memory_topic.b")
    assert not bench.declare(CLUSTER, topic("b", 'name = "n"')).plan().plan.has_changes()


@pytest.mark.parametrize(
    ("source", "destination", "problem"),
    [
        (
            "memory_topic.a",
            "memory_topic.b",
            ("Address is taken", "State has an object at memory_topic.b already; move or remove that first."),
        ),
        (
            "memory_topic.a",
            "memory_job.a",
            ("Another type", "memory_topic.a is a memory_topic; it can't become memory_job.a."),
        ),
        (
            "memory_topic.k",
            'memory_topic.c["z"]',
            (
                "Not one object",
                (
                    'memory_topic.k stands for 2 instances in state, which can\'t all be memory_topic.c["z"]: name a block, as '
                    "memory_topic.c, or move them one by one."
                ),
            ),
        ),
        (
            "memory_topic.none",
            "memory_topic.c",
            ("No such object", "State has nothing at memory_topic.none."),
        ),
        (
            "memory_topic.a",
            "c",
            ("Invalid address", '"c" is no address; write one such as topic.orders["eu"].'),
        ),
    ],
)
def test_a_move_that_can_not_be_changes_nothing(bench, source, destination, problem):
    bench.applied(CLUSTER, topic("a"), topic("b"), KEYED)
    before = bench.state()
    assert refused(stories.move, bench.options(), source, destination) == problem
    assert bench.state() == before


def test_objects_are_forgotten_and_stay_where_they_are(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"), KEYED)
    assert stories.remove(bench.options(), ["memory_topic.k", "memory_topic.a"]) == (
        "memory_topic.a",
        'memory_topic.k["x"]',
        'memory_topic.k["y"]',
    )
    assert bench.owned() == {"memory_topic.b": "b"}
    assert bench.world.names() == ["a", "b", "x", "y"]
    assert (
        refused(stories.remove, bench.options(), ["memory_topic.b", "memory_topic.a"])[0] == "No such object"
    )
    assert bench.owned() == {"memory_topic.b": "b"}


def test_claims_are_forgotten_too(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.inject(Injection("lost_before", "create", "lost"))
    bench.declare(CLUSTER, topic("a"), topic("lost")).apply()
    assert [one.address for one in bench.state().pending.values()] == ["memory_topic.lost"]
    assert (
        refused(stories.remove, bench.options(), ["memory_topic.lost", "memory_topic.none"])[0]
        == "No such object"
    )
    assert stories.remove(bench.options(), ["memory_topic.lost"]) == ("memory_topic.lost",)
    assert bench.state().pending == {}
    assert bench.owned() == {"memory_topic.a": "a"}


def test_what_is_pulled_can_be_pushed_back(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    pulled = stories.pull(bench.options())
    stories.remove(bench.options(), ["memory_topic.b"])
    assert refused(stories.push, bench.options(), pulled)[0] == "State is older"
    stories.push(bench.options(), pulled, force=True)
    assert bench.owned() == {"memory_topic.a": "a", "memory_topic.b": "b"}
    again = stories.pull(bench.options())
    serial = bench.state().serial
    stories.push(bench.options(), again)
    assert bench.state().serial == serial + 1
    assert not bench.plan().plan.has_changes()


def test_a_state_of_another_lineage_is_refused(bench):
    bench.applied(CLUSTER, topic("a"))
    state = bench.state()
    foreign = codec.encode_state(state._replace(lineage="another", serial=99), "0.1.0")
    assert refused(stories.push, bench.options(), foreign)[0] == "State of another lineage"
    stories.push(bench.options(), foreign, force=True)
    assert (bench.state().lineage, bench.state().serial) == ("another", 100)


def test_any_lineage_may_be_pushed_where_nothing_was(bench):
    bench.applied(CLUSTER, topic("a"))
    pulled = stories.pull(bench.options())
    (bench.folder / "state").rename(bench.folder / "old")
    stories.push(bench.options(), pulled)
    assert bench.owned() == {"memory_topic.a": "a"}


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"format_version": 99}'])
def test_what_is_no_state_is_not_pushed(bench, data):
    bench.applied(CLUSTER, topic("a"))
    assert refused(stories.push, bench.options(), data, force=True)[0] == "Not a usable state"
    assert bench.owned() == {"memory_topic.a": "a"}


def test_a_damaged_state_can_be_replaced_by_force(bench):
    bench.applied(CLUSTER, topic("a"))
    pulled = stories.pull(bench.options())
    (bench.folder / "state" / "default.json").write_bytes(b"")
    assert refused(stories.push, bench.options(), pulled)[0] == "State can't be read"
    stories.push(bench.options(), pulled, force=True)
    assert bench.owned() == {"memory_topic.a": "a"}


def test_a_cluster_set_up_anew_is_accepted_by_hand(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.uid = "rebuilt"
    bench.world.objects[TOPIC].clear()
    assert wrong(bench.plan()) == ["Not the cluster that kplan knows"]
    assert stories.replace_endpoint(bench.options(), "memory_cluster.c") == ("memory-c", "rebuilt")
    assert {leaf.key.uid for leaf in bench.state().leaves.values()} == {"rebuilt"}
    outcome = bench.apply()
    assert actions(outcome) == {"memory_topic.a": "create"}
    assert not bench.plan().plan.has_changes()


def test_a_cluster_is_accepted_by_an_id_that_is_given(bench):
    bench.applied(CLUSTER, topic("a"))
    assert stories.replace_endpoint(bench.options(), "memory_cluster.c", "next") == ("memory-c", "next")
    assert [call.verb for call in bench.world.calls[-2:]] == ["facts", "read"]
    assert stories.replace_endpoint(bench.options(), "memory_cluster.c") == ("next", "memory-c")
    assert stories.replace_endpoint(bench.options(), "memory_cluster.c") == ("memory-c", "memory-c")


def test_a_claim_on_a_cluster_that_is_no_more_is_given_up(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.inject(Injection("lost_before", "create", "lost"))
    bench.declare(CLUSTER, topic("a"), topic("lost")).apply()
    stories.replace_endpoint(bench.options(), "memory_cluster.c", "next")
    assert bench.state().pending == {}


def test_two_clusters_can_not_become_one(bench):
    bench.applied(CLUSTER, cluster("d"), topic("a"), topic("a2", 'name = "a"', on="memory_cluster.d"))
    before = bench.state()
    assert refused(stories.replace_endpoint, bench.options(), "memory_cluster.c", "memory-d") == (
        "Another endpoint's id",
        (
            "memory-d is known as memory_cluster.d, of the same state: two addresses can't be one live system. Check where "
            "memory_cluster.c leads."
        ),
    )
    assert bench.state() == before


def test_a_cluster_must_be_known_and_declared_to_be_asked(bench):
    bench.applied(CLUSTER, topic("a"))
    assert refused(stories.replace_endpoint, bench.options(), "memory_cluster.cc") == (
        "No such endpoint",
        'State knows no endpoint memory_cluster.cc. Did you mean "memory_cluster.c"?',
    )
    bench.declare(cluster("other"))
    assert refused(stories.replace_endpoint, bench.options(), "memory_cluster.c") == (
        "No such endpoint",
        "memory_cluster.c is no longer declared, so it can't be asked; pass -uid.",
    )
    assert stories.replace_endpoint(bench.options(), "memory_cluster.c", "next") == ("memory-c", "next")


def test_a_cluster_that_does_not_answer_or_has_a_mistake_is_told(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.inject(Injection("down"))
    assert (
        refused(stories.replace_endpoint, bench.options(), "memory_cluster.c")[0]
        == "no connection to the cluster"
    )
    bench.declare('memory_cluster "c" {\n  world = ""\n}\n')
    with pytest.raises(DiagnosticsError) as caught:
        stories.replace_endpoint(bench.options(), "memory_cluster.c")
    assert [one.summary for one in caught.value.diagnostics] == ["The world has no file name."]


def test_a_cluster_whose_settings_are_decided_later_can_not_be_asked(bench):
    bench.applied(CLUSTER, cluster("d"), topic("a"), topic("b", on="memory_cluster.d"))
    bench.declare(CLUSTER, topic("a"), cluster("d", "world = memory_topic.a.id"))
    with pytest.raises(DiagnosticsError) as caught:
        stories.replace_endpoint(bench.options(), "memory_cluster.d")
    assert [one.summary for one in caught.value.diagnostics] == ["Endpoint not known while planning"]


def test_on_a_cluster_set_up_anew_what_has_the_name_is_ours(bench):
    bench.applied(CLUSTER, topic("a", "partitions = 2"))
    bench.world.uid = "restored"
    bench.world.delete(TOPIC, "a")
    bench.world.create(TOPIC, "a", partitions=1)
    stories.replace_endpoint(bench.options(), "memory_cluster.c")
    assert actions(bench.plan()) == {"memory_topic.a": "update"}


def test_what_the_journal_holds_counts(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    store, state = open_state(bench.options()), bench.state()
    store.load()
    gone = next(key for key in state.leaves if key.identity == ("b",))
    store.append([Began(state.lineage, state.serial, "run", 0.0), Dropped(gone)])
    assert list_of(bench) == ["memory_topic.a"]
    assert not remember(open_state(bench.options())).fresh
    assert codec.decode_state(stories.pull(bench.options())).leaves.keys() == state.leaves.keys() - {gone}


def test_a_cluster_by_key_whose_settings_need_another_is_asked(bench):
    text = [cluster("a"), cluster("e", "for_each = { x = memory_cluster.a.name }", 'name = "${each.value}x"')]
    bench.applied(*text, topic("t", on='memory_cluster.e["x"]'))
    world("ax").uid = "rebuilt"
    assert stories.replace_endpoint(bench.options(), 'memory_cluster.e["x"]') == ("memory-ax", "rebuilt")
    forget("ax")


def test_a_hold_stops_every_run_until_it_is_lifted(bench):
    bench.applied(CLUSTER, topic("a"))
    hold = stories.lock(bench.options(), "an audit")
    for call in (bench.plan, bench.apply, lambda: stories.pull(bench.options())):
        summary, detail = refused(call)
        assert summary == "Workspace is on hold"
        assert "an audit" in detail
    assert refused(stories.lock, bench.options(), "again")[0] == "Workspace is on hold"
    assert refused(stories.force_unlock, bench.options(), "wrong")[0] == "Another hold"
    assert stories.force_unlock(bench.options(), hold.id) == hold
    assert stories.force_unlock(bench.options()) is None
    assert not bench.plan().plan.has_changes()


def test_outputs_are_those_of_the_last_apply(bench):
    text = [CLUSTER, topic("a"), output("id", "memory_topic.a.id"), output("c", "memory_cluster.c")]
    secret = 'variable "s" {\n  default   = "hunter2"\n  sensitive = true\n}\n' + output(
        "s", "var.s", "sensitive = true"
    )
    bench.applied(*text, secret, output("whole", "memory_topic.a"))
    found = outputs(bench.options())
    assert (found["id"].value, found["c"].value) == (bench.live("a")["id"], "memory_cluster.c")
    assert (found["s"].value, found["s"].sensitive) == (None, True)
    assert found["whole"].value["cluster"] == "memory_cluster.c"
    assert "hunter2" not in stories.pull(bench.options()).decode()
    bench.declare(*text)
    assert outputs(bench.options()).keys() == found.keys()
    assert [one.name for one in bench.plan().plan.outputs if one.changed] == ["s", "whole"]
    bench.apply()
    assert outputs(bench.options()).keys() == {"id", "c"}


def test_an_output_of_another_type_is_another_output(bench):
    bench.applied(CLUSTER, output("o", "1"))
    plan = bench.declare(CLUSTER, output("o", "true")).plan().plan
    assert [one.changed for one in plan.outputs] == [True]
    bench.apply()
    assert bench.state().outputs["o"].value is True


def test_state_of_a_configuration_that_can_not_be_read_is_not_guessed(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.declare('kplan {\n  backend "s3" {\n  }\n}\n')
    with pytest.raises(DiagnosticsError):
        open_state(bench.options())
    bench.declare(
        'kplan {\n  backend "local" {\n    path = "elsewhere"\n  }\n}\n',
        CLUSTER,
        topic("a", "note = var.gone"),
    )
    assert open_state(bench.options()).folder == bench.folder / "elsewhere"
    assert list_of(bench) == []


def test_workspaces_are_kept_apart(bench):
    bench.applied(CLUSTER, topic("a"))
    assert stories.list_(bench.options(workspace="other")) == ()
    outcome = bench.plan(workspace="other")
    assert wrong(outcome) == ["Object exists but is not managed"]


def test_a_workspace_has_one_lineage(bench):
    bench.declare(CLUSTER, topic("a"))
    first, second = remember(open_state(bench.options())), remember(open_state(bench.options()))
    assert first.state.lineage != second.state.lineage  # nothing was written yet
    assert first.fresh
    bench.apply()
    lineage = bench.state().lineage
    bench.declare(CLUSTER, topic("b")).apply(consents=Consents(1, 1))
    assert bench.state().lineage == lineage
    assert remember(open_state(bench.options())).state == bench.state()


def test_the_cache_lives_where_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path / "stated"))
    assert cache_folder() == tmp_path / "stated"
    monkeypatch.delenv("KPLAN_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "kplan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "kplan"


def test_an_import_waits_for_nothing_in_state(bench):
    bench.applied(CLUSTER, topic("a"))
    stories.remove(bench.options(), ["memory_topic.a"])
    outcome = bench.declare(CLUSTER, topic("a"), imported("memory_topic.a", "a")).apply()
    assert outcome.tally.adopted == 1
    assert bench.owned() == {"memory_topic.a": "a"}
