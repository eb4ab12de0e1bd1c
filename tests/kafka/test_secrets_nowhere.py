"""Twenty secrets planted wherever kplan takes one, and looked for in every byte that it wrote: files, streams, errors."""

import base64
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import secure
from kplan_run import Ran, Running, Workspace
from stores import keystore, truststore

from kplan.sandbox import Sandbox, SandboxSpec, start, stop

CERTIFICATES = secure.Certificates()
OWN, OWN_KEY = secure.own(CERTIFICATES.client)
STRANGE, STRANGE_KEY = secure.own(CERTIFICATES.stranger)
OPENER = "planted-01-opens-the-key"
STORE_OPENER = "planted-02-opens-the-keystore"
TRUST_OPENER = "planted-03-opens-the-truststore"
LOCKED_KEY = secure.own(CERTIFICATES.client, OPENER)[1]
STORE = keystore(OWN, OWN_KEY, STORE_OPENER)
PLANTED = {
    "opener": OPENER,
    "store_opener": STORE_OPENER,
    "trust_opener": TRUST_OPENER,
    "wrong": "planted-04-wrong-password",
    "client_secret": "planted-05-of-the-client",
    "digested": "planted-06 of a user, with a digest",
    "versioned": 'planted-07 of a "user" with a version',
    "rotated": "planted-08-of-a-rotated-user",
    "twice": "planted-09-of-a-user-of-two-mechanisms",
    "environment": "planted-10-from-the-environment",
    "file": "planted-11-from-a-file",
    "output": "planted-12-of-an-output",
    "local": "planted-13-through-a-local",
    "module": "planted-14-into-a-module",
    "condition": "planted-15-in-a-condition",
    "crash": "planted-16-in-a-traceback",
    "flag": "planted-17-from-a-flag",
    "misplaced": "planted-18-where-none-belongs",
    "broken": "planted-19-of-a-file-of-values-that-is-broken",
}
"""With the password that logs kplan in and the keys: twenty and more."""

KEYS = (
    secure.PASSWORD,
    *LOCKED_KEY.splitlines()[1:-1],
    *OWN_KEY.splitlines()[1:-1],
    STORE[:60],
    STORE[200:260],
)
HEAD = "".join(
    f'variable "{name}" {{\n  type      = string\n  sensitive = true\n}}\n'
    for name in PLANTED
    if name not in {"environment", "file", "crash", "broken"}
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("guarded")
    spec = secure.spec("guarded", CERTIFICATES, folder / "certificates")
    sandbox = start(SandboxSpec("guarded", clusters=(spec,), folder=folder / "sandbox", tied=True))
    secure.add_users(sandbox.clusters[0].bootstrap, "kplan")
    yield sandbox
    stop(sandbox)


class Diary:
    """Runs commands and keeps all that they wrote."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.servers = sandbox.clusters[0]
        self.workspace = Workspace(folder / "work", {}, "p-", folder / "cache")
        self.workspace.environment |= {f"KPLAN_VAR_{name}": text for name, text in PLANTED.items()}
        self.workspace.environment |= {
            "PLANTED_ENVIRONMENT": PLANTED["environment"],
            "KPLAN_VAR_login": secure.PASSWORD,
            "KPLAN_VAR_key": LOCKED_KEY,
            "KPLAN_VAR_store": STORE,
            "KPLAN_LOG": "debug",
        }
        (folder / "work" / "secret.txt").write_text(PLANTED["file"])  # the one place where it is ours to keep
        self.wrote: list[str] = []

    def kplan(self, *arguments: str, code: int | None = 0, first: str = "") -> Ran:
        """Run a command; `code` None: whatever it ends with."""
        ran = self.workspace.start(*arguments, first=first).end()
        self.wrote += [ran.out, ran.err]
        assert code is None or ran.code == code, (arguments, "said what is in the diary", ran.code)
        return ran

    def killed(self, *arguments: str, at: str) -> None:
        """Kill a command as soon as it has told something."""
        running: Running = self.workspace.start(*arguments)
        running.wait_until(at)
        running.send(signal.SIGKILL)
        ran = running.end()
        self.wrote += [ran.out, ran.err]

    def cluster(self, label: str, listener: str, **security: str) -> str:
        servers = json.dumps(self.servers.servers(listener))
        lines = "".join(f"    {name} = {value}\n" for name, value in security.items())
        return f'cluster "{label}" {{\n  bootstrap_servers = {servers}\n  security {{\n{lines}  }}\n}}\n'

    def found(self) -> list[tuple[str, str]]:
        """Name every planted secret that is in something written, and where."""
        places = {f"stream {number}": text.encode() for number, text in enumerate(self.wrote)}
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in {"secret.txt", "secrets.tfvars"}:
                places[str(path.relative_to(self.folder))] = path.read_bytes()
        return [
            (secret[:12], place)
            for place, data in places.items()
            for secret in (*PLANTED.values(), *KEYS)
            if any(form in data for form in forms(secret))
        ]


def forms(secret: str) -> set[bytes]:
    """Give a secret as it may be written down: as it is, escaped, encoded."""
    plain = secret.encode()
    return {
        plain,
        json.dumps(secret)[1:-1].encode(),
        repr(secret)[1:-1].encode(),
        quote(secret).encode(),
        base64.b64encode(plain).rstrip(b"="),
        base64.b64encode(b"\0kplan\0" + plain).rstrip(b"="),
        plain.hex().encode(),
        secret.encode("utf-16-le"),
    }


@pytest.fixture
def diary(guarded: Sandbox, tmp_path: Path) -> Diary:
    return Diary(tmp_path, guarded)


LOGIN = {
    "protocol": '"SASL_PLAINTEXT"',
    "mechanism": '"SCRAM-SHA-512"',
    "username": '"kplan"',
    "password": "var.login",
}
MODULE = """
variable "given" {
  type      = string
  sensitive = true
}
variable "on" {
  type = cluster
}
scram_user "inside" {
  cluster  = var.on
  name     = "p-inside"
  password = var.given
}
output "given" {
  value     = var.given
  sensitive = true
}
"""
USERS = """
variable "login" {
  type      = string
  sensitive = true
}
locals {
  through = "${var.local}!"
}
scram_user "digested" {
  cluster  = cluster.a
  name     = "p-digested"
  password = var.digested
}
scram_user "versioned" {
  cluster          = cluster.a
  name             = "p-versioned"
  password         = var.versioned
  password_version = 1
}
scram_user "twice" {
  for_each  = toset(["SCRAM-SHA-256", "SCRAM-SHA-512"])
  cluster   = cluster.a
  name      = "p-twice"
  mechanism = each.key
  password  = var.twice
}
scram_user "rotated" {
  cluster  = cluster.a
  name     = "p-rotated"
  password = sensitive(ROTATED)
  lifecycle {
    precondition {
      condition     = length(var.condition) > 3
      error_message = "The password is ${var.condition}."
    }
  }
}
scram_user "others" {
  for_each = {
    environment = 1
    file        = 2
    local       = 3
  }
  cluster  = cluster.a
  name     = "p-${each.key}"
  password = each.key == "environment" ? env("PLANTED_ENVIRONMENT") : each.key == "file" ? sensitive(file("secret.txt")) : local.through
}
module "inside" {
  source = "./inside"
  given  = var.module
  on     = cluster.a
}
output "hidden" {
  value     = var.output
  sensitive = true
}
output "of_the_module" {
  value     = module.inside.given
  sensitive = true
}
topic "t" {
  cluster    = cluster.a
  name       = "p-t"
  partitions = 1
}
"""


def test_no_secret_is_in_anything_that_kplan_wrote(diary: Diary):
    work = diary.workspace
    inside = work.folder / "inside"
    inside.mkdir()
    (inside / "main.kplan.hcl").write_text(MODULE)
    users = HEAD + diary.cluster("a", "SASL", **LOGIN) + USERS.replace("ROTATED", "var.digested")
    work.write(users)
    diary.kplan("validate")
    diary.kplan("validate", "-json")
    diary.kplan("plan", "-out=first.plan", "-var", f"flag={PLANTED['flag']}")
    diary.kplan("show", "first.plan")
    diary.killed("apply", "-auto-approve", at="Creating...")
    diary.kplan("plan", "-out=second.plan")
    diary.kplan("apply", "second.plan", code=None)
    diary.kplan("apply", "-auto-approve")
    diary.kplan("plan")
    for arguments in (
        ("state", "list"),
        ("state", "pull"),
        ("state", "show", "scram_user.versioned"),
        ("show",),
        ("output",),
        ("graph",),
        ("schema",),
    ):
        diary.kplan(*arguments)
    assert "p-versioned" in diary.wrote[-8]  # what was asked for was shown

    work.write(
        users.replace("sensitive(var.digested)", "sensitive(var.rotated)").replace(
            "version = 1", "version = 2"
        )
    )
    diary.kplan("plan")
    diary.killed("apply", "-auto-approve", at="Modifying...")
    diary.kplan("apply", "-auto-approve")
    diary.kplan("destroy", "-auto-approve", "--allow-data-loss=1", "--allow-deletes=9")
    assert diary.found() == []


def test_no_secret_is_in_what_goes_wrong(diary: Diary):
    work = diary.workspace
    keys = HEAD + "".join(
        f'variable "{name}" {{\n  type      = string\n  sensitive = true\n}}\n'
        for name in ("key", "store", "login")
    )
    (work.folder / "own.pem").write_text(OWN)
    (work.folder / "strange.pem").write_text(STRANGE)
    (work.folder / "ca.pem").write_text(CERTIFICATES.ca)
    (work.folder / "trust.p12").write_bytes(
        base64.b64decode(truststore(CERTIFICATES.ca, opener=TRUST_OPENER))
    )
    topic = 'topic "t" {\n  cluster    = cluster.a\n  name       = "p-t"\n  partitions = 1\n}\n'
    mutual = {
        "protocol": '"SSL"',
        "ca": 'file("ca.pem")',
        "certificate": 'file("own.pem")',
        "key": "var.key",
        "key_password": "var.opener",
        "principal": '"User:kplan"',
    }
    stores = {
        "protocol": '"SSL"',
        "keystore": "var.store",
        "keystore_password": "var.store_opener",
        "truststore": 'filebase64("trust.p12")',
        "truststore_password": "var.trust_opener",
        "principal": '"User:kplan"',
    }
    tokens = {
        "protocol": '"SASL_PLAINTEXT"',
        "mechanism": '"OAUTHBEARER"',
        "token_endpoint": '"http://127.0.0.1:1/token"',
        "client_id": '"kplan"',
        "client_secret": "var.client_secret",
        "principal": '"User:kplan"',
    }
    wrongly = [
        ("SASL", {**LOGIN, "password": "var.wrong"}, 1),
        ("SASL", {**LOGIN, "mechanism": '"PLAIN"', "password": "var.wrong"}, 1),
        ("MUTUAL", mutual, 0),
        ("MUTUAL", {**mutual, "key_password": "var.wrong"}, 1),
        ("MUTUAL", {**mutual, "certificate": 'file("strange.pem")'}, 1),
        ("MUTUAL", stores, 0),
        ("MUTUAL", {**stores, "keystore_password": "var.wrong"}, 1),
        ("MUTUAL", {**stores, "truststore_password": "var.wrong"}, 1),
        ("SASL", tokens, 1),
        ("SASL", {**LOGIN, "username": "var.misplaced"}, 1),
        ("SASL", {**LOGIN, "client_secret": "var.client_secret"}, 1),
    ]
    for listener, security, code in wrongly:
        work.write(keys + diary.cluster("a", listener, **security) + topic)
        diary.kplan("plan", code=code)

    good = keys + diary.cluster("a", "SASL", **LOGIN) + topic
    user = 'scram_user "u" {\n  cluster  = cluster.a\n  name     = NAME\n  password = var.digested\n}\n'
    for more in (
        user.replace("NAME", "var.misplaced"),
        'output "open" {\n  value = var.output\n}\n',
        topic.replace('"t"', '"u"')
        .replace('"p-t"', '"p-u"')
        .replace("partitions = 1", "partitions = var.misplaced"),
        topic.replace('"t"', '"u"').replace('"p-t"', "var.misplaced + 1"),
        'locals {\n  bad = parseint(var.misplaced, 10)\n}\noutput "bad" {\n  value = local.bad\n}\n',
        user.replace("NAME", '"p-u"').replace("var.digested", f'"{PLANTED["crash"][:0]}literal"'),
    ):
        work.write(good + more)
        diary.kplan("plan", code=1)
    (work.folder / "broken.auto.kplanvars.hcl").write_text('misplaced = "unfinished\nother = 1\n')
    work.write(good)
    diary.kplan("plan", code=1)
    (work.folder / "broken.auto.kplanvars.hcl").unlink()

    work.write(good + user.replace("NAME", '"p-u"'))
    work.environment["KPLAN_VAR_digested"] = PLANTED["crash"]
    crash = """
from kplan_kafka import user_session
real = user_session._upsertion
def fails(work):
    from kplan.sdk.values import reveal
    password = reveal(work.steps[0].args)["password"]
    raise RuntimeError(f"a fault that knows {len(password)} letters") from ValueError(work)
user_session._upsertion = fails
"""
    diary.kplan("apply", "-auto-approve", first=crash, code=1)
    crash = """
from kplan.plan import secrets
def fails(*given, **more):
    held = [repr(one) for one in given]
    raise RuntimeError("a fault while digesting", held)
secrets.digest = secrets.digested = fails
from kplan.operations import apply
apply.digested = fails
"""
    diary.kplan("apply", "-auto-approve", first=crash, code=None)
    diary.kplan("plan", code=None)
    said = " ".join(" ".join(diary.wrote).split())
    assert "it raised RuntimeError" in said  # of the provider, told in words
    assert "This is a bug in kplan RuntimeError in _remember_secrets" in said  # of kplan, with its traceback
    assert diary.found() == []


def test_the_search_finds_what_is_there(diary: Diary):
    """A search that found nothing, whatever there was, would say nothing."""
    for number, form in enumerate(forms(PLANTED["versioned"])):
        place = diary.folder / f"leak{number}"
        place.write_bytes(b"before" + form + b"after")
        assert [where for _, where in diary.found()] == [place.name]
        place.unlink()
    diary.wrote.append(f"Error: {PLANTED['flag']}")
    assert [secret for secret, _ in diary.found()] == [PLANTED["flag"][:12]]
    assert len({*PLANTED.values(), secure.PASSWORD}) == 20
