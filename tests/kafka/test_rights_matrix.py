"""kplan with exactly the rights of `kplan_read` and `kplan_write`, and with each of them taken away."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from denying import PASSWORD, Denying
from driving import Other
from kplan_run import Ran, Workspace

from kplan_kafka.access_rights import Right, role_rights

PREFIX = "m-"
ROLES = {
    "kplan_read": list(role_rights("kplan_read", {})),
    "kplan_write": list(role_rights("kplan_write", {})),
    "kplan_write under a prefix": list(role_rights("kplan_write", {"topic_prefixes": (PREFIX,)})),
}
SECURITY = """
  security {
    protocol  = "SASL_PLAINTEXT"
    mechanism = "PLAIN"
    username  = "kplan"
    password  = var.password
  }
"""
VARIABLE = """
variable "password" {
  type      = string
  sensitive = true
}
"""
HEAD = """
locals {
  here = cluster.denying
}
"""


def topic(label: str, body: str = "") -> str:
    return f"""
topic "{label}" {{
  cluster = local.here
  name    = "${{var.prefix}}{label}"
{body}
}}
"""


def acl(operations: list[str]) -> str:
    return f"""
acl "billing" {{
  cluster       = local.here
  resource_type = "topic"
  resource_name = "${{var.prefix}}kept"
  principal     = "User:billing"
  operations    = {json.dumps(operations)}
}}
"""


def config(**entries: str) -> str:
    written = "".join(f'    "{key.replace("_", ".")}" = "{value}"\n' for key, value in entries.items())
    return f"  config = {{\n{written}  }}"


COMPACTED = config(cleanup_policy="compact")
BEFORE = (
    HEAD
    + topic("kept")
    + topic("set", config(retention_ms="1d"))
    + topic("lean", config(retention_ms="30d"))
    + topic("grown", f"  partitions = 1\n{COMPACTED}")
    + topic("gone")
    + acl(["READ", "WRITE"])
)
AFTER = (
    HEAD
    + topic("kept")
    + topic("set", config(retention_ms="2d"))
    + topic("lean")
    + topic("grown", f"  partitions = 3\n{COMPACTED}")
    + topic("made", config(retention_ms="3d"))
    + acl(["READ", "DESCRIBE"])
)
WHOLE = "Plan: 2 to add, 3 to change, 2 to destroy."
CONSENT = ("--allow-data-loss", "2")


class Scene:
    """Topics and bindings that a super user made, and a configuration that is to change them."""

    def __init__(self, cluster: Denying, workspace: Workspace) -> None:
        self.cluster, self.workspace = cluster, workspace
        self.workspace.environment["KPLAN_VAR_password"] = PASSWORD
        self.as_super_user()
        workspace.applied(BEFORE)
        other = Other(*cluster.plain)
        other.produce(self.name("gone"), 7)
        other.commit(self.name("readers"), self.name("gone"))
        workspace.write(AFTER)

    def name(self, label: str) -> str:
        return f"{self.workspace.prefix}{label}"

    def as_super_user(self) -> None:
        self.workspace.point({"denying": self.cluster.plain[0]})
        self.workspace.clusters(denying="")
        self.workspace.write("", "password.kplan.hcl")

    def as_kplan(self, rights: list[Right]) -> None:
        self.cluster.allow(rights)
        self.workspace.point({"denying": self.cluster.login[0]})
        self.workspace.clusters(denying=SECURITY)
        self.workspace.write(VARIABLE, "password.kplan.hcl")

    def plan(self) -> Ran:
        return self.workspace.plan()

    def apply(self) -> Ran:
        return self.workspace.apply(*CONSENT)


def same(ran: Ran, expected: Ran) -> None:
    assert ran.out.splitlines() == expected.out.splitlines()
    assert ran == expected


@pytest.fixture
def scene(denying: Denying, topic_prefix: str, tmp_path: Path, kplan_cache: Path) -> Scene:
    servers = {"denying": denying.plain[0]}
    return Scene(denying, Workspace(tmp_path / "workspace", servers, PREFIX + topic_prefix, kplan_cache))


@pytest.mark.parametrize("role", ROLES)
def test_with_the_rights_of_a_role_the_plan_is_a_super_users(scene: Scene, role: str):
    expected = scene.plan()
    assert expected.summary == WHOLE
    for known in ("7 records", f"groups with offsets on it: {scene.name('readers')}", "720 h → 168 h"):
        assert known in expected.said
    scene.as_kplan(ROLES[role])
    same(scene.plan(), expected)


@pytest.mark.parametrize("role", ["kplan_write", "kplan_write under a prefix"])
def test_with_the_rights_of_kplan_write_an_apply_does_all_of_it(scene: Scene, role: str):
    scene.as_kplan(ROLES[role])
    done = scene.apply()
    assert done.summary == "Apply complete! Resources: 2 added, 3 changed, 2 destroyed.", done.said
    assert scene.plan().summary == "No changes. Your infrastructure matches the configuration."


def test_who_may_only_read_changes_nothing_and_is_told_the_right_to_each_change(scene: Scene):
    scene.as_kplan(ROLES["kplan_read"])
    failed = scene.apply()
    assert failed.code == 1
    for needed in (
        f"CREATE on topic {scene.name('made')}",
        f"ALTER_CONFIGS on topic {scene.name('set')}",
        f"ALTER_CONFIGS on topic {scene.name('lean')}",
        f"ALTER on topic {scene.name('grown')}",
        f"DELETE on topic {scene.name('gone')}",
        "ALTER on the cluster",
    ):
        assert f"kplan's principal needs {needed}." in failed.said
    assert scene.plan().summary == WHOLE


# --- each right taken away

INCOMPLETE = "Plan (incomplete):"


class Cell(NamedTuple):
    """What comes of a missing right: how the plan ends, and what it says is needed; the same of the apply, if any."""

    plan: str
    tells: str = ""
    apply: str = ""
    lacks: str = ""


GROUPS = "DESCRIBE on group"
DEFAULTS = "DESCRIBE_CONFIGS on the cluster"
COMPLETE = "Apply complete! Resources: 2 added, 3 changed, 2 destroyed."
READ = {
    ("DESCRIBE", "group"): Cell(WHOLE, GROUPS),
    ("DESCRIBE", "topic"): Cell(INCOMPLETE, "DESCRIBE on topic"),
    ("DESCRIBE_CONFIGS", "topic"): Cell(INCOMPLETE, "DESCRIBE_CONFIGS on topic"),
    ("DESCRIBE", "cluster"): Cell(INCOMPLETE, "DESCRIBE on the cluster"),
    ("DESCRIBE_CONFIGS", "cluster"): Cell(WHOLE, DEFAULTS),
}
# What implies the right to read is missed by the plan; what only changes something, by the apply.
WRITE = {
    ("DESCRIBE", "group"): Cell(WHOLE, GROUPS, COMPLETE, GROUPS),
    ("CREATE", "topic"): Cell(WHOLE, "", "1 added, 3 changed, 2 destroyed", "CREATE on topic"),
    ("DELETE", "topic"): Cell(WHOLE, "", "2 added, 3 changed, 1 destroyed", "DELETE on topic"),
    ("ALTER", "topic"): Cell(WHOLE, "", "2 added, 2 changed, 2 destroyed", "ALTER on topic"),
    ("ALTER_CONFIGS", "topic"): Cell(INCOMPLETE, "DESCRIBE_CONFIGS on topic"),
    ("ALTER", "cluster"): Cell(INCOMPLETE, "DESCRIBE on the cluster"),
}
MATRIX = {
    "kplan_read": READ,
    "kplan_write": {
        **WRITE,
        ("CREATE", "topic"): WRITE["CREATE", "topic"]._replace(tells=DEFAULTS),
    },
    "kplan_write under a prefix": {
        **WRITE,
        ("DESCRIBE_CONFIGS", "cluster"): Cell(WHOLE, DEFAULTS, COMPLETE, DEFAULTS),
    },
}
CELLS = [(role, right) for role, rights in ROLES.items() for right in rights]


def needed(ran: Ran) -> set[str]:
    """Collect what a run says is needed, without the names of topics and groups."""
    found = re.findall(r"principal needs ([A-Z_]+ on) (topic|group|the cluster)", ran.said)
    return {" ".join(one) for one in found}


def test_the_matrix_has_every_right_of_every_role():
    cells = {(role, *cell) for role, cells in MATRIX.items() for cell in cells}
    assert cells == {(role, right.operation, right.resource_type) for role, right in CELLS}


@pytest.mark.parametrize(
    ("role", "missing"), CELLS, ids=[" ".join((role, *right[:2])) for role, right in CELLS]
)
def test_a_missing_right_is_told(scene: Scene, role: str, missing: Right):
    cell = MATRIX[role][missing[:2]]
    expected = scene.plan()
    scene.as_kplan([one for one in ROLES[role] if one != missing])
    ran = scene.plan()
    assert ran.summary.startswith(cell.plan), ran.said
    assert needed(ran) == {cell.tells} - {""}
    if cell.plan == INCOMPLETE:
        assert scene.apply().code == 1
        scene.as_super_user()
        same(scene.plan(), expected)  # nothing was done
    elif not cell.tells:
        same(ran, expected)
    if cell.apply:
        applied = scene.apply()
        assert cell.apply in applied.said
        assert needed(applied) == {cell.tells, cell.lacks} - {""}
