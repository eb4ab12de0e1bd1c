"""Whatever a plan holds: saved, and applied in an empty folder, it does and remembers what a direct apply would."""

from typing import NamedTuple

import pytest
from operations_bench import (
    CLUSTER,
    MEMBER,
    TOPIC,
    actions,
    cluster,
    imported,
    job,
    output,
    removed,
    team,
    topic,
    topics,
    wrong,
)
from saved_bench import came_to, carried, save, start_over

from kplan.plan.model import Consents
from kplan_memory.world import world


class Scenario(NamedTuple):
    """What is applied first, what is planned then, and files beside the blocks, first and then."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    options: dict = {}  # noqa: RUF012
    files: dict = {}  # noqa: RUF012
    strangers: tuple[tuple[str, str], ...] = ()
    given: dict = {}  # noqa: RUF012


def module(name, source, *lines):
    inner = "".join(f"  {line}\n" for line in lines)
    return f'module "{name}" {{\n  source = "./{source}"\n{inner}}}\n'


def variable(name, *lines):
    inner = "".join(f"  {line}\n" for line in lines)
    return f'variable "{name}" {{\n{inner}}}\n'


def relay(*lines):
    inner = "".join(
        f"  {line}\n" for line in ("source = memory_cluster.c", "target = memory_cluster.d", *lines)
    )
    return f'memory_relay "r" {{\n{inner}}}\n'


def copy(label, name, *lines):
    lines = (f'name = "{name}"', "relayed_by = memory_relay.r", *lines)
    return topic(label, *lines, on="memory_cluster.d")


def seat(label, member):
    return f'memory_seat "{label}" {{\n  cluster = memory_cluster.c\n  member = "{member}"\n}}\n'


TWO = (CLUSTER, topic("a"), topic("b", 'note = "b"'))
EACH = 'for_each = toset(["x", "y"])'
MODULE = (
    variable("on")
    + variable("name")
    + variable("note", "default = null")
    + 'memory_topic "in" {\n  cluster = var.on\n  name = var.name\n  note = local.said\n}\n'
    + 'locals {\n  said = try("${var.note}!", null)\n}\n'
    + output("id", "memory_topic.in.id")
    + output("name", "memory_topic.in.name")
)
OUTER = (
    variable("on")
    + 'module "inner" {\n  source = "../m"\n  for_each = toset(["p", "q"])\n  on = var.on\n  name = each.key\n}\n'
    + output("ids", "[for one in module.inner : one.id]")
)
ON = "on = memory_cluster.c"
REMOVING = variable("on") + removed("memory_topic.gone", "false")
HAVING = variable("on") + topic("gone", on="var.on")
D = topics("d", 'prefix = "n"', "depends_on = [memory_topic.n]")
NAMES = 'note = join(",", data.memory_topics.d.names)'
KEEP = "lifecycle {\n    prevent_destroy = true\n  }"
IGNORE = "lifecycle {\n    ignore_changes = [note]\n  }"
PROMISE = (
    'lifecycle {\n    precondition {\n      condition = var.n > 0\n      error_message = "n"\n    }\n'
    '    postcondition {\n      condition = self.id != "x"\n      error_message = "id"\n    }\n  }'
)
BOTH = 'memory_cluster "e" {\n  for_each = toset(["c", "d"])\n  name = each.key\n}\n'
EVERYWHERE = topic("t", "for_each = memory_cluster.e", 'name = "t-${each.key}"', on="each.value")

SCENARIOS = {
    "creates": Scenario((), TWO),
    "creates in order": Scenario(
        (CLUSTER,), (CLUSTER, *(topic(f"t{n}", f"depends_on = [memory_topic.t{n + 1}]") for n in range(4)), topic("t4"))
    ),
    "an update": Scenario(TWO, (*TWO[:2], topic("b", 'note = "c"', 'config = { x = "1" }', "partitions = 3"))),
    "a key unset": Scenario((CLUSTER, topic("a", 'config = { x = "1", y = "2" }')), (CLUSTER, topic("a", 'config = { y = "2" }'))),
    "a delete": Scenario(TWO, TWO[:2]),
    "deletes in order": Scenario(
        (CLUSTER, topic("a"), topic("b", "note = memory_topic.a.id"), topic("c", "note = memory_topic.b.id")), (CLUSTER,)
    ),
    "deletes of every type": Scenario((*TWO, job("j", 2), team("t", "ann")), (CLUSTER,)),
    "a replacement": Scenario(TWO, TWO, {"replaces": ("memory_topic.b",)}),
    "a replacement that others use": Scenario(
        (*TWO, topic("u", "note = memory_topic.b.id")), (*TWO, topic("u", "note = memory_topic.b.id")), {"replaces": ("memory_topic.b",)}
    ),
    "what is let go": Scenario(TWO, (*TWO[:2], removed("memory_topic.b", "false"))),
    "what goes by agreement": Scenario(TWO, (*TWO[:2], removed("memory_topic.b", "true")), {"consents": Consents()}),
    "a cluster that is let go": Scenario((*TWO, cluster("d")), (cluster("d"), removed("memory_cluster.c", "false"))),
    "the only cluster let go": Scenario(TWO, (removed("memory_cluster.c", "false"),)),
    "a module that lets go": Scenario(
        (CLUSTER, module("m", "m", ON)), (CLUSTER, module("m", "m", ON)), files={"m": (HAVING, REMOVING)}
    ),
    "a module called twice that lets go": Scenario(
        (CLUSTER, module("m", "m", ON), cluster("d"), module("k", "m", "on = memory_cluster.d")),
        (CLUSTER, module("m", "m", ON), cluster("d"), module("k", "m", "on = memory_cluster.d")),
        files={"m": (HAVING, REMOVING)},
    ),
    "a move": Scenario(TWO, (CLUSTER, topic("z", 'name = "a"'), TWO[2])),
    "a move that is written down": Scenario(
        TWO,
        (CLUSTER, topic("z", 'name = "a"', 'note = "z"'), TWO[2], "moved {\n  from = memory_topic.a\n  to = memory_topic.z\n}\n"),
    ),
    "a cluster under another label": Scenario(
        (CLUSTER, topic("a"), team("t", "ann bob"), team("u", "bob")),
        (
            'memory_cluster "k" {\n  name = "c"\n}\n',
            topic("a", 'note = "x"', on="memory_cluster.k"),
            team("u", "bob", on="memory_cluster.k"),
        ),
    ),
    "adoptions": Scenario((), (*TWO, team("t", "ann bob")), {"adopt": ("*",)}, strangers=((TOPIC, "b"), (MEMBER, "ann"))),
    "an import": Scenario((), (*TWO, imported("memory_topic.b", "b")), strangers=((TOPIC, "b"),)),
    "an import of all": Scenario((), (CLUSTER, team("t", "ann bob"), imported("memory_team.t", "*")), strangers=((MEMBER, "ann"),)),
    "nothing": Scenario(TWO, TWO),
    "what is only remembered": Scenario(TWO, (*TWO[:2], topic("b", 'note = "b"', "depends_on = [memory_topic.a]"))),
    "protection taken away": Scenario((CLUSTER, topic("a", KEEP)), (CLUSTER, topic("a"))),
    "outputs alone": Scenario((*TWO, output("o", "1")), (*TWO, output("o", "memory_topic.a.id"), output("p", "[1.5, true]"))),
    "an output that goes": Scenario((*TWO, output("o", "1"), output("p", "2")), (*TWO, output("p", "2"))),
    "outputs of what is made": Scenario((CLUSTER,), (*TWO, output("o", "{ id = memory_topic.a.id, n = memory_topic.b.note }"))),
    "a sensitive output": Scenario((CLUSTER,), (*TWO, output("o", "memory_topic.a.id", "sensitive = true"))),
    "unknowns through blocks": Scenario(
        (CLUSTER,),
        (CLUSTER, topic("a"), topic("b", "note = memory_topic.a.id"), topic("c", 'note = "c ${memory_topic.b.note}"'), output("o", "memory_topic.c.note")),
    ),
    "instances by key": Scenario(
        (CLUSTER, topic("k", EACH, "name = each.key")),
        (CLUSTER, topic("k", 'for_each = toset(["y", "z"])', "name = each.key", 'note = "n"')),
    ),
    "instances by number": Scenario(
        (CLUSTER, topic("k", "count = 3", 'name = "k${count.index}"')), (CLUSTER, topic("k", "count = 2", 'name = "k${count.index}"'))
    ),
    "one instance of many": Scenario(
        (CLUSTER, topic("k", EACH, "name = each.key")), (CLUSTER, topic("k", 'for_each = toset(["x", "y", "z"])', "name = each.key"))
    ),
    "unknown values of instances": Scenario(
        (CLUSTER,), (*TWO, topic("k", "for_each = { x = memory_topic.a.id, y = 2 }", "name = each.key", "note = each.value"))
    ),
    "locals": Scenario(
        (CLUSTER,),
        (CLUSTER, topic("a"), topic("b", "note = local.b"), 'locals {\n  a = memory_topic.a.id\n  b = "of ${local.a}"\n}\n'),
    ),
    "a module called twice": Scenario(
        (CLUSTER,), (CLUSTER, module("m", "m", ON, 'name = "m"', 'note = "hi"'), module("k", "m", ON, 'name = "k"'), output("o", "module.m.id")), files={"m": (MODULE, MODULE)}
    ),
    "one call of two": Scenario(
        (CLUSTER, module("m", "m", ON, 'name = "m"'), module("k", "m", ON, 'name = "k"')),
        (CLUSTER, module("m", "m", ON, 'name = "m"', 'note = "x"'), module("k", "m", ON, 'name = "k"')),
        files={"m": (MODULE, MODULE)},
    ),
    "one call that needs the other": Scenario(
        (CLUSTER, module("m", "m", ON, 'name = "m"', "note = module.k.name"), module("k", "m", ON, 'name = "k"', "note = memory_topic.a.name"), topic("a")),
        (CLUSTER, module("m", "m", ON, 'name = "m"', 'note = "now ${module.k.id}"'), module("k", "m", ON, 'name = "k"', "note = memory_topic.a.name"), topic("a")),
        files={"m": (MODULE, MODULE)},
    ),
    "a module by key": Scenario(
        (CLUSTER, module("m", "m", EACH, ON, "name = each.key")),
        (CLUSTER, module("m", "m", 'for_each = toset(["y", "z"])', ON, "name = each.key"), output("o", "module.m")),
        files={"m": (MODULE, MODULE)},
    ),
    "a module in a module": Scenario(
        (CLUSTER, module("out", "o", ON)),
        (CLUSTER, module("out", "o", ON), module("again", "m", ON, 'name = "r"', "depends_on = [module.out]"), output("ids", "module.out.ids")),
        files={"o": (OUTER, OUTER), "m": (MODULE, MODULE.replace("!", "?") + topic("more", 'name = "more-${var.name}"', on="var.on"))},
    ),
    "a module that goes": Scenario((*TWO, module("m", "m", ON, 'name = "m"')), TWO, files={"m": (MODULE, MODULE)}),
    "what waits for a module": Scenario(
        (CLUSTER,), (CLUSTER, module("m", "m", ON, 'name = "m"'), topic("a", "depends_on = [module.m]")), files={"m": (MODULE, MODULE)}
    ),
    "data": Scenario(TWO, (*TWO, topics("d", 'prefix = "b"'), topic("n", NAMES))),
    "data that waits": Scenario((*TWO, topic("n"), D), (*TWO, topic("n", 'note = "x"'), topic("n2"), D, topic("s", NAMES), output("o", "data.memory_topics.d.names"))),
    "objects by data": Scenario(
        TWO, (*TWO, topics("d", 'prefix = "b"'), topic("copy", "for_each = toset(data.memory_topics.d.names)", 'name = "copy-${each.key}"'))
    ),
    "variables": Scenario(
        (CLUSTER,),
        (
            CLUSTER,
            variable("t", "type = object({ n = number, s = set(string), m = optional(map(bool)) })", 'default = { n = 1.5, s = ["b", "a"] }'),
            variable("n", "default = 2"),
            variable("none", "default = null"),
            topic("a", "partitions = var.n", 'note = "${jsonencode(var.t)} ${var.none == null} ${join(",", var.t.s)}"'),
        ),
        given={"n": "3"},
    ),
    "sensitive variables": Scenario(
        (CLUSTER,), (CLUSTER, variable("s", "sensitive = true"), topic("a", "note = nonsensitive(md5(var.s))"), output("o", "var.s", "sensitive = true")), given={"s": "hunter2"}
    ),
    "a sensitive input of a module": Scenario(
        (CLUSTER,),
        (CLUSTER, variable("s", "sensitive = true"), module("m", "m", ON, "pw = var.s")),
        given={"s": "hunter2"},
        files={"m": (v := variable("on") + variable("pw", "sensitive = true") + topic("x", "note = nonsensitive(sha256(var.pw))", on="var.on"), v)},
    ),
    "files": Scenario(
        (CLUSTER,),
        (
            CLUSTER,
            topic(
                "a",
                'note = "${file("text")} ${fileexists("text")} ${fileexists("no")} ${join(",", fileset("dir", "*"))} ${try(file("never"), "none")}"',
            ),
            topic("b", 'note = templatefile("${path.module}/tpl", { x = memory_topic.a.partitions })'),
            topic("c", 'note = "${filesha256("bytes")} ${filebase64("bytes")}"'),
        ),
    ),
    "a file that is only asked for": Scenario((CLUSTER,), (CLUSTER, topic("a", 'note = fileexists("text") ? "there" : "gone"'))),
    "the time": Scenario((CLUSTER,), (CLUSTER, topic("a", "note = plantimestamp() == timestamp()"))),
    "the workspace": Scenario((CLUSTER,), (CLUSTER, topic("a", "note = kplan.workspace"))),
    "all destroyed": Scenario((*TWO, job("j", 1), team("t", "ann")), (*TWO, job("j", 1), team("t", "ann")), {"destroy": True}),
    "one destroyed": Scenario(
        (*TWO, topic("u", "note = memory_topic.b.id"), team("t", "ann")),
        (*TWO, topic("u", "note = memory_topic.b.id"), team("t", "ann")),
        {"destroy": True, "targets": ("memory_topic.b",)},
    ),
    "a target": Scenario(TWO, (CLUSTER, topic("a", 'note = "x"'), topic("b", "note = memory_topic.a.note"), topic("z")), {"targets": ("memory_topic.b",)}),
    "an instance as target": Scenario((CLUSTER,), (CLUSTER, topic("k", EACH, "name = each.key"), output("o", "1")), {"targets": ('memory_topic.k["x"]',)}),
    "a module as target": Scenario(
        (CLUSTER,), (CLUSTER, module("m", "m", ON, 'name = "m"'), topic("z")), {"targets": ("module.m",)}, {"m": (MODULE, MODULE)}
    ),
    "a team as target": Scenario(
        (CLUSTER, team("a", "ann bob"), team("b", "bob")), (CLUSTER, team("a", "ann dan"), team("b", "cid")), {"targets": ("memory_team.a",)}
    ),
    "a cluster left out": Scenario((BOTH,), (BOTH, EVERYWHERE), {"exclude_clusters": ('memory_cluster.e["d"]',)}),
    "two clusters": Scenario((BOTH,), (BOTH, EVERYWHERE)),
    "protected ones stay": Scenario((CLUSTER, topic("a", KEEP), topic("b")), (CLUSTER, topic("a", KEEP))),
    "what is ignored": Scenario(
        (CLUSTER, topic("a", 'note = "x"', IGNORE)), (CLUSTER, topic("a", 'note = "y"', "partitions = 2", IGNORE), topic("n"))
    ),
    "what is promised": Scenario((CLUSTER,), (CLUSTER, variable("n", "default = 1"), topic("a", PROMISE))),
    "teams": Scenario(
        (CLUSTER, team("a", "ann bob"), team("b", "bob cid")), (CLUSTER, team("a", "ann cid dan"), team("b", "dan"), team("e", "eve"))
    ),
    "a team that goes": Scenario((CLUSTER, team("a", "ann bob"), team("b", "bob")), (CLUSTER, team("a", "ann bob"))),
    "teams that go": Scenario((CLUSTER, team("a", "ann bob"), team("b", "bob")), (CLUSTER, topic("x"))),
    "a team under another label": Scenario((CLUSTER, team("a", "ann bob")), (CLUSTER, team("z", "ann bob"))),
    "a member that others have": Scenario((CLUSTER, team("a", "ann")), (CLUSTER, team("a", "ann"), team("b", "ann"))),
    "seats": Scenario((CLUSTER, seat("s", "ann"), team("t", "bob")), (CLUSTER, seat("s", "bob"), team("t", "bob"))),
    "long work": Scenario((CLUSTER, job("j", 2)), (CLUSTER, job("j", 40), job("k", 3))),
    "a relay of what is made with it": Scenario((CLUSTER, cluster("d")), (*TWO, cluster("d"), relay('watchers = ["ann"]'))),
    "a relay of what came since": Scenario((*TWO, cluster("d"), relay()), (*TWO, topic("n"), cluster("d"), relay())),
    "a relay of a copy that is declared": Scenario((*TWO, cluster("d")), (*TWO, cluster("d"), relay(), copy("copy", "c.a"))),
    "a declared copy without its relay": Scenario(
        (*TWO, cluster("d"), relay(), copy("copy", "c.a")), (*TWO, cluster("d"), relay(), copy("copy", "c.a", 'note = "n"'))
    ),
    "a relay that goes": Scenario((*TWO, cluster("d"), relay()), (*TWO, cluster("d"))),
    "a relay whose copies stay": Scenario((*TWO, cluster("d"), relay("lasting = true")), (*TWO, cluster("d"))),
    "checks": Scenario(
        (CLUSTER,), (*TWO, 'check "c" {\n  assert {\n    condition = memory_topic.a.id == "x"\n    error_message = "it warns"\n  }\n}\n')
    ),
    "nothing read anew": Scenario(TWO, (CLUSTER, topic("a"), topic("b", 'note = "c"', 'config = { k = "v" }')), {"refresh": False}),
}  # fmt: skip


@pytest.fixture
def within(bench):
    """Write the files that expressions and modules read."""

    def write(scenario, when):
        for folder, texts in scenario.files.items():
            (bench.folder / folder).mkdir(exist_ok=True)
            (bench.folder / folder / "main.kplan.hcl").write_text(texts[when])

    (bench.folder / "dir").mkdir()
    for name in ("text", "tpl", "bytes", "dir/one", "dir/two"):
        (bench.folder / name).write_bytes(b"${x} times" if name == "tpl" else f"{name} in a file".encode())
    return write


def prepare(bench, within, scenario):
    """Bring the worlds to where the scenario's plan is made."""
    start_over(bench)
    if scenario.before:
        within(scenario, 0)
        assert wrong(bench.declare(*scenario.before).apply()) == []
    for leaf, name in scenario.strangers:
        world("c").create(leaf, name)
    within(scenario, 1)
    bench.declare(*scenario.after)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_saved_plan_does_elsewhere_what_a_direct_apply_does(bench, within, name):
    scenario = SCENARIOS[name]
    options = {**scenario.options, "variables": scenario.given}
    prepare(bench, within, scenario)
    direct = bench.apply(**options)
    assert direct.tally is not None
    expected = came_to(bench)

    prepare(bench, within, scenario)
    again = {one: text for one, text in scenario.given.items() if one == "s"}
    outcome = carried(bench, save(bench, **options), variables=again)

    assert (outcome.tally, actions(outcome)) == (direct.tally, actions(direct))
    assert came_to(bench) == expected


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if not one.options])
def test_after_a_saved_plan_nothing_is_left_to_do_or_to_remember(bench, within, name):
    scenario = SCENARIOS[name]
    prepare(bench, within, scenario)
    again = {one: text for one, text in scenario.given.items() if one == "s"}
    carried(bench, save(bench, variables=scenario.given), variables=again)
    left = bench.plan(variables=scenario.given).plan
    assert not left.has_changes()
    assert [one.address for one in left.changes if one.remember] == []
