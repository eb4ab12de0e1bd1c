"""An apply that is killed while it makes, rotates or deletes a user: which password is in effect can't be read."""

import pytest
from kplan_run import Workspace
from users import FIRST, SECOND, SHA_512, Users, declare, done, settled, user

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


@pytest.fixture
def workspace(with_users: Workspace) -> Workspace:
    return with_users


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
