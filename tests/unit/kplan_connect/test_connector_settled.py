"""What an intent of unknown outcome came to."""

import json

import pytest
from connectors import CONFIG, RULES, decide, declared, found

from kplan.sdk.session import Absent, Opened
from kplan.sdk.values import Secret, redact
from kplan_connect.seen import Answers
from kplan_connect.types import CONNECTOR

NEW = {**CONFIG, "file": "/tmp/new"}
SECRET = Secret({"password": "hunter2"})


def written(verdict):
    return tuple(
        step._replace(args=json.loads(json.dumps(redact(step.args), default=str))) for step in verdict.steps
    )


def settle(desired, before, now, prior=None):
    verdict = decide(desired, before, prior)
    opened = Opened(("archive",), written(verdict), before, redact(verdict.planned))
    return RULES.settle(CONNECTOR, opened, now)


def test_a_create_is_done_once_it_is_there_as_sent():
    desired = declared(tasks_max=2, transform=({"label": "a", "type": "T"},), state="PAUSED")
    there = found(**{part: desired[part] for part in ("tasks_max", "transform", "state")})
    assert settle(desired, Absent(), Absent()) == "not_done"
    assert settle(desired, Absent(), there) == "done"
    assert settle(desired, Absent(), found()) == "stop"


def test_what_has_more_than_was_sent_is_another_clients():
    assert settle(declared(), Absent(), found(tasks_max=2)) == "stop"
    assert settle(declared(), Absent(), found(transform=({"label": "a", "type": "T"},))) == "stop"
    assert settle(declared(), Absent(), found()) == "done"


def test_a_create_with_secrets_is_told_by_the_rest():
    desired = declared(sensitive_config=SECRET)
    assert settle(desired, Absent(), found(config={**CONFIG, "password": "[hidden]"})) == "done"
    assert settle(desired, Absent(), found(config={**CONFIG, "other.password": "[hidden]"})) == "stop"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (found(), "not_done"),
        (found(config=NEW), "done"),
        (found(config={"topics": "others"}), "stop"),
        (Absent(), "not_done"),
    ],
)
def test_an_update_is_told_from_none(now, told):
    assert settle(declared(config=NEW), found(), now) == told


def test_half_of_a_change_is_sent_again():
    desired = declared(config=NEW, state="PAUSED")
    assert settle(desired, found(state="RUNNING"), found(state="PAUSED")) == "redo"
    assert settle(desired, found(state="RUNNING"), found(state="PAUSED", config=NEW)) == "done"


def test_whether_a_secret_took_effect_is_for_the_next_plan():
    desired = declared(config=NEW, sensitive_config=SECRET)
    assert settle(desired, found(), found(config=NEW)) == "redo"
    assert settle(desired, found(), found()) == "not_done"


def test_a_delete_is_done_once_it_is_gone():
    assert settle(None, found(), Absent(), {}) == "done"
    assert settle(None, found(), found(), {}) == "not_done"


def test_a_restart_is_told_by_what_it_is_now():
    desired, failed = declared(state="RUNNING"), found(Answers("RUNNING", "No"), state="FAILED")
    assert settle(desired, failed, failed) == "not_done"
    assert settle(desired, failed, found(state="RUNNING")) == "done"
    assert settle(desired, failed, found(state="PAUSED")) == "stop"
