"""Connectors by the real command line on a real worker: made, met, held, edited, adopted, deleted."""

import json
from pathlib import Path

import pytest
from connect_files import NO_CHANGES, done, planned, settled, sink, steady
from connect_worker import HEARTBEAT, SINK, ConnectWorker
from kplan_run import Workspace, wait_for

ROUTER = "org.apache.kafka.connect.transforms.RegexRouter"
INSERT = "org.apache.kafka.connect.transforms.InsertHeader"


def chain(*labels: str) -> str:
    """Write transformations in this order."""
    return "".join(
        f"""
  transform "{label}" {{
    type = "{INSERT}"
    config = {{
      header          = "{label}"
      "value.literal" = "x"
    }}
  }}
"""
        for label in labels
    )


# --- made, and left alone


def test_made_as_declared_and_left_alone(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}archive"
    etl.write(sink("archive", "tasks_max = 2", errors_tolerance="all"))
    planned(etl, "1 to add, 0 to change, 0 to destroy")
    done(etl.apply(), added=1)
    assert worker.config(name) == {
        "name": name,
        "connector.class": SINK,
        "tasks.max": "2",
        "topics": f"{etl.prefix}orders",
        "file": "/dev/null",
        "errors.tolerance": "all",
    }
    assert worker.tasks(name) == ["RUNNING", "RUNNING"]

    statuses, sent = steady(worker, name), worker.requests("PUT", "POST", "DELETE")
    assert sent  # the log has requests in it
    settled(etl)
    done(etl.apply())
    settled(etl)
    assert worker.requests("PUT", "POST", "DELETE") == sent
    assert steady(worker, name) == statuses

    etl.write("")
    gone = planned(etl, "0 to add, 0 to change, 1 to destroy")
    assert "its offsets are kept" in gone.said
    done(etl.apply(), destroyed=1)
    assert worker.names(etl.prefix) == []


def test_a_change_names_its_keys_and_touches_no_other(etl: Workspace, worker: ConnectWorker):
    names = [f"{etl.prefix}{one}" for one in ("one", "other")]
    etl.applied(sink("one", errors_tolerance="all") + sink("other"))
    other = steady(worker, names[1])
    etl.write(sink("one", errors_log_enable="true") + sink("other"))
    ran = planned(etl, "0 to add, 1 to change, 0 to destroy")
    assert '- "errors.tolerance" = "all" -> null' in ran.said
    assert '+ "errors.log.enable" = "true"' in ran.said
    assert f"the tasks of connector {names[0]} restart" in ran.said
    done(etl.apply(), changed=1)
    settled(etl)
    config = worker.config(names[0]) or {}
    assert (config.get("errors.tolerance"), config.get("errors.log.enable")) == (None, "true")
    assert steady(worker, names[1]) == other


def test_another_class_of_the_same_type_and_one_of_the_other(etl: Workspace, worker: ConnectWorker):
    etl.applied(sink("one"))
    etl.write(sink("one").replace(SINK, "FileStreamSink"))
    done(etl.apply(), changed=1)
    settled(etl)
    etl.write(sink("one").replace(SINK, HEARTBEAT))
    ran = etl.plan()
    assert ran.code == 1
    assert "a sink connector can't become a source connector" in ran.said
    assert worker.tasks(f"{etl.prefix}one") == ["RUNNING"]


@pytest.mark.parametrize("name", ["a->b.X", "with two blanks", "ümläut; #1?"])
def test_names_with_signs(etl: Workspace, worker: ConnectWorker, name: str):
    etl.applied(sink("odd", name=name))
    done(etl.applied(sink("odd", name=name, errors_tolerance="all")), changed=1)
    done(etl.applied(sink("odd", 'state = "PAUSED"', name=name, errors_tolerance="all")), changed=1)
    assert worker.state(f"{etl.prefix}{name}") == "PAUSED"
    done(etl.applied(""), destroyed=1)
    assert worker.names(etl.prefix) == []


def test_transformations_in_their_order(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.applied(sink("one", chain("b", "a")))
    assert (worker.config(name) or {})["transforms"] == "b,a"
    assert (worker.config(name) or {})["transforms.b.header"] == "b"
    settled(etl)
    etl.write(sink("one", chain("a", "b", "c")))
    planned(etl, "0 to add, 1 to change, 0 to destroy")
    done(etl.apply(), changed=1)
    assert (worker.config(name) or {})["transforms"] == "a,b,c"
    done(etl.applied(sink("one")), changed=1)
    assert [key for key in worker.config(name) or {} if key.startswith("transforms")] == []


# --- met by others


def test_edited_by_another_client(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.applied(sink("one"))
    worker.put(name, errors_tolerance="all", file="/tmp/else")
    ran = planned(etl, "0 to add, 1 to change, 0 to destroy")
    assert '~ "file" = "/tmp/else" -> "/dev/null"' in ran.said
    assert '- "errors.tolerance" = "all" -> null' in ran.said
    done(etl.apply(), changed=1)
    settled(etl)


def test_held_by_another_client_and_left(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.applied(sink("one"))
    for how, state in (("pause", "PAUSED"), ("stop", "STOPPED")):
        worker.hold(name, how, state)
        ran = settled(etl)
        assert f"connector {name} is {state.lower()}" in ran.said
        assert "its state is not declared, so kplan leaves it as it is" in ran.said
        done(etl.apply())
        assert worker.state(name) == state
    etl.write(sink("one", errors_tolerance="all"))
    assert "it is stopped, and stays so" in planned(etl, "0 to add, 1 to change, 0 to destroy").said
    done(etl.apply(), changed=1)
    assert worker.state(name) == "STOPPED"
    worker.hold(name, "resume", "RUNNING")
    wait_for(lambda: worker.tasks(name) == ["RUNNING"])
    assert "is stopped" not in settled(etl).said


def test_a_declared_state_is_kept(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.applied(sink("one", 'state = "STOPPED"'))
    assert (worker.state(name), worker.tasks(name)) == ("STOPPED", [])
    settled(etl)
    worker.hold(name, "resume", "RUNNING")
    ran = planned(etl, "0 to add, 1 to change, 0 to destroy")
    assert '~ state = "RUNNING" -> "STOPPED"' in ran.said
    done(etl.apply(), changed=1)
    assert worker.state(name) == "STOPPED"
    for state, tasks in (("RUNNING", ["RUNNING"]), ("PAUSED", ["PAUSED"])):
        done(etl.applied(sink("one", f'state = "{state}"')), changed=1)
        assert worker.state(name) == state
        wait_for(lambda tasks=tasks: worker.tasks(name) == tasks)
        settled(etl)


def test_what_has_failed_is_restarted_where_it_is_to_run(
    etl: Workspace, worker: ConnectWorker, tmp_path: Path
):
    """Mended elsewhere it runs again by an apply; not mended it has failed again, and is found by each plan."""
    name, place = f"{etl.prefix}one", tmp_path / "later"
    etl.write(sink("one", 'state = "RUNNING"', file=str(place / "out")))
    assert etl.apply().code == 1
    assert worker.tasks(name) == ["FAILED"]
    ran = planned(etl, "0 to add, 1 to change, 0 to destroy")
    assert '~ state = "FAILED" -> "RUNNING"' in ran.said
    ran = etl.apply()
    assert (ran.code, f"connector {name} doesn't run: ConnectException" in ran.said) == (1, True)
    place.mkdir()
    done(etl.apply(), changed=1)
    assert worker.tasks(name) == ["RUNNING"]
    settled(etl)


def test_deleted_by_another_client(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    etl.applied(sink("one"))
    worker.delete(name)
    planned(etl, "1 to add, 0 to change, 0 to destroy")
    done(etl.apply(), added=1)
    assert worker.tasks(name) == ["RUNNING"]


def test_adopted(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    config = {"connector.class": SINK, "topics": f"{etl.prefix}orders", "file": "/dev/null"}
    worker.make(name, config)
    wait_for(lambda: worker.tasks(name) == ["RUNNING"])
    statuses = steady(worker, name)
    etl.write(sink("one"))
    refused = etl.plan()
    assert (refused.code, "--adopt" in refused.said) == (1, True)
    block = f'import {{\n  to = connector.one\n  id = "{name}"\n}}\n'
    etl.write(sink("one") + block)
    assert "connector.one will be imported" in etl.plan().said
    assert etl.apply().summary == "Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed."
    assert etl.addresses() == ["connector.one"]
    settled(etl)
    assert steady(worker, name) == statuses


def test_adopted_and_changed(etl: Workspace, worker: ConnectWorker):
    name = f"{etl.prefix}one"
    worker.make(
        name, {"connector.class": SINK, "topics": "x", "file": "/dev/null", "password": "planted-live"}
    )
    etl.write(sink("one"))
    ran = etl.plan("--adopt=connector.one")
    assert '- password = "[hidden]" -> null' in ran.said
    assert "planted-live" not in ran.said
    assert etl.apply("--adopt=connector.one").code == 0
    assert "password" not in (worker.config(name) or {})
    settled(etl)


# --- offsets


def lines(path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_offsets_are_kept_or_reset(etl: Workspace, worker: ConnectWorker, primary, tmp_path):
    name, topic, out = f"{etl.prefix}one", f"{etl.prefix}orders", tmp_path / "out"
    primary.create(topic)
    primary.produce(topic, 3)
    text = sink("one", file=str(out))
    etl.applied(text)
    wait_for(lambda: len(lines(out)) == 3)
    wait_for(lambda: [one["offset"] for one in worker.offsets(name)] == [{"kafka_offset": 3}])
    etl.applied("")
    primary.produce(topic, 1)
    etl.applied(text)  # of the same name: it goes on from where it was
    wait_for(lambda: len(lines(out)) == 4)

    resets = sink("one", 'offsets_on_destroy = "reset"', file=str(out))
    etl.write(resets)
    ran = planned(etl, "0 to add, 1 to change, 0 to destroy")
    assert '~ offsets_on_destroy = "keep" -> "reset"' in ran.said
    sent = worker.requests("PUT", "POST", "DELETE")
    done(etl.apply(), changed=1)
    assert worker.requests("PUT", "POST", "DELETE") == sent
    settled(etl)
    etl.write("")
    refused = etl.apply()
    assert (refused.code, "--allow-data-loss" in refused.said) == (1, True)
    assert worker.names(etl.prefix) == [name]
    done(etl.apply("--allow-data-loss=1"), destroyed=1)
    etl.applied(text)
    wait_for(lambda: len(lines(out)) == 8)


# --- many


def test_a_hundred_are_read_in_one_call(etl: Workspace, worker: ConnectWorker):
    keys = json.dumps([f"{number:03}" for number in range(100)])
    text = sink("many", f"for_each = toset({keys})", 'state = "STOPPED"', name="${each.key}")
    done(etl.applied(text), added=100)
    assert len(worker.names(etl.prefix)) == 100
    before = len(worker.requests("GET"))
    ran = settled(etl)
    assert ran.summary == NO_CHANGES
    asked = worker.requests("GET")[before:]
    assert [one for one in asked if one.startswith("GET /connectors?")] == [
        "GET /connectors?expand=info&expand=status"
    ]
    assert [one for one in asked if one.startswith("GET /connectors/")] == []
    done(etl.applied("", "--allow-deletes=100"), destroyed=100)
