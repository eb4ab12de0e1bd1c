from pathlib import Path

import pytest
import trustme

from kplan.sandbox import Broker, Cluster, ClusterSpec, Security, runtime, security, startup, users
from kplan.sandbox.spec import places

CA = trustme.CA().cert_pem.bytes().decode()
GUARD = Security(CA, (("kplan", "a"), ("reader", "b")))


@pytest.fixture
def cluster() -> Cluster:
    spec = security.guarded(ClusterSpec("wide", brokers=2), Path("/s"))
    spots = places(Path("/s/wide"), [1, 2, 3, 4, 5], ["SECURE"])
    return Cluster(spec, "id", tuple(Broker(one, None) for one in spots))


def run(cluster: Cluster, guard: Security | None) -> startup._Run:
    return startup._Run(runtime.present(), tie=True, clusters={cluster.name: cluster}, security=guard)


def test_users_are_known_once_every_broker_lets_every_one_in(cluster, monkeypatch):
    wanted = {(2, "kplan", "a"), (2, "reader", "b"), (4, "kplan", "a"), (4, "reader", "b")}
    there: set[tuple[int, str, str]] = set()
    monkeypatch.setattr(users, "lets_in", lambda port, ca, *who: ca == CA and (port, *who) in there)
    for one in sorted(wanted):
        assert not users.known(cluster, GUARD)
        there.add(one)
    assert users.known(cluster, GUARD)


def test_users_are_sent_until_the_cluster_takes_them_and_then_waited_for(cluster, monkeypatch):
    done: list[str] = []
    takes, knows = iter([False, True]), iter([False, True])
    monkeypatch.setattr(users, "make", lambda *_: done.append("make") or next(takes))
    monkeypatch.setattr(users, "known", lambda *_: done.append("known") or next(knows))
    going = run(cluster, GUARD)
    assert [startup._lets_users_in(going, cluster) for _ in range(3)] == [False, False, True]
    assert done == ["make", "make", "known", "known"]


def test_a_sandbox_that_is_not_secure_has_no_users_to_wait_for(cluster):
    assert startup._lets_users_in(run(cluster, None), cluster)


def test_where_nobody_answers_nobody_is_let_in_nor_made(cluster):
    assert not users.lets_in(1, CA, "kplan", "a")
    assert not users.make(cluster, GUARD)
