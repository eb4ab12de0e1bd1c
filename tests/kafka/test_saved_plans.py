"""A plan made by who may only read, carried to an empty folder, and applied there by who may write."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import users
from access_client import Access
from another_client import Client
from kplan_run import Ran, Running, Workspace
from users import Users

from kplan.sandbox import Sandbox, SandboxSpec, start, stop
from kplan_kafka.access_rights import role_rights

PASSWORD = "Tr0ub4dor&3"  # noqa: S105 - of the test's own user
OWN = {"reader": "who reads", "writer": "who writes"}
ROLES = {"reader": "kplan_read", "writer": "kplan_write"}
SECURITY = """
  security {
    protocol  = "SASL_PLAINTEXT"
    mechanism = "SCRAM-SHA-512"
    username  = var.username
    password  = var.own
  }
"""
VARIABLES = """
variable "username" {
  type = string
}

variable "own" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}
"""
BEFORE = """
topic "orders" {
  cluster    = cluster.guarded
  name       = "${var.prefix}orders"
  partitions = 1
  config = {
    "retention.ms" = "1d"
  }
}

topic "kept" {
  cluster = cluster.guarded
  name    = "${var.prefix}kept"
}
"""
AFTER = (
    BEFORE.replace('"1d"', '"2d"')
    + """
topic "made" {
  cluster = cluster.guarded
  name    = "${var.prefix}made"
}

# how many letters an id has is known once there is one
topic "later" {
  cluster    = cluster.guarded
  name       = "${var.prefix}later"
  partitions = length(topic.made.id) - 20
  config = {
    "max.message.bytes" = file("bytes")
  }
}

scram_user "anna" {
  cluster  = cluster.guarded
  name     = "${var.prefix}anna"
  password = var.password
}

grant "anna" {
  cluster    = cluster.guarded
  principals = ["User:${scram_user.anna.name}"]
  consume {
    topics = [topic.made.name]
    groups = ["${var.prefix}billing"]
  }
}

output "id" {
  value = topic.made.id
}
"""
)
WHOLE = "Plan: 5 to add, 1 to change, 0 to destroy."
APPLIED = "Apply complete! Resources: 5 added, 1 changed, 0 destroyed."


class There(NamedTuple):
    """The cluster as other clients see it."""

    topics: Client
    users: Users
    access: Access
    prefix: str

    def everything(self) -> object:
        held = self.access.of(f"User:{self.prefix}anna")
        return self.topics.topics(self.prefix), self.users.found(self.prefix), held


class Empty:
    """A folder with nothing but a saved plan, and the state of the folder where it was made."""

    def __init__(self, folder: Path, made: Workspace) -> None:
        folder.mkdir()
        shutil.copy(made.folder / "the.plan", folder)
        shutil.copytree(made.folder / "state", folder / "state")
        self.folder = folder
        self._environment = {
            name: text for name, text in made.environment.items() if not name.startswith("KPLAN_VAR_")
        }

    def kplan(self, *arguments: str, **given: str) -> Ran:
        environment = self._environment | {f"KPLAN_VAR_{name}": text for name, text in given.items()}
        return Running(arguments, self.folder, environment, "").end()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("saved") / "sandbox"
    sandbox = start(SandboxSpec("saved", clusters=(users.spec("guarded"),), folder=folder, tied=True))
    yield sandbox
    stop(sandbox)


@pytest.fixture
def there(guarded: Sandbox, topic_prefix: str) -> There:
    """The cluster, with one user who may read and one who may write."""
    cluster = guarded.clusters[0]
    seen = There(Client(cluster.bootstrap), Users(cluster), Access(cluster.bootstrap), topic_prefix)
    for name, password in OWN.items():
        rights = role_rights(ROLES[name], {})
        seen.users.put(name, password)
        texts = [f"{one.operation} {one.resource_type} {one.name}" for one in rights]
        seen.access.add(f"User:{name}", *texts)
        seen.users.wait_for_log_in(name, password)
    return seen


@pytest.fixture
def workspace(there: There, tmp_path: Path, kplan_cache: Path) -> Workspace:
    """A configuration that has been applied by who may write, and changed since."""
    made = Workspace(tmp_path / "made", {"guarded": there.users.login}, there.prefix, kplan_cache)
    made.write(VARIABLES, "variables.kplan.hcl")
    made.clusters(guarded=SECURITY)
    made.write("1000000", "bytes")
    made.environment |= {"KPLAN_VAR_password": PASSWORD}
    act_as(made, "writer")
    made.applied(BEFORE)
    made.write(AFTER)
    act_as(made, "reader")
    return made


def act_as(workspace: Workspace, name: str) -> None:
    workspace.environment |= {"KPLAN_VAR_username": name, "KPLAN_VAR_own": OWN[name]}


def planned(workspace: Workspace) -> Ran:
    """Save the plan; what it says is given without how to apply it."""
    ran = workspace.plan("-out=the.plan")
    shown, _, told = ran.out.partition("─" * 77)
    assert (ran.code, ran.summary) == (2, WHOLE), ran.said
    assert 'kplan apply "the.plan"' in told
    return ran._replace(out=shown)


def test_a_plan_is_made_by_a_reader_and_applied_in_an_empty_folder_by_a_writer(
    there: There, workspace: Workspace, tmp_path: Path
):
    shown = planned(workspace)
    assert not there.topics.names(there.prefix) & {f"{there.prefix}made"}
    saved = (workspace.folder / "the.plan").read_bytes()
    assert not [one for one in (PASSWORD, *OWN.values()) if one.encode() in saved]

    empty = Empty(tmp_path / "empty", workspace)
    assert empty.kplan("show", "the.plan").out.strip() == shown.out.strip()
    ran = empty.kplan("apply", "the.plan", username="writer", own=OWN["writer"], password=PASSWORD)
    assert (ran.code, ran.summary) == (0, APPLIED), ran.said

    found = there.topics.topics(there.prefix)
    assert {name.removeprefix(there.prefix) for name in found} == {"orders", "kept", "made", "later"}
    assert found[f"{there.prefix}orders"].config == {"retention.ms": "172800000"}
    assert found[f"{there.prefix}later"].partitions == len(found[f"{there.prefix}made"].id) - 20
    assert found[f"{there.prefix}later"].config == {"max.message.bytes": "1000000"}
    there.users.wait_for_log_in(f"{there.prefix}anna", PASSWORD)
    assert there.access.of(f"User:{there.prefix}anna") == {
        f"READ topic {there.prefix}made",
        f"READ group {there.prefix}billing",
    }

    shutil.rmtree(workspace.folder / "state")
    shutil.copytree(empty.folder / "state", workspace.folder / "state")
    left = workspace.plan()
    assert (left.code, left.summary) == (0, "No changes. Your infrastructure matches the configuration.")
    again = empty.kplan("apply", "the.plan", username="writer", own=OWN["writer"], password=PASSWORD)
    assert again.code == 1
    assert "or this plan was applied already" in again.said


def test_without_the_same_secret_and_the_right_to_write_nothing_is_applied(
    there: There, workspace: Workspace, tmp_path: Path
):
    planned(workspace)
    empty = Empty(tmp_path / "empty", workspace)
    before = there.everything(), (empty.folder / "state" / "default.json").read_bytes()
    ways = {
        "No value for required variable": {"own": OWN["writer"]},
        "Sensitive value differs from the plan's": {"own": OWN["writer"], "password": "another"},
        "writer could not log in": {"own": "another", "password": PASSWORD},
    }
    for summary, given in ways.items():
        ran = empty.kplan("apply", "the.plan", username="writer", **given)
        assert (ran.code, ran.summary) == (1, ""), ran.said
        assert summary in ran.said
        assert (there.everything(), (empty.folder / "state" / "default.json").read_bytes()) == before
    ran = empty.kplan("apply", "the.plan", username="reader", own=OWN["reader"], password=PASSWORD)
    assert ran.code == 1
    assert there.everything() == before[0]


def test_one_users_password_is_rotated_and_what_is_known_of_anothers_stays(
    there: There, workspace: Workspace, tmp_path: Path
):
    def user(name: str, value: str, *lines: str) -> str:
        inner = "".join(f"  {line}\n" for line in lines)
        return (
            f'variable "{name}" {{\n  sensitive = true\n}}\nscram_user "{name}" {{\n  cluster = cluster.guarded\n'
            f'  name = "${{var.prefix}}{name}"\n  password = {value}\n{inner}}}\n'
        )

    first, second, third = PASSWORD, "correct horse", "battery staple"
    workspace.environment |= {f"KPLAN_VAR_{name}": first for name in ("anna", "bert", "carl")}
    act_as(workspace, "writer")
    users_ = [user("anna", "var.anna"), user("bert", "var.bert")]
    workspace.applied(BEFORE + "".join(users_) + user("carl", "var.carl", "password_version = 1"))
    workspace.environment |= {"KPLAN_VAR_anna": second, "KPLAN_VAR_carl": third}
    changed = BEFORE.replace('"1d"', '"2d"') + "".join(users_)
    workspace.write(changed + user("carl", "var.carl", "password_version = 2"))
    act_as(workspace, "reader")
    assert (
        workspace.plan("-out=the.plan", "-refresh=false").summary
        == "Plan: 0 to add, 3 to change, 0 to destroy."
    )

    empty = Empty(tmp_path / "empty", workspace)
    given = {"username": "writer", "own": OWN["writer"], "anna": second, "carl": third}
    ran = empty.kplan("apply", "the.plan", **{**given, "anna": first})
    assert "A sensitive value of scram_user.anna, var.anna is not the one" in ran.said
    ran = empty.kplan("apply", "the.plan", **given)
    assert ran.summary == "Apply complete! Resources: 0 added, 3 changed, 0 destroyed.", ran.said
    for name, password in {"anna": second, "bert": first, "carl": third}.items():
        there.users.wait_for_log_in(there.prefix + name, password)

    shutil.rmtree(workspace.folder / "state")
    shutil.copytree(empty.folder / "state", workspace.folder / "state")
    assert workspace.plan().summary == "No changes. Your infrastructure matches the configuration."
