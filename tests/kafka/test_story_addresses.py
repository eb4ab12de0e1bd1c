"""Addresses renamed, moved and removed, and what a deletion needs."""

from kplan_run import Workspace

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
NAMED = """
topic "orders" {
  cluster    = cluster.primary
  name       = "${var.prefix}orders"
  partitions = 2
  config = {
    "retention.ms" = "7d"
  }
}

topic "domain" {
  for_each   = toset(["a", "b"])
  cluster    = cluster.primary
  name       = "${var.prefix}${each.key}"
  partitions = 1
}

topic "both" {
  for_each   = { p = cluster.primary, d = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}both"
  partitions = 1
}
"""
RENAMED = """
topic "purchases" {
  cluster    = cluster.primary
  name       = "${var.prefix}orders"
  partitions = 2
  config = {
    "retention.ms" = "7d"
  }
}

topic "domain_a" {
  cluster    = cluster.primary
  name       = "${var.prefix}a"
  partitions = 1
}

topic "domains" {
  for_each   = toset(["b"])
  cluster    = cluster.primary
  name       = "${var.prefix}${each.key}"
  partitions = 1
}

topic "both" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}both"
  partitions = 1
}
"""
ONE = """
topic "LABEL" {
  cluster    = cluster.primary
  partitions = 1
}
"""


def test_renaming_addresses_moves_and_never_touches_the_broker(workspace: Workspace, primary, dr):
    workspace.applied(NAMED)
    before = primary.topics(workspace.prefix), dr.topics(workspace.prefix)
    workspace.write(RENAMED)

    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 0 to change, 0 to destroy."), planned.said
    assert "topic.orders has moved to topic.purchases" in planned.said
    assert 'topic.domain["a"] has moved to topic.domain_a' in planned.said
    assert 'topic.domain["b"] has moved to topic.domains["b"]' in planned.said
    assert 'topic.both["d"] has moved to topic.both["dr"]' in planned.said
    assert "data loss" not in planned.said

    applied = workspace.apply()
    assert (applied.code, applied.summary) == (
        0,
        "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.",
    )
    assert (primary.topics(workspace.prefix), dr.topics(workspace.prefix)) == before
    assert workspace.addresses() == [
        'topic.both["dr"]',
        'topic.both["primary"]',
        "topic.domain_a",
        'topic.domains["b"]',
        "topic.purchases",
    ]
    assert workspace.plan().summary == NO_CHANGES

    # Two addresses that trade their names are two moves as well.
    swapped = RENAMED.replace("}a", "}x").replace(
        'name       = "${var.prefix}${each.key}"', 'name = "${var.prefix}a"'
    )
    workspace.write(swapped.replace("}x", "}b"))
    assert workspace.plan().summary == "Plan: 0 to add, 0 to change, 0 to destroy."
    assert workspace.apply().code == 0
    assert (primary.topics(workspace.prefix), dr.topics(workspace.prefix)) == before

    twice = RENAMED + ONE.replace("LABEL", "again").replace(
        "partitions", 'name = "${var.prefix}a"\n  partitions'
    )
    workspace.write(twice)
    refused = workspace.plan()
    assert refused.code == 1
    assert "Two addresses for one object" in refused.said
    assert "topic.again" in refused.said
    assert "topic.domain_a" in refused.said


def test_a_name_that_follows_its_label(workspace: Workspace, primary):
    """Its label is its name: with another label it is another topic, and the plan says how to keep the old one."""
    old, new = workspace.prefix + "old", workspace.prefix + "new"
    workspace.applied(ONE.replace("LABEL", old))
    made = primary.topic(old)
    workspace.write(ONE.replace("LABEL", new))

    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 1 to add, 0 to change, 1 to destroy.")
    assert f'keep it: name = "{old}"' in planned.said
    refused = workspace.apply()
    assert refused.code == 1
    assert "Data loss needs consent" in refused.said
    assert f"topic.{old}: topic {old} is deleted (empty)" in refused.said
    assert "--allow-data-loss 1" in refused.said
    assert primary.topics(workspace.prefix) == {old: made}

    workspace.write(ONE.replace("LABEL", new).replace("partitions", f'name       = "{old}"\n  partitions'))
    kept = workspace.plan()
    assert kept.summary == "Plan: 0 to add, 0 to change, 0 to destroy."
    assert f"topic.{old} has moved to topic.{new}" in kept.said
    assert workspace.apply().code == 0
    assert primary.topics(workspace.prefix) == {old: made}


def test_a_deletion_needs_consent(workspace: Workspace, primary, dr):
    three = "".join(
        ONE.replace("LABEL", f"{workspace.prefix}{one}").replace("primary", cluster)
        for one, cluster in (("a", "primary"), ("b", "primary"), ("c", "dr"))
    )
    workspace.applied(three)
    a, b, c = (f"{workspace.prefix}{one}" for one in "abc")
    primary.produce(a, 7)
    workspace.write(ONE.replace("LABEL", b).replace("partitions", f'name = "{c}"\n  partitions'))
    renamed = workspace.plan()
    assert renamed.summary == "Plan: 1 to add, 0 to change, 3 to destroy."
    assert f'(because topic.{b} is "{c}" now)' in renamed.said
    assert f"(because topic.{a} is not in configuration)" in renamed.said
    workspace.write(ONE.replace("LABEL", b))

    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 0 to change, 2 to destroy.")
    assert f"topic {a} is deleted (7 records)" in planned.said
    assert "Data loss needs consent" in planned.said
    for consent in (("--allow-data-loss=1",), ("-auto-approve", "--allow-deletes=9")):
        refused = workspace.apply(*consent)
        assert (refused.code, "pass --allow-data-loss 2" in refused.said) == (1, True)
    assert primary.names(workspace.prefix) | dr.names(workspace.prefix) == {a, b, c}
    destroyed = workspace.apply("--allow-data-loss=2")
    assert destroyed.summary == "Apply complete! Resources: 0 added, 0 changed, 2 destroyed."
    assert primary.names(workspace.prefix) | dr.names(workspace.prefix) == {b}


def removed(address: str, destroy: str) -> str:
    return f"removed {{\n  from = {address}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n"


def test_removed_blocks_and_prevent_destroy(workspace: Workspace, primary):
    a, b, c = (f"{workspace.prefix}{one}" for one in "abc")
    protected = ONE.replace("LABEL", c).replace("1\n", "1\n  lifecycle {\n    prevent_destroy = true\n  }\n")
    workspace.applied(ONE.replace("LABEL", a) + ONE.replace("LABEL", b) + protected)
    made = primary.topics(workspace.prefix)

    # Let go of one, destroy the other: reviewed with the code, no flag needed.
    workspace.write(removed(f"topic.{a}", "false") + removed(f"topic.{b}", "true") + protected)
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 0 to change, 1 to destroy.")
    assert f"topic.{a} will no longer be managed by kplan, but will not be destroyed" in planned.said
    assert "needs consent" not in planned.said
    assert workspace.apply().code == 0
    del made[b]
    assert primary.topics(workspace.prefix) == made
    assert workspace.addresses() == [f"topic.{c}"]
    assert workspace.plan().summary == NO_CHANGES  # removed blocks may stay

    # The protection sticks when its block is deleted, to destroy as well.
    workspace.write("")
    refused = workspace.apply("--allow-data-loss=9")
    assert refused.code == 1
    assert "Instance cannot be destroyed" in refused.said
    assert "Its block is gone, but the protection stays in state" in refused.said
    assert workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=9").code == 1
    workspace.write(protected)
    assert workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=9").code == 1
    replaced = workspace.plan(f"-replace=topic.{c}")
    assert (replaced.code, "Instance cannot be destroyed" in replaced.said) == (1, True)
    assert primary.topics(workspace.prefix) == made

    workspace.write(protected.replace("true", "false"))
    assert workspace.apply().code == 0
    workspace.write("")
    assert workspace.apply("--allow-data-loss=1").code == 0
    assert primary.names(workspace.prefix) == {a}


def test_many_deletes_need_a_consent_of_their_own(workspace: Workspace, primary):
    many = """
topic "many" {
  for_each   = toset([COUNT])
  cluster    = cluster.primary
  name       = "${var.prefix}${each.key}"
  partitions = 1
}
"""
    names = [f"n{number}" for number in range(14)]
    workspace.applied(many.replace("COUNT", ", ".join(f'"{name}"' for name in names)))
    workspace.write(many.replace("COUNT", '"n0", "n1", "n2"'))
    refused = workspace.apply("--allow-data-loss=11")
    assert refused.code == 1
    assert '(because ["n3"] is not a key of topic.many any more)' in refused.said
    assert "Deleting this many objects needs consent" in refused.said
    assert "11 of 14 objects on cluster.primary" in refused.said
    assert "--allow-deletes 11" in refused.said
    assert len(primary.names(workspace.prefix)) == 14
    assert workspace.apply("--allow-deletes=11").code == 1
    assert workspace.apply("--allow-deletes=10", "--allow-data-loss=11").code == 1
    done = workspace.apply("--allow-deletes=11", "--allow-data-loss=11")
    assert done.summary == "Apply complete! Resources: 0 added, 0 changed, 11 destroyed."
    assert primary.names(workspace.prefix) == {f"{workspace.prefix}n{number}" for number in range(3)}


def test_renaming_a_cluster_is_no_change_and_deletes_go_on_there(workspace: Workspace, primary, kafka):
    names = [f"{workspace.prefix}{number}" for number in range(13)]
    workspace.applied("".join(ONE.replace("LABEL", name) for name in names))
    made = primary.topics(workspace.prefix)
    workspace.point({"main": kafka.cluster("primary").bootstrap})
    workspace.clusters(main="")

    def on_main(count: int) -> str:
        return "".join(ONE.replace("LABEL", name).replace("primary", "main") for name in names[:count])

    workspace.write(on_main(13))
    renamed = workspace.plan()
    assert (renamed.code, renamed.summary) == (0, NO_CHANGES), renamed.said

    workspace.write(on_main(1))
    refused = workspace.apply("--allow-data-loss=12")
    assert (refused.code, "12 of 13 objects on cluster.main" in refused.said) == (1, True), refused.said
    assert primary.topics(workspace.prefix) == made
    done = workspace.apply("--allow-data-loss=12", "--allow-deletes=12")
    assert done.summary == "Apply complete! Resources: 0 added, 0 changed, 12 destroyed.", done.said
    assert primary.names(workspace.prefix) == {names[0]}
    assert workspace.plan().summary == NO_CHANGES
