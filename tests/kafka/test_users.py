"""Users who log in by SCRAM, by the real command line on real Kafka: made, rotated, met, adopted, deleted."""

import json

import pytest
from kplan_run import Workspace
from users import (
    FIRST,
    NO_CHANGES,
    OWN,
    SECOND,
    SHA_256,
    SHA_512,
    THIRD,
    Users,
    declare,
    destroyed,
    done,
    settled,
    user,
)

QUICK_DIGESTS = "from kplan.plan import secrets; secrets._COST = 2"


@pytest.fixture
def workspace(with_users: Workspace) -> Workspace:
    return with_users


# --- from the first password to the last


def test_made_rotated_and_deleted(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    both = user("old", mechanism=SHA_256) + user("new")
    declare(workspace, FIRST, both)
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 2 to add, 0 to change, 0 to destroy.")
    assert "+ password = (sensitive value)" in planned.said
    done(workspace.apply(), added=2)
    assert there.found(name) == {("", SHA_256): 4096, ("", SHA_512): 4096}
    for mechanism in (SHA_256, SHA_512):
        there.wait_for_log_in(name, FIRST, mechanism)
        assert not there.log_in(name, SECOND, mechanism)
    settled(workspace)

    declare(workspace, SECOND)
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 2 to change, 0 to destroy.")
    assert "~ password = (sensitive value)" in planned.said
    done(workspace.apply(), changed=2)
    for mechanism in (SHA_256, SHA_512):
        there.wait_for_log_in(name, SECOND, mechanism)
        assert not there.log_in(name, FIRST, mechanism)
    settled(workspace)

    done(workspace.applied(user("new")), destroyed=1)
    assert there.found(name) == {("", SHA_512): 4096}
    there.wait_for_log_in(name, SECOND)
    destroyed(workspace.kplan("destroy", "-auto-approve"), 1)
    assert there.found(name) == {}
    state = workspace.state()
    assert (state["leaves"], state["secret_digests"]) == ([], {})


def test_a_password_of_other_letters_and_signs(workspace: Workspace, there: Users):
    declare(workspace, THIRD, user())
    done(workspace.apply(), added=1)
    there.wait_for_log_in(f"{workspace.prefix}anna", THIRD)


def test_one_of_two_passwords_is_rotated_alone(workspace: Workspace, there: Users):
    bert = user("bert").replace("}anna", "}bert").replace("var.password", "var.own")
    done(workspace.applied(user() + bert), added=2)
    declare(workspace, SECOND)
    planned = workspace.plan()
    assert "scram_user.anna will be updated in-place" in planned.said
    assert "scram_user.bert" not in planned.said
    done(workspace.apply(), changed=1)
    there.wait_for_log_in(f"{workspace.prefix}anna", SECOND)
    there.wait_for_log_in(f"{workspace.prefix}bert", OWN)
    settled(workspace)


def test_two_users_rotated_in_turn_keep_their_access(workspace: Workspace, there: Users):
    workspace.write(
        """
variable "passwords" {
  type      = map(string)
  sensitive = true
}

scram_user "billing" {
  for_each = toset(["a", "b"])
  cluster  = cluster.guarded
  name     = "${var.prefix}${each.key}"
  password = var.passwords[each.key]
}

grant "invoices" {
  cluster    = cluster.guarded
  principals = [for user in scram_user.billing : "User:${user.name}"]
  produce {
    topics = ["invoices"]
  }
}
"""
    )
    a, b = (f"{workspace.prefix}{one}" for one in "ab")
    steps = (
        ([FIRST, FIRST], {"added": 4}),
        ([FIRST, SECOND], {"changed": 1}),
        ([THIRD, SECOND], {"changed": 1}),
    )
    for passwords, told in steps:
        workspace.environment["KPLAN_VAR_passwords"] = json.dumps(dict(zip("ab", passwords, strict=True)))
        done(workspace.apply(), **told)
        there.wait_for_log_in(a, passwords[0])
        there.wait_for_log_in(b, passwords[1])
    assert not there.log_in(a, FIRST)
    settled(workspace)


def test_another_address_is_a_move(workspace: Workspace):
    workspace.applied(user("anna"))
    workspace.write(user("renamed"))
    planned = workspace.plan()
    assert planned.summary == "Plan: 0 to add, 0 to change, 0 to destroy."
    assert "scram_user.anna has moved to scram_user.renamed" in planned.said
    done(workspace.apply())
    assert workspace.addresses() == ["scram_user.renamed"]
    settled(workspace)


def test_rotated_by_its_version(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    workspace.applied(user("anna", "password_version = 1"))
    declare(workspace, SECOND)
    settled(workspace)  # the version says that it is the same
    assert workspace.state()["secret_digests"] == {}
    declare(workspace, SECOND, user("anna", "password_version = 2"))
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 1 to change, 0 to destroy.")
    assert "~ password_version = 1 -> 2" in planned.said
    done(workspace.apply(), changed=1)
    there.wait_for_log_in(name, SECOND)
    assert not there.log_in(name, FIRST)
    settled(workspace)
    done(workspace.applied(user()), changed=1)  # without a version kplan begins to find out by itself
    assert workspace.state()["secret_digests"] != {}
    settled(workspace)


def test_hashed_otherwise(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    workspace.applied(user("anna", "iterations = 8192"))
    assert there.found(name) == {("", SHA_512): 8192}
    done(workspace.applied(user("anna", "iterations = 4097")), changed=1)
    assert there.found(name) == {("", SHA_512): 4097}
    there.wait_for_log_in(name, FIRST)
    workspace.write(user())  # where none are stated they stay as they are
    settled(workspace)
    there.put(name, FIRST, iterations=5000)  # and what others changed shows, where some are
    settled(workspace)
    workspace.write(user("anna", "iterations = 4097"))
    planned = workspace.plan()
    assert "~ iterations = 5000 -> 4097" in planned.said
    done(workspace.apply(), changed=1)
    assert there.found(name) == {("", SHA_512): 4097}


def test_a_password_that_is_ignored_is_sent_once(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    ignoring = user("anna", "lifecycle {", "  ignore_changes = [password]", "}")
    done(workspace.applied(ignoring), added=1)
    there.put(name, SECOND)
    declare(workspace, THIRD)
    settled(workspace)
    workspace.write(ignoring.replace("lifecycle", "iterations = 8192\n  lifecycle"))
    refused = workspace.plan()
    assert refused.code == 1
    assert "ignore_changes says not to send it" in refused.said
    assert "iterations = 8192" in refused.said
    assert there.log_in(name, SECOND)


# --- what others did


def test_deleted_by_another_client(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    workspace.applied(user())
    there.delete(name)
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 1 to add, 0 to change, 0 to destroy.")
    done(workspace.apply(), added=1)
    there.wait_for_log_in(name, FIRST)
    settled(workspace)


@pytest.mark.parametrize("how", ["pattern", "block"])
def test_adopted_with_the_declared_password(workspace: Workspace, there: Users, how: str):
    name = f"{workspace.prefix}anna"
    there.put(name, SECOND, SHA_256, 8192)
    workspace.write(user(mechanism=SHA_256))
    strange = workspace.plan()
    assert strange.code == 1
    assert f"{name}:{SHA_256}" in strange.said
    flags = ["--adopt=scram_user.*"]
    if how == "block":
        flags = []
        workspace.write(
            f'import {{\n  to = scram_user.anna\n  id = "${{var.prefix}}anna:{SHA_256}"\n}}\n', "i.kplan.hcl"
        )
    planned = workspace.plan(*flags)
    assert planned.code == 2, planned.said
    assert "1 to import, 0 to add, 1 to change, 0 to destroy." in planned.summary
    ran = workspace.apply(*flags)
    assert ran.code == 0, ran.said
    there.wait_for_log_in(name, FIRST, SHA_256)
    assert not there.log_in(name, SECOND, SHA_256)
    assert there.found(name) == {("", SHA_256): 8192}
    settled(workspace)


def test_an_id_that_is_another_users_adopts_nobody(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    there.put(name, SECOND)
    block = f'import {{\n  to = scram_user.anna\n  id = "{name}:{SHA_256}"\n}}\n'
    workspace.write(user() + block)
    refused = workspace.plan()
    assert refused.code == 1
    assert f"{name}:{SHA_512}" in refused.said
    assert there.log_in(name, SECOND)


def test_forgotten_and_adopted_again_it_gets_the_declared_password(workspace: Workspace, there: Users):
    name = f"{workspace.prefix}anna"
    workspace.applied(user())
    assert workspace.kplan("state", "rm", "scram_user.anna").code == 0
    there.put(name, SECOND)
    ran = workspace.apply("--adopt=scram_user.anna")
    assert ran.code == 0, ran.said
    there.wait_for_log_in(name, FIRST)
    settled(workspace)


# --- many


def test_a_thousand_users(workspace: Workspace, there: Users):
    """The slow digests are made quick here: how few there are is for the unit tests to see."""
    workspace.write(
        """
scram_user "many" {
  for_each = toset([for number in range(1000) : "${var.prefix}${number}"])
  cluster  = cluster.guarded
  name     = each.key
  password = "${var.password} of ${each.key}"
}
"""
    )
    ran = workspace.start("apply", "-auto-approve", first=QUICK_DIGESTS).end(200)
    done(ran, added=1000)
    assert len(there.found(workspace.prefix)) == 1000
    for number in (0, 999):
        name = f"{workspace.prefix}{number}"
        there.wait_for_log_in(name, f"{FIRST} of {name}")
    ran = workspace.start("plan", "-detailed-exitcode", first=QUICK_DIGESTS).end()
    assert (ran.code, ran.summary) == (0, NO_CHANGES), ran.said
    declare(workspace, SECOND)
    ran = workspace.start("plan", first=QUICK_DIGESTS).end()
    assert ran.summary == "Plan: 0 to add, 1000 to change, 0 to destroy.", ran.said
