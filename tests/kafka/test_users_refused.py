"""Users that may not go, that are declared wrongly, or of whom kplan's principal may not know: each told as such."""

from pathlib import Path

import pytest
from kplan_run import Workspace
from users import SECURITY, SHA_512, VARIABLES, Users, destroyed, done, grant, user


@pytest.fixture
def workspace(with_users: Workspace) -> Workspace:
    return with_users


# --- what may not go


def test_a_user_is_not_deleted_while_access_stays(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    workspace.applied(user() + grant())
    workspace.write(grant())
    refused = workspace.plan()
    assert refused.code == 1
    assert f"access for User:{name} would stay behind" in refused.said
    assert "READ on group billing, READ on topic orders" in refused.said
    assert "Take the principal out of its acl and grant blocks in the same plan." in refused.said
    assert workspace.apply().code == 1
    targeted = workspace.kplan("destroy", "-auto-approve", "-target=scram_user.anna")
    assert targeted.code == 1, targeted.said
    assert f"access for User:{name} would stay behind" in targeted.said
    assert there.found(name)
    done(workspace.applied(grant("bert")), added=2, destroyed=3)
    assert there.found(name) == {}
    done(workspace.applied(user() + grant("bert")), added=1)
    workspace.write(user() + grant())
    workspace.apply()
    destroyed(workspace.kplan("destroy", "-auto-approve"), 3)


def test_kplan_does_not_delete_the_user_it_logs_in_as(workspace: Workspace, there: Users):
    own = user().replace("${var.prefix}anna", "kplan")
    workspace.applied(own)
    workspace.write("")
    refused = workspace.plan()
    assert refused.code == 1
    assert "kplan is the user that kplan itself logs in as" in refused.said
    assert workspace.kplan("destroy", "-auto-approve").code == 1
    assert ("kplan", SHA_512) in there.found("")
    workspace.write("removed {\n  from = scram_user.anna\n  lifecycle {\n    destroy = false\n  }\n}\n")
    assert workspace.apply().code == 0
    assert ("kplan", SHA_512) in there.found("")
    there.delete("kplan")


# --- what is wrong is told at its line


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("iterations = 1000", "iterations can't be 1000"),
        ("iterations = 20000", "Brokers take 4096 to 16384."),
        ('mechanism = "PLAIN"', 'mechanism can\'t be "PLAIN"'),
        ('name = "User:anna"', "is a principal, not the name of a user"),
        ('name = ""', "a user's name is empty"),
        ('password = "hunter2"', "Secret in plain text"),
        ('password = sensitive("")', "the password is empty"),
        ('pasword = "x"', '"password"'),
    ],
)
def test_wrong_arguments(workspace: Workspace, line: str, told: str):
    others = ["cluster = cluster.guarded", 'name = "anna"', "password = var.password"]
    lines = [*(one for one in others if one.split(maxsplit=1)[0] != line.split(maxsplit=1)[0]), line]
    workspace.write("".join(['scram_user "anna" {\n', *(f"  {one}\n" for one in lines), "}\n"]))
    for ran in (workspace.kplan("validate"), workspace.plan()):
        assert ran.code == 1, ran.said
        assert told in ran.said
        assert f'main.kplan.hcl line {1 + len(lines)}, in scram_user "anna"' in ran.said


def test_a_password_is_required(workspace: Workspace):
    workspace.write('scram_user "anna" {\n  cluster = cluster.guarded\n}\n')
    ran = workspace.kplan("validate")
    assert ran.code == 1
    assert '"password"' in ran.said


def test_two_blocks_for_one_user(workspace: Workspace):
    workspace.write(user("a") + user("b"))
    ran = workspace.plan()
    assert ran.code == 1
    assert "Two addresses for one object" in ran.said


def test_a_fence_keeps_other_principals_out(workspace: Workspace, there: Users):
    fence = '  manages {\n    principal_prefixes = ["User:${var.prefix}b"]\n  }\n'
    workspace.clusters(guarded=SECURITY % "kplan" + fence)
    workspace.write(user())
    ran = workspace.plan()
    assert ran.code == 1
    assert f"User:{workspace.prefix}anna" in ran.said
    assert there.found(workspace.prefix) == {}


# --- rights that are missing


def test_who_may_not_read_users_is_told_which_right_is_missing(workspace: Workspace, there: Users):
    """librdkafka's call would end the process here."""
    workspace.clusters(guarded=SECURITY % "nobody")
    workspace.write(user())
    for ran in (workspace.plan(), workspace.apply(), workspace.apply("--adopt=scram_user.anna")):
        assert ran.code == 1, ran.said
        assert "cannot read users: not authorised for this on the cluster" in ran.said
        assert "Not read: scram_user.anna." in ran.said
        assert "kplan's principal needs DESCRIBE on the cluster." in ran.said
        assert ran.summary == ""
    assert there.found(workspace.prefix) == {}


def test_who_may_not_write_users_is_told_which_right_is_missing(
    workspace: Workspace, there: Users, tmp_path: Path, kplan_cache: Path
):
    allowed = 'principals = ["User:reader"]\n  kplan_read {\n  }\n'
    assert workspace.applied(f'grant "reader" {{\n  cluster = cluster.guarded\n  {allowed}}}\n').code == 0
    other = Workspace(tmp_path / "reader", {"guarded": there.login}, workspace.prefix, kplan_cache)
    other.environment |= workspace.environment
    other.write(VARIABLES, "variables.kplan.hcl")
    other.clusters(guarded=SECURITY % "reader")
    other.write(user())
    assert other.plan().summary == "Plan: 1 to add, 0 to change, 0 to destroy."
    ran = other.apply()
    assert ran.code == 1
    assert f"cannot set the password of user {workspace.prefix}anna: not authorised" in ran.said
    assert "kplan's principal needs ALTER on the cluster." in ran.said
    assert there.found(workspace.prefix) == {}
    assert (other.addresses(), other.state()["secret_digests"]) == ([], {})
