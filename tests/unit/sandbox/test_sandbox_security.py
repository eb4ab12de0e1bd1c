import ssl
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from kplan.sandbox import (
    Broker,
    Cluster,
    ClusterSpec,
    Sandbox,
    SandboxError,
    SandboxSpec,
    lifecycle,
    security,
)
from kplan.sandbox.spec import Place, places, server_properties

ASKED = (ClusterSpec("one"), ClusterSpec("two", brokers=3, heap="1g"))


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def existing(*specs: ClusterSpec, secure: bool) -> Sandbox:
    folder = Path("/s")
    guard = security.Security("PEM", ()) if secure else None
    wanted = lifecycle._as_guarded(specs, guard, folder)
    clusters = tuple(Cluster(one, one.name, (Broker(Place(1, folder, 1), None),)) for one in wanted)
    return Sandbox("default", folder, "4.3.1", clusters, (), security=guard)


def test_a_guarded_cluster_has_a_listener_with_tls_and_logins_beside_the_plain_one():
    spec = security.guarded(ClusterSpec("c", listeners=(("OWN", "PLAINTEXT"),)), Path("/s"))
    (place,) = places(Path("/s/c"), [1, 2, 3, 4], ["OWN", "SECURE"])
    told = settings(server_properties(spec, place, place))
    assert told["advertised.listeners"] == "PLAIN://127.0.0.1:1,OWN://127.0.0.1:2,SECURE://127.0.0.1:3"
    assert told["listener.security.protocol.map"].endswith(",SECURE:SASL_SSL")
    assert told["inter.broker.listener.name"] == "PLAIN"
    assert told["listener.name.secure.sasl.enabled.mechanisms"] == "SCRAM-SHA-512"
    assert told["super.users"] == "User:ANONYMOUS;User:kplan"
    assert told["allow.everyone.if.no.acl.found"] == "false"


def test_what_a_cluster_asks_for_itself_goes_over_what_guards_it_and_is_written_once():
    spec = security.guarded(ClusterSpec("c", config=(("super.users", "User:me"), ("a", "b"))), Path("/s"))
    assert dict(spec.config)["super.users"] == "User:me"
    assert len(dict(spec.config)) == len(spec.config)


def test_each_sandbox_has_a_ca_and_passwords_of_its_own_and_its_key_is_for_the_owner_alone(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (security.make(folder) for folder in folders)
    assert one.ca != two.ca
    passwords = [password for each in (one, two) for _, password in each.passwords]
    assert len(set(passwords)) == 4
    assert min(map(len, passwords)) >= 24
    assert [user for user, _ in one.passwords] == ["kplan", "reader"]
    keys = folders[0] / "security.d" / "broker.pem"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert keys.read_text().startswith("-----BEGIN PRIVATE KEY-----\n"), "PKCS#8, as Kafka reads it"
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(keys)


@pytest.mark.parametrize("asked", [None, ASKED, ASKED[::-1]])
@pytest.mark.parametrize("secure", [False, True])
def test_a_secure_sandbox_is_taken_as_it_is(asked, secure):
    lifecycle._check_agreement(existing(*ASKED, secure=True), SandboxSpec(clusters=asked, secure=secure))


@pytest.mark.parametrize("asked", [None, ASKED])
def test_to_ask_for_what_guards_a_sandbox_that_has_none_is_refused(asked):
    spec = SandboxSpec(clusters=asked, secure=True)
    with pytest.raises(SandboxError) as refused:
        lifecycle._check_agreement(existing(*ASKED, secure=False), spec)
    assert str(refused.value) == (
        "Sandbox default exists without TLS and logins.\n"
        "Remove it with `kplan sandbox down --name default`, or take another --name for the new one."
    )
    lifecycle._check_agreement(existing(*ASKED, secure=False), replace(spec, secure=False))


@pytest.mark.parametrize("secure", [False, True])
def test_other_clusters_are_refused_secure_or_not(secure):
    spec = SandboxSpec(clusters=(ASKED[0],), secure=secure)
    with pytest.raises(
        SandboxError, match=r"exists with other clusters: .*; asked for: one \(1 broker, 512m\)"
    ):
        lifecycle._check_agreement(existing(*ASKED, secure=secure), spec)
