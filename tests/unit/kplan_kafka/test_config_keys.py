"""Config values by key type: one canonical text for all that Kafka takes for the same."""

import pytest

from kplan_kafka.config_keys import DOCUMENTED, Kind, canonical, canonical_or_as_is, key_of

LONG_MAX = "9223372036854775807"


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("retention.ms", "604800000", "604800000"),
        ("retention.ms", "0604800000", "604800000"),
        ("retention.ms", " 86400000 ", "86400000"),
        ("retention.ms", "7d", "604800000"),
        ("retention.ms", "1d12h", "129600000"),
        ("retention.ms", "1.5h", "5400000"),
        ("retention.ms", "500ms", "500"),
        ("retention.ms", "90s", "90000"),
        ("retention.ms", "3m", "180000"),
        ("retention.ms", "2w", "1209600000"),
        ("retention.ms", "-1", "-1"),
        ("retention.ms", "1e3", "1000"),
        ("retention.ms", "10.0", "10"),
        ("retention.ms", LONG_MAX, LONG_MAX),
        ("segment.ms", "1h", "3600000"),
        ("some.vendors.key.ms", "1h", "3600000"),
        ("retention.bytes", "1GiB", "1073741824"),
        ("retention.bytes", "1gib", "1073741824"),
        ("retention.bytes", "20MB", "20000000"),
        ("retention.bytes", "512 KiB", "524288"),
        ("retention.bytes", "0.5TiB", "549755813888"),
        ("retention.bytes", "10b", "10"),
        ("retention.bytes", "-1", "-1"),
        ("local.retention.bytes", "-2", "-2"),
        ("max.message.bytes", "1MiB", "1048576"),
        ("min.cleanable.dirty.ratio", "0.50", "0.5"),
        ("min.cleanable.dirty.ratio", ".5", "0.5"),
        ("min.cleanable.dirty.ratio", "1", "1.0"),
        ("min.cleanable.dirty.ratio", "0", "0.0"),
        ("min.cleanable.dirty.ratio", "1.0E-4", "0.0001"),
        ("min.insync.replicas", "02", "2"),
        ("preallocate", "TRUE", "true"),
        ("unclean.leader.election.enable", " False ", "false"),
        ("some.vendors.thing.enable", "True", "true"),
        ("cleanup.policy", "delete,compact", "compact,delete"),
        ("cleanup.policy", "compact, delete", "compact,delete"),
        ("cleanup.policy", "delete,delete", "delete"),
        ("cleanup.policy", " Delete ", "delete"),
        ("compression.type", "ZSTD", "zstd"),
        ("message.timestamp.type", "logappendtime", "LogAppendTime"),
        ("leader.replication.throttled.replicas", "0:1, 1:2", "0:1,1:2"),
        ("some.vendors.key", " As It Is ", " As It Is "),
    ],
)
def test_canonical_text(key, text, expected):
    assert canonical(key, text) == expected
    assert canonical(key, expected) == expected


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("retention.ms", "one day", "7d"),
        ("retention.ms", "7D", "7d"),
        ("retention.ms", "d", "7d"),
        ("retention.ms", "-1d", "7d"),
        ("retention.ms", "0.5ms", "whole milliseconds"),
        ("retention.ms", "1.5", "whole milliseconds"),
        ("retention.ms", "1GiB", "7d"),
        ("retention.ms", "", "whole milliseconds"),
        ("retention.ms", "nan", "whole milliseconds"),
        ("retention.ms", "-2", "at least -1"),
        ("retention.ms", "9223372036854775808", f"at most {LONG_MAX}"),
        ("retention.ms", "1_000", "whole milliseconds"),
        ("retention.bytes", "7d", "1GiB"),
        ("retention.bytes", "1Gi", "1GiB"),
        ("retention.bytes", "much", "whole bytes"),
        ("max.message.bytes", "3GiB", "at most 2147483647"),
        ("max.message.bytes", "-1", "at least 0"),
        ("segment.bytes", "13", "at least 14"),
        ("segment.ms", "0", "at least 1"),
        ("flush.messages", "0", "at least 1"),
        ("min.insync.replicas", "two", "whole number"),
        ("min.insync.replicas", "0", "at least 1"),
        ("min.cleanable.dirty.ratio", "1.1", "at most 1"),
        ("min.cleanable.dirty.ratio", "-0.1", "at least 0"),
        ("min.cleanable.dirty.ratio", "half", "a number"),
        ("compression.lz4.level", "18", "at most 17"),
        ("preallocate", "yes", "true or false"),
        ("preallocate", "1", "true or false"),
        ("cleanup.policy", "compact,remove", "compact, delete"),
        ("compression.type", "brotli", "zstd"),
        ("message.timestamp.type", "now", "CreateTime, LogAppendTime"),
    ],
)
def test_malformed_text_is_refused_in_words(key, text, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        canonical(key, text)
    assert canonical_or_as_is(key, text) == text


def test_every_documented_default_is_canonical():
    """The defaults of Apache Kafka 4.3 pass, and so does every kind of key."""
    defaults = {
        "cleanup.policy": "delete",
        "compression.gzip.level": "-1",
        "compression.lz4.level": "9",
        "compression.type": "producer",
        "compression.zstd.level": "3",
        "delete.retention.ms": "86400000",
        "file.delete.delay.ms": "60000",
        "flush.messages": LONG_MAX,
        "flush.ms": LONG_MAX,
        "follower.replication.throttled.replicas": "",
        "index.interval.bytes": "4096",
        "leader.replication.throttled.replicas": "",
        "local.retention.bytes": "-2",
        "local.retention.ms": "-2",
        "max.compaction.lag.ms": LONG_MAX,
        "max.message.bytes": "1048588",
        "message.timestamp.after.max.ms": "3600000",
        "message.timestamp.before.max.ms": LONG_MAX,
        "message.timestamp.type": "CreateTime",
        "min.cleanable.dirty.ratio": "0.5",
        "min.compaction.lag.ms": "0",
        "min.insync.replicas": "1",
        "preallocate": "false",
        "remote.log.copy.disable": "false",
        "remote.log.delete.on.disable": "false",
        "remote.storage.enable": "false",
        "retention.bytes": "-1",
        "retention.ms": "604800000",
        "segment.bytes": "1073741824",
        "segment.index.bytes": "10485760",
        "segment.jitter.ms": "0",
        "segment.ms": "604800000",
        "unclean.leader.election.enable": "false",
    }
    assert {key: canonical(key, text) for key, text in defaults.items()} == defaults
    assert defaults.keys() <= DOCUMENTED.keys()


def test_a_key_that_is_not_documented_is_known_by_its_last_part():
    assert key_of("vendor.thing.ms").kind is Kind.LONG
    assert key_of("vendor.thing.bytes").kind is Kind.LONG
    assert key_of("vendor.thing.ratio").kind is Kind.DOUBLE
    assert key_of("vendor.thing.enable").kind is Kind.BOOLEAN
    assert key_of("vendor.thing").kind is Kind.TEXT


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("local.retention.bytes", -2, 2**63 - 1),
        ("local.retention.ms", -2, 2**63 - 1),
        ("retention.bytes", -(2**63), 2**63 - 1),
        ("retention.ms", -1, 2**63 - 1),
        ("flush.ms", 0, 2**63 - 1),
        ("flush.messages", 1, 2**63 - 1),
        ("max.compaction.lag.ms", 1, 2**63 - 1),
        ("segment.ms", 1, 2**63 - 1),
        ("segment.bytes", 14, 2**31 - 1),
        ("segment.index.bytes", 4, 2**31 - 1),
        ("max.message.bytes", 0, 2**31 - 1),
        ("index.interval.bytes", 0, 2**31 - 1),
        ("min.insync.replicas", 1, 2**31 - 1),
        ("compression.gzip.level", -1, 9),
        ("compression.lz4.level", 1, 17),
        ("compression.zstd.level", -131072, 22),
        ("min.cleanable.dirty.ratio", 0, 1),
        ("vendor.thing.ms", -(2**63), 2**63 - 1),
    ],
)
def test_the_ends_of_ranges(key, low, high):
    for inside in (low, high):
        assert canonical(key, str(inside)) in (str(inside), f"{inside}.0")
    with pytest.raises(ValueError, match=f"at least {low}"):
        canonical(key, str(low - 1))
    with pytest.raises(ValueError, match=f"at most {high}"):
        canonical(key, str(high + 1))
