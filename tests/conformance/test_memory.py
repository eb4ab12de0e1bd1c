"""The in-memory provider keeps every law, in the process and in a file."""

import itertools
from collections.abc import Callable

import pytest

from kplan.sdk.conformance import Check, LeafSubject, SourceSubject, Subject, checks
from kplan.sdk.session import Danger
from kplan_memory import PROVIDER
from kplan_memory.types import CLUSTER, JOB, TOPIC, TOPICS
from kplan_memory.world import Injection, World, file_world, world

_numbers = itertools.count()


def fresh_settings() -> dict[str, object]:
    return {"name": f"conformance-{next(_numbers)}"}


def unreachable_settings() -> dict[str, object]:
    settings = fresh_settings()
    live(settings).inject(Injection("down", times=-1))
    return settings


def live(settings) -> World:
    return file_world(settings["world"]) if "world" in settings else world(settings["name"])


def topic(**more) -> Callable[[str], dict[str, object]]:
    return lambda name: {"name": name, "partitions": 3, "config": {"retention.ms": "86400000"}, **more}


def job(target: object) -> Callable[[str], dict[str, object]]:
    return lambda name: {"name": name, "target": target}


TOPICS_SUBJECT = LeafSubject(
    leaf=TOPIC,
    example=topic(note="made by the suite", replication_factor=2),
    changed=topic(partitions=5, config={"cleanup.policy": "compact"}, replication_factor=2),
    impossible=topic(partitions=1, replication_factor=3),
    invalid=(
        topic(partitions=0),
        topic(partitions="many"),
        topic(replication_factor=0),
        topic(config={"retention.ms": 1}),
        lambda _: {"name": "", "partitions": 1},
        lambda _: {"name": "x" * 250},
    ),
    edit=lambda settings, key: live(settings).edit(TOPIC, key[0], config={"retention.ms": "1"}) and None,
    remove=lambda settings, key: live(settings).delete(TOPIC, key[0]),
    add=lambda settings, key: live(settings).create(TOPIC, **topic()(key[0])) and None,
    add_undeclared=lambda settings, key: (
        live(settings).edit(TOPIC, key[0], config={"retention.ms": "86400000", "other": "1"}) and None
    ),
    id_attribute="id",
    fence={"manages": {"topic_prefixes": ("orders.",)}},
    delete_costs=frozenset({Danger.DATA_LOSS}),
)
JOBS_SUBJECT = LeafSubject(
    leaf=JOB,
    example=job(0),
    changed=job(5),
    invalid=(job("far"),),
    edit=lambda settings, key: live(settings).edit(JOB, key[0], position=3, goal=3) and None,
    remove=lambda settings, key: live(settings).delete(JOB, key[0]),
    long=True,
)
SUBJECT = Subject(
    provider=PROVIDER,
    kind=CLUSTER,
    settings=fresh_settings,
    leaves=(TOPICS_SUBJECT, JOBS_SUBJECT),
    sources=(SourceSubject(TOPICS, {"prefix": "orders."}), SourceSubject(TOPICS, {})),
    unreachable=unreachable_settings,
)


@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_in_the_process(check: Check):
    check.run(SUBJECT)


@pytest.mark.parametrize("suffix", ["world", "json"])
@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_in_a_file(check: Check, suffix: str, tmp_path):
    file = str(tmp_path / f"kept.{suffix}")
    check.run(SUBJECT._replace(settings=lambda: {"name": "kept", "world": file}))
