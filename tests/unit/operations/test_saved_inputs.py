"""What is given with a saved plan and again with its apply: consents, sensitive values, files. And what is not saved."""

import pytest
from operations_bench import CLUSTER, TOPIC, actions, cluster, details, output, topic, wrong
from saved_bench import carried, carry, elsewhere, everything, planned, save, untouched

from kplan.operations.options import Run
from kplan.operations.plan import plan
from kplan.operations.saving import load
from kplan.plan.model import Consents
from kplan_memory.world import file_world, world

NOTE = 'note = "x"'


def says(outcome, *parts):
    """Check that the last thing told has all of these in it."""
    assert all(part in details(outcome)[-1] for part in parts), details(outcome)


# consents


LOSING = [CLUSTER, topic("a")], [CLUSTER, topic("b", NOTE)]


def test_a_consent_that_the_plan_lacks_is_given_with_the_apply(bench):
    bench.applied(*LOSING[0])
    path = save(bench.declare(*LOSING[1]), consents=Consents())
    outcome = untouched(bench, path, consents=Consents())
    assert wrong(outcome) == ["Data loss needs consent"] * 2
    carried(bench, path, consents=Consents(1))
    assert bench.world.names() == ["b"]


def test_a_consent_given_with_the_plan_holds(bench):
    bench.applied(*LOSING[0])
    path = save(bench.declare(*LOSING[1]), consents=Consents(1))
    carried(bench, path, consents=Consents())
    assert bench.world.names() == ["b"]


def test_consents_of_both_do_not_add_up(bench):
    bench.applied(CLUSTER, *(topic(one) for one in "abc"))
    path = save(bench.declare(CLUSTER), consents=Consents(2))
    untouched(bench, path, consents=Consents(2))
    carried(bench, path, consents=Consents(3))
    assert bench.world.names() == []


def test_a_consent_covers_nothing_that_came_since(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER), consents=Consents(5))
    bench.applied(CLUSTER, topic("a"), topic("b"))
    carried(bench, path)
    assert bench.world.names() == ["b"]


def test_many_deletes_need_their_consent(bench):
    bench.applied(CLUSTER, *(topic(f"t{n:02}") for n in range(12)))
    path = save(bench.declare(CLUSTER), consents=Consents(12, 0))
    assert "Deleting this many objects needs consent" in wrong(untouched(bench, path, consents=Consents()))
    carried(bench, path, consents=Consents(0, 12))


def test_protection_speaks_before_there_is_a_plan(bench):
    keep = "lifecycle {\n    prevent_destroy = true\n  }"
    bench.applied(CLUSTER, topic("a", keep))
    path, outcome = planned(bench.declare(CLUSTER))
    assert wrong(outcome) == ["Instance cannot be destroyed"]
    assert not path.exists()


def test_protection_that_came_since_is_kept(bench):
    keep = "lifecycle {\n    prevent_destroy = true\n  }"
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER))
    bench.applied(CLUSTER, topic("a", keep))
    assert wrong(untouched(bench, path)) == ["Instance cannot be destroyed"]


# values that are given again


SENSITIVE = 'variable "s" {\n  sensitive = true\n}\n'
HASHED = topic("a", "note = nonsensitive(md5(var.s))")


def test_a_sensitive_value_must_be_given_again(bench):
    path = save(bench.declare(CLUSTER, SENSITIVE, HASHED), variables={"s": "hunter2"})
    assert b"hunter2" not in path.read_bytes()
    assert wrong(untouched(bench, path)) == ["No value for required variable"]
    carried(bench, path, variables={"s": "hunter2"})


def test_another_sensitive_value_is_refused(bench):
    path = save(bench.declare(CLUSTER, SENSITIVE, HASHED), variables={"s": "hunter2"})
    outcome = untouched(bench, path, variables={"s": "hunter3"})
    assert wrong(outcome) == ["Sensitive value differs from the plan's"]
    says(
        outcome, "A sensitive value of var.s is not the one that the plan was made with. Nothing was applied."
    )


def test_another_sensitive_value_is_refused_where_it_would_show_only_in_the_end(bench):
    late = topic("b", 'note = "${memory_topic.a.id} ${nonsensitive(md5(var.s))}"')
    path = save(bench.declare(CLUSTER, SENSITIVE, topic("a"), late), variables={"s": "hunter2"})
    says(untouched(bench, path, variables={"s": "hunter3"}), "A sensitive value of var.s is not")
    carried(bench, path, variables={"s": "hunter2"})


@pytest.mark.parametrize("way", ["file", "environment"])
def test_sensitive_values_come_from_where_they_always_do(bench, way, monkeypatch):
    path = save(bench.declare(CLUSTER, SENSITIVE, HASHED), variables={"s": "hunter2"})
    folder = elsewhere(bench)
    if way == "file":
        (folder / "x.auto.kplanvars.hcl").write_text('s = "hunter2"\nother = 1\n')
    else:
        monkeypatch.setenv("KPLAN_VAR_s", "hunter2")
    assert wrong(carry(bench, path, folder)) == []
    assert bench.live("a") is not None


def test_a_sensitive_value_that_the_plan_does_not_need_may_be_given_all_the_same(bench):
    path = save(bench.declare(CLUSTER, SENSITIVE, topic("a")), variables={"s": "hunter2"})
    carried(bench, path, variables={"s": "whatever"})


def test_a_default_of_a_sensitive_variable_is_not_saved(bench):
    with_default = SENSITIVE.replace("sensitive", 'default = "hunter2"\n  sensitive')
    path = save(bench.declare(CLUSTER, with_default, HASHED))
    assert b"hunter2" not in path.read_bytes()
    assert wrong(untouched(bench, path)) == ["No value for required variable"]
    carried(bench, path, variables={"s": "hunter2"})


def test_a_null_default_stays(bench):
    nothing = SENSITIVE.replace("sensitive", "default = null\n  sensitive")
    path = save(bench.declare(CLUSTER, nothing, topic("a", "note = nonsensitive(var.s == null)")))
    carried(bench, path)
    assert bench.live("a")["note"] == "true"


def test_other_values_are_part_of_the_plan(bench, monkeypatch):
    path = save(
        bench.declare(
            CLUSTER,
            'variable "n" {\n}\nvariable "u" {\n  default = 1\n}\n',
            SENSITIVE,
            topic("a", "note = var.n"),
        ),
        variables={"n": "mine", "s": ""},
    )
    for given in ("n", "u", "nonsense"):
        outcome = untouched(bench, path, variables={given: "theirs"})
        assert wrong(outcome) == ["Value is part of the plan"]
        says(outcome, f"-var {given}=…", "the values that it was made with, but for these: s.")
    monkeypatch.setenv("KPLAN_VAR_n", "theirs")
    (bench.folder / "kplan.kplanvars.hcl").write_text('n = "theirs"\n')
    carried(bench, path)
    assert bench.live("a")["note"] == "mine"


def test_how_to_connect_may_be_given_again(bench, monkeypatch):
    where = 'variable "world" {\n  default = null\n}\n'
    known = [cluster("c", "world = var.world"), topic("a")]
    path = save(bench.declare(where, *known))
    folder = elsewhere(bench)
    monkeypatch.chdir(folder)
    other = file_world(str(folder / "there.json"))
    other.uid = world("c").uid
    assert wrong(carry(bench, path, folder, variables={"world": "there.json"})) == []
    assert (file_world(str(folder / "there.json")).names(), world("c").names()) == (["a"], [])


def test_a_sensitive_value_that_only_connects_may_be_another(bench):
    connecting = cluster("c", 'world = nonsensitive(var.s) == "" ? null : null')
    path = save(bench.declare(SENSITIVE, connecting, topic("a")), variables={"s": "hunter2"})
    carried(bench, path, variables={"s": "hunter3"})


def test_how_to_connect_is_as_it_was_where_it_is_not_given_again(bench):
    where = 'variable "name" {\n  default = "other"\n}\n'
    path = save(
        bench.declare(where, cluster("k", "name = var.name"), topic("a", on="memory_cluster.k")),
        variables={"name": "c"},
    )
    carried(bench, path)
    assert world("c").names() == ["a"]


def test_what_objects_use_too_may_not_be_given_again(bench):
    where = 'variable "name" {\n}\n'
    blocks = [where, cluster("k", "name = var.name"), topic("a", "note = var.name", on="memory_cluster.k")]
    path = save(bench.declare(*blocks), variables={"name": "c"})
    assert wrong(untouched(bench, path, variables={"name": "d"})) == ["Value is part of the plan"]


@pytest.mark.parametrize(
    "where",
    [
        output("o", 'sensitive("hunter2")', "sensitive = true"),
        output("o", 'core::sensitive(true ? "hunter2" : "")', "sensitive = true"),
        output("o", 'sensitive(["hunter2"])', "sensitive = true"),
        output("o", 'sensitive({ a = "hunter2" })', "sensitive = true"),
    ],
)
def test_a_secret_in_plain_text_is_not_saved(bench, where):
    path, outcome = planned(bench.declare(CLUSTER, where))
    assert wrong(outcome) == ["The plan can't be saved"]
    says(
        outcome, "What is sensitive is written out at main.kplan.hcl line 4,", "a saved plan holds no secrets"
    )
    assert not path.exists()


def test_a_default_of_a_modules_sensitive_variable_is_not_saved(bench):
    (bench.folder / "m").mkdir()
    inner = 'variable "on" {\n}\nvariable "pw" {\n  sensitive = true\n  default = "hunter2"\n}\n'
    (bench.folder / "m" / "main.kplan.hcl").write_text(
        inner + topic("a", "note = nonsensitive(md5(var.pw))", on="var.on")
    )
    path, outcome = planned(
        bench.declare(CLUSTER, 'module "m" {\n  source = "./m"\n  on = memory_cluster.c\n}\n')
    )
    says(outcome, "m/main.kplan.hcl line 5,")
    assert not path.exists()


# files


def test_files_are_as_they_were(bench):
    (bench.folder / "text").write_text("then")
    path = save(
        bench.declare(
            CLUSTER, topic("a", 'note = "${file("text")} ${fileexists("no")} ${try(file("no"), "-")}"')
        )
    )
    for name in ("text", "no"):
        (bench.folder / name).write_text("now")
    carry(bench, path)
    assert bench.live("a")["note"] == "then false -"


def test_a_file_that_could_not_be_read_is_not_there(bench):
    path = save(bench.declare(CLUSTER, topic("a", 'note = try(file("no"), "none")')))
    (bench.folder / "no").write_text("now")
    carry(bench, path)
    assert bench.live("a")["note"] == "none"


def test_the_time_is_that_of_the_plan(bench):
    path = save(bench.declare(CLUSTER, topic("a", "note = timestamp()")))
    began = load(path).again.began
    data = path.read_bytes()
    assert data.count(began.encode()) > 2
    carried(bench, path)
    assert bench.live("a")["note"] == began


def test_to_destroy_takes_nothing_that_only_objects_need(bench):
    bench.applied(CLUSTER, SENSITIVE, HASHED, variables={"s": "hunter2"})
    path = save(bench, destroy=True, variables={"s": "hunter2"})
    carried(bench, path)
    assert world("c").names() == []


def test_a_secret_file_is_needed_again(bench):
    (bench.folder / "pw").write_text("hunter2")
    path = save(bench.declare(CLUSTER, topic("a", 'note = nonsensitive(md5(sensitive(file("pw"))))')))
    assert b"hunter2" not in path.read_bytes()
    assert b"aHVudGVyMg" not in path.read_bytes()
    folder = elsewhere(bench)
    assert wrong(untouched(bench, path, folder)) == ["Invalid function argument"]
    (folder / "pw").write_text("hunter3")
    says(untouched(bench, path, folder), "memory_topic.a: it would come out otherwise")
    (folder / "pw").write_text("hunter2")
    assert wrong(carry(bench, path, folder)) == []


# the file itself


def test_a_plan_that_is_incomplete_is_not_saved(bench):
    bench.world.create(TOPIC, "a")
    path, outcome = planned(bench.declare(CLUSTER, topic("a")))
    assert wrong(outcome) == ["Object exists but is not managed"]
    assert not path.exists()


def test_what_can_not_be_written_is_told_and_leaves_nothing(bench):
    bench.declare(CLUSTER, topic("a"))
    (bench.folder / "taken").mkdir()
    for name in ("taken", "none/there"):
        outcome = plan(bench.options(), Run(lambda _: None, lambda: False), bench.folder / name)
        assert wrong(outcome) == ["The plan can't be saved"]
    assert list(bench.folder.glob("**/*.part")) == []


def test_nothing_is_asked_of_clusters_that_the_plan_does_not_touch(bench):
    two = [cluster("c"), cluster("d"), topic("a"), topic("b", on="memory_cluster.d")]
    bench.applied(*two)
    path = save(bench.declare(*two[:2], topic("a", NOTE), two[3]))
    world("d").calls.clear()
    carried(bench, path)
    assert world("d").calls == []


def test_a_plan_with_nothing_to_do_is_applied(bench):
    bench.applied(CLUSTER, topic("a"))
    before = everything(bench.folder)
    outcome = carry(bench, save(bench))
    assert (wrong(outcome), actions(outcome)) == ([], {})
    assert everything(bench.folder)[0] == before[0]
