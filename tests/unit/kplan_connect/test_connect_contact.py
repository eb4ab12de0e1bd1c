"""First contact with workers, and with what is none: the cause in words, with the address, in bounded time."""

import socket
import ssl

import pytest
import trustme
from standin import PLUGINS, ROOT, Standin, drip, hang_up, html, standin

from kplan.sdk.session import Facts, Fault
from kplan.sdk.values import Secret
from kplan_connect import PROVIDER, http, worker


class Patience:
    def requested(self):
        return False

    def seconds_left(self):
        return float("inf")


def facts(settings):
    session = PROVIDER.connect("connect_cluster", settings)
    try:
        return session.facts(Patience())
    finally:
        session.close()


def fault(settings):
    found = facts(settings)
    assert isinstance(found, Fault), found
    assert (found.remedy, found.retry) != ("", "outcome_unknown")
    return found


@pytest.fixture
def there():
    with standin() as made:
        yield made


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(worker, "CONTACT_WITHIN", 0.3)
    monkeypatch.setattr(http, "CONNECT_WITHIN", 0.3)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def serving(authority, name="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def pem(authority):
    return authority.cert_pem.bytes().decode()


def test_a_worker_says_who_it_is_and_where_it_belongs(there: Standin):
    found = facts(there.settings())
    assert found == Facts(
        "kafka-1/etl", {"version": "4.3.1", "plugins": {"org.acme.Sink": "sink"}}, "kafka-1"
    )


def test_older_workers_have_no_health(there: Standin):
    there.on("GET /health", (404, {"error_code": 404, "message": "HTTP 404 Not Found"}))
    assert isinstance(facts(there.settings()), Facts)


def test_one_that_answers_is_enough(there: Standin):
    assert isinstance(facts(there.settings(urls=("http://127.0.0.1:1", there.url))), Facts)


def test_a_path_before_the_workers_own_is_kept(there: Standin):
    there.answers = {
        "GET /connect/": [(200, ROOT)],
        "GET /connect/health": [(200, {})],
        "GET /connect/connector-plugins": [(200, PLUGINS)],
    }
    assert isinstance(facts(there.settings(urls=(f"{there.url}/connect/",))), Facts)


def test_nobody_there():
    found = fault({"urls": ("http://127.0.0.1:1",), "group_id": "etl"})
    assert found.summary == "cannot reach Connect: worker http://127.0.0.1:1: nothing listens there"
    assert found.path == ("urls",)


def test_none_of_many_each_with_its_cause():
    found = fault({"urls": ("http://127.0.0.1:1", "http://nowhere.invalid:8083"), "group_id": "etl"})
    assert found.summary == "cannot reach Connect: none of the workers answers"
    assert found.detail.splitlines() == [
        "http://127.0.0.1:1: nothing listens there",
        "http://nowhere.invalid:8083: the name nowhere.invalid can't be resolved",
    ]


def test_a_worker_that_is_starting(there: Standin):
    there.on("GET /health", (503, {"status": "starting", "message": "Worker is still starting up."}))
    found = fault(there.settings())
    assert found.summary == f"cannot reach Connect: worker {there.url} is still starting"
    assert (found.detail, found.retry) == ("Worker is still starting up.", "later")


def test_a_worker_that_has_not_got_its_paths_yet(there: Standin):
    there.on("GET /", (404, {"url": "/", "status": "404", "message": "Not Found"}))
    found = fault(there.settings())
    assert found.summary == f"cannot reach Connect: worker {there.url} is still starting, or is none"
    assert (found.code, found.path, found.retry) == ("starting", ("urls",), "later")


def test_another_worker_is_asked_where_one_is_starting(there: Standin):
    with standin() as ready:
        there.on("GET /health", (503, {"status": "starting", "message": "Starting."}))
        assert isinstance(facts(there.settings(urls=(there.url, ready.url))), Facts)


def test_a_page_of_a_proxy(there: Standin):
    there.on("GET /", html(502))
    found = fault(there.settings())
    assert f"{there.url}: what answers there is not Kafka Connect: status 502 and text/html" in found.summary


def test_json_of_something_else(there: Standin):
    there.on("GET /", (200, {"name": "opensearch"}))
    assert f"what answers at {there.url} says nothing of a Kafka cluster" in fault(there.settings()).summary


def test_a_wrong_login(there: Standin):
    there.on("GET /", (401, None))
    found = fault(there.settings(security={"username": "me", "password": Secret("hunter2")}))
    assert (found.code, found.path) == ("not_authenticated", ("security",))
    assert there.url in found.summary
    assert "hunter2" not in str(found)


def test_the_login_goes_along_with_each_call(there: Standin):
    facts(there.settings(security={"username": "me", "password": Secret("pass:wörd")}))
    assert {one["Authorization"] for one in there.headers} == {"Basic bWU6cGFzczp3w7ZyZA=="}


def test_one_that_hangs_up(there: Standin):
    there.on("GET /", hang_up)
    assert f"{there.url}: it closed the connection without an answer" in fault(there.settings()).summary


@pytest.mark.usefixtures("impatient")
def test_one_that_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        found = fault({"urls": (url,), "group_id": "etl"})
    assert f"{url}: it took the request and gave no answer within" in found.summary


@pytest.mark.usefixtures("impatient")
def test_one_whose_answer_does_not_end(there: Standin):
    there.on("GET /", drip)
    assert f"{there.url}: its answer did not end within" in fault(there.settings()).summary


# --- TLS


def test_over_tls(authority):
    with standin(serving(authority)) as there:
        assert isinstance(facts(there.settings(security={"ca": pem(authority)})), Facts)


def test_an_unknown_authority(authority):
    with standin(serving(authority)) as there:
        found = fault(there.settings())
        assert f"{there.url}: its certificate comes of a CA that is not known" in found.summary
        assert (found.path, "Set ca in security" in found.remedy) == (("security",), True)


def test_a_certificate_for_another(authority):
    with standin(serving(authority, "connect.example")) as there:
        found = fault(there.settings(security={"ca": pem(authority)}))
        assert "its certificate is not for 127.0.0.1" in found.summary


def test_a_worker_that_asks_for_a_certificate(authority):
    context = serving(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    own = authority.issue_cert("kplan")
    security = {
        "ca": pem(authority),
        "certificate": own.cert_chain_pems[0].bytes().decode(),
        "key": Secret(own.private_key_pem.bytes().decode()),
    }
    with standin(context) as there:
        assert isinstance(facts(there.settings(security=security)), Facts)
        found = fault(there.settings(security={"ca": pem(authority)}))
        assert there.url in found.summary


def test_a_key_of_another_certificate(authority):
    one, other = authority.issue_cert("a"), authority.issue_cert("b")
    security = {
        "certificate": one.cert_chain_pems[0].bytes().decode(),
        "key": Secret(other.private_key_pem.bytes().decode()),
    }
    found = fault({"urls": ("https://127.0.0.1:1",), "group_id": "etl", "security": security})
    assert "the key in security does not belong to the certificate" in found.summary
    assert found.path == ("security", "key")


def test_plain_text_and_tls_mixed_up(there: Standin, authority):
    secure = there.url.replace("http:", "https:")
    assert "it does not speak TLS" in fault(there.settings(urls=(secure,))).summary
    with standin(serving(authority)) as encrypted:
        found = fault(encrypted.settings(urls=(encrypted.url.replace("https:", "http:"),)))
        assert "without an answer of HTTP" in found.summary
