"""Connect workers in a secure sandbox: who they are, what they may do, and a link that gives them the rest."""

import json
import os
import re
import stat
from collections.abc import Iterator

import pytest
from connect_files import NO_CHANGES
from kplan_run import Ran, Running
from link_files import read, write
from test_sandbox_secure import CONFIGURATION, EXAMPLES

from kplan.sandbox import (
    Sandbox,
    SandboxSpec,
    State,
    record,
    rights,
    start,
    stop,
    up,
    users,
    values,
    wire,
    worker_states,
)

[DR] = re.findall(r'^cluster "primary" .*?^}$', CONFIGURATION, re.MULTILINE | re.DOTALL)
[WORKERS] = [one for one in EXAMPLES if 'connect_cluster "dr"' in one]
[LINK] = [one for one in EXAMPLES if one.startswith("replication_link")]
# What the documents show, and the second cluster like the first.
WITH_LINK = "\n".join([CONFIGURATION, DR.replace('"primary"', '"dr"') + "\n", WORKERS, LINK])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A secure sandbox that was up without workers before."""
    folder = tmp_path_factory.mktemp("guarded") / "sandbox"
    before = start(SandboxSpec("guarded", folder=folder, secure=True))
    try:
        made = up(SandboxSpec("guarded", folder=folder, connect=True))
        assert (made.began, made.workers) == ((), ("primary", "dr"))
        yield made.sandbox
    finally:
        stop(before)


def passwords(sandbox: Sandbox) -> dict[str, str]:
    assert sandbox.security
    return dict(sandbox.security.passwords)


def allowed(sandbox: Sandbox, cluster: str) -> set[wire.Right]:
    port = sandbox.cluster(cluster).brokers[0].place.port
    return wire.allowed("127.0.0.1", port, "User:connect", 10)


def test_workers_are_a_user_of_their_own_who_may_run_and_do_nothing_else(guarded):
    assert worker_states(guarded) == {"primary": State.RUNNING, "dr": State.RUNNING}
    assert guarded.security
    for cluster in guarded.clusters:
        port = dict(cluster.brokers[0].place.further)["SECURE"]
        for user, password in passwords(guarded).items():
            assert users.lets_in(port, guarded.security.ca, user, password)
    assert [*passwords(guarded)] == ["kplan", "reader", "connect"]
    assert allowed(guarded, "primary") == allowed(guarded, "dr") == {*rights.RIGHTS}


def test_the_password_of_workers_is_in_their_settings_the_values_and_the_record_and_nowhere_else(guarded):
    password = passwords(guarded)["connect"].encode()
    files = [path for path in guarded.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files].count("worker.log") == 2
    holders = [path for path in files if password in path.read_bytes()]
    assert sorted(path.name for path in holders) == sorted(
        [record.FILE, values.FILE, "worker.properties", "worker.properties"]
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}


def test_a_link_gives_them_what_copying_takes(guarded, tmp_path, kplan_cache):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "main.kplan.hcl").write_text(WITH_LINK)
    (folder / "x.auto.kplanvars.hcl").write_text((guarded.folder / values.FILE).read_text())

    def kplan(*arguments: str) -> Ran:
        environment = {**os.environ, "KPLAN_CACHE_DIR": str(kplan_cache), "COLUMNS": "100"}
        ran = Running(arguments, folder, environment, "").end()
        assert ran.code == 0, ran.said
        return ran

    kplan("fmt", "-check")
    applied = kplan("apply", "-auto-approve")
    assert not [one for one in passwords(guarded).values() if one in applied.out + applied.err]
    write(guarded.cluster("primary").bootstrap, "orders", ["a", "b", "c"])
    dr = guarded.cluster("dr").bootstrap
    assert sorted(read(dr, "primary.orders", lambda keys: len(keys) >= 3)) == ["a", "b", "c"]
    assert kplan("plan", "-detailed-exitcode").summary == NO_CHANGES
    kplan("destroy", "-auto-approve", "-allow-data-loss=1", "-allow-deletes=60")
    assert allowed(guarded, "primary") == allowed(guarded, "dr") == {*rights.RIGHTS}
    assert json.loads(kplan("state", "pull").out)["claims"] == []
