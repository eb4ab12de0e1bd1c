"""Runs over a part of the configuration, replacements, plans without a look, and state mended by hand."""

import json

from kplan_run import Workspace

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
CHAIN = """
topic "root" {
  cluster    = cluster.primary
  name       = "${var.prefix}root"
  partitions = 1
}

topic "each" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${topic.root.name}-each"
  partitions = 1
}

topic "leaf" {
  cluster    = cluster.dr
  name       = "${var.prefix}leaf"
  partitions = 1
  depends_on = [topic.each]
}

topic "aside" {
  cluster    = cluster.dr
  name       = "${var.prefix}aside"
  partitions = 1
}
"""


def test_targets(workspace: Workspace, primary, dr):
    prefix = workspace.prefix
    workspace.write(CHAIN)
    nothing = workspace.plan("-target=topic.rot")
    assert (nothing.code, 'Did you mean "topic.root"?' in nothing.said) == (1, True)

    one = workspace.apply('-target=topic.each["dr"]')
    assert one.summary == "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.", one.said
    assert (primary.names(prefix), dr.names(prefix)) == ({f"{prefix}root"}, {f"{prefix}root-each"})
    whole = workspace.apply("-target=topic.each", "-target=topic.aside")
    assert whole.summary == "Apply complete! Resources: 2 added, 0 changed, 0 destroyed."
    assert workspace.plan().summary == "Plan: 1 to add, 0 to change, 0 to destroy."
    assert workspace.apply().code == 0

    # A target is destroyed together with what depends on it, and nothing else.
    destroyed = workspace.kplan("destroy", "-auto-approve", "-target=topic.each", "--allow-data-loss=3")
    assert destroyed.summary == "Destroy complete! Resources: 3 destroyed.", destroyed.said
    assert (primary.names(prefix), dr.names(prefix)) == ({f"{prefix}root"}, {f"{prefix}aside"})
    assert (
        workspace.apply("-destroy", "--allow-data-loss=2").summary
        == "Destroy complete! Resources: 2 destroyed."
    )
    assert not primary.names(prefix) | dr.names(prefix)


def test_a_replacement_needs_consent(workspace: Workspace, primary, dr):
    workspace.applied(CHAIN)
    name = f"{workspace.prefix}root"
    primary.produce(name, 3)
    before, others = primary.topic(name), dr.topics(workspace.prefix)

    planned = workspace.plan("-replace=topic.root")
    assert planned.summary == "Plan: 1 to add, 0 to change, 1 to destroy."
    assert "topic.root must be replaced" in planned.said
    assert f"topic {name} is deleted (3 records)" in planned.said
    refused = workspace.apply("-replace=topic.root")
    assert (refused.code, "--allow-data-loss 1" in refused.said) == (1, True)
    assert primary.topic(name) == before
    wrong = workspace.plan("-replace=topic.rot")
    assert (wrong.code, 'Did you mean "topic.root"?' in wrong.said) == (1, True)

    replaced = workspace.apply("-replace=topic.root", "--allow-data-loss=1")
    assert replaced.summary == "Apply complete! Resources: 1 added, 0 changed, 1 destroyed."
    assert primary.topic(name) == before._replace(id=primary.topic(name).id)
    assert primary.topic(name).id != before.id
    assert dr.topics(workspace.prefix) == others
    assert workspace.plan().summary == NO_CHANGES


def test_a_plan_that_does_not_look(workspace: Workspace, primary):
    """-refresh=false trusts what state remembers; what it then sends is held against what is there."""
    workspace.applied(CHAIN)
    name = f"{workspace.prefix}root"
    primary.set(name, "retention.ms", "5000")  # nobody declares it
    primary.grow(name, 4)
    blind = workspace.plan("-refresh=false")
    assert (blind.code, blind.summary) == (0, NO_CHANGES)
    assert workspace.plan().code == 1
    workspace.write(
        CHAIN.replace("partitions = 1", 'partitions = 1\n  config = { "retention.ms" = "9d" }', 1)
    )
    changed = workspace.apply("-refresh=false")
    assert changed.summary == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed.", changed.said
    assert primary.topic(name).config == {"retention.ms": "777600000"}

    # Made anew by somebody else, unseen by the plan: it is spared all the same.
    primary.delete(name)
    theirs = primary.create(name, 4)
    workspace.write(
        CHAIN.replace("partitions = 1", 'partitions = 1\n  config = { "retention.ms" = "10d" }', 1)
    )
    spared = workspace.apply("-refresh=false")
    assert spared.code == 1
    assert "was deleted and made anew" in spared.said
    assert primary.topic(name) == theirs
    gone = workspace.kplan("destroy", "-auto-approve", "-refresh=false", "--allow-data-loss=9")
    assert "was deleted and made anew" in gone.said
    assert primary.topic(name) == theirs


def test_state_mended_by_hand(workspace: Workspace, primary, dr):
    workspace.applied(CHAIN)
    before = primary.topics(workspace.prefix), dr.topics(workspace.prefix)
    shown = workspace.kplan("state", "show", 'topic.each["dr"]')
    assert before[1][f"{workspace.prefix}root-each"].id in shown.out

    moved = workspace.kplan("state", "mv", "topic.each", "topic.every")
    assert moved.code == 0
    assert 'Move "topic.each["dr"]" to "topic.every["dr"]"' in moved.out
    workspace.write(CHAIN.replace('topic "each"', 'topic "every"').replace("topic.each", "topic.every"))
    assert workspace.plan().summary == NO_CHANGES
    for source, destination in (
        ("topic.every", "topic.root"),
        ("topic.root", "topic.every"),
        ('topic.every["dr"]', 'topic.every["primary"]'),
        ("topic.every", 'topic.new["x"]'),
        ("topic.nothing", "topic.new"),
        ("topic.root", "memory_topic.root"),
    ):
        wrong = workspace.kplan("state", "mv", source, destination)
        assert wrong.code == 1, (source, destination, wrong.said)
    assert workspace.plan().summary == NO_CHANGES

    pulled = workspace.kplan("state", "pull").out
    assert workspace.kplan("state", "rm", "topic.leaf", 'topic.every["dr"]').code == 0
    unmanaged = workspace.plan()
    assert (unmanaged.code, "2 objects that the configuration declares exist already" in unmanaged.said) == (
        1,
        True,
    )
    backup = workspace.folder.parent / "backup.json"
    backup.write_text(pulled)
    older = workspace.kplan("state", "push", str(backup))
    assert (older.code, "State is older" in older.said) == (1, True)
    assert workspace.kplan("state", "push", "-force", str(backup)).code == 0
    assert workspace.plan().summary == NO_CHANGES

    edited = json.loads(pulled)
    edited["leaves"] = []
    backup.write_text(json.dumps(edited))
    damaged = workspace.kplan("state", "push", "-force", str(backup))
    assert damaged.code == 1
    assert "Not a usable state" in damaged.said
    assert workspace.plan().summary == NO_CHANGES
    assert (primary.topics(workspace.prefix), dr.topics(workspace.prefix)) == before
