"""Config keys, partitions and replicas: what counts as a difference, what is lost, what is refused and where."""

from kplan_run import Workspace

NO_CHANGES = "No changes. Your infrastructure matches the configuration."


def topic(config: str = "", partitions: int = 1, more: str = "") -> str:
    return f"""
topic "t" {{
  cluster    = cluster.primary
  name       = "${{var.prefix}}t"
  partitions = {partitions}
  {more}
  config = {{
    {config}
  }}
}}
"""


def settled(workspace: Workspace) -> bool:
    ran = workspace.plan()
    return (ran.code, ran.summary) == (0, NO_CHANGES)


def test_values_that_mean_the_same_are_the_same(workspace: Workspace, primary):
    name = f"{workspace.prefix}t"
    workspace.applied(
        topic(
            """
            "retention.ms"              = "7d"
            "cleanup.policy"            = "delete,compact"
            "min.cleanable.dirty.ratio" = "0.50"
            "preallocate"               = "FALSE"
            "segment.ms"                = "086400000"
            "segment.bytes"             = "64MiB"
            """
        )
    )
    assert settled(workspace)
    made = primary.topic(name)
    assert made.config["retention.ms"] == "604800000"
    workspace.write(
        topic(
            """
            "retention.ms"              = 604800000
            "cleanup.policy"            = " compact, delete "
            "min.cleanable.dirty.ratio" = 5e-1
            "preallocate"               = false
            "segment.ms"                = "24h"
            "segment.bytes"             = 67108864
            """
        )
    )
    assert settled(workspace)
    # Another client may write them otherwise too.
    for key, value in (("cleanup.policy", "compact,delete"), ("segment.ms", "86400000")):
        primary.set(name, key, value)
    assert settled(workspace)
    assert primary.topic(name).id == made.id


def test_own_inherited_and_foreign_keys(workspace: Workspace, primary):
    """A declared key is in place only as the topic's own; keys that nobody declared are left alone."""
    name = f"{workspace.prefix}t"
    primary.create(name, 1, segment_ms="60000")
    workspace.applied(topic(), "--adopt=topic.t")
    assert settled(workspace)  # min.insync.replicas has a cluster-wide value here, and is not the topic's own

    workspace.write(topic('"max.message.bytes" = 1048588'))  # what it inherits already
    pinned = workspace.plan()
    assert pinned.summary == "Plan: 0 to add, 1 to change, 0 to destroy."
    assert "max.message.bytes: inherited so far, now the topic's own" in pinned.said
    assert workspace.apply().code == 0
    assert primary.topic(name).config == {"segment.ms": "60000", "max.message.bytes": "1048588"}
    assert settled(workspace)

    workspace.write(topic('"max.message.bytes" = 1048588\n"delete.retention.ms" = "2d"'))
    assert workspace.apply().code == 0
    workspace.write(topic('"delete.retention.ms" = "2d"'))  # a key removed from the file is given back
    unset = workspace.plan()
    assert '- "max.message.bytes" = "1048588" -> null' in unset.said
    assert workspace.apply().code == 0
    assert primary.topic(name).config == {"segment.ms": "60000", "delete.retention.ms": "172800000"}
    assert settled(workspace)

    primary.set(name, "delete.retention.ms", None)  # somebody gave it back meanwhile
    again = workspace.plan()
    assert '+ "delete.retention.ms" = "172800000"' in again.said
    assert workspace.apply().code == 0
    primary.set(name, "delete.retention.ms", None)
    workspace.write(topic())
    assert settled(workspace)
    assert primary.topic(name).config == {"segment.ms": "60000"}


def test_what_a_change_of_config_loses(workspace: Workspace, primary):
    name = f"{workspace.prefix}t"
    workspace.applied(topic('"retention.ms" = "7d"'))
    cases = (
        ('"retention.ms" = "1d"', "retention.ms is lowered: older records are deleted (168 h → 24 h)"),
        ('"retention.ms" = "7d"\n"retention.bytes" = "1GiB"', "retention.bytes is lowered"),
        (
            '"retention.ms" = "7d"\n"cleanup.policy" = "compact"',
            "compaction removes all but the latest record",
        ),
    )
    for config, loss in cases:
        workspace.write(topic(config))
        refused = workspace.apply()
        assert (refused.code, refused.summary) == (1, "Plan: 0 to add, 1 to change, 0 to destroy.")
        assert loss in refused.said
        assert "--allow-data-loss 1" in refused.said
    assert primary.topic(name).config == {"retention.ms": "604800000"}

    workspace.write(topic('"retention.ms" = "9d"'))  # more is no loss
    assert "data loss" not in workspace.plan().said
    assert workspace.apply().code == 0
    workspace.write(topic())  # back to the broker's seven days: a loss by removing a key
    removed = workspace.plan()
    assert "retention.ms is lowered: older records are deleted (216 h → 168 h)" in removed.said
    assert workspace.apply().code == 1
    assert workspace.apply("--allow-data-loss=1").code == 0
    assert primary.topic(name).config == {}

    workspace.applied(topic('"cleanup.policy" = "compact"'), "--allow-data-loss=1")
    workspace.write(topic('"cleanup.policy" = "delete"'))
    back = workspace.plan()
    assert "records older than the retention are deleted, the latest of a key too" in back.said
    assert workspace.apply().code == 1


def test_partitions_and_replicas(workspace: Workspace, primary):
    name = f"{workspace.prefix}t"
    workspace.applied(topic(partitions=2))
    workspace.write(topic(partitions=4))
    grown = workspace.plan()
    assert "partitions = 2 -> 4" in grown.said
    assert "keys move" in grown.said
    assert workspace.apply().code == 0
    made = primary.topic(name)
    assert made.partitions == 4

    refusals = (
        (topic(partitions=3), f"topic {name} has 4 partitions and cannot have 3", "line 5"),
        (
            topic(partitions=4, more="replication_factor = 2"),
            f"topic {name} has replication_factor 1; kplan cannot change it to 2 yet",
            "line 6",
        ),
        (
            topic('"min.insync.replicas" = 2', 4),
            "has replication_factor 1, but its min.insync.replicas is 2",
            "line 8",
        ),
        (topic('"retention.mz" = 1', 4), "Did you mean retention.ms?", "line 8"),
        (topic('"retention.ms" = "one day"', 4), 'retention.ms cannot be "one day"', "line 8"),
        (topic('"cleanup.policy" = "compress"', 4), "it takes compact, delete", "line 8"),
    )
    for text, words, line in refusals:
        workspace.write(text)
        refused = workspace.apply("--allow-data-loss=9")
        assert refused.code == 1, text
        assert words in refused.said
        assert f'main.kplan.hcl {line}, in topic "t"' in refused.said
    assert primary.topic(name) == made


def test_topics_that_cannot_be(workspace: Workspace, primary):
    """Found by the plan, all at once, each at the key; nothing is made of them, nor of what stands beside them."""
    wrong = (
        (topic(partitions=0), "partitions cannot be 0", 5),
        (topic('"retention.ms" = -5'), "it takes at least -1", 8),
        (topic('"retention.ms" = "1 fortnight"'), 'retention.ms cannot be "1 fortnight"', 8),
    )
    refused_by_brokers = (
        (topic(more="replication_factor = 3"), "wants replication_factor 3, but the cluster has 1 broker", 6),
        (topic('"min.insync.replicas" = 2'), "its min.insync.replicas is 2", 8),
        (topic('"segment.byte" = 1'), "Did you mean segment.bytes?", 8),
        (topic('"segment.bytes" = 100'), "segment.bytes", 8),
    )
    for cases in (wrong, refused_by_brokers):
        good = topic().replace('"t"', '"good"').replace("}t", "}good")
        (workspace.folder / "main.kplan.hcl").write_text(good)
        for number, (text, _, _) in enumerate(cases):
            named = text.replace('"t"', f'"t{number}"').replace("}t", f"}}t{number}")
            workspace.write(named, f"t{number}.kplan.hcl")
        refused = workspace.apply()
        assert refused.code == 1
        errors = [" ".join(one.split()) for one in refused.err.split("Error: ")[1:]]
        assert len(errors) == len(cases), errors
        for number, (_, words, line) in enumerate(cases):
            place = f't{number}.kplan.hcl line {line}, in topic "t{number}"'
            assert [one for one in errors if words in one and place in one], (words, place, errors)
        assert not primary.names(workspace.prefix)
