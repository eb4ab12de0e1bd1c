"""Two plans that were saved over one state: what is applied of both is what each has shown, or nothing."""

from kplan_run import Workspace


def topic(label: str, partitions: int = 1) -> str:
    return f"""
topic "{label}" {{
  cluster    = cluster.primary
  name       = "${{var.prefix}}{label}"
  partitions = {partitions}
}}
"""


def grant(label: str, topic: str) -> str:
    return f"""
grant "{label}" {{
  cluster    = cluster.primary
  principals = ["User:${{var.prefix}}a"]
  consume {{
    topics = ["${{var.prefix}}{topic}"]
  }}
}}
"""


def saved(workspace: Workspace, text: str, name: str, *arguments: str) -> None:
    workspace.write(text)
    planned = workspace.kplan("plan", f"-out={name}", *arguments)
    assert planned.code == 0, planned.said


def test_plans_of_two_branches_over_other_objects_both_apply(workspace: Workspace, primary):
    """Each branch adds to the same beginning; neither knows of what the other adds."""
    workspace.applied(topic("common"))
    saved(workspace, topic("common") + topic("first") + grant("first", "first"), "first.plan")
    saved(workspace, topic("common") + topic("second") + grant("second", "second"), "second.plan")
    for name in ("first.plan", "second.plan"):
        applied = workspace.kplan("apply", name)
        assert (applied.code, applied.summary) == (
            0,
            "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.",
        ), applied.said
    everything = topic("common") + topic("first") + topic("second")
    workspace.write(everything + grant("first", "first") + grant("second", "second"))
    assert workspace.plan().code == 0
    assert len(primary.names(workspace.prefix)) == 3


def test_of_two_plans_over_one_object_the_second_is_refused_whole(workspace: Workspace, primary):
    workspace.applied(topic("common"))
    saved(workspace, topic("common", 2) + topic("first"), "first.plan")
    saved(workspace, topic("common", 3) + topic("second"), "second.plan")
    assert workspace.kplan("apply", "first.plan").code == 0
    refused = workspace.kplan("apply", "second.plan")
    assert refused.code == 1
    assert "Saved plan is stale" in refused.said
    assert "topic.common" in refused.said
    assert "Nothing was applied." in refused.said
    assert primary.names(workspace.prefix) == {f"{workspace.prefix}{one}" for one in ("common", "first")}
    assert primary.topic(f"{workspace.prefix}common").partitions == 2


def test_a_plan_is_applied_once(workspace: Workspace, primary):
    saved(workspace, topic("once") + grant("once", "once"), "once.plan")
    assert workspace.kplan("apply", "once.plan").code == 0
    made = primary.topic(f"{workspace.prefix}once")
    again = workspace.kplan("apply", "once.plan")
    assert again.code == 1
    assert "this plan was applied already" in again.said
    assert primary.topic(f"{workspace.prefix}once") == made


def test_a_plan_that_was_edited_or_cut_off_is_no_plan(workspace: Workspace, primary):
    saved(workspace, topic("kept"), "good.plan")
    data = (workspace.folder / "good.plan").read_bytes()
    for name, damaged in {
        "edited.plan": data.replace(b'"partitions":1', b'"partitions":9'),
        "short.plan": data[: len(data) // 2],
        "empty.plan": b"",
        "other.plan": b'{"format_version": 1}',
    }.items():
        (workspace.folder / name).write_bytes(damaged)
        for command in ("apply", "show"):
            told = workspace.kplan(command, name)
            assert (told.code, "Not a usable saved plan" in told.said) == (1, True), told.said
    assert primary.names(workspace.prefix) == set()
    assert workspace.kplan("apply", "missing.plan").code == 1


def test_a_plan_of_another_state_is_refused(workspace: Workspace, primary):
    workspace.applied(topic("kept"))
    saved(workspace, topic("kept") + topic("more"), "more.plan")
    (workspace.folder / "state").rename(workspace.folder / "elsewhere")
    workspace.write(topic("other"))
    assert workspace.apply().code == 0
    refused = workspace.kplan("apply", "more.plan")
    assert (refused.code, "Saved plan of another state" in refused.said) == (1, True), refused.said
    assert primary.names(workspace.prefix) == {f"{workspace.prefix}{one}" for one in ("kept", "other")}
