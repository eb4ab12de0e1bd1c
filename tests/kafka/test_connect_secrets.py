"""Secrets of connectors: sent, compared where they are read, rotated, and found nowhere that kplan writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from connect_files import done, planned, settled, sink, steady
from connect_worker import SINK, ConnectWorker
from kplan_run import Ran, Workspace, wait_for

FIRST, SECOND = "planted-first-secret", "planted-second-secret"
LIVE, FOREIGN = "planted-live-literal", "planted-by-another-client"
SECRETS = (FIRST, SECOND, LIVE, FOREIGN)
VARIABLE = 'variable "secret" {\n  type      = string\n  sensitive = true\n}\n'
HELD = "sensitive_config = {\n    password = var.secret\n    innocent = var.secret\n  }"


@pytest.fixture
def secretive(etl: Workspace, tmp_path: Path, kplan_cache: Path) -> Iterator[Workspace]:
    """Whatever a test does, none of the secrets is in a file or was said afterwards."""
    etl.write(VARIABLE, "variables.kplan.hcl")
    etl.environment["KPLAN_VAR_secret"] = FIRST
    etl.environment["KPLAN_LOG"] = "debug"
    yield etl
    found = []
    for folder in (tmp_path, kplan_cache):
        for path in (
            one for one in folder.rglob("*") if one.is_file()
        ):  # what commands say is in files there too
            found += [(str(path), one) for one in SECRETS if one.encode() in path.read_bytes()]
    assert found == []


def secrets(worker: ConnectWorker, name: str) -> tuple[str | None, str | None]:
    config = worker.config(name) or {}
    return config.get("password"), config.get("innocent")


def test_sent_left_alone_and_rotated(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    secretive.write(sink("one", HELD))
    assert "+ password = (sensitive value)" in planned(secretive, "1 to add, 0 to change, 0 to destroy").said
    done(secretive.apply(), added=1)
    assert secrets(worker, name) == (FIRST, FIRST)
    statuses = steady(worker, name)
    settled(secretive)
    done(secretive.apply())
    assert steady(worker, name) == statuses

    secretive.environment["KPLAN_VAR_secret"] = SECOND
    assert (
        "~ sensitive_config = (sensitive value)"
        in planned(secretive, "0 to add, 1 to change, 0 to destroy").said
    )
    done(secretive.apply(), changed=1)
    assert secrets(worker, name) == (SECOND, SECOND)
    settled(secretive)
    [leaf] = secretive.state()["leaves"]
    assert leaf["computed"]["sensitive_keys"] == ["innocent", "password"]

    done(secretive.applied(""), destroyed=1)


def test_rotated_by_a_saved_plan(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    secretive.applied(sink("one", HELD))
    secretive.environment["KPLAN_VAR_secret"] = SECOND
    assert secretive.kplan("plan", "-out=saved.plan").code == 0
    assert secrets(worker, name) == (FIRST, FIRST)
    done(secretive.kplan("apply", "saved.plan"), changed=1)
    assert secrets(worker, name) == (SECOND, SECOND)
    settled(secretive)


def test_decided_by_another_object_of_the_plan(secretive: Workspace, worker: ConnectWorker):
    """What is known only in the middle of an apply could not be compared while planning, and is sent all the same."""
    name = f"{secretive.prefix}one"
    secretive.applied(sink("one", HELD))
    topic = 'topic "new" {\n  cluster = cluster.primary\n  name = "${var.prefix}new"\n}\n'
    decided = (
        'sensitive_config = {\n    password = var.secret\n    innocent = "${topic.new.id}${var.secret}"\n  }'
    )
    done(secretive.applied(topic + sink("one", decided)), added=1, changed=1)
    password, innocent = secrets(worker, name)
    assert (password, (innocent or "").endswith(FIRST), innocent != FIRST) == (FIRST, True, True)
    settled(secretive)


def test_changed_by_another_client(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    secretive.applied(sink("one", HELD))
    worker.put(name, innocent=FOREIGN)
    ran = planned(secretive, "0 to add, 1 to change, 0 to destroy")
    assert "in sensitive_config, the workers have other values for: innocent" in ran.said
    done(secretive.apply(), changed=1)
    assert secrets(worker, name) == (FIRST, FIRST)
    settled(secretive)
    worker.put(name, innocent=FOREIGN)
    secretive.write(
        ""
    )  # what it is deleted for is not declared any more, and its keys are known by state alone
    assert "1 to destroy" in secretive.plan().said
    done(secretive.apply(), destroyed=1)


def test_no_longer_declared(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    secretive.applied(sink("one", HELD))
    secretive.write(sink("one"))
    ran = planned(secretive, "0 to add, 1 to change, 0 to destroy")
    assert 'innocent = "[hidden]" -> null' in ran.said.replace('"innocent"', "innocent")
    done(secretive.apply(), changed=1)
    assert secrets(worker, name) == (None, None)
    settled(secretive)


def test_rotated_by_its_version(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    versioned = sink("one", HELD, "sensitive_config_version = 1")
    secretive.applied(versioned)
    secretive.environment["KPLAN_VAR_secret"] = SECOND
    settled(secretive)
    assert secretive.state()["secret_digests"] == {}
    secretive.write(versioned.replace("version = 1", "version = 2"))
    planned(secretive, "0 to add, 1 to change, 0 to destroy")
    done(secretive.apply(), changed=1)
    assert secrets(worker, name) == (SECOND, SECOND)
    settled(secretive)


def test_ignored_once_it_is_made(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    ignoring = "lifecycle {\n    ignore_changes = [sensitive_config]\n  }"
    secretive.applied(sink("one", HELD, ignoring))
    secretive.environment["KPLAN_VAR_secret"] = SECOND
    settled(secretive)
    done(secretive.applied(sink("one", HELD, ignoring, errors_tolerance="all")), changed=1)
    assert secrets(worker, name) == (FIRST, FIRST)
    assert (worker.config(name) or {})["errors.tolerance"] == "all"
    settled(secretive)


def test_adopted_with_a_literal_that_becomes_a_placeholder(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    config = {
        "connector.class": SINK,
        "topics": "x",
        "file": "/dev/null",
        "password": LIVE,
        "url": f"db://me:{LIVE}@db",
    }
    worker.make(name, config)
    (worker.folder / "db.properties").write_text("password=known to the worker alone\n")
    placeholder = f"${{file:{worker.folder}/db.properties:password}}"
    text = sink("one", password=f"${placeholder}", url="http://db").replace("${var.prefix}orders", "x")
    secretive.write(text)
    ran = secretive.plan("--adopt=connector.one")
    assert f'"[hidden]" -> "{placeholder}"' in secretive_words(ran)
    assert secretive.apply("--adopt=connector.one").code == 0
    assert (worker.config(name) or {})["password"] == placeholder
    settled(secretive)


def secretive_words(ran: Ran) -> str:
    """Give what was said, with the escapes of HCL undone."""
    return ran.said.replace("$${", "${")


def test_a_task_that_fails_with_a_secret_in_its_trace(secretive: Workspace, worker: ConnectWorker):
    name = f"{secretive.prefix}one"
    secretive.environment["KPLAN_VAR_secret"] = f"/nonexistent/{FIRST}"
    text = sink("one", "sensitive_config = {\n    file = var.secret\n  }").replace(
        '    "file" = "/dev/null"\n', ""
    )
    secretive.write(text)
    ran = secretive.apply()
    assert ran.code == 1
    assert "Couldn't find or create file '(sensitive value)'" in ran.said
    wait_for(lambda: worker.tasks(name) == ["FAILED"])
    assert "(sensitive value)" in settled(secretive).said


def test_written_out_it_is_refused(secretive: Workspace):
    plain = sink("one", errors_tolerance="none of the planted").replace(
        "errors.tolerance", "database.password"
    )
    secretive.write(plain)
    ran = secretive.kplan("validate")
    assert ran.code == 1
    assert "database.password looks like a secret, and is written out" in ran.said
    secretive.write(plain.replace("  class ", '  allow_plain = ["database.password"]\n  class '))
    assert secretive.kplan("validate").code == 0


def test_what_workers_refuse_of_a_secret_is_not_shown(secretive: Workspace):
    secretive.write(sink("one", 'sensitive_config = {\n    "errors.retry.timeout" = var.secret\n  }'))
    ran = secretive.plan()
    assert ran.code == 1
    assert "the workers refuse errors.retry.timeout" in ran.said
    assert "is not shown, as it may hold the secret" in ran.said
