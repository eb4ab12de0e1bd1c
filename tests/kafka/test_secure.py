"""Every way to connect, by both clients, with the right, a wrong and no credential: it works, or the cause is told."""

import time
from collections.abc import Iterator

import pytest
import secure
from driving import Driver, Patience
from kplan_run import Workspace
from stores import keystore, truststore

from kplan.sandbox import Sandbox, SandboxSpec, start, stop
from kplan.sdk.session import Done, Fault
from kplan.sdk.values import Secret

CERTIFICATES = secure.Certificates()
CA = CERTIFICATES.ca
OTHER_CA = secure.text(CERTIFICATES.other.cert_pem)
OWN, OWN_KEY = secure.own(CERTIFICATES.client)
STRANGE, STRANGE_KEY = secure.own(CERTIFICATES.stranger)
LOCKED_KEY = secure.own(CERTIFICATES.client, "open sesame")[1]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("guarded")
    spec = secure.spec("guarded", CERTIFICATES, folder / "certificates")
    sandbox = start(SandboxSpec("guarded", clusters=(spec,), folder=folder / "sandbox", tied=True))
    secure.add_users(sandbox.clusters[0].bootstrap, "kplan", "k=p,lan")
    yield sandbox
    stop(sandbox)


def login(mechanism: str, password: str = secure.PASSWORD, username: str = "kplan") -> dict[str, object]:
    return {"mechanism": mechanism, "username": username, "password": Secret(password)}


def certificate(chain: str = OWN, key: str = OWN_KEY, **more: object) -> dict[str, object]:
    return {"ca": CA, "certificate": chain, "key": Secret(key), "principal": "User:kplan", **more}


TRUST = {
    "truststore": truststore(OTHER_CA, CA, opener="trust me"),
    "truststore_password": Secret("trust me"),
}


def in_stores(store: str, opener: str = "changeit") -> dict[str, object]:
    own = {"keystore": Secret(store), "keystore_password": Secret(opener), "principal": "User:kplan"}
    return {**TRUST, **own}


MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
RIGHT = [
    *(("SASL", {"protocol": "SASL_PLAINTEXT", **login(one)}) for one in MECHANISMS),
    *(("LOGIN", {"protocol": "SASL_SSL", "ca": CA, **login(one)}) for one in MECHANISMS),
    ("SASL", {"protocol": "SASL_PLAINTEXT", **login("SCRAM-SHA-256", username="k=p,lan")}),
    ("TLS", {"protocol": "SSL", "ca": CA}),
    ("TLS", {"protocol": "SSL", **certificate()}),
    ("MUTUAL", {"protocol": "SSL", **certificate()}),
    ("MUTUAL", {"protocol": "SSL", **certificate(key=LOCKED_KEY, key_password=Secret("open sesame"))}),
    ("MUTUAL", {"protocol": "SSL", **in_stores(keystore(OWN, OWN_KEY))}),
    ("LOGIN", {"protocol": "SASL_SSL", **TRUST, **login("SCRAM-SHA-512")}),
]


@pytest.mark.parametrize(("listener", "security"), RIGHT)
def test_with_the_right_credential_both_clients_work(guarded, topic_prefix, listener, security):
    cluster = guarded.clusters[0]
    name = f"{topic_prefix}orders"
    with Driver(*cluster.servers(listener), security=security) as driver:
        assert driver.facts.uid == cluster.cluster_id
        made = driver.apply(name, partitions=1)  # librdkafka writes, our own client reads
        [work] = driver.pending(name, made, None)
        assert driver.carry_out([work]) == {name: Done(name, {})}


WRONG_LOGIN = "kplan could not log in by {}: wrong name or password"
WRONG = [
    *(
        ("SASL", {"protocol": "SASL_PLAINTEXT", **login(one, "wrong")}, WRONG_LOGIN.format(one))
        for one in MECHANISMS
    ),
    *(
        ("LOGIN", {"protocol": "SASL_SSL", "ca": CA, **login(one, "wrong")}, WRONG_LOGIN.format(one))
        for one in MECHANISMS
    ),
    (
        "SASL",
        {"protocol": "SASL_PLAINTEXT", **login("SCRAM-SHA-512", username="nobody")},
        "nobody could not log in",
    ),
    ("SASL", {"protocol": "PLAINTEXT"}, "closes the connection on the first request"),
    ("LOGIN", {"protocol": "SSL", "ca": CA}, "closes the connection on the first request"),
    (
        "SASL",
        {"protocol": "SASL_SSL", "ca": CA, **login("PLAIN")},
        "the listener speaks plain text, and this client TLS",
    ),
    ("LOGIN", {"protocol": "SASL_PLAINTEXT", **login("PLAIN")}, "the listener expects TLS"),
    ("TLS", {"protocol": "PLAINTEXT"}, "the listener expects TLS"),
    ("TLS", {"protocol": "SSL"}, "its certificate comes of a CA that is not known"),
    ("TLS", {"protocol": "SSL", "ca": OTHER_CA}, "its certificate comes of a CA that is not known"),
    ("TLS", {"protocol": "SASL_SSL", "ca": CA, **login("PLAIN")}, "the listener takes no login"),
    (
        "LOGIN",
        {"protocol": "SASL_SSL", "ca": OTHER_CA, **login("PLAIN")},
        "its certificate comes of a CA that is not known",
    ),
    ("MUTUAL", {"protocol": "SSL", "ca": CA}, "the broker wants another certificate of this client"),
    (
        "MUTUAL",
        {"protocol": "SSL", **certificate(STRANGE, STRANGE_KEY)},
        "the broker wants another certificate of this client",
    ),
    (
        "MUTUAL",
        {"protocol": "SSL", **in_stores(keystore(STRANGE, STRANGE_KEY))},
        "the broker wants another certificate of this client",
    ),
    (
        "MUTUAL",
        {"protocol": "SSL", "truststore": truststore(CA), "truststore_password": Secret("changeit")},
        "the broker wants another certificate of this client",
    ),
    (
        "MUTUAL",
        {"protocol": "SSL", **certificate(OWN, STRANGE_KEY)},
        "the key in security does not belong to the certificate",
    ),
    (
        "MUTUAL",
        {"protocol": "SSL", **certificate(key=LOCKED_KEY)},
        "can't be opened: key_password is missing or wrong",
    ),
    (
        "MUTUAL",
        {"protocol": "SSL", **certificate(key=LOCKED_KEY, key_password=Secret("wrong"))},
        "key_password is missing or wrong",
    ),
]


@pytest.mark.parametrize(("listener", "security", "cause"), WRONG)
def test_with_a_wrong_or_missing_one_the_cause_is_told(guarded, listener, security, cause):
    with Driver(*guarded.clusters[0].servers(listener), security=security) as driver:
        told = driver.session.facts(Patience())
    assert isinstance(told, Fault), told
    assert told.code == "unreachable"
    assert cause in told.summary
    assert told.path[0] in {"security", "bootstrap_servers"}
    for secret in (secure.PASSWORD, "wrong", "open sesame"):
        assert secret not in repr(told).replace("wrong name", "").replace("missing or wrong", "").replace(
            "key_password", ""
        )


def test_a_login_that_has_run_out_is_made_again_before_anything_is_sent(guarded, topic_prefix):
    security = {"protocol": "SASL_PLAINTEXT", **login("PLAIN")}
    with Driver(*guarded.clusters[0].servers("SASL"), security=security) as driver:
        made = driver.apply(f"{topic_prefix}orders", partitions=1)
        [work] = driver.pending(f"{topic_prefix}orders", made, None)
        time.sleep(secure.LIFE + 0.5)
        assert driver.carry_out([work]) == {f"{topic_prefix}orders": Done(f"{topic_prefix}orders", {})}


# --- tokens


def by_token(endpoint: str, secret: str = secure.PASSWORD, **more: object) -> dict[str, object]:
    return {
        "protocol": "SASL_PLAINTEXT",
        "mechanism": "OAUTHBEARER",
        "token_endpoint": endpoint,
        "client_id": "kplan",
        "client_secret": Secret(secret),
        "principal": "User:kplan",
        **more,
    }


@pytest.mark.parametrize(("listener", "more"), [("SASL", {}), ("LOGIN", {"protocol": "SASL_SSL", "ca": CA})])
def test_both_clients_log_in_with_one_token(guarded, topic_prefix, listener, more):
    with secure.issuer() as endpoint:
        before = secure.Issuer.asked
        security = by_token(endpoint, **more)
        with Driver(*guarded.clusters[0].servers(listener), security=security) as driver:
            made = driver.apply(f"{topic_prefix}orders", partitions=1)
            [work] = driver.pending(f"{topic_prefix}orders", made, None)
            assert driver.carry_out([work])
        assert secure.Issuer.asked == before + 1


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"secret": "wrong"}, "/token answers 401 (invalid_client)"),
        ({"scope": "late"}, "the broker does not take the token"),
        ({"endpoint": "http://127.0.0.1:1/token"}, "can't be reached: [Errno 111] Connection refused"),
    ],
)
def test_no_token_or_a_bad_one(guarded, wrong, cause):
    with secure.issuer() as endpoint:
        security = by_token(**{"endpoint": endpoint, **wrong})  # type: ignore[arg-type]
        with Driver(*guarded.clusters[0].servers("SASL"), security=security) as driver:
            told = driver.session.facts(Patience())
    assert isinstance(told, Fault)
    assert cause in told.summary
    assert told.path == ("security", "token_endpoint")


# --- the command line

LOGGED_IN = """
  security {
    protocol  = "SASL_SSL"
    mechanism = "SCRAM-SHA-512"
    username  = "kplan"
    password  = var.password
    ca        = file("ca.pem")
  }
"""
VARIABLE = 'variable "password" {\n  type      = string\n  sensitive = true\n}\n'
TOPIC = 'topic "orders" {\n  cluster    = cluster.guarded\n  name       = "${var.prefix}orders"\n  partitions = 1\n}\n'


@pytest.fixture
def workspace(guarded, tmp_path, topic_prefix, kplan_cache) -> Workspace:
    made = Workspace(
        tmp_path / "work", {"guarded": guarded.clusters[0].servers("LOGIN")[0]}, topic_prefix, kplan_cache
    )
    made.clusters(guarded=LOGGED_IN)
    made.environment["KPLAN_VAR_password"] = secure.PASSWORD
    made.write(VARIABLE + TOPIC)
    (made.folder / "ca.pem").write_text(CA)
    return made


def test_a_plan_an_apply_and_a_destroy_over_tls_with_a_login_leave_no_secret_anywhere(workspace):
    runs = [
        workspace.plan(),
        workspace.apply(),
        workspace.plan(),
        workspace.kplan("show"),
        workspace.kplan("console"),
    ]
    assert [one.summary for one in runs[:3]] == [
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
        "No changes. Your infrastructure matches the configuration.",
    ], runs
    runs.append(workspace.kplan("destroy", "-auto-approve", "--allow-data-loss=1"))
    assert runs[-1].code == 0, runs[-1]
    for ran in runs:
        assert secure.PASSWORD not in ran.out + ran.err
    files = [path for path in workspace.folder.parent.rglob("*") if path.is_file()]
    assert any("state" in str(path) for path in files)
    for path in files:
        assert secure.PASSWORD.encode() not in path.read_bytes(), path


def test_a_wrong_password_is_told_at_its_line_and_a_literal_one_before_that(workspace):
    workspace.environment |= {"KPLAN_VAR_password": "hunter2"}
    told = workspace.plan()
    assert told.code == 1
    assert "kplan could not log in by SCRAM-SHA-512: wrong name or password" in told.said
    assert "password = var.password" in told.said, told.err
    assert "hunter2" not in told.said
    workspace.clusters(guarded=LOGGED_IN.replace("var.password", '"hunter2"'))
    told = workspace.kplan("validate")
    assert told.code == 1
    assert "Secret in plain text" in told.said
    assert '"password" takes a sensitive value only' in told.said
