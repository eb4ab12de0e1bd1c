"""First contact with what is not a broker that answers: the cause in words, in bounded time, no word on stderr."""

import socket
import ssl
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from listening import Serve, listening

from kplan.sdk.session import Ask, Fault, Unreadable, Work
from kplan_kafka import PROVIDER, cluster, probe


class Patience:
    def requested(self):
        return False

    def seconds_left(self):
        return float("inf")


def silent(opened: socket.socket) -> None:
    """Accept and never answer, as a stopped process does."""


def closing(opened: socket.socket) -> None:
    opened.close()


def http(opened: socket.socket) -> None:
    """Answer once the request is whole, and say nothing to anything else."""
    said = b""
    while b"\r\n\r\n" not in said:
        some = opened.recv(1000)
        if not some:
            return
        said += some
    opened.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    opened.close()


def http_at_once(opened: socket.socket) -> None:
    opened.recv(1000)
    opened.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def tls_alert(opened: socket.socket) -> None:
    opened.recv(1000)
    opened.sendall(b"\x15\x03\x03\x00\x02\x02\x46")


def garbage(opened: socket.socket) -> None:
    opened.recv(1000)
    opened.sendall(b"\x00\x00\x00\x06\x00\x00\x00\x07\xff\xff")


def nonsense(opened: socket.socket) -> None:
    """Frame it rightly, with the right number, and mean nothing by it."""
    opened.recv(1000)
    opened.sendall(b"\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\xff\xff")


def tls(certificate: str) -> Serve:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(opened: socket.socket) -> None:
        try:
            with context.wrap_socket(opened, server_side=True) as secured:
                secured.recv(1000)
        except OSError:
            opened.close()

    return serve


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONTACT_WITHIN", 1.2)
    for module in (cluster, probe):
        monkeypatch.setattr(module, "PROBE_WITHIN", 0.2)


def contact(*servers: str) -> Fault:
    session = PROVIDER.connect("cluster", {"bootstrap_servers": servers})
    try:
        facts = session.facts(Patience())
    finally:
        session.close()
    assert isinstance(facts, Fault)
    assert facts.code == "unreachable"
    assert facts.path in {("bootstrap_servers",), ("security", "protocol")}
    assert facts.remedy
    return facts


@pytest.mark.parametrize(
    ("serve", "cause"),
    [
        (silent, "no answer within 1 s"),
        (closing, "it closed the connection"),
        (http, "an HTTP server answers there, not a Kafka broker"),
        (http_at_once, "an HTTP server answers there, not a Kafka broker"),
        (tls_alert, "the listener expects TLS, and this client speaks plain text"),
        (garbage, "what answers there is not a Kafka broker"),
        (nonsense, "what answers there is not a Kafka broker"),
    ],
)
def test_what_is_not_a_broker_is_named_with_the_cause(serve, cause):
    with listening(serve) as server:
        assert contact(server).summary.startswith(f"broker {server}: {cause}")


def test_a_listener_that_expects_tls(tmp_path):
    certificate = tmp_path / "pair.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
    ]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem")]
    subprocess.run([*made, *files], check=True, capture_output=True, timeout=60)
    certificate.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "certificate.pem").read_text())
    with listening(tls(str(certificate))) as server:
        assert "expects TLS" in contact(server).summary


def test_nothing_listens():
    assert "connection refused" in contact("127.0.0.1:1").summary


def test_a_name_that_does_not_resolve():
    assert "does not resolve" in contact("no-such-host.invalid:9092").summary


def test_each_of_several_is_named():
    with listening(closing) as server:
        detail = contact("127.0.0.1:1", server, "no-such-host.invalid:9092").detail.splitlines()
    assert [line.split(": ")[0] for line in detail] == ["127.0.0.1:1", server, "no-such-host.invalid:9092"]
    assert len(set(detail)) == 3


def test_nothing_is_absent_listed_or_done_where_nothing_answers():
    session = PROVIDER.connect("cluster", {"bootstrap_servers": ("127.0.0.1:1",)})
    ask = Ask(("a",), {"name": "a", "config": {}}, None)
    assert isinstance(session.read("topic", [ask], Patience())[("a",)], Unreadable)
    assert [type(seen) for _, seen in session.list("topic", Patience())] == [Unreadable]
    work = Work("1", ("a",), (), session.read("topic", [ask], Patience())[("a",)], {})
    [event] = session.apply("topic", [work], Patience())
    assert event.fault.retry == "later"
    session.close()


def test_a_closed_session_contacts_nothing():
    session = PROVIDER.connect("cluster", {"bootstrap_servers": ("127.0.0.1:1",)})
    session.close()
    seen = session.read("topic", [Ask(("a",), None, None)], Patience())[("a",)]
    assert seen.fault.code == "closed"


def test_importing_the_provider_loads_no_client():
    code = (
        "import sys, kplan_kafka; kplan_kafka.PROVIDER.types; kplan_kafka.PROVIDER.rules();"
        "kplan_kafka.PROVIDER.check_endpoint('cluster', {'bootstrap_servers': ('a:1',)});"
        "kplan_kafka.PROVIDER.connect('cluster', {'bootstrap_servers': ('a:1',)});"
        "print(sorted({'kafka', 'confluent_kafka', 'ssl', 'difflib', 'asyncio'} & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stdout == "[]\n"


def test_a_failed_contact_says_nothing_on_stderr():
    code = (
        "import kplan_kafka\n"
        "class Patience:\n"
        "    def requested(self): return False\n"
        "    def seconds_left(self): return 60.0\n"
        "session = kplan_kafka.PROVIDER.connect('cluster', {'bootstrap_servers': ('127.0.0.1:1',)})\n"
        "print(session.facts(Patience()).code)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert (told.stdout, told.stderr) == ("unreachable\n", "")


class Greets:
    """A connection to a broker that knows of so many brokers, answer by answer."""

    def __init__(self, *known: int) -> None:
        self.known = list(known)

    def call(self, request: object, within: float) -> SimpleNamespace:
        assert within > 0
        return SimpleNamespace(brokers=[object()] * self.known.pop(0))


def test_a_broker_that_knows_of_none_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch):
    waited: list[float] = []
    monkeypatch.setattr(cluster.time, "sleep", waited.append)
    broker = Greets(0, 0, 3, 3)
    assert len(cluster._described(broker, time.monotonic() + 10).brokers) == 3
    assert (broker.known, waited) == ([3], [cluster._ASK_AGAIN] * 2)


def test_one_that_knows_of_none_is_asked_until_time_is_up():
    broker = Greets(0, 3)
    assert cluster._described(broker, time.monotonic()).brokers == []
    assert broker.known == [3]
