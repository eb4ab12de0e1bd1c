"""A small configuration as a value, what may become of it, and edits by another client: at random, on real Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from access_client import Access
from another_client import Client
from hypothesis import strategies as st
from users import Users

if TYPE_CHECKING:
    from kplan.sandbox import Cluster

TOPICS = ("t0", "t1", "t2", "t3", "new")  # the last is declared by the plan at the earliest
USERS = ("anna", "bert")
KEYS = ("retention.ms", "max.message.bytes")  # only the first is ever declared
RIGHTS = ("READ", "WRITE", "DELETE")
Config = dict[str, str]


class Topic(NamedTuple):
    """A topic as declared."""

    partitions: int
    retention: str | None

    @property
    def config(self) -> Config:
        return {} if self.retention is None else {KEYS[0]: self.retention}


class Declared(NamedTuple):
    """A configuration: topics, what the principal `reader` may do with topic t0, and users with their iterations."""

    topics: dict[str, Topic]
    rights: frozenset[str]
    users: dict[str, int]

    def text(self) -> str:
        blocks = [
            *(_topic(name, one) for name, one in self.topics.items()),
            *(_user(*one) for one in self.users.items()),
        ]
        if self.rights:
            listed = ", ".join(f'"{one}"' for one in sorted(self.rights))
            blocks.append(
                'acl "a" {\n  cluster = cluster.primary\n  resource_type = "topic"\n'
                '  resource_name = "${var.prefix}t0"\n  principal = "User:${var.prefix}reader"\n'
                f"  operations = [{listed}]\n}}\n"
            )
        return "".join(blocks)

    def objects(self) -> dict[tuple[str, str], Any]:
        """Give what is declared, each thing by itself."""
        return {
            **{("topic", name): one for name, one in self.topics.items()},
            **{("right", one): True for one in self.rights},
            **{("user", name): iterations for name, iterations in self.users.items()},
        }


def _topic(name: str, one: Topic) -> str:
    config = f'  config = {{ "{KEYS[0]}" = "{one.retention}" }}\n' if one.retention else ""
    return (
        f'topic "{name}" {{\n  cluster = cluster.primary\n  name = "${{var.prefix}}{name}"\n'
        f"  partitions = {one.partitions}\n{config}}}\n"
    )


def _user(name: str, iterations: int) -> str:
    return (
        f'scram_user "{name}" {{\n  cluster = cluster.primary\n  name = "${{var.prefix}}{name}"\n'
        f"  iterations = {iterations}\n  password = var.password\n}}\n"
    )


BASE = Declared(
    {name: Topic(1, "86400000" if name in ("t0", "t1") else None) for name in TOPICS[:-1]},
    frozenset({"READ", "WRITE"}),
    {"anna": 4096},
)


@st.composite
def planned(draw: Any) -> Declared:
    """Draw what the base becomes: some of it changed, gone or new, and most of it as it is."""
    topics = {}
    for name, one in BASE.topics.items():
        deed = draw(st.sampled_from(["keep", "keep", "keep", "retain", "unset", "grow", "drop"]))
        if deed != "drop":
            topics[name] = {
                "retain": one._replace(retention="172800000"),
                "unset": one._replace(retention=None),
                "grow": one._replace(partitions=2),
            }.get(deed, one)
    if draw(st.booleans()):
        topics["new"] = Topic(draw(st.integers(1, 2)), draw(st.none() | st.just("3600000")))
    rights = draw(st.sampled_from([BASE.rights, BASE.rights, {"READ"}, {"READ", "DELETE"}, set()]))
    users = draw(st.sampled_from([BASE.users, BASE.users, {"anna": 8192}, {"anna": 4096, "bert": 4096}, {}]))
    return Declared(topics, frozenset(rights), users)


class Edit(NamedTuple):
    """What another client does to one thing."""

    deed: str
    name: str
    value: Any = None

    @property
    def thing(self) -> tuple[str, str]:
        """Name what is edited."""
        kinds = {"allow": "right", "take": "right", "put": "user", "drop": "user"}
        return kinds.get(self.deed, "topic"), self.name


_names, _nothing = st.sampled_from(TOPICS), st.none()
_entries = st.tuples(st.sampled_from(KEYS), st.sampled_from(["900000", "1000000", None]))
EDITS = st.one_of(
    st.builds(Edit, st.just("set"), _names, _entries),
    st.builds(Edit, st.sampled_from(["grow", "delete", "create", "make anew"]), _names, _nothing),
    st.builds(Edit, st.sampled_from(["allow", "take"]), st.sampled_from(RIGHTS), _nothing),
    st.builds(Edit, st.just("put"), st.sampled_from(USERS), st.sampled_from([4096, 8192])),
    st.builds(Edit, st.just("drop"), st.sampled_from(USERS), _nothing),
)


class Live(NamedTuple):
    """All that the cluster holds of one example: topics, rights of `reader`, users."""

    topics: dict[str, Any]
    rights: set[str]
    users: dict[str, int]

    def objects(self) -> dict[tuple[str, str], Any]:
        """Give each thing by itself."""
        return {
            **{("topic", name): one for name, one in self.topics.items()},
            **{("right", one): True for one in self.rights},
            **{("user", name): iterations for name, iterations in self.users.items()},
        }


class Meddler:
    """Another client, with everything under one prefix."""

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self.client, self.access, self.users = (
            Client(cluster.bootstrap),
            Access(cluster.bootstrap),
            Users(cluster),
        )
        self.prefix = prefix
        self.principal = f"User:{prefix}reader"

    def look(self) -> Live:
        topics = {
            name.removeprefix(self.prefix): one for name, one in self.client.topics(self.prefix).items()
        }
        rights = {one.split()[0] for one in self.access.of(self.principal)}
        return Live(
            topics,
            rights,
            {name: iterations for (name, _), iterations in self.users.found(self.prefix).items()},
        )

    def edit(self, one: Edit, live: Live) -> bool:
        """Do it, if it can be done; tells whether it was."""
        full, there = self.prefix + one.name, live.topics.get(one.name)
        match one.deed:
            case "set" if there is not None and there.config.get(one.value[0]) != one.value[1]:
                self.client.set(full, *one.value)
            case "grow" if there is not None and there.partitions < 4:
                self.client.grow(full, there.partitions + 1)
            case "delete" if there is not None:
                self.client.delete(full)
            case "create" if there is None:
                self.client.create(full)
            case "make anew" if there is not None:
                self.client.delete(full)
                self.client.create(full, there.partitions)
            case "allow" if one.name not in live.rights:
                self.access.add(self.principal, f"{one.name} topic {self.prefix}t0")
            case "take" if one.name in live.rights:
                self.access.take(self.principal, f"{one.name} topic {self.prefix}t0")
            case "put":
                self.users.put(full, "theirs", iterations=one.value)
            case "drop" if one.name in live.users:
                self.users.delete(full)
            case _:
                return False
        return True

    def clean_up(self) -> None:
        self.client.delete(*self.client.names(self.prefix))
        self.access.forget([self.principal])
        for name, mechanism in self.users.found(self.prefix):
            self.users.delete(self.prefix + name, mechanism)
