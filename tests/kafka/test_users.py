"""Users who log in by SCRAM, by the real command line on real Kafka: made, rotated, cut off, deleted, and refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import users
from kplan_run import Ran, Workspace
from users import SHA_256, SHA_512, Users

from kplan.sandbox import Sandbox, SandboxSpec, start, stop

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
FIRST, SECOND, THIRD = "Tr0ub4dor&3", "correct horse, battery=staple", 'péché "mortel"'
SECRETS = (FIRST, SECOND, THIRD, users.OWN)
VARIABLES = """
variable "own" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}
"""
SECURITY = """
  security {
    protocol  = "SASL_PLAINTEXT"
    mechanism = "PLAIN"
    username  = "%s"
    password  = var.own
  }
"""
KILLED_ONCE_SENT = """
import os
import signal
from kplan_kafka import user_session
user_session._late = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED_BEFORE_SENDING = KILLED_ONCE_SENT.replace("_late", "_send")
KILLED_AT_THE_END = """
import os
import signal
from kplan.operations import apply as applying
applying._remember_secrets = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
KILLS = pytest.mark.parametrize(
    "killed",
    [KILLED_BEFORE_SENDING, KILLED_ONCE_SENT, KILLED_AT_THE_END],
    ids=["before it is sent", "once it is sent", "once all is done"],
)
QUICK_DIGESTS = "from kplan.plan import secrets; secrets._COST = 2"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("users") / "sandbox"
    sandbox = start(SandboxSpec("users", clusters=(users.spec("guarded"),), folder=folder, tied=True))
    yield sandbox
    stop(sandbox)


@pytest.fixture
def there(guarded: Sandbox) -> Users:
    return Users(guarded.clusters[0])


@pytest.fixture
def workspace(there: Users, topic_prefix: str, tmp_path: Path, kplan_cache: Path) -> Iterator[Workspace]:
    """A configuration over the cluster. Whatever a test does, no password is in a file or was said afterwards."""
    made = Workspace(tmp_path / "work", {"guarded": there.login}, topic_prefix, kplan_cache)
    made.write(VARIABLES, "variables.kplan.hcl")
    made.clusters(guarded=SECURITY % "kplan")
    made.environment["KPLAN_VAR_own"] = users.OWN
    declare(made, FIRST)
    yield made
    files = [path for folder in (tmp_path, kplan_cache) for path in folder.rglob("*") if path.is_file()]
    for path in files:  # what commands say is in files there too
        held = path.read_bytes()
        assert not [one for one in SECRETS if one.encode() in held], path


def declare(workspace: Workspace, password: str, text: str = "") -> None:
    """Give the variable a value and, if one is given, the configuration its text."""
    workspace.environment["KPLAN_VAR_password"] = password
    if text:
        workspace.write(text)


def user(label: str = "anna", *lines: str, mechanism: str = "") -> str:
    stated = [f'mechanism = "{mechanism}"'] if mechanism else []
    inner = "".join(f"  {line}\n" for line in (*stated, *lines))
    return f"""
scram_user "{label}" {{
  cluster  = cluster.guarded
  name     = "${{var.prefix}}anna"
  password = var.password
{inner}}}
"""


def grant(name: str = "anna") -> str:
    return f"""
grant "anna" {{
  cluster    = cluster.guarded
  principals = ["User:${{var.prefix}}{name}"]
  consume {{
    topics = ["orders"]
    groups = ["billing"]
  }}
}}
"""


def done(ran: Ran, added: int = 0, changed: int = 0, destroyed: int = 0) -> None:
    told = f"Apply complete! Resources: {added} added, {changed} changed, {destroyed} destroyed."
    assert (ran.code, ran.summary) == (0, told), ran.said


def destroyed(ran: Ran, count: int) -> None:
    assert (ran.code, ran.summary) == (0, f"Destroy complete! Resources: {count} destroyed."), ran.said


def settled(workspace: Workspace) -> None:
    """Check that nothing is left to do."""
    ran = workspace.plan()
    assert (ran.code, ran.summary) == (0, NO_CHANGES), ran.said


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
    there.wait_for_log_in(f"{workspace.prefix}bert", users.OWN)
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


# --- cut off


@KILLS
@pytest.mark.parametrize(
    "versions", [("", ""), ("password_version = 1", "password_version = 2")], ids=["digest", "version"]
)
def test_killed_while_it_rotates_a_password_that_is_then_taken_back(
    workspace: Workspace, there: Users, killed: str, versions: tuple[str, str]
):
    """Whether the new one is in effect can't be read: the old one has to be sent again."""
    name = f"{workspace.prefix}anna"
    before, after = (user("anna", one) for one in versions)
    workspace.applied(before)
    declare(workspace, SECOND, after)
    assert workspace.start("apply", "-auto-approve", first=killed).end().code == -9
    if killed is not KILLED_BEFORE_SENDING:
        there.wait_for_log_in(name, SECOND)
    declare(workspace, FIRST, before)
    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 0 to add, 1 to change, 0 to destroy."), planned.said
    assert "~ password = (sensitive value)" in planned.said
    done(workspace.apply(), changed=1)
    there.wait_for_log_in(name, FIRST)
    assert not there.log_in(name, SECOND)
    settled(workspace)


@KILLS
def test_killed_while_it_rotates_and_run_again(workspace: Workspace, there: Users, killed: str):
    name = f"{workspace.prefix}anna"
    workspace.applied(user())
    declare(workspace, SECOND)
    assert workspace.start("apply", "-auto-approve", first=killed).end().code == -9
    done(workspace.apply(), changed=1)
    there.wait_for_log_in(name, SECOND)
    settled(workspace)


@KILLS
def test_killed_while_it_makes_a_user(workspace: Workspace, there: Users, killed: str):
    """Made or not, it is ours, and it is certain in the end that it has the declared password."""
    name = f"{workspace.prefix}anna"
    workspace.write(user())
    assert workspace.start("apply", "-auto-approve", first=killed).end().code == -9
    declare(workspace, SECOND)
    ran = workspace.apply()
    assert ran.code == 0, ran.said
    there.wait_for_log_in(name, SECOND)
    assert workspace.addresses() == ["scram_user.anna"]
    assert workspace.state()["claims"] == []
    settled(workspace)


def test_killed_while_it_makes_a_user_whom_then_another_makes(workspace: Workspace, there: Users):
    """Hashed otherwise than was sent it is not ours, and stays as it is."""
    name = f"{workspace.prefix}anna"
    workspace.write(user())
    assert workspace.start("apply", "-auto-approve", first=KILLED_BEFORE_SENDING).end().code == -9
    there.put(name, SECOND, iterations=5000)
    refused = workspace.apply()
    assert refused.code == 1, refused.said
    assert f"{name}:{SHA_512}" in refused.said
    assert there.log_in(name, SECOND)


def test_killed_while_it_deletes_a_user(workspace: Workspace, there: Users):
    workspace.applied(user())
    workspace.write("")
    assert workspace.start("apply", "-auto-approve", first=KILLED_ONCE_SENT).end().code == -9
    assert workspace.apply().code == 0
    assert there.found(workspace.prefix) == {}
    settled(workspace)
    done(workspace.applied(user()), added=1)
    there.wait_for_log_in(f"{workspace.prefix}anna", FIRST)


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
