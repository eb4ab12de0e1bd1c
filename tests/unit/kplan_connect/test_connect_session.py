"""A session against a stand-in: what is asked, what is never told, what is tried again."""

import json
from pathlib import Path

import pytest
from standin import ROOT, Standin, hang_up, live, standin

from kplan.sdk.session import Absent, Ask, Done, Failed, Found, Step, Unreadable, Work
from kplan.sdk.values import Secret, make_map
from kplan_connect import PROVIDER, waiting, worker, writing
from kplan_connect.sensitive import HIDDEN

SINK = "org.acme.Sink"
FLAT = {"name": "one", "connector.class": SINK, "topics": "orders"}
PASSWORDS = [{"name": "greeting", "type": "PASSWORD"}, {"name": "topics", "type": "LIST"}]
ASKED = f"GET /connector-plugins/{SINK}/config"
VALIDATES = f"PUT /connector-plugins/{SINK}/config/validate"
REBALANCE = (
    409,
    {"error_code": 409, "message": "Request cannot be completed because a rebalance is expected"},
)


class Patience:
    def requested(self):
        return False

    def seconds_left(self):
        return 20.0


@pytest.fixture
def there(monkeypatch):
    monkeypatch.setattr(waiting, "STEADY", 0.05)
    monkeypatch.setattr(waiting, "SETTLE_WITHIN", 0.5)
    monkeypatch.setattr(waiting, "_WAIT", 0.02)
    monkeypatch.setattr(writing, "_WAIT", 0.02)
    monkeypatch.setattr(worker, "_FIRST_WAIT", 0.02)
    monkeypatch.setattr(worker, "WRITE_WITHIN", 1.0)
    with standin() as made:
        made.on(ASKED, (200, PASSWORDS))
        made.on(VALIDATES, (200, {"error_count": 0, "configs": []}))
        yield made


@pytest.fixture
def session(there):
    made = PROVIDER.connect("connect_cluster", there.settings())
    yield made
    made.close()


def wanted(**more):
    rules = PROVIDER.rules()
    return rules.complete(
        "connector", make_map({"name": "one", "class": SINK, "config": {"topics": "orders"}, **more}), {}
    )


def read(session, desired=None, prior=None, name="one"):
    return session.read("connector", [Ask((name,), desired, prior)], Patience())[(name,)]


def create(**more):
    desired = wanted(**more)
    args = make_map({**desired, "sensitive_keys": tuple(more.get("sensitive_config", Secret({})).reveal())})
    return Work("1", ("one",), (Step("create", args),), Absent(), desired)


def apply(session, *work):
    return {event.id: event for event in session.apply("connector", work, Patience())}


# --- read


def test_many_are_read_in_one_call(there: Standin, session):
    names = [f"c{number}" for number in range(100)]
    there.on("GET /connectors", (200, {name: live({**FLAT, "name": name}) for name in names}))
    seen = session.read("connector", [Ask((name,), wanted(name=name), None) for name in names], Patience())
    assert {type(one) for one in seen.values()} == {Found}
    assert there.asked == ["GET /connectors?expand=info&expand=status", ASKED]


def test_what_is_as_declared_is_not_validated(there: Standin, session):
    there.on("GET /connectors", (200, {"one": live(FLAT)}))
    read(session, wanted())
    assert there.writes() == []
    read(session, wanted(config={"topics": "others"}))
    assert there.writes() == [VALIDATES]


def test_what_nobody_runs_yet_is_there(there: Standin, session):
    """A worker leaves out of its expanded listing what has no status, for as long as it starts."""
    there.on("GET /connectors", (200, {}), (200, {"one": {"info": live(FLAT)["info"]}}))
    found = read(session, wanted())
    assert (found.values["config"], found.answers.trouble) == ({"topics": "orders"}, "no worker runs it yet")


def test_what_is_in_neither_listing_is_absent(there: Standin, session):
    assert isinstance(read(session, wanted()), Absent)


def test_what_can_not_be_read_is_not_absent(there: Standin, session):
    for answer in ((500, {"error_code": 500, "message": "No"}), REBALANCE, (200, []), hang_up):
        there.on("GET /connectors", answer)
        assert isinstance(read(session, wanted()), Unreadable)
        [(identity, seen)] = session.list("connector", Patience())
        assert (identity, type(seen)) == ((), Unreadable)


def test_no_secret_of_a_worker_is_in_what_is_read(there: Standin, session):
    secrets = {
        "password": "planted-1",
        "greeting": "planted-2",
        "url": "db://me:planted-3@db",
        "plain.looking": "planted-4",
    }
    trace = "ConnectException: planted-1 and planted-4 of planted-2\nCaused by: Other: planted-4"
    there.on("GET /connectors", (200, {"one": live({**FLAT, **secrets}, tasks=("FAILED",), trace=trace)}))
    desired = wanted(sensitive_config=Secret({"plain.looking": "planted-5"}))
    for asked in (desired, None):
        found = read(session, asked, {"sensitive_keys": ("plain.looking",)})
        assert found.values["config"] == {
            "topics": "orders",
            "password": HIDDEN,
            "greeting": HIDDEN,
            "url": HIDDEN,
        }
        assert found.values["sensitive_keys"] == ("plain.looking",)
        assert (
            found.answers.trouble
            == "ConnectException: (sensitive value) and (sensitive value) of (sensitive value)"
        )
        assert "planted" not in repr(found)
    assert read(session, desired).answers.differing == ("plain.looking",)


def test_a_key_that_was_secret_stays_hidden_when_it_is_declared_in_the_open(there: Standin, session):
    there.on("GET /connectors", (200, {"one": live({**FLAT, "user.name": "planted"})}))
    desired = wanted(config={"topics": "orders", "user.name": "anna"})
    assert read(session, desired, {"sensitive_keys": ("user.name",)}).values["config"]["user.name"] == HIDDEN


def test_a_placeholder_is_no_secret(there: Standin, session):
    there.on("GET /connectors", (200, {"one": live({**FLAT, "greeting": "${file:/x:y}"})}))
    assert read(session, wanted()).values["config"]["greeting"] == "${file:/x:y}"


def test_a_password_by_the_plugins_own_word(there: Standin, session):
    seen = read(session, wanted(config={"topics": "orders", "greeting": "hello"}))
    assert seen.answers.open_secrets == ("greeting",)
    seen = read(session, wanted(config={"greeting": "hello"}, allow_plain=("greeting",)))
    assert seen.answers.open_secrets == ()


def test_what_validate_says_is_told_without_secrets(there: Standin, session):
    configs = [
        {"value": {"name": "topics", "errors": ["Not with planted", "Not with planted"]}},
        {"value": {"name": "pin", "errors": ["Invalid value planted"]}},
        {"value": {"name": "file", "errors": []}},
    ]
    there.on(VALIDATES, (200, {"error_count": 3, "configs": configs}))
    seen = read(session, wanted(sensitive_config=Secret({"pin": "planted"})))
    assert [one.key for one in seen.answers.refused] == ["topics", "pin"]
    assert seen.answers.refused[0].message == "Not with (sensitive value)"
    assert "planted" not in repr(seen)


def test_a_worker_that_does_not_validate_is_told(there: Standin, session):
    there.on(VALIDATES, (500, {"error_code": 500, "message": "Boom\nat x"}))
    assert read(session, wanted()).answers.unasked == "Boom"


# --- written


def test_a_create_waits_until_it_runs(there: Standin, session):
    there.on("POST /connectors", (201, {}))
    states = [{}, {"one": live(FLAT, tasks=())}, {"one": live(FLAT)}]
    there.on("GET /connectors", *((200, one) for one in states))
    event = apply(session, create(state="RUNNING"))["1"]
    assert isinstance(event, Done), event
    assert (event.values["state"], event.fault) == ("RUNNING", None)
    assert there.bodies[0] == {"name": "one", "config": FLAT, "initial_state": "RUNNING"}
    assert "GET /connectors/one" in there.asked  # the call that the worker answers in turn with its own work


def test_a_task_that_fails_is_a_failed_change_of_an_object_that_is_there(there: Standin, session):
    there.on("POST /connectors", (201, {}))
    config = {**FLAT, "password": "planted"}
    trace = "org.acme.BadException: not with planted\n\tat x\nCaused by: java.net.Gone: so"
    there.on("GET /connectors", (200, {"one": live(config, tasks=("FAILED",), trace=trace)}))
    event = apply(session, create(sensitive_config=Secret({"password": "planted"})))["1"]
    assert isinstance(event, Done)
    assert event.fault.summary == "connector one doesn't run: BadException: not with (sensitive value)"
    assert event.fault.detail.startswith("Gone: so")
    assert "planted" not in repr(event)


def test_one_that_never_gets_a_task_is_told_in_time(there: Standin, session):
    there.on("POST /connectors", (201, {}))
    there.on("GET /connectors", (200, {"one": live(FLAT, tasks=())}))
    event = apply(session, create())["1"]
    assert event.fault.summary == "connector one doesn't run: it is RUNNING and has no task"


def test_the_old_tasks_are_no_proof(there: Standin, session):
    """A worker shows the tasks from before as running until it acts on what it took."""
    changed = {**FLAT, "topics": "others"}
    there.on("GET /connectors/one/config", (200, FLAT))
    there.on("PUT /connectors/one/config", (200, {}))
    failed = live(changed, tasks=("FAILED",), trace="BadException: no")
    there.on("GET /connectors", (200, {"one": live(changed)}), (200, {"one": failed}))
    step = Step("configure", wanted(config={"topics": "others"}))
    event = apply(session, Work("1", ("one",), (step,), Found({}), wanted(config={"topics": "others"})))["1"]
    assert event.fault.summary.endswith("BadException: no")


def test_what_is_live_already_is_not_sent(there: Standin, session):
    there.on("GET /connectors/one/config", (200, FLAT))
    there.on("GET /connectors", (200, {"one": live(FLAT)}))
    event = apply(session, Work("1", ("one",), (Step("configure", wanted()),), Found({}), wanted()))["1"]
    assert (type(event), there.writes()) == (Done, [])


@pytest.mark.parametrize(
    ("state", "tasks"), [("PAUSED", ("PAUSED",)), ("STOPPED", ()), ("RUNNING", ("RUNNING",))]
)
def test_what_is_held_stays_so_whoever_held_it_when(there: Standin, session, state, tasks):
    there.on("GET /connectors/one/config", (200, {**FLAT, "topics": "x"}))
    there.on("PUT /connectors/one/config", (200, {}))
    there.on("GET /connectors", (200, {"one": live(FLAT, state, tasks)}))
    event = apply(session, Work("1", ("one",), (Step("configure", wanted()),), Found({}), wanted()))["1"]
    assert (type(event), event.fault, there.writes()) == (Done, None, ["PUT /connectors/one/config"])


def test_the_old_failure_of_what_is_restarted_counts_for_nothing(there: Standin, session, monkeypatch):
    monkeypatch.setattr(waiting, "RESTARTS_WITHIN", 0.3)
    failed = live(FLAT, tasks=("FAILED",), trace="BadException: no")
    there.on("POST /connectors/one/restart", (202, failed["status"]))
    there.on("GET /connectors", *[(200, {"one": failed})] * 5, (200, {"one": live(FLAT)}))
    restart = Work(
        "1", ("one",), (Step("restart", {"name": "one", "state": "RUNNING"}),), Found({}), wanted()
    )
    event = apply(session, restart)["1"]
    assert event.fault is None
    assert there.writes() == ["POST /connectors/one/restart?includeTasks=true&onlyFailed=true"]


def test_what_fails_again_is_told_and_stays_failed(there: Standin, session, monkeypatch):
    monkeypatch.setattr(waiting, "RESTARTS_WITHIN", 0.1)
    failed = live(FLAT, tasks=("FAILED",), trace="BadException: no")
    there.on("POST /connectors/one/restart", (202, failed["status"]))
    there.on("GET /connectors", (200, {"one": failed}))
    desired = wanted(state="RUNNING")
    restart = Work("1", ("one",), (Step("restart", {"name": "one", "state": "RUNNING"}),), Found({}), desired)
    event = apply(session, restart)["1"]
    assert (event.values["state"], "BadException: no" in event.fault.summary) == ("FAILED", True)


def test_what_is_ignored_is_carried_over(there: Standin, session):
    config = {**FLAT, "password": "planted"}
    there.on("GET /connectors/one/config", (200, config))
    there.on("PUT /connectors/one/config", (200, {}))
    there.on("GET /connectors", (200, {"one": live({**config, "topics": "x"})}))
    planned = wanted(config={"topics": "x"})
    step = Step("configure", make_map({**planned, "kept": ("password",)}))
    event = apply(
        session, Work("1", ("one",), (step,), Found({}), {**planned, "sensitive_keys": ("password",)})
    )["1"]
    assert {**config, "topics": "x"} in there.bodies
    assert "planted" not in repr(event)


def test_a_rebalance_is_waited_for(there: Standin, session):
    there.on("POST /connectors", REBALANCE, (500, REBALANCE[1]), (201, {}))
    there.on("GET /connectors", (200, {"one": live(FLAT)}))
    assert isinstance(apply(session, create())["1"], Done)
    assert there.writes() == ["POST /connectors"] * 3


def test_a_rebalance_without_end_is_told(there: Standin, session):
    there.on("POST /connectors", REBALANCE)
    event = apply(session, create())["1"]
    assert (event.fault.code, event.fault.retry) == ("rebalancing", "later")
    assert "a rebalance is expected" in event.fault.detail


def test_what_exists_is_told_from_a_rebalance(there: Standin, session):
    there.on("POST /connectors", (409, {"error_code": 409, "message": "Connector one already exists"}))
    event = apply(session, create())["1"]
    assert (event.fault.code, len(there.writes())) == ("already_exists", 1)


def test_a_refusal_is_told_without_secrets(there: Standin, session):
    message = "Connector configuration is invalid:\nno planted here\nYou can also find the above list of errors at x"
    there.on("POST /connectors", (400, {"error_code": 400, "message": message}))
    event = apply(session, create(sensitive_config=Secret({"pin": "planted"})))["1"]
    assert event.fault.detail == "Connector configuration is invalid:\nno (sensitive value) here"


@pytest.mark.parametrize("answer", [hang_up, (500, {"error_code": 500, "message": "Request timed out"})])
def test_an_answer_that_is_lost_is_an_unknown_outcome(there: Standin, session, answer):
    there.on("POST /connectors", answer)
    event = apply(session, create())["1"]
    assert (type(event), event.fault.retry) == (Failed, "outcome_unknown")


@pytest.mark.parametrize(("root", "sent"), [(hang_up, 1), ((200, ROOT), 2)])
def test_where_nothing_answers_any_more_the_rest_is_not_sent(there: Standin, session, root, sent):
    there.on("POST /connectors", hang_up)
    there.on("GET /", root)
    other = create()._replace(id="2", identity=("two",))
    events = {event.id: event for event in session.apply("connector", [create(), other], Patience())}
    assert len(there.writes()) == sent
    assert (events["2"].fault.code == "not_sent", events["2"].fault.retry == "later") == ((sent == 1),) * 2


def test_a_write_goes_to_no_second_worker_once_it_has_left(there: Standin):
    with standin() as second:
        there.on("POST /connectors", hang_up)
        session = PROVIDER.connect("connect_cluster", there.settings(urls=(there.url, second.url)))
        apply(session, create())
        session.close()
        assert second.asked == []


def test_a_write_goes_to_the_worker_that_is_there(there: Standin):
    there.on("POST /connectors", (201, {}))
    there.on("GET /connectors", (200, {"one": live(FLAT)}))
    session = PROVIDER.connect("connect_cluster", there.settings(urls=("http://127.0.0.1:1", there.url)))
    assert isinstance(apply(session, create())["1"], Done)
    session.close()


def test_what_workers_show_late_is_waited_for(there: Standin, session, monkeypatch):
    monkeypatch.setattr(waiting, "SETTLE_WITHIN", 20)
    changed = {**FLAT, "topics": "others"}
    there.on("GET /connectors/one/config", (200, FLAT))
    there.on("PUT /connectors/one/config", (200, {}))
    there.on("GET /connectors", *[(200, {"one": live(FLAT)})] * 5, (200, {"one": live(changed)}))
    planned = wanted(config={"topics": "others"})
    event = apply(session, Work("1", ("one",), (Step("configure", planned),), Found({}), planned))["1"]
    assert (type(event), event.values["config"]) == (Done, {"topics": "others"})


def test_a_change_that_workers_do_not_show_is_an_unknown_outcome(there: Standin, session):
    there.on("GET /connectors/one/config", (200, FLAT))
    there.on("PUT /connectors/one/config", (200, {}))
    there.on("GET /connectors", (200, {"one": live(FLAT)}))
    planned = wanted(config={"topics": "others"})
    event = apply(session, Work("1", ("one",), (Step("configure", planned),), Found({}), planned))["1"]
    assert (type(event), event.fault.code, event.fault.retry) == (Failed, "not_visible", "outcome_unknown")


def test_what_a_listing_leaves_out_is_not_gone(there: Standin, session):
    there.on("DELETE /connectors/one", (204, None))
    there.on("GET /connectors", *[(200, {}), (200, {"one": {"info": live(FLAT)["info"]}})] * 20)
    event = apply(session, Work("1", ("one",), (Step("delete", {"offsets": "keep"}),), Found({}), {}))["1"]
    assert (type(event), event.fault.retry) == (Failed, "outcome_unknown")


def test_what_is_gone_already_is_deleted(there: Standin, session):
    event = apply(session, Work("1", ("one",), (Step("delete", {"offsets": "keep"}),), Found({}), {}))["1"]
    assert event == Done("1", {})


def test_offsets_are_reset_between_stop_and_delete(there: Standin, session):
    there.on("PUT /connectors/one/stop", (204, None))
    there.on(
        "GET /connectors", (200, {"one": live(FLAT)}), (200, {"one": live(FLAT, "STOPPED", ())}), (200, {})
    )
    there.on("DELETE /connectors/one/offsets", (400, {"error_code": 400, "message": "busy"}), (200, {}))
    there.on("DELETE /connectors/one", (204, None))
    event = apply(session, Work("1", ("one",), (Step("delete", {"offsets": "reset"}),), Found({}), {}))["1"]
    assert event == Done("1", {})
    offsets = "DELETE /connectors/one/offsets"
    assert there.writes() == ["PUT /connectors/one/stop", offsets, offsets, "DELETE /connectors/one"]


def test_where_offsets_can_not_be_reset_it_is_not_deleted(there: Standin, session):
    there.on("PUT /connectors/one/stop", (204, None))
    there.on("GET /connectors", (200, {"one": live(FLAT, "STOPPED", ())}))
    there.on("DELETE /connectors/one/offsets", (405, {"error_code": 405, "message": "HTTP 405"}))
    there.on("PUT /connectors/one/resume", (202, None))
    event = apply(session, Work("1", ("one",), (Step("delete", {"offsets": "reset"}),), Found({}), {}))["1"]
    assert isinstance(event, Failed)
    assert there.writes()[-1] == "PUT /connectors/one/resume"


# --- names


@pytest.mark.parametrize(
    "name", ["a->b.X", "with blanks", "ümläut", "semi;colon", "question?", "#hash", "a+b"]
)
def test_names_are_escaped_in_paths(there: Standin, session, name):
    there.on("PUT /connectors/x/pause", (202, None))
    apply(session, Work("1", (name,), (Step("set_state", {"name": name, "state": "PAUSED"}),), Found({}), {}))
    from urllib.parse import unquote

    [written] = there.writes()
    assert unquote(written) == f"PUT /connectors/{name}/pause"
    assert not set(written.removeprefix("PUT ")) & set(' >?#"')


def test_declaring_loads_no_client():
    code = (
        "import sys; from kplan_connect import PROVIDER; PROVIDER.types, PROVIDER.rules();"
        "PROVIDER.check_endpoint('connect_cluster', {'urls': ('http://a:1',), 'group_id': 'x'});"
        "print('urllib3' in sys.modules)"
    )
    import subprocess
    import sys

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "False", ran.stderr


def test_the_samples_of_a_real_worker_are_understood():
    """Kept beside the tests: what a worker of Kafka 4.3 says of connectors in each state."""
    from kplan_connect.worker import Live

    samples = json.loads((Path(__file__).parent / "data" / "statuses.json").read_text())
    told = {name: Live({}, "source", one) for name, one in samples.items()}
    assert {name: (one.state, one.settled, one.trouble()[0]) for name, one in told.items()} == {
        "running": ("RUNNING", True, ""),
        "paused": ("PAUSED", True, ""),
        "stopped": ("STOPPED", True, ""),
        "unreachable": ("RUNNING", False, "it is RUNNING and has no task"),
        "missing-bootstrap": (
            "RUNNING",
            False,
            "KafkaException: The constructor of org.apache.kafka.clients.admin.ForwardingAdmin threw an exception",
        ),
    }
