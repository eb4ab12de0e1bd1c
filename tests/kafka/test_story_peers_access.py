"""Accidents with access and replication factors that users of other tools have met, and what kplan does instead."""

from collections.abc import Iterator

import pytest
from access_client import Access
from kplan_run import Workspace

from kplan.sandbox import Sandbox

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
NOBODYS = 60  # bindings of a principal that kplan knows nothing of


@pytest.fixture
def access(kafka: Sandbox, topic_prefix: str) -> Iterator[Access]:
    """Another client of the cluster `primary`; what the test's principal may do is forgotten afterwards."""
    client = Access(kafka.cluster("primary").bootstrap)
    yield client
    client.forget([f"User:{topic_prefix}a"])


def acl(label: str, operations: str = '["READ"]', principal: str = "User:${var.prefix}a") -> str:
    return f"""
acl "{label}" {{
  cluster       = cluster.primary
  resource_type = "group"
  resource_name = "${{var.prefix}}billing"
  principal     = "{principal}"
  operations    = {operations}
}}
"""


def grant(label: str) -> str:
    return f"""
grant "{label}" {{
  cluster    = cluster.primary
  principals = ["User:${{var.prefix}}a"]
  consume {{
    groups = ["${{var.prefix}}billing"]
  }}
}}
"""


def test_a_wrong_operation_and_a_principal_without_its_type_are_found_before_anything_is_contacted(
    workspace: Workspace,
):
    """(1) Elsewhere only the apply tells, and does not say where."""
    workspace.write(acl("wrong", '["WRITE"]') + acl("nobody", principal="billing"))
    told = workspace.kplan("validate")
    assert told.code == 1
    assert '"WRITE" is nothing that can be done with a group' in told.said
    assert '"billing" is no principal' in told.said
    assert 'Write "User:billing".' in told.said
    assert "main.kplan.hcl line 7" in told.said
    assert "main.kplan.hcl line 14" in told.said


def test_the_same_access_declared_twice_is_not_deleted_by_removing_one_of_both(
    workspace: Workspace, access: Access
):
    """(4) Two acl blocks are refused; where two grants give it, it stays until the last of them is gone."""
    user = f"User:{workspace.prefix}a"
    workspace.write(acl("one") + acl("two"))
    twice = workspace.plan()
    assert twice.code == 1
    assert "Two addresses for one object" in twice.said
    assert "main.kplan.hcl line 10" in twice.said

    workspace.applied(grant("one") + grant("two"))
    workspace.applied(grant("two"))
    assert access.of(user) == {f"READ group {workspace.prefix}billing"}
    workspace.applied("")
    assert access.of(user) == set()


def test_declaring_part_of_what_somebody_may_plans_no_deletes(workspace: Workspace, access: Access):
    """(10) What kplan neither made nor adopted is left alone, however much there is of it."""
    user = f"User:{workspace.prefix}a"
    others = [f"READ topic {workspace.prefix}{number}" for number in range(NOBODYS)]
    access.add(user, *others)
    workspace.write(acl("part"))
    assert workspace.plan().summary == "Plan: 1 to add, 0 to change, 0 to destroy."
    assert workspace.apply().code == 0
    assert access.of(user) == {*others, f"READ group {workspace.prefix}billing"}
    workspace.applied("")
    assert access.of(user) == set(others)


def test_an_interrupted_apply_of_access_replaces_nothing(workspace: Workspace, access: Access):
    """(7) What was sent without an answer is looked for, not made again or taken for broken."""
    user = f"User:{workspace.prefix}a"
    everything = '["READ", "DESCRIBE", "DELETE"]'
    workspace.write(acl("all", everything))
    stopped = workspace.start(
        "apply",
        "-auto-approve",
        first="""
from kplan_kafka import binding_apply
from kplan_kafka.cluster import NoContact
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.endpoint import Address
from kplan_kafka.cluster import Cluster
real = Cluster.tell
def tell(self, request, **more):
    real(self, request, **more)
    raise NoContact([Unreachable(Address("127.0.0.1", 1), "the answer was lost", sent=True)])
Cluster.tell = tell
""",
    ).end()
    assert stopped.code == 1
    assert len(access.of(user)) == 3
    after = workspace.plan()
    assert (after.code, after.summary) == (0, NO_CHANGES), after.said
    assert workspace.apply().code == 0
    assert len(workspace.addresses()) == 3


def test_another_replication_factor_is_never_passed_over(workspace: Workspace, primary):
    """(8, 13) It is refused in words where it can't be done, with an exit code of its own; nothing happens silently."""
    text = """
topic "orders" {
  cluster            = cluster.primary
  name               = "${var.prefix}orders"
  partitions         = 1
  replication_factor = 1
}
"""
    workspace.applied(text)
    made = primary.topic(f"{workspace.prefix}orders")
    for factor in (3, 5):
        workspace.write(text.replace("replication_factor = 1", f"replication_factor = {factor}"))
        for told in (workspace.plan(), workspace.apply()):
            assert told.code == 1
            assert "replication_factor" in told.err
            assert "main.kplan.hcl line 6" in told.said
    assert primary.topic(f"{workspace.prefix}orders") == made


def test_what_has_not_changed_is_not_printed_and_the_exit_code_tells(workspace: Workspace, access: Access):
    """(9) 0 without changes, 2 with, and only what changes is shown."""
    assert access.of(f"User:{workspace.prefix}a") == set()
    workspace.applied(acl("kept"))
    assert workspace.plan().code == 0
    workspace.write(acl("kept", '["READ", "DESCRIBE"]'))
    changed = workspace.plan()
    assert (changed.code, changed.out.count("acl.kept/")) == (2, 1), changed.out
    workspace.applied("")
