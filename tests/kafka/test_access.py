"""Access on real clusters: made, edited, shared, found changed, adopted and taken away, as another client sees it."""

import json
import signal
from collections.abc import Iterator

import pytest
from access_client import Access
from kplan_run import Workspace

from kplan.sandbox import Sandbox
from kplan_kafka.access_rights import OPERATIONS

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
WHO = ("a", "b", "c", "old")


@pytest.fixture
def access(kafka: Sandbox, topic_prefix: str) -> Iterator[Access]:
    """Another client of the cluster `primary`; what the test's principals may do is forgotten afterwards."""
    client = Access(kafka.cluster("primary").bootstrap)
    yield client
    client.forget(f"User:{topic_prefix}{one}" for one in WHO)


def user(workspace: Workspace, name: str = "a") -> str:
    return f"User:{workspace.prefix}{name}"


def acl(label: str, operations: str, *lines: str, who: str = "a", name: str = "orders") -> str:
    listed = json.dumps(operations.split())
    more = "".join(f"  {line}\n" for line in lines)
    return f"""
acl "{label}" {{
  cluster       = cluster.primary
  resource_type = "topic"
  resource_name = "${{var.prefix}}{name}"
  principal     = "User:${{var.prefix}}{who}"
  operations    = {listed}
{more}}}
"""


def grant(label: str, body: str, who: str = "a", on: str = "cluster.primary") -> str:
    """Write a grant; `body` is its nested blocks."""
    listed = ", ".join(f'"User:${{var.prefix}}{one}"' for one in who.split())
    return f"""
grant "{label}" {{
  cluster    = {on}
  principals = [{listed}]
{body}
}}
"""


def produce(*names: str) -> str:
    listed = ", ".join(f'"${{var.prefix}}{one}"' for one in names)
    return f"  produce {{\n    topics = [{listed}]\n  }}"


def consume(topic: str, group: str) -> str:
    return f'  consume {{\n    topics = ["${{var.prefix}}{topic}"]\n    groups = ["${{var.prefix}}{group}"]\n  }}'


def on(workspace: Workspace, *texts: str) -> set[str]:
    """Write what a test means as the other client says it: names get the test's prefix."""
    made = set()
    for text in texts:
        operation, kind, name, *more = text.split()
        made.add(" ".join([operation, kind, workspace.prefix + name, *more]))
    return made


def test_access_is_made_edited_and_taken_away(workspace: Workspace, access: Access):
    billing = user(workspace)
    made = workspace.applied(
        acl("raw", "READ DESCRIBE") + grant("billing", produce("out") + "\n" + consume("in", "group"), "b")
    )
    assert made.summary == "Apply complete! Resources: 5 added, 0 changed, 0 destroyed."
    assert access.of(billing) == on(workspace, "READ topic orders", "DESCRIBE topic orders")
    assert access.of(user(workspace, "b")) == on(
        workspace, "WRITE topic out", "READ topic in", "READ group group"
    )
    assert workspace.plan().summary == NO_CHANGES
    assert workspace.addresses()[:2] == [
        f"acl.raw/primary/{billing}:DESCRIBE:topic:{workspace.prefix}orders",
        f"acl.raw/primary/{billing}:READ:topic:{workspace.prefix}orders",
    ]

    edited = workspace.applied(acl("raw", "READ ALTER") + grant("billing", produce("out", "more"), "b"))
    assert edited.summary == "Apply complete! Resources: 2 added, 0 changed, 3 destroyed."
    assert access.of(billing) == on(workspace, "READ topic orders", "ALTER topic orders")
    assert access.of(user(workspace, "b")) == on(workspace, "WRITE topic out", "WRITE topic more")
    assert workspace.plan().summary == NO_CHANGES

    destroyed = workspace.kplan("destroy", "-auto-approve")
    assert destroyed.summary == "Destroy complete! Resources: 4 destroyed."
    assert access.of(billing) | access.of(user(workspace, "b")) == set()
    assert workspace.addresses() == []


def test_what_comes_is_there_before_anything_goes(workspace: Workspace, access: Access):
    """From an acl to a grant, and within each: whoever had access has it all the time."""
    workspace.applied(acl("old", "READ WRITE") + grant("kept", produce("one"), "b"))
    workspace.write(grant("new", produce("orders", "more")) + grant("kept", produce("two"), "b"))
    ran = workspace.apply()
    assert ran.summary == "Apply complete! Resources: 2 added, 0 changed, 2 destroyed.", ran.said
    told = ran.err.splitlines()
    created = [at for at, line in enumerate(told) if "Creation complete" in line]
    destroying = [at for at, line in enumerate(told) if "Destroying..." in line]
    assert (len(created), len(destroying)) == (2, 2)
    assert max(created) < min(destroying)
    assert access.of(user(workspace)) == on(workspace, "WRITE topic orders", "WRITE topic more")
    assert access.of(user(workspace, "b")) == on(workspace, "WRITE topic two")


def test_a_binding_of_two_grants_goes_with_the_last(workspace: Workspace, access: Access):
    one, two = grant("one", produce("orders", "mine")), grant("two", produce("orders", "yours"))
    assert workspace.applied(one + two).summary == (
        "Apply complete! Resources: 3 added, 0 changed, 0 destroyed."
    )
    shown = workspace.kplan(
        "state", "show", f"grant.two/primary/{user(workspace)}:WRITE:topic:{workspace.prefix}orders"
    )
    assert f"# also of grant.two/primary/{user(workspace)}" in shown.out

    first_gone = workspace.applied(two)
    assert first_gone.summary == "Apply complete! Resources: 0 added, 0 changed, 1 destroyed."
    assert access.of(user(workspace)) == on(workspace, "WRITE topic orders", "WRITE topic yours")
    assert workspace.plan().summary == NO_CHANGES
    last_gone = workspace.applied("")
    assert last_gone.summary == "Apply complete! Resources: 0 added, 0 changed, 2 destroyed."
    assert access.of(user(workspace)) == set()


def test_one_of_two_owners_is_destroyed(workspace: Workspace, access: Access):
    workspace.applied(grant("one", produce("orders", "mine")) + grant("two", produce("orders")))
    ran = workspace.kplan("destroy", "-auto-approve", "-target=grant.one")
    assert ran.summary == "Destroy complete! Resources: 1 destroyed.", ran.said
    assert access.of(user(workspace)) == on(workspace, "WRITE topic orders")
    ran = workspace.kplan("destroy", "-auto-approve", "-target=grant.two")
    assert ran.summary == "Destroy complete! Resources: 1 destroyed.", ran.said
    assert access.of(user(workspace)) == set()


def test_what_another_client_changed_is_put_right_and_what_it_made_is_left(
    workspace: Workspace, access: Access
):
    workspace.applied(acl("raw", "READ WRITE"))
    billing, (taken,), (foreign,) = (
        user(workspace),
        on(workspace, "WRITE topic orders"),
        on(workspace, "DELETE topic orders"),
    )
    access.take(billing, taken)
    access.add(billing, foreign)
    planned = workspace.plan()
    assert planned.summary == "Plan: 1 to add, 0 to change, 0 to destroy.", planned.said
    assert workspace.apply().summary == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
    assert access.of(billing) == on(workspace, "READ topic orders") | {taken, foreign}
    assert workspace.plan().summary == NO_CHANGES

    # What is gone already needs no delete.
    access.take(billing, taken)
    ran = workspace.applied("")
    assert ran.summary == "Apply complete! Resources: 0 added, 0 changed, 1 destroyed."
    assert access.of(billing) == {foreign}
    assert workspace.addresses() == []


def test_access_that_exists_is_adopted(workspace: Workspace, access: Access):
    billing = user(workspace)
    there = on(workspace, "WRITE topic one", "WRITE topic two")
    access.add(billing, *there)
    workspace.write(grant("billing", produce("one", "two", "three")))
    refused = workspace.plan()
    assert refused.code == 1
    assert (
        "2 objects that the configuration declares exist already and were not made by kplan" in refused.said
    )
    assert "--adopt='grant.billing', or write: import { to = grant.billing id = \"*\" }" in refused.said
    assert access.of(billing) == there

    by_flag = workspace.plan("--adopt=grant.billing")
    assert by_flag.summary == "Plan: 2 to import, 1 to add, 0 to change, 0 to destroy.", by_flag.said
    workspace.write('import {\n  to = grant.billing\n  id = "*"\n}\n', "import.kplan.hcl")
    adopted = workspace.apply()
    assert adopted.summary == "Apply complete! Resources: 2 imported, 1 added, 0 changed, 0 destroyed."
    assert access.of(billing) == there | on(workspace, "WRITE topic three")
    assert workspace.plan().summary == NO_CHANGES  # the block may stay
    assert workspace.kplan("destroy", "-auto-approve").code == 0
    assert access.of(billing) == set()


def test_everything_that_a_binding_can_be(workspace: Workspace, access: Access, kafka: Sandbox):
    workspace.applied(
        acl("prefixed", "READ", 'pattern_type = "prefixed"')
        + acl("denied", "WRITE", 'permission = "deny"')
        + acl("from", "READ", 'host = "10.0.0.7"')
        + acl("every", " ".join(OPERATIONS["topic"]), who="b")
    )
    assert access.of(user(workspace)) == on(
        workspace, "READ topic orders prefixed", "WRITE topic orders deny", "READ topic orders 10.0.0.7"
    )
    assert {text.split()[0] for text in access.of(user(workspace, "b"))} == set(OPERATIONS["topic"])
    assert workspace.plan().summary == NO_CHANGES


def every_type(who: str) -> str:
    blocks = []
    for kind, operations in OPERATIONS.items():
        name = {"cluster": "kafka-cluster", "user": "User:${var.prefix}x"}.get(kind, "${var.prefix}x")
        blocks.append(f"""
acl "{kind}" {{
  cluster       = cluster.primary
  resource_type = "{kind}"
  resource_name = "{name}"
  principal     = "User:${{var.prefix}}{who}"
  operations    = {json.dumps(operations)}
}}
""")
    return "".join(blocks)


def test_every_operation_on_every_type_of_resource(workspace: Workspace, kafka: Sandbox):
    """Kafka's own tool looks, as other clients know fewer types."""
    principal = f"User:{workspace.prefix}every"
    count = sum(map(len, OPERATIONS.values()))
    made = workspace.applied(every_type("every"))
    assert made.summary == f"Apply complete! Resources: {count} added, 0 changed, 0 destroyed."
    assert workspace.plan().summary == NO_CHANGES
    seen = kafka.tool("primary", "kafka-acls", ["--list", "--principal", principal])
    for kind, operations in OPERATIONS.items():
        [section] = [one for one in seen.split("Current ACLs") if f"resourceType={kind.upper()}" in one]
        assert {one for one in operations if f"operation={one}," in section} == set(operations)
    assert workspace.kplan("destroy", "-auto-approve", f"--allow-deletes={count}").code == 0
    seen = kafka.tool("primary", "kafka-acls", ["--list", "--principal", principal])
    assert "operation=" not in seen


def many(count: int) -> str:
    """Write a grant of so many bindings."""
    return f"""
grant "many" {{
  cluster    = cluster.primary
  principals = ["User:${{var.prefix}}a", "User:${{var.prefix}}b"]
  consume {{
    topics         = [for number in range({count // 4}) : "${{var.prefix}}${{number}}"]
    topic_prefixes = [for number in range({count // 4}) : "${{var.prefix}}p${{number}}."]
    groups         = []
  }}
}}
"""


def test_bindings_by_the_hundreds(workspace: Workspace, access: Access):
    """More than one call takes."""
    made = workspace.applied(many(2400))
    assert made.summary == "Apply complete! Resources: 2400 added, 0 changed, 0 destroyed."
    assert len(access.of(user(workspace))) == len(access.of(user(workspace, "b"))) == 1200
    assert workspace.plan().summary == NO_CHANGES
    fewer = workspace.applied(many(800), "--allow-deletes=1600")
    assert fewer.summary == "Apply complete! Resources: 0 added, 0 changed, 1600 destroyed."
    assert len(access.of(user(workspace))) == 400


SENT = """
import sys
import time
from kplan_kafka import binding_apply
at_once = binding_apply._send
def send(*arguments, **more):
    answers = at_once(*arguments, **more)
    print("sent, and nobody knows", file=sys.stderr, flush=True)
    time.sleep(60)
    return answers
binding_apply._send = send
"""


def test_killed_before_it_is_known_that_access_was_made_or_taken_away(workspace: Workspace, access: Access):
    both = grant("one", produce("orders", "mine")) + grant("two", produce("orders"), "a b")
    workspace.write(both)
    running = workspace.start("apply", "-auto-approve", first=SENT)
    running.wait_until("sent, and nobody knows")
    running.send(signal.SIGKILL)
    assert running.end().code == -signal.SIGKILL
    assert access.of(user(workspace)) == on(workspace, "WRITE topic orders", "WRITE topic mine")
    again = workspace.apply()
    assert (again.code, again.summary) == (
        0,
        "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.",
    ), again.said
    assert len(workspace.addresses()) == 3
    assert workspace.plan().summary == NO_CHANGES

    workspace.write(grant("two", produce("orders"), "a"))
    running = workspace.start("apply", "-auto-approve", first=SENT)
    running.wait_until("sent, and nobody knows")
    running.send(signal.SIGKILL)
    running.end()
    again = workspace.apply()
    assert again.code == 0, again.said
    assert access.of(user(workspace)) == on(workspace, "WRITE topic orders")
    assert access.of(user(workspace, "b")) == set()
    assert workspace.addresses() == [
        f"grant.two/primary/{user(workspace)}:WRITE:topic:{workspace.prefix}orders"
    ]


def test_every_broker_shows_what_was_made(spare_cluster, topic_prefix, tmp_path, kplan_cache):
    sandbox = spare_cluster(brokers=3, heap="256m")
    cluster = sandbox.clusters[0]
    servers = {"spare": cluster.bootstrap_servers[0]}
    workspace = Workspace(tmp_path / "three", servers, topic_prefix, kplan_cache)
    three = many(400).replace("cluster.primary", "cluster.spare")
    assert workspace.applied(three).summary == (
        "Apply complete! Resources: 400 added, 0 changed, 0 destroyed."
    )
    brokers = [Access(server) for server in cluster.bootstrap_servers]
    assert [len(one.of(user(workspace))) for one in brokers] == [200, 200, 200]
    assert workspace.plan().summary == NO_CHANGES
    assert workspace.kplan("destroy", "-auto-approve", "--allow-deletes=400").code == 0
    assert [one.of(user(workspace)) for one in brokers] == [set(), set(), set()]


def test_a_cluster_without_access_control_says_so(spare_cluster, topic_prefix, tmp_path, kplan_cache):
    sandbox = spare_cluster(config=(("authorizer.class.name", ""),))
    workspace = Workspace(
        tmp_path / "open", {"spare": sandbox.clusters[0].bootstrap}, topic_prefix, kplan_cache
    )
    topic = (
        'topic "orders" {\n  cluster = cluster.spare\n  name = "${var.prefix}orders"\n  partitions = 1\n}\n'
    )
    workspace.write(topic + grant("billing", produce("orders"), on="cluster.spare"))
    planned = workspace.plan()
    assert planned.code == 1
    assert "the brokers keep no access control lists" in planned.said
    assert "They need an authorizer (authorizer.class.name)" in planned.said
    assert "grant.billing" in planned.said
    assert workspace.applied(topic).summary == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
