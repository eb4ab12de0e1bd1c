"""What other clients do to topics, as the next plan shows it."""

from kplan_run import Workspace

NO_CHANGES = "No changes. Your infrastructure matches the configuration."


def topic(label: str, more: str = "", cluster: str = "primary") -> str:
    return f"""
topic "{label}" {{
  cluster    = cluster.{cluster}
  name       = "${{var.prefix}}{label}"
  partitions = 2
  {more}
}}
"""


def test_changed_deleted_and_made_again_by_another_client(workspace: Workspace, primary, dr):
    name = f"{workspace.prefix}orders"
    kept = f"{workspace.prefix}kept"
    ours = topic("orders", 'config = { "retention.ms" = "7d" }') + topic("kept", cluster="dr")
    workspace.applied(ours)

    primary.set(name, "retention.ms", "1000")
    primary.set(name, "segment.ms", "60000")  # nobody declares it
    drifted = workspace.plan()
    assert (drifted.code, drifted.summary) == (2, "Plan: 0 to add, 1 to change, 0 to destroy."), drifted.said
    assert '"retention.ms" = "1000" -> "604800000"' in drifted.said
    assert "segment.ms" not in drifted.said
    workspace.applied(ours)
    assert primary.topic(name).config == {"retention.ms": "604800000", "segment.ms": "60000"}

    primary.grow(name, 5)
    grown = workspace.plan()
    assert grown.code == 1
    assert f"topic {name} has 5 partitions and cannot have 2" in grown.said
    assert "Keep partitions = 5" in grown.said
    assert 'main.kplan.hcl line 5, in topic "orders"' in grown.said
    ours = ours.replace("partitions = 2", "partitions = 5", 1)
    workspace.applied(ours)
    assert workspace.plan().summary == NO_CHANGES

    other = dr.topic(kept)
    primary.delete(name)
    gone = workspace.plan()
    assert (gone.code, gone.summary) == (2, "Plan: 1 to add, 0 to change, 0 to destroy."), gone.said
    assert "topic.orders will be created" in gone.said
    workspace.applied(ours)
    assert primary.topic(name).config == {"retention.ms": "604800000"}
    assert dr.topic(kept) == other

    primary.delete(name)
    theirs = primary.create(name, 5, retention_ms="604800000")
    recreated = workspace.plan()
    assert recreated.code == 1
    assert "Object was re-created outside" in recreated.said
    assert "has the same name but another id" in recreated.said
    assert "to add" not in recreated.out
    refused = workspace.apply()
    assert refused.code == 1
    assert primary.topic(name) == theirs

    # The way out that the message gives.
    assert workspace.kplan("state", "rm", "topic.orders").code == 0
    adopted = workspace.apply("--adopt=topic.orders")
    assert adopted.code == 0, adopted.said
    assert adopted.summary == "Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed."
    assert primary.topic(name) == theirs
    assert workspace.plan().summary == NO_CHANGES


def test_what_was_re_created_is_not_deleted_with_its_block(workspace: Workspace, primary):
    name = f"{workspace.prefix}orders"
    workspace.applied(topic("orders") + topic("rest"))
    primary.delete(name)
    theirs = primary.create(name, 3)
    workspace.write(topic("rest"))
    left = workspace.plan()
    assert (left.code, left.summary) == (0, NO_CHANGES), left.said
    assert "was re-created outside of kplan, so it is no longer ours; it is left alone" in left.said
    destroyed = workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=1")
    assert destroyed.summary == "Destroy complete! Resources: 1 destroyed."
    assert primary.topic(name) == theirs


def test_what_is_there_already_is_offered_for_adoption(workspace: Workspace, primary, dr):
    prefix = workspace.prefix
    made = primary.create(f"{prefix}orders", 2, retention_ms="5000", segment_ms="60000")
    dr.create(f"{prefix}same", 2)
    primary.create(f"{prefix}undeclared", 1)
    ours = topic("orders", 'config = { "retention.ms" = "1d" }') + topic("same", cluster="dr") + topic("new")
    workspace.write(ours)

    refused = workspace.plan()
    assert refused.code == 1
    assert "Object exists but is not managed" in refused.said
    assert "2 objects that the configuration declares exist already" in refused.said
    assert f'topic.orders: topic "{prefix}orders" on cluster.primary' in refused.said
    assert f'topic.same: topic "{prefix}same" on cluster.dr' in refused.said
    assert "undeclared" not in refused.said
    assert "--adopt='topic.*'" in refused.said
    assert workspace.apply().code == 1
    assert f"{prefix}new" not in primary.names(prefix)

    unknown = workspace.plan("--adopt=topic.oders")
    assert unknown.code == 1
    assert 'Did you mean "topic.orders"?' in unknown.said
    wrong = f'import {{\n  to = topic.orders\n  id = "{prefix}order"\n}}\n'
    workspace.write(wrong, "import.kplan.hcl")
    told = workspace.plan()
    assert told.code == 1
    assert "Import of another object" in told.said
    assert "import.kplan.hcl line 3" in told.said, told.said
    workspace.write(wrong.replace("order\n", "orders\n").replace('order"', 'orders"'), "import.kplan.hcl")

    both = workspace.plan("--adopt=topic.same")
    assert both.code == 2
    assert both.summary == "Plan: 2 to import, 1 to add, 1 to change, 0 to destroy.", both.said
    assert primary.topic(f"{prefix}orders") == made

    # Adopting alone changes nothing on the broker.
    workspace.write(topic("orders", 'config = { "retention.ms" = 5000 }') + topic("same", cluster="dr"))
    adopted = workspace.apply("--adopt=topic.s*")
    assert adopted.summary == "Apply complete! Resources: 2 imported, 0 added, 0 changed, 0 destroyed."
    assert primary.topic(f"{prefix}orders") == made
    assert workspace.plan().summary == NO_CHANGES

    # An import block may stay; what is adopted is changed and destroyed like what was created.
    changed = workspace.applied(ours)
    assert changed.summary == "Apply complete! Resources: 1 added, 1 changed, 0 destroyed."
    assert primary.topic(f"{prefix}orders")._replace(config=made.config) == made
    assert primary.topic(f"{prefix}orders").config == {"retention.ms": "86400000", "segment.ms": "60000"}
    destroyed = workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=3")
    assert destroyed.summary == "Destroy complete! Resources: 3 destroyed."
    assert primary.names(prefix) | dr.names(prefix) == {f"{prefix}undeclared"}


def test_import_of_what_is_not_there(workspace: Workspace, primary):
    workspace.write(
        topic("orders") + f'import {{\n  to = topic.orders\n  id = "{workspace.prefix}orders"\n}}\n'
    )
    absent = workspace.plan()
    assert absent.code == 1
    assert "Cannot import non-existent object" in absent.said
    assert workspace.apply().code == 1
    assert not primary.names(workspace.prefix)
