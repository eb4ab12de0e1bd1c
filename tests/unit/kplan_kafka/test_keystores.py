"""Keystores and truststores: opened into PEM, or said why not, where they stand."""

import base64

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.serialization import pkcs12

from kplan.sdk.values import Secret, Unknown
from kplan_kafka import keystores
from kplan_kafka.endpoint import check_cluster
from kplan_kafka.keystores import Unusable
from kplan_kafka.security import security_of

AUTHORITY = trustme.CA()
CA = AUTHORITY.cert_pem.bytes().decode()
ISSUED = AUTHORITY.issue_cert("kplan@example.test")
CHAIN = b"".join(one.bytes() for one in ISSUED.cert_chain_pems)
KEY = form.load_pem_private_key(ISSUED.private_key_pem.bytes(), None)


def keystore(password=b"changeit", key=KEY):
    first, *others = x509.load_pem_x509_certificates(CHAIN)
    how = form.BestAvailableEncryption(password) if password else form.NoEncryption()
    made = pkcs12.serialize_key_and_certificates(b"kplan", key, first, others, how)
    return base64.b64encode(made).decode()


def truststore(password=b"changeit"):
    trusted = [pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(CA.encode()), b"ca")]
    how = form.BestAvailableEncryption(password)
    return base64.b64encode(pkcs12.serialize_java_truststore(trusted, how)).decode()


STORE, TRUST = keystore(), truststore()


def cluster(**security):
    return {"bootstrap_servers": ("kafka:9093",), "security": {"protocol": "SSL", **security}}


def own(store=STORE, opener="changeit"):
    return {"keystore": Secret(store), "keystore_password": Secret(opener), "principal": "User:kplan"}


def trust(store=TRUST, opener="changeit"):
    return {"truststore": store, "truststore_password": Secret(opener)}


def test_stores_become_what_both_clients_take():
    settings = cluster(**own(), **trust())
    assert check_cluster(settings) == []
    security = security_of(settings)
    assert security.certificate == CHAIN.decode()
    opened = form.load_pem_private_key(security.key.encode(), None)
    assert opened.public_key() == KEY.public_key()
    assert security.ca == CA
    assert security.principal == "User:kplan"


def test_a_store_without_a_password_opens_without_one():
    store = keystore(b"")
    settings = cluster(keystore=Secret(store), principal="User:kplan")
    assert check_cluster(settings) == []
    assert security_of(settings).certificate == CHAIN.decode()


def test_nothing_of_a_key_shows():
    assert "PRIVATE" not in repr(keystores.own(STORE, "changeit"))
    assert "PRIVATE" not in repr(security_of(cluster(**own())))


@pytest.mark.parametrize(
    ("given", "path", "summary"),
    [
        (own(opener="wrong"), "keystore", "its password is wrong or missing"),
        (own("not base64!"), "keystore", "it is not in base64: read it with filebase64"),
        (own(base64.b64encode(b"\xfe\xed\xfe\xed1234").decode()), "keystore", "it is a JKS"),
        (own(base64.b64encode(b"hello").decode()), "keystore", "it is not PKCS#12"),
        (own(base64.b64encode(b"\x30\x00\x01").decode()), "keystore", "it can't be read as PKCS#12"),
        (own(TRUST), "keystore", "it holds no key with its certificate"),
        (trust(opener="wrong"), "truststore", "its password is wrong or missing"),
        ({**own(), "certificate": CHAIN.decode()}, "keystore", "keystore and certificate say the same"),
        ({**trust(), "ca": CA}, "truststore", "truststore and ca say the same"),
        ({"keystore_password": Secret("x")}, "keystore_password", "opens no keystore"),
        ({"truststore_password": Secret("x")}, "truststore_password", "opens no truststore"),
        (
            {"keystore": Secret(STORE), "keystore_password": Secret("changeit")},
            "keystore",
            "who a certificate",
        ),
    ],
)
def test_a_store_that_can_not_be_used_is_told_where_it_stands(given, path, summary):
    faults = check_cluster(cluster(**given))
    assert any(summary in one.summary and one.path == ("security", path) for one in faults)
    assert all(secret not in str(faults) for secret in ("changeit", STORE))


def test_a_store_that_is_not_known_yet_is_not_judged():
    assert check_cluster(cluster(**own()) | {}) == []
    later = {"keystore": Secret(Unknown("string")), "principal": "User:kplan"}
    assert check_cluster(cluster(**later)) == []


def test_a_store_has_no_use_where_nothing_is_encrypted():
    plain = {"bootstrap_servers": ("kafka:9092",), "security": {"protocol": "PLAINTEXT", **own()}}
    told = {one.path[-1] for one in check_cluster(plain)}
    assert {"keystore", "keystore_password"} <= told


def test_an_empty_truststore_is_none():
    with pytest.raises(Unusable, match="holds no certificate"):
        keystores.authorities(_empty(), "changeit")


def _empty():
    how = form.BestAvailableEncryption(b"changeit")
    made = pkcs12.serialize_key_and_certificates(None, KEY, None, None, how)
    return base64.b64encode(made).decode()
