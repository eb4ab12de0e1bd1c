"""What a plan finds of links on real clusters: filters that mean nothing there, copies that are declared, residency."""

from connect_files import settled
from kplan_run import Workspace
from link_files import topic

NO_MATCH = "A filter matches nothing [flow_no_match]"
UNDECLARED = "A copy declared as a topic of its own [flow_undeclared_copy]"


def link(filters: str, more: str = "") -> str:
    """Write a link from `primary` to `dr` that takes these topics."""
    return f"""
replication_link "out" {{
  name   = "${{var.prefix}}out"
  source = cluster.primary
  target = cluster.dr
  engine = "mirrormaker2"
  topics {{
{filters}
  }}
{more}
  mirrormaker2 {{
    connect_cluster = connect_cluster.dr
  }}
}}
"""


def copy(*lines: str) -> str:
    """Declare the copy of `orders` on `dr`, with more lines."""
    inner = "".join(f"  {line}\n" for line in lines)
    return f"""
topic "copy" {{
  cluster    = cluster.dr
  name       = "primary.${{var.prefix}}orders"
  partitions = 3
{inner}}}
"""


def test_filters_that_mean_no_topic_there(workspace: Workspace, sides, primary):
    before = workspace.prefix
    primary.create(f"{before}orders")
    primary.create(f"{before}left-out")
    filters = f"""
    names         = ["{before}orders", "{before}ordrs", "{before}new", "{before}left-out"]
    prefixes      = ["{before}or", "{before}none."]
    patterns      = ["{before}new[0-9]", "{before}o.+s", "{before}x+"]
    exclude_names = ["{before}left-out"]
"""
    new = topic("primary", "new").replace("orders", "new")
    newer = topic("primary", "newer").replace("orders", "new1")
    workspace.write(new + newer + link(filters))
    ran = workspace.plan()
    assert ran.code == 2, ran.said
    told = ran.out + ran.err
    assert told.count(NO_MATCH) == 3
    for entry in (
        f'names has "{before}ordrs"',
        f'prefixes has "{before}none."',
        f'patterns has "{before}x+"',
    ):
        assert entry in ran.said
    assert f'Did you mean "{before}orders"?' in ran.said
    assert "no topic of cluster.primary is called so now" in ran.said


def test_a_copy_that_a_block_declares(workspace: Workspace, sides, primary, dr):
    primary.create(f"{workspace.prefix}orders", 3)
    filters = "    prefixes = [var.prefix]"
    workspace.write(link(filters) + copy())
    ran = workspace.plan()
    assert (ran.code, UNDECLARED in ran.said) == (2, True), ran.said
    assert "Write mirrored_by = replication_link.out into the block, or remove it." in ran.said

    made = link(filters, "target_topics {\n    replication_factor = 1\n  }")
    workspace.write(made + copy())
    ran = workspace.plan()
    assert (ran.code, UNDECLARED in ran.said) == (1, True), ran.said

    workspace.write(made + copy("mirrored_by = replication_link.out"))
    ran = workspace.apply()
    assert (ran.code, UNDECLARED in ran.said) == (0, False), ran.said
    addresses = workspace.addresses()
    assert "topic.copy" in addresses
    assert not [one for one in addresses if one.startswith("replication_link.out/topic:")]
    assert dr.topic(f"primary.{workspace.prefix}orders").partitions == 3
    settled(workspace)


def test_records_that_must_stay(workspace: Workspace, sides, primary):
    primary.create(f"{workspace.prefix}x")
    workspace.clusters(primary="", dr='  labels = { residency = "us" }')
    held = topic("primary").replace("partitions", 'labels = { residency = "eu" }\n  partitions')
    workspace.write(held + link("    prefixes = [var.prefix]"))
    ran = workspace.plan()
    assert ran.code == 1
    assert (
        'topic.primary has the residency "eu", and replication_link.out copies it to cluster.dr' in ran.said
    )
    workspace.write(held + link('    prefixes = [var.prefix]\n    exclude_names = ["${var.prefix}orders"]'))
    assert workspace.plan().code == 2
    workspace.clusters(primary="", dr="")
    workspace.write(held + link("    prefixes = [var.prefix]"))
    ran = workspace.plan()
    assert (ran.code, "Residency not known [flow_residency]" in ran.said) == (2, True)
