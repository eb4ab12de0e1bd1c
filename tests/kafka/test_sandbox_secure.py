"""A secure sandbox as its user meets it: by `kplan sandbox up --secure`, and by the configuration that the documents show."""

import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from kplan_run import WITHIN, Ran, Running, wait_for

from kplan.sandbox import Sandbox, State, folders, jars, process, record, runtime, states, users

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
EXAMPLES = re.findall(r"^```hcl\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
[CONFIGURATION] = [one for one in EXAMPLES if 'cluster "primary"' in one and "security {" in one]
[GRANT] = [one for one in EXAMPLES if one.startswith('grant "reader"')]
VALUES = "sandbox.auto.kplanvars.hcl"
NO_CHANGES = "No changes. Your infrastructure matches the configuration."


@dataclass(frozen=True)
class Secured:
    """A secure sandbox of three brokers, a folder with its values, and what `up` wrote."""

    cache: Path
    folder: Path
    told: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "KPLAN_CACHE_DIR": str(self.cache), "COLUMNS": "100"}

    @property
    def sandbox(self) -> Sandbox:
        found = record.read(self.cache / "sandbox" / "default")
        assert found
        return found

    @property
    def ports(self) -> list[int]:
        return [int(one.rpartition(":")[2]) for one in self.sandbox.cluster("primary").servers("SECURE")]

    @property
    def ca(self) -> str:
        assert self.sandbox.security
        return self.sandbox.security.ca

    @property
    def passwords(self) -> dict[str, str]:
        assert self.sandbox.security
        return dict(self.sandbox.security.passwords)

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command on the sandbox."""
        line = [sys.executable, "-W", "error", "-m", "kplan", "sandbox", *arguments]
        return subprocess.run(
            line, capture_output=True, text=True, timeout=200, cwd=self.folder, env=self.environment
        )

    def write(self, text: str) -> None:
        (self.folder / "main.kplan.hcl").write_text(text)

    def kplan(self, *arguments: str) -> Ran:
        """Run a command on the configuration."""
        return Running(arguments, self.folder, self.environment, "").end(WITHIN)

    def apply(self, text: str) -> None:
        """Apply a configuration as the super user, which must work."""
        self.write(text)
        ran = self.kplan("apply", "-auto-approve")
        assert ran.code == 0, ran.said

    def lets_in(self, user: str, password: str) -> set[bool]:
        """Tell whether brokers let a user in: one answer where they agree."""
        return {users.lets_in(port, self.ca, user, password) for port in self.ports}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    present = runtime.present()
    jars.obtain(present.lock, lambda _: None)
    base = tmp_path_factory.mktemp("secured")
    cache, folder = base / "cache", base / "folder"
    for one in (cache, folder):
        one.mkdir()
    (cache / "kafka").symlink_to(folders.downloads_folder())
    made = Secured(cache, folder, "")
    begun = made.command("up", "--secure", "--clusters", "primary", "--brokers", "3", "--values", VALUES)
    try:
        assert begun.returncode == 0, begun.stderr
        yield Secured(cache, folder, begun.stdout + begun.stderr)
    finally:
        ended = made.command("down")
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in cache.iterdir()} <= {"kafka", "blocks"}
    assert not (folder / VALUES).exists()


@pytest.fixture
def fresh(secured: Secured) -> Iterator[Secured]:
    """The sandbox with nothing on it that a test made, and no state."""
    yield secured
    secured.write(CONFIGURATION + GRANT)
    ended = secured.kplan("destroy", "-auto-approve", "-allow-data-loss=1")
    assert ended.code == 0, ended.said
    shutil.rmtree(secured.folder / "state", ignore_errors=True)


# --- the configuration of the documents


def test_what_the_documents_show_plans_applies_and_has_nothing_left_to_do(fresh):
    fresh.apply(CONFIGURATION)
    assert NO_CHANGES in fresh.kplan("plan").said
    assert fresh.command("run", "kafka-topics", "--", "--list").stdout == "orders\n"


def test_what_the_documents_show_is_formatted(secured):
    secured.write(CONFIGURATION + "\n" + GRANT)
    assert secured.kplan("fmt", "-check").said == ""


def test_a_wrong_password_is_told_as_that(secured):
    secured.write(CONFIGURATION)
    ran = secured.kplan("plan", "-var", 'sandbox_passwords={ kplan = "not this" }')
    assert ran.code == 1
    assert "kplan could not log in by SCRAM-SHA-512: wrong name or password" in ran.said
    assert "not this" not in ran.said


def test_the_reader_may_plan_only_once_that_is_granted_and_never_apply(fresh):
    as_reader = ("-var", "user=reader")
    fresh.apply(CONFIGURATION)
    before = fresh.kplan("plan", *as_reader)
    assert (before.code, "kplan's principal needs DESCRIBE on topic orders." in before.said) == (1, True)

    fresh.apply(CONFIGURATION + GRANT)
    after = fresh.kplan("plan", *as_reader)
    assert (after.code, NO_CHANGES in after.said) == (0, True), after.said

    fresh.write(CONFIGURATION.replace("partitions = 3", "partitions = 4") + GRANT)
    denied = fresh.kplan("apply", "-auto-approve", *as_reader)
    assert (denied.code, "kplan's principal needs ALTER on topic orders." in denied.said) == (1, True)
    fresh.write(CONFIGURATION + GRANT)
    assert NO_CHANGES in fresh.kplan("plan").said, "nothing came of it"


def test_a_configuration_without_the_variables_is_warned_and_shows_no_password(secured):
    secured.write('variable "clusters" {}\n\noutput "it" {\n  value = var.clusters["primary"]\n}\n')
    for ran in (secured.kplan("plan"), secured.kplan("validate", "-json")):
        assert ran.code == 0, ran.said
        assert ran.said.count("Value for undeclared variable") == 2
        assert [one for one in secured.passwords.values() if one in ran.out + ran.err] == []


# --- who gets in


def test_only_the_users_with_their_passwords_and_who_trusts_the_ca_get_in(secured):
    kplan, reader = secured.passwords["kplan"], secured.passwords["reader"]
    assert kplan != reader
    assert secured.lets_in("kplan", kplan) == secured.lets_in("reader", reader) == {True}
    assert secured.lets_in("kplan", reader) == secured.lets_in("nobody", kplan) == {False}
    other = trustme.CA().cert_pem.bytes().decode()
    assert not users.lets_in(secured.ports[0], other, "kplan", kplan)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_certificate_is_good_for_both_names_of_this_machine_and_no_other(secured, name):
    context = ssl.create_default_context(cadata=secured.ca)
    for port in secured.ports:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            assert connection.getpeercert()
    with (
        socket.create_connection(("127.0.0.1", secured.ports[0]), timeout=30) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="kafka.example.test")


# --- what is told, and what is kept


def test_the_secure_listener_is_the_one_that_is_told(secured):
    cluster = secured.sandbox.cluster("primary")
    secure, plain = cluster.servers("SECURE"), cluster.bootstrap_servers
    assert f"primary is ready on {','.join(secure)}" in secured.told
    shown = secured.command("status").stdout
    text = (secured.folder / VALUES).read_text()
    assert f"bootstrap_servers = {json.dumps(list(secure))}" in text
    for one in secure:
        assert f"primary  {one} " in secured.told
        assert f"primary  {one} " in shown
    for one in plain:
        assert one not in secured.told + shown + text


def test_passwords_are_in_the_values_and_the_record_and_nowhere_else(fresh):
    fresh.apply(CONFIGURATION + GRANT)
    shown = [fresh.told] + [fresh.command(one).stdout for one in ("up", "status", "logs")]
    allowed = {VALUES, "sandbox.kplanvars.hcl", record.FILE}
    for password in fresh.passwords.values():
        assert [text for text in shown if password in text] == []
        holders = [
            path
            for root in (fresh.folder, fresh.cache / "sandbox", fresh.cache / "blocks")
            for path in root.rglob("*")
            if path.is_file() and password.encode() in path.read_bytes()
        ]
        assert {path.name for path in holders} == allowed
        assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}
    [key] = fresh.sandbox.folder.rglob("broker.pem")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_what_has_died_comes_back_with_its_users_and_certificates(secured):
    before, values = secured.sandbox, (secured.folder / VALUES).read_text()
    for one in before.cluster("primary").processes[:2]:
        process.kill([one])
    again = secured.command("up")
    assert again.returncode == 0, again.stderr
    assert "primary started again, data kept" in again.stdout
    assert set(states(secured.sandbox).values()) == {State.RUNNING}
    assert secured.sandbox.security == before.security
    assert (secured.folder / VALUES).read_text() == values
    for user, password in secured.passwords.items():
        assert secured.lets_in(user, password) == {True}


def test_an_up_that_was_killed_before_its_users_were_made_is_made_good_by_the_next(secured):
    without = [
        "--alter",
        "--delete-config",
        "SCRAM-SHA-512",
        "--entity-type",
        "users",
        "--entity-name",
        "reader",
    ]
    assert secured.command("run", "kafka-configs", "--", *without).returncode == 0
    wait_for(lambda: secured.lets_in("reader", secured.passwords["reader"]) == {False})
    process.kill([secured.sandbox.cluster("primary").processes[2]])
    again = secured.command("up")
    assert again.returncode == 0, again.stderr
    assert secured.lets_in("reader", secured.passwords["reader"]) == {True}


def test_up_takes_a_secure_sandbox_as_it_is(secured):
    values = (secured.folder / VALUES).read_text()
    for more in ((), ("--secure",), ("--clusters", "primary", "--brokers", "3")):
        told = secured.command("up", *more)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith("Sandbox default is running already: 1 cluster of Apache Kafka ")
        assert "with TLS and logins." in told.stdout
    other = secured.command("up", "--clusters", "primary", "--brokers", "2")
    assert (other.returncode, "exists with other clusters" in other.stderr) == (1, True)
    assert (secured.folder / VALUES).read_text() == values


# --- racks


def test_brokers_are_in_racks_which_the_data_source_shows(fresh):
    fresh.write(
        CONFIGURATION + 'data "cluster" "it" {\n  cluster = cluster.primary\n}\n'
        'output "racks" {\n  value = data.cluster.it.racks\n}\n'
        'output "rack_of" {\n  value = { for one in data.cluster.it.brokers : one.id => one.rack }\n}\n'
    )
    ran = fresh.kplan("apply", "-auto-approve")
    assert ran.code == 0, ran.said
    outputs = json.loads(fresh.kplan("output", "-json").out)
    assert outputs["racks"]["value"] == ["rack-1", "rack-2", "rack-3"]
    assert outputs["rack_of"]["value"] == {"1": "rack-1", "2": "rack-2", "3": "rack-3"}
