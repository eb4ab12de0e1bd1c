import struct
from dataclasses import replace
from pathlib import Path

import pytest
from test_sandbox_wire import answering, frame

from kplan.sandbox import (
    Broker,
    Cluster,
    ClusterSpec,
    Security,
    Worker,
    rights,
    runtime,
    startup,
    users,
    wire,
)
from kplan.sandbox.spec import places
from kplan.sandbox.wire import Right

GIVEN = [Right(2, "connect-status", 4), Right(3, "connect", 3)]
NAMES = {"TOPIC": 2, "GROUP": 3, "TRANSACTIONAL_ID": 5, "READ": 3, "WRITE": 4, "CREATE": 5}
NAMES |= {"DESCRIBE_CONFIGS": 10}


def test_workers_are_given_what_the_role_of_grants_gives_and_no_more():
    from kplan_kafka.access_rights import role_rights

    wanted = {
        Right(NAMES[one.resource_type.upper()], one.name, NAMES[one.operation])
        for one in role_rights("connect", {"group_id": "connect"})
    }
    assert {*rights.RIGHTS} == wanted
    assert len(rights.RIGHTS) == len(wanted)


# --- on the wire


def given(*errors: int, tags: bytes = b"\0") -> bytes:
    results = b"".join(struct.pack(">h", error) + b"\0" + tags for error in errors)
    return frame(
        struct.pack(">i", 1) + tags + struct.pack(">i", 0) + bytes([len(errors) + 1]) + results + tags
    )


def listed(*resources: bytes, error: int = 0) -> bytes:
    head = struct.pack(">i", 1) + b"\0" + struct.pack(">ih", 0, error) + b"\0"
    return frame(head + bytes([len(resources) + 1]) + b"".join(resources) + b"\0")


def resource(
    name: bytes, *operations: int, host: bytes = b"*", pattern: int = 3, tags: bytes = b"\0"
) -> bytes:
    entries = b"".join(
        b"\x0dUser:connect" + bytes([len(host) + 1]) + host + bytes([operation, 3]) + tags
        for operation in operations
    )
    return bytes([2, len(name) + 1]) + name + bytes([pattern, len(operations) + 1]) + entries + tags


def test_rights_are_sent_and_asked_for_as_a_client_library_does_it():
    from kplan_kafka.protocol import CreateAclsRequest, DescribeAclsRequest

    creations = [
        CreateAclsRequest.AclCreation(
            resource_type=one.type,
            resource_name=one.name,
            resource_pattern_type=3,
            principal="User:connect",
            host="*",
            operation=one.operation,
            permission_type=3,
        )
        for one in GIVEN
    ]
    create = CreateAclsRequest(creations=creations)
    describe = DescribeAclsRequest(
        resource_type_filter=1,
        resource_name_filter=None,
        pattern_type_filter=1,
        principal_filter="User:connect",
        host_filter=None,
        operation=1,
        permission_type=3,
    )
    for request in (create, describe):
        request.with_header(correlation_id=1, client_id="kplan")
    with answering(given(0, 0)) as (port, asked):
        assert wire.allow("127.0.0.1", port, "User:connect", GIVEN, 5)
    assert asked == [create.encode(version=2, header=True, framed=True)]
    with answering(listed()) as (port, asked):
        assert wire.allowed("127.0.0.1", port, "User:connect", 5) == set()
    assert asked == [describe.encode(version=2, header=True, framed=True)]


@pytest.mark.parametrize(
    ("reply", "all_taken"),
    [
        (given(0, 0), True),
        (given(0, 0, tags=b"\x01\x05\x03abc"), True),
        (given(0, 54), False),
        (given(0), False),
        (given(0, 0)[:-4], False),
        (b"", False),
    ],
)
def test_rights_are_given_only_if_the_cluster_took_each(reply, all_taken):
    with answering(reply) as (port, _):
        assert wire.allow("127.0.0.1", port, "User:connect", GIVEN, 5) is all_taken


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (listed(resource(b"a", 3, 4), resource(b"b", 5, tags=b"\x01\x05\x03abc")), "a3 a4 b5"),
        (listed(resource(b"a", 3, pattern=4), resource(b"b", 3, host=b"10.0.0.1"), resource(b"c", 3)), "c3"),
        (listed(resource(b"a", 3), error=31), ""),
        (listed(resource(b"a", 3))[:-4], ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ""),
    ],
)
def test_only_what_is_allowed_by_name_and_from_everywhere_counts(reply, found):
    with answering(reply) as (port, _):
        told = wire.allowed("127.0.0.1", port, "User:connect", 5)
    assert sorted(f"{one.name}{one.operation}" for one in told) == found.split()


# --- until every broker knows


@pytest.fixture
def cluster() -> Cluster:
    brokers = tuple(Broker(one, None) for one in places(Path("/s/wide"), [1, 2, 3]))
    return Cluster(ClusterSpec("wide", brokers=2), "id", brokers, Worker(Path("/s"), 8083, None))


def test_rights_are_known_once_every_broker_knows_them(cluster, monkeypatch):
    there = {1: {*rights.RIGHTS}, 2: {*rights.RIGHTS[1:]}}
    monkeypatch.setattr(
        wire, "allowed", lambda _host, port, who, _bound: there[port] if who == "User:connect" else {}
    )
    assert not rights.known(cluster)
    there[2].add(rights.RIGHTS[0])
    assert rights.known(cluster)


@pytest.mark.parametrize("has_worker", [True, False])
def test_rights_are_given_with_the_users_and_waited_for_where_there_is_a_worker(
    cluster, monkeypatch, has_worker
):
    done: list[str] = []
    knows = iter([False, True])
    monkeypatch.setattr(users, "make", lambda *_: True)
    monkeypatch.setattr(users, "known", lambda *_: True)
    monkeypatch.setattr(rights, "give", lambda _: done.append("give") or True)
    monkeypatch.setattr(rights, "known", lambda _: done.append("known") or next(knows))
    made = cluster if has_worker else replace(cluster, worker=None)
    guard = Security("PEM", (("kplan", "a"),))
    going = startup._Run(runtime.present(), tie=True, clusters={"wide": made}, security=guard)
    told = [startup._lets_users_in(going, made) for _ in range(2)]
    assert (told, done) == (([False, True], ["give", "known", "known"]) if has_worker else ([True, True], []))


def test_where_nobody_answers_nothing_is_given_nor_known(cluster):
    assert not rights.give(cluster)
    assert not rights.known(cluster)
