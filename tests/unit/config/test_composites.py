"""Composites: blocks that come to leaves of other types, evaluated like any block."""

import pytest
from config_bench import CLUSTER, Told, cluster, output, topic

from kplan.config.evaluation import Evaluation
from kplan.config.rehearsal import rehearse
from kplan.plan.finish import evaluate_outputs
from kplan.registry.types import gather, load
from kplan.sdk.composites import Child
from kplan.sdk.session import Fault
from kplan.sdk.types import REQUIRED, Attribute, Composite, Leaf
from kplan.sdk.values import Unknown
from kplan_memory import PROVIDER

HOLD = "lifecycle {\n    prevent_destroy = true\n  }"


def team(label, *lines, on="memory_cluster.c", members='["ann", "bob"]'):
    """Write a team on the cluster `c`."""
    inner = "".join(f"  {line}\n" for line in (f"members = {members}", *lines))
    return f'memory_team "{label}" {{\n  cluster = {on}\n{inner}}}\n'


def leaves(evaluation):
    return {one.address: one for scope in every_scope(evaluation) for one in scope.every_leaf()}


def every_scope(evaluation):
    return [scope for scopes in evaluation.scopes.values() for scope in scopes]


def test_a_composite_comes_to_leaves_of_another_type(bench):
    found = leaves(bench.evaluate(CLUSTER + team("red")))
    assert list(found) == ["memory_team.red/c/ann", "memory_team.red/c/bob"]
    one = found["memory_team.red/c/ann"]
    assert (one.block, one.parent, one.endpoint) == ("memory_team.red", "memory_team.red", "memory_cluster.c")
    assert (one.leaf.name, one.identity, one.desired) == ("memory_member", ("ann",), {"name": "ann"})
    assert one.depends == ("memory_cluster.c",)
    assert (one.each, one.unresolved, one.prevent_destroy, one.owners) == (None, False, False, ())


def test_every_instance_comes_to_leaves(bench):
    text = CLUSTER + team("k", 'for_each = { x = ["ann"], y = ["ann", "bob"] }', members="each.value")
    found = leaves(bench.evaluate(text))
    assert list(found) == [
        'memory_team.k["x"]/c/ann',
        'memory_team.k["y"]/c/ann',
        'memory_team.k["y"]/c/bob',
    ]
    last = found['memory_team.k["y"]/c/bob']
    assert (last.parent, last.block) == ('memory_team.k["y"]', "memory_team.k")
    assert last.each == ("y", ("ann", "bob"))


def test_instances_may_be_on_several_clusters(bench):
    text = cluster("e", 'for_each = toset(["x", "y"])') + team(
        "k", "for_each = memory_cluster.e", on="each.value", members='["ann"]'
    )
    found = {one.address: one.endpoint for one in leaves(bench.evaluate(text)).values()}
    assert found == {
        'memory_team.k["x"]/e-x/ann': 'memory_cluster.e["x"]',
        'memory_team.k["y"]/e-y/ann': 'memory_cluster.e["y"]',
    }


def test_a_composite_in_a_module_has_the_modules_address(bench):
    (bench.folder / "m").mkdir()
    variable = 'variable "c" {\n  type = memory_cluster\n}\n'
    (bench.folder / "m" / "main.kplan.hcl").write_text(variable + team("red", on="var.c", members='["ann"]'))
    call = 'module "m" {\n  source = "./m"\n  for_each = toset(["k"])\n  c = memory_cluster.c\n}\n'
    [one] = leaves(rehearse(bench.load(CLUSTER + call))).values()
    assert (one.address, one.block) == ('module.m["k"].memory_team.red/c/ann', "module.m.memory_team.red")
    assert (one.parent, one.module) == ('module.m["k"].memory_team.red', 'module.m["k"]')


def test_a_composite_can_be_referred_to(bench):
    text = CLUSTER + team("red", 'labels = { of = "it" }')
    text += team("k", 'for_each = toset(["x"])') + topic("t", "note = memory_team.red.members[1]")
    refers = "[memory_team.red.members, memory_team.red.cluster.name, memory_team.red.labels.of]"
    text += (
        output("one", refers) + output("keyed", "memory_team.k") + output("whole", "memory_team.red.members")
    )
    evaluation = bench.evaluate(text)
    found = {name: one.value for name, one in evaluate_outputs(evaluation).items()}
    assert found["one"] == (("ann", "bob"), "c", "it")
    assert found["whole"] == ("ann", "bob")
    assert found["keyed"]["x"]["members"] == ("ann", "bob")
    assert leaves(evaluation)["memory_topic.t"].desired["note"] == "bob"


def test_a_composite_has_no_attribute_that_it_does_not_declare(bench):
    told = bench.refused(CLUSTER + team("red") + output("o", "memory_team.red.size"))
    assert [(one.summary, one.at) for one in told] == [("Unsupported attribute", "memory_team.red.size")]


def test_what_a_composite_needs_its_leaves_need(bench):
    text = (
        CLUSTER
        + topic("t")
        + team("red", members="[memory_topic.t.name]")
        + team("blue", "depends_on = [memory_topic.t]")
    )
    found = leaves(bench.evaluate(text))
    for address in ("memory_team.red/c/t", "memory_team.blue/c/ann"):
        assert set(found[address].depends) == {"memory_cluster.c", "memory_topic.t"}


def test_a_protected_composite_protects_all_that_it_comes_to(bench):
    assert all(one.prevent_destroy for one in leaves(bench.evaluate(CLUSTER + team("red", HOLD))).values())


# what is wrong


def test_a_fault_is_told_where_it_is(bench):
    [told] = bench.wrong(CLUSTER + team("red", members='["ann", ""]'))
    assert (told.summary, told.at) == ("A member has no name.", '["ann", ""]')


def test_a_composite_with_a_fault_stays_unknown_to_others(bench):
    text = CLUSTER + team("red", members='[""]') + topic("t", "note = memory_team.red.members[0]")
    evaluation = bench.evaluate(text)
    assert [one.summary for one in evaluation.diagnostics] == ["A member has no name."]
    assert list(leaves(evaluation)) == ["memory_topic.t"]
    assert isinstance(leaves(evaluation)["memory_topic.t"].desired["note"], Unknown)


def test_a_fault_of_one_instance_leaves_the_others(bench):
    text = CLUSTER + team("k", 'for_each = { x = "", y = "bob" }', members="[each.value]")
    loaded = bench.load(text)
    evaluation = Evaluation(loaded)
    evaluation.endpoints(loaded.module.declared["memory_cluster.c"])
    found = evaluation.leaves(loaded.module.declared["memory_team.k"])
    assert [one.address for one in found] == ['memory_team.k["y"]/c/bob']
    assert len(evaluation.diagnostics) == 1


def test_what_only_an_apply_decides_can_not_be_a_member(bench):
    [told] = bench.wrong(CLUSTER + topic("t") + team("red", members='["ann", memory_topic.t.id]'))
    assert told.summary == "Invalid identity"
    assert told.detail == "Who is a member must be known while planning; memory_topic.t decides it later."
    assert told.at == '["ann", memory_topic.t.id]'


def test_what_follows_from_another_mistake_is_not_told(bench):
    for text in (
        CLUSTER + topic("t", "name = 1 / 0") + team("red", members="[memory_topic.t.name]"),
        'memory_cluster "c" {\n  name = 1 / 0\n}\n' + team("red"),
        CLUSTER + team("red", members="[1 / 0]"),
    ):
        assert [one.summary for one in bench.wrong(text)] == ["Division by zero"]


@pytest.mark.parametrize("handle", ['"c"', "null"])
def test_a_handle_that_is_none_is_underlined(bench, handle):
    [told] = bench.wrong(CLUSTER + team("red", on=handle))
    assert told.at == handle


def test_a_handle_that_only_an_apply_decides_is_refused(bench):
    handle = 'memory_topic.t.id == "x" ? memory_cluster.c : null'
    [told] = bench.wrong(CLUSTER + topic("t") + team("red", on=handle))
    detail = '"cluster" must name a memory_cluster block, as `memory_cluster.NAME`: it has to be known while planning.'
    assert told == Told("Invalid memory_cluster", detail, handle)


def test_there_is_nothing_of_a_composite_to_ignore(bench):
    for what in ("[members]", "all"):
        text = CLUSTER + team("red", f"lifecycle {{\n    ignore_changes = {what}\n  }}")
        [told] = bench.validated(text)
        assert told == Told(
            "ignore_changes has no use here",
            "What a memory_team comes to is there or not, so that there is nothing of it to ignore.",
            'memory_team "red"',
        )


def condition(kind, text):
    return f'lifecycle {{\n    {kind} {{\n      condition = {text}\n      error_message = "No."\n    }}\n  }}'


@pytest.mark.parametrize(
    ("kind", "text", "summary"),
    [
        ("precondition", "length(memory_topic.t.name) != 1", "Resource precondition failed"),
        ("postcondition", "length(self.members) != 2", "Resource postcondition failed"),
    ],
)
def test_conditions_of_a_composite_are_judged(bench, kind, text, summary):
    [told] = bench.wrong(CLUSTER + topic("t") + team("red", condition(kind, text)))
    assert (told.summary, told.detail) == (summary, "No.")
    turned = text.replace("!=", "==")
    assert bench.wrong(CLUSTER + topic("t") + team("red", condition(kind, turned))) == []


def test_a_condition_that_only_an_apply_decides_leaves_all_open(bench):
    held = condition("precondition", 'memory_topic.t.id != ""')
    found = leaves(bench.evaluate(CLUSTER + topic("t") + team("red", held)))
    assert [one.unresolved for one in found.values() if one.parent] == [True, True]


def test_a_composite_is_rehearsed(bench):
    assert bench.validated(CLUSTER + team("red")) == []
    assert [one.summary for one in bench.validated(CLUSTER + team("red", members='[""]'))] == [
        "A member has no name."
    ]


def test_a_shared_leaf_is_no_block_type(bench):
    told = bench.refused(CLUSTER + 'memory_member "ann" {\n  cluster = memory_cluster.c\n}\n')
    assert told[0].summary == "Unsupported block type"
    types = load(["memory_member"])
    assert "memory_member" not in types.resources
    assert types.leaf("memory_member").shared


# leaves of another provider

CREW = Composite("crew", (Attribute("cluster", "memory_cluster", "", REQUIRED),))
PLAIN = Leaf("plain", (Attribute("name", "string", ""),), ("name",), "memory_cluster", "cluster", shared=True)


class CrewRules:
    """Expand to a leaf of the other provider and to one of its own."""

    def expand(self, composite, desired, endpoints):
        on = desired["cluster"].address
        return [Child("plain", on, "own", {"name": "own"}), Child("foreign", on, "other", {"name": "other"})]

    def complete(self, leaf, desired, endpoint):
        raise AssertionError("what a provider yields of its own is complete")

    def fenced_out(self, leaf, identity, endpoint):
        return f"{identity[0]} is outside" if endpoint.get("world") == "fenced" else ""


class ForeignRules:
    """Complete and check what the other one yields."""

    def __init__(self, *faults):
        self.faults = faults

    def complete(self, leaf, desired, endpoint):
        return {**desired, "on": endpoint["name"]}

    def check(self, leaf, desired):
        return self.faults

    def fenced_out(self, leaf, identity, endpoint):
        return ""


class Provider:
    def __init__(self, types, rules):
        self.types, self._rules = types, rules

    def rules(self):
        return self._rules


def crewed(bench, *faults, world=""):
    """Evaluate a crew on the cluster `c`."""
    loaded = bench.load(
        CLUSTER.replace("\n}", f'\n  world = "{world}"\n}}' if world else "\n}") + team("red")
    )
    foreign = Provider((PLAIN._replace(name="foreign"),), ForeignRules(*faults))
    types = gather([PROVIDER, Provider((CREW, PLAIN), CrewRules()), foreign], ())
    declared = loaded.module.declared["memory_team.red"]
    attributes = {"cluster": declared.attributes["cluster"]}
    crew = declared._replace(kind=CREW, attributes=attributes)
    evaluation = Evaluation(loaded._replace(types=types))
    evaluation.endpoints(loaded.module.declared["memory_cluster.c"])
    return evaluation, {one.address: one for one in evaluation.leaves(crew)}


def test_a_leaf_of_another_provider_is_completed_and_checked_by_it(bench):
    evaluation, found = crewed(bench)
    assert found["memory_team.red/own"].desired == {"name": "own"}
    assert found["memory_team.red/other"].desired == {"name": "other", "on": "c"}
    assert evaluation.diagnostics == []
    evaluation, found = crewed(bench, Fault("bad", "No such crew", path=("cluster",)))
    assert [one.summary for one in evaluation.diagnostics] == ["No such crew"]


def test_what_is_outside_the_fence_is_told_once_for_each_reason(bench):
    evaluation, _ = crewed(bench, world="fenced")
    assert [(one.summary, one.detail) for one in evaluation.diagnostics] == [
        ("Outside what this workspace manages", "memory_team.red: own is outside")
    ]
