"""The stories in which every moment is a moment to die: what was there, what is declared, what goes wrong meanwhile."""

from __future__ import annotations

from typing import NamedTuple

from kplan_memory.types import JOB, MEMBER, TOPIC
from kplan_memory.world import Injection

HERE = 'memory_cluster "here" {\n}\n'
THERE = 'memory_cluster "there" {\n}\n'


UNTIL_APPROVED = 50  # reads that nobody waits for: it appears while the next plan waits for its approval


class Story(NamedTuple):
    """`before` is applied first, then `after` under `injections`, with deaths. `stop_after`: a Ctrl-C at that effect.

    "here" has a topic "foreign" that is somebody else's. `either`: what another client might keep or kplan destroy,
    depending on how far the story came. `double`: die a second time in the recovery. `back`: what was declared before
    can be declared again.
    """

    after: str
    before: str = ""
    injections: tuple[Injection, ...] = ()
    replaces: tuple[str, ...] = ()
    destroy: bool = False
    stop_after: int = 0
    either: tuple[str, ...] = ()
    double: bool = False
    back: bool = False


def topic(label: str, *lines: str, on: str = "here") -> str:
    """Write a topic's block."""
    return "\n".join(
        [
            f'memory_topic "{label}" {{',
            f"  cluster = memory_cluster.{on}",
            *(f"  {one}" for one in lines),
            "}\n",
        ]
    )


def job(label: str, target: int, *lines: str) -> str:
    """Write a job's block."""
    return "\n".join(
        [
            f'memory_job "{label}" {{',
            "  cluster = memory_cluster.here",
            f"  target = {target}",
            *(f"  {one}" for one in lines),
            "}\n",
        ]
    )


def team(label: str, members: str) -> str:
    """Write a team's block; members are separated by spaces."""
    named = ", ".join(f'"{one}"' for one in members.split())
    return f'memory_team "{label}" {{\n  cluster = memory_cluster.here\n  members = [{named}]\n}}\n'


TWO = topic("a", "partitions = 2") + topic("b")
CONFIGURED = topic("a", "partitions = 1", 'config = { "x" = "1", "y" = "1" }', 'note = "old"')
CHANGED = topic("a", "partitions = 3", 'config = { "x" = "2" }', 'note = "new"')
CHAIN = topic("a") + topic("b", 'note = "after ${memory_topic.a.id}"')
OUTPUT = 'output "id" {\n  value = memory_topic.a.id\n}\n'


def lost(what: str, verb: str, name: str = "", **more: int) -> tuple[Injection, ...]:
    """Disturb one step."""
    return (Injection(what, verb, name, **more),)


STORIES = {
    "create": Story(TWO, double=True),
    "create on two clusters": Story(TWO + THERE + topic("c", on="there")),
    "create what refers to what is created": Story(CHAIN + OUTPUT),
    "update in two steps": Story(CHANGED, CONFIGURED, double=True),
    "delete": Story(topic("b") + THERE, TWO + THERE + topic("c", on="there")),
    "destroy": Story(CHAIN + job("j", 2), CHAIN + job("j", 2), destroy=True),
    "replace": Story(CHAIN, CHAIN, replaces=("memory_topic.a",)),
    "long work": Story(job("j", 3), job("j", 0), back=True),
    "long work, stopped and gone on with": Story(job("j", 4), job("j", 0), stop_after=6),
    "move, forget and adopt": Story(
        topic("moved", 'name = "a"', "partitions = 2")
        + topic("foreign")
        + 'import {\n  to = memory_topic.foreign\n  id = "foreign"\n}\n'
        + "removed {\n  from = memory_topic.b\n  lifecycle {\n    destroy = false\n  }\n}\n",
        TWO,
        either=("b", "foreign"),
    ),
    "all at once": Story(
        CHANGED
        + THERE
        + topic("new")
        + topic("later", 'note = "after ${memory_topic.new.id}"')
        + job("j", 2)
        + job("made", 5),
        CONFIGURED + THERE + topic("gone") + topic("gone_too", on="there") + job("j", 0) + job("over", 1),
    ),
    "create refused, with what needs it": Story(
        topic("z") + topic("a") + topic("b", 'note = "after ${memory_topic.a.id}"'),
        injections=lost("refuse", "create", "a"),
    ),
}
SET, UNSET = (
    topic("a", 'config = { "x" = "2", "z" = "1" }', 'note = "new"'),
    topic("a", 'config = { "x" = "1", "y" = "1" }'),
)
STORIES |= {
    "set and unset": Story(SET, UNSET, back=True),
    "set and unset, late": Story(SET, UNSET, injections=lost("late", "alter", "a"), back=True),
    "set and unset, later": Story(SET, UNSET, injections=lost("late", "alter", "a", reads=2), back=True),
    "set and unset, later still": Story(
        SET, UNSET, injections=lost("late", "alter", "a", reads=4), back=True
    ),
    "set and unset, lost": Story(SET, UNSET, injections=lost("lost_after", "alter", "a"), back=True),
}
for _what in ("lost_before", "lost_after", "late"):
    STORIES |= {
        f"create, {_what}": Story(CHAIN, injections=lost(_what, "create", "a")),
        f"alter, {_what}": Story(CHANGED, CONFIGURED, injections=lost(_what, "alter", "a")),
        f"delete, {_what}": Story("", TWO, injections=lost(_what, "delete", "a")),
        f"replace, delete {_what}": Story(
            TWO, TWO, injections=lost(_what, "delete", "a"), replaces=("memory_topic.a",)
        ),
        f"replace, create {_what}": Story(
            TWO, TWO, injections=lost(_what, "create", "a"), replaces=("memory_topic.a",)
        ),
        f"long work, {_what}": Story(job("j", 3), job("j", 0), injections=lost(_what, "move", "j")),
    }
STORIES["create, later still"] = Story(TWO, injections=lost("late", "create", "a", reads=2))
STORIES["create, later still, with another lost"] = Story(
    TWO, injections=(*lost("late", "create", "a", reads=1), *lost("lost_before", "create", "b"))
)
STORIES["create, between plan and apply"] = Story(CHAIN, injections=lost("late", "create", "a", reads=99))
STORIES["replace, create between plan and apply"] = Story(
    TWO, TWO, injections=lost("late", "create", "a", reads=99), replaces=("memory_topic.a",)
)
AFTER, BEFORE = team("a", "ann cid") + team("b", "bob cid eve"), team("a", "ann bob") + team("b", "bob dan")
STORIES |= {
    "members come, change hands and go": Story(AFTER, BEFORE, double=True, back=True),
    "members go with their teams": Story(team("b", "bob dan"), BEFORE, destroy=True),
}
for _what in ("lost_before", "lost_after", "late"):
    STORIES |= {
        f"a member comes, {_what}": Story(AFTER, BEFORE, injections=lost(_what, "create", "cid")),
        f"a member goes, {_what}": Story(AFTER, BEFORE, injections=lost(_what, "delete", "dan")),
    }
STORIES["a member is refused, so that none goes"] = Story(
    AFTER, BEFORE, injections=lost("refuse", "create", "cid")
)
LEAVES = (TOPIC, JOB, MEMBER)
