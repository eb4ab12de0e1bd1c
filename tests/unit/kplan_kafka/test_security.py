"""The `security` block before anything is contacted: contradictions with their remedy, and nothing secret in a repr."""

import base64
import contextlib
import re
import socket
import ssl
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import trustme
from listening import listening

from kplan.sdk.tls import certificates
from kplan.sdk.values import Secret, Unknown
from kplan_kafka import oauth
from kplan_kafka import security as security_module
from kplan_kafka.endpoint import Address, address, check_cluster
from kplan_kafka.oauth import tokens
from kplan_kafka.options import librdkafka, options_of
from kplan_kafka.probe import explained
from kplan_kafka.security import Security, security_of
from kplan_kafka.unreachable import CLOSED, NoToken, Unreachable
from kplan_kafka.wire import Connection

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = Secret("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
LOGIN = {"mechanism": "SCRAM-SHA-512", "username": "kplan", "password": Secret("hunter2")}
TOKEN = {
    "mechanism": "OAUTHBEARER",
    "token_endpoint": "https://login.example/token",
    "client_id": "kplan",
    "client_secret": Secret("hunter2"),
    "principal": "User:kplan",
}
OWN = {"certificate": CERTIFICATE, "key": KEY, "principal": "User:kplan"}


def cluster(**security):
    return {"bootstrap_servers": ("kafka:9093",), "security": security}


@pytest.mark.parametrize(
    "security",
    [
        {"protocol": "PLAINTEXT"},
        {"protocol": "SSL"},
        {"protocol": "SSL", "ca": CERTIFICATE, **OWN},
        {"protocol": "SSL", **OWN, "key_password": Secret("x")},
        {"protocol": "SASL_PLAINTEXT", **LOGIN},
        {"protocol": "SASL_SSL", "ca": CERTIFICATE, **LOGIN, "principal": "User:somebody"},
        {
            "protocol": "SASL_SSL",
            **LOGIN,
            "password": Unknown("string", ("x",)),
            "mechanism": Unknown("string", ("x",)),
        },
        {"protocol": Unknown("string", ("x",)), **LOGIN},
        {"protocol": "SASL_SSL", **LOGIN, **OWN},
        {"protocol": "PLAINTEXT", "mechanism": None},
        {"protocol": "SASL_SSL", "mechanism": "AWS_MSK_IAM", "aws_region": "eu-west-1", "aws_profile": "x"},
        {"protocol": "SASL_SSL", **TOKEN},
        {"protocol": "SASL_SSL", **TOKEN, "token_endpoint": "http://localhost:8080/token", "scope": "kafka"},
    ],
)
def test_what_goes_together(security):
    assert check_cluster(cluster(**security)) == []


@pytest.mark.parametrize(
    ("security", "path", "summary", "remedy"),
    [
        ({"protocol": "TLS"}, "protocol", 'there is no protocol "TLS"', "There are PLAINTEXT, SSL,"),
        ({"protocol": "sasl_ssl"}, "protocol", 'there is no protocol "sasl_ssl"', 'Did you mean "SASL_SSL"?'),
        (
            {"protocol": "SASL_SSL"},
            "protocol",
            "SASL_SSL logs in, but by which mechanism?",
            "Add mechanism: PLAIN,",
        ),
        (
            {"protocol": "SASL_SSL", **LOGIN, "mechanism": "SCRAM_SHA_512"},
            "mechanism",
            'there is no mechanism "SCRAM_SHA_512"',
            'Did you mean "SCRAM-SHA-512"?',
        ),
        (
            {"protocol": "SASL_SSL", "mechanism": "PLAIN", "username": "kplan"},
            "mechanism",
            "PLAIN needs password",
            "Add password.",
        ),
        (
            {"protocol": "SASL_SSL", **LOGIN, "username": ""},
            "mechanism",
            "SCRAM-SHA-512 needs username",
            "Add username.",
        ),
        (
            {"protocol": "SASL_SSL", **TOKEN, "client_secret": None},
            "mechanism",
            "OAUTHBEARER needs client_secret",
            "Add client_secret.",
        ),
        (
            {"protocol": "SASL_SSL", **TOKEN, "principal": None},
            "mechanism",
            "who a token stands for is the brokers' decision",
            "Name it: principal =",
        ),
        (
            {"protocol": "SASL_SSL", **TOKEN, "token_endpoint": "http://login.example/token"},
            "token_endpoint",
            "is no address for a secret",
            "begins with https://",
        ),
        (
            {"protocol": "SASL_SSL", **TOKEN, "token_endpoint": "http://localhost.example/token"},
            "token_endpoint",
            "is no address for a secret",
            "begins with https://",
        ),
        (
            {"protocol": "SASL_SSL", **TOKEN, "password": Secret("x")},
            "password",
            "OAUTHBEARER has no use for password",
            "Take password out, or log in by PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512.",
        ),
        (
            {"protocol": "SASL_PLAINTEXT", "mechanism": "AWS_MSK_IAM", "aws_region": "eu-west-1"},
            "protocol",
            "AWS_MSK_IAM goes over TLS",
            'Write protocol = "SASL_SSL".',
        ),
        (
            {"protocol": "SASL_SSL", "mechanism": "AWS_MSK_IAM"},
            "mechanism",
            "AWS_MSK_IAM needs aws_region",
            "Add aws_region.",
        ),
        (
            {
                "protocol": "SASL_SSL",
                "mechanism": "AWS_MSK_IAM",
                "aws_region": "x",
                "aws_profile": "x",
                "aws_role_arn": "x",
            },
            "aws_profile",
            "a profile and a role would each name who signs",
            "Take one of them out.",
        ),
        (
            {"protocol": "SASL_SSL", **LOGIN, "scope": "x"},
            "scope",
            "SCRAM-SHA-512 has no use for scope",
            "Take scope out, or log in by OAUTHBEARER.",
        ),
        (
            {"protocol": "SSL", "username": "kplan"},
            "username",
            "SSL logs nobody in, so username would have no effect",
            'Write protocol = "SASL_SSL", or take username out.',
        ),
        (
            {"protocol": "PLAINTEXT", "password": Secret("x")},
            "password",
            "PLAINTEXT logs nobody in, so password would have no effect",
            'Write protocol = "SASL_PLAINTEXT", or take password out.',
        ),
        (
            {"protocol": "SASL_PLAINTEXT", **LOGIN, "ca": CERTIFICATE},
            "ca",
            "SASL_PLAINTEXT encrypts nothing, so ca would have no effect",
            'Write protocol = "SASL_SSL", or take ca out.',
        ),
        (
            {"protocol": "PLAINTEXT", "ca": CERTIFICATE},
            "ca",
            "PLAINTEXT encrypts nothing, so ca would have no effect",
            'Write protocol = "SSL", or take ca out.',
        ),
        (
            {"protocol": "SSL", "certificate": CERTIFICATE, "principal": "User:kplan"},
            "certificate",
            "a certificate needs its key",
            'Add key = sensitive(file("…")).',
        ),
        (
            {"protocol": "SSL", "key": KEY},
            "key",
            "a key needs its certificate",
            'Add certificate = file("…").',
        ),
        (
            {"protocol": "SSL", "key_password": Secret("x")},
            "key_password",
            "key_password opens no key",
            "Add key, or take it out.",
        ),
        (
            {"protocol": "SSL", "certificate": CERTIFICATE, "key": KEY},
            "certificate",
            "who a certificate stands for is the brokers' decision",
            "Name it: principal =",
        ),
        (
            {"protocol": "SSL", "ca": "ca.pem"},
            "ca",
            "ca is not PEM: it has no CERTIFICATE",
            'write file("ca.pem").',
        ),
        ({"protocol": "SSL", "ca": "x\n" * 300}, "ca", "ca is not PEM", "Give it as PEM."),
        (
            {"protocol": "SSL", **OWN, "key": Secret("hunter2")},
            "key",
            "key is not PEM: it has no PRIVATE KEY",
            'write file("…").',
        ),
        (
            {"protocol": "SASL_SSL", **LOGIN, "principal": "kplan"},
            "principal",
            "a principal begins with its type",
            'Write "User:kplan", as Kafka does.',
        ),
    ],
)
def test_what_contradicts_itself_is_told_with_the_remedy(security, path, summary, remedy):
    [fault] = check_cluster(cluster(**security))
    assert fault.path == ("security", path)
    assert summary in fault.summary
    assert remedy in fault.remedy
    assert "hunter2" not in repr(fault)


def test_every_contradiction_is_told():
    told = check_cluster(cluster(protocol="PLAINTEXT", ca="ca.pem", **LOGIN))
    assert [one.path[1] for one in told] == ["ca", "mechanism", "username", "password", "ca"]


def test_who_kplan_is():
    assert security_of({}) == Security()
    assert security_of(cluster(protocol="SASL_SSL", **LOGIN)).principal == "User:kplan"
    assert security_of(cluster(protocol="SASL_SSL", **LOGIN, principal="User:x")).principal == "User:x"
    assert security_of(cluster(protocol="SSL", **OWN)).principal == "User:kplan"


def test_no_secret_is_in_a_repr():
    security = security_of(cluster(protocol="SASL_SSL", **LOGIN, **OWN, key_password=Secret("hunter2")))
    assert security.password == "hunter2"  # noqa: S105 - the test's own
    assert "hunter2" not in repr(security)
    assert "PRIVATE KEY" not in repr(security)
    assert "hunter2" not in repr(options_of(cluster(protocol="SASL_SSL", **LOGIN)))


def test_librdkafka_is_given_what_is_set_and_nothing_else():
    plain = librdkafka(options_of({"bootstrap_servers": ("a:1",)}), ())
    assert plain["security.protocol"] == "PLAINTEXT"
    assert not [name for name in plain if name.startswith(("sasl.", "ssl."))]
    logged_in = librdkafka(options_of(cluster(protocol="SASL_SSL", ca=CERTIFICATE, **LOGIN)), ())
    assert {
        name: value for name, value in logged_in.items() if name.startswith(("sasl.", "ssl.", "security."))
    } == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "kplan",
        "sasl.password": "hunter2",
        "ssl.ca.pem": CERTIFICATE,
    }


def test_without_amazons_package_it_is_named(monkeypatch):
    monkeypatch.setattr(security_module, "find_spec", lambda _: None)
    [fault] = check_cluster(cluster(protocol="SASL_SSL", mechanism="AWS_MSK_IAM", aws_region="eu-west-1"))
    assert "pip install 'kplan[msk]'" in fault.remedy


def test_a_token_for_msk_is_signed_and_shared(monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "AKIAEXAMPLE", "SECRET_ACCESS_KEY": "hunter2"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    security = security_of(cluster(protocol="SASL_SSL", mechanism="AWS_MSK_IAM", aws_region="eu-west-1"))
    given = librdkafka(
        options_of(cluster(protocol="SASL_SSL", mechanism="AWS_MSK_IAM", aws_region="eu-west-1")), ()
    )
    assert given["sasl.mechanism"] == "OAUTHBEARER"
    text, expires = given["oauth_cb"]("")
    assert text == tokens(security).current().text
    signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    asked = dict(parse_qsl(urlsplit(signed).query))
    assert urlsplit(signed).hostname == "kafka.eu-west-1.amazonaws.com"
    assert asked["Action"] == "kafka-cluster:Connect"
    assert asked["X-Amz-Credential"].startswith("AKIAEXAMPLE/")
    assert asked["X-Amz-Signature"]
    assert "hunter2" not in signed
    assert 0 < expires - time.time() <= 900


def test_without_credentials_no_token_is_made(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    made = security_of(cluster(protocol="SASL_SSL", mechanism="AWS_MSK_IAM", aws_region="us-east-1"))
    with pytest.raises(NoToken, match="nothing to sign with: no AWS credentials were found"):
        tokens(made).current()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"220 smtp ready\r\n", "gives no answer that can be read (BadStatusLine)"),
        (b"", "gives no answer that can be read ("),  # closed or reset, as the machine has it
        (b"HTTP/1.0 200 OK\r\n\r\n<html>", "its answer is not JSON"),
        (b"HTTP/1.0 200 OK\r\n\r\n[]", "answers without an access_token"),
        (b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "answers 302"),
        (None, "no answer within 1 s"),
    ],
)
def test_whatever_a_token_endpoint_answers_is_told(answer, cause, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # it is not asked: the secret goes in plain text
    if answer is None:
        monkeypatch.setattr(oauth, "_WITHIN", 0.6)

    def serve(opened):
        with opened.makefile("rb") as said:  # all of it: to close before that is a reset
            lines = iter(said.readline, b"\r\n")
            said.read(sum(int(one[15:]) for one in lines if one.lower().startswith(b"content-length:")))
        if answer is not None:
            opened.sendall(answer)
            opened.close()

    with listening(serve) as server:
        given = {"protocol": "SASL_SSL", **TOKEN, "token_endpoint": f"http://{server}/token"}
        made = security_of(cluster(**given))
        for _ in range(2):  # the second time what was told is remembered
            with pytest.raises(NoToken, match=re.escape(cause)) as told:
                tokens(made).current()
            assert "hunter2" not in str(told.value)


def test_what_stands_between_certificates_is_left_out():
    assert (
        certificates(f"# Főtanúsítvány\n{CERTIFICATE}# ő\n{CERTIFICATE}")
        == CERTIFICATE.strip() + "\n" + CERTIFICATE.strip()
    )


def test_a_login_that_has_run_out_is_not_used(monkeypatch):
    mine, theirs = socket.socketpair()
    with mine, theirs:
        connection = Connection(Address("a", 1), Security())
        monkeypatch.setattr(connection, "_socket", mine)
        assert connection.is_usable()
        monkeypatch.setattr(connection, "_good_until", time.monotonic() - 1)
        assert not connection.is_usable()


def test_no_time_left_for_a_handshake_is_told_as_such():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        connection = Connection(Address("a", 1), Security(protocol="SSL"))
        with pytest.raises(Unreachable, match="no answer to the TLS handshake within 0 s"):
            connection._encrypted(mine, -1.0)


def test_librdkafka_trusts_whom_python_does(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/own.pem")
    assert librdkafka(options_of(cluster(protocol="SSL")), ())["ssl.ca.location"] == "/etc/own.pem"
    assert "ssl.ca.location" not in librdkafka(options_of(cluster(protocol="SSL", ca=CERTIFICATE)), ())


def test_a_refusal_whose_end_overtook_its_word_is_heard_by_who_says_nothing():
    """In TLS 1.3 the alert comes after the handshake; the reset that follows what we sent may arrive before it is read."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    def serve(opened):
        with contextlib.suppress(OSError), context.wrap_socket(opened, server_side=True) as secured:
            secured.recv(1)

    ca = authority.cert_pem.bytes().decode()
    with listening(serve) as server:
        failed = Unreachable(address(server), CLOSED, sent=True)
        told = explained(failed, Security(protocol="SSL", ca=ca))
    assert "the broker wants another certificate of this client" in told.cause
    assert told.about == ("security",)
