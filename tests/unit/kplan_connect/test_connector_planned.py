"""Connectors decided by the rules alone: nothing for what is as declared, exactly the difference for the rest."""

import pytest
from connectors import CONFIG, FACTS, LIVE, ROUTER, RUNS, SINK, SOURCE, decide, declared, found, refused

from kplan.sdk.session import Absent, Danger, Do, Found, Keep
from kplan.sdk.values import Secret, Unknown, make_map
from kplan_connect.planning import once_mended
from kplan_connect.seen import Answers, Refused

SECRET = Secret({"password": "hunter2"})
WITH_SECRET = {"sensitive_keys": ("password",)}


def verbs(verdict):
    assert isinstance(verdict, Do), verdict
    return [step.verb for step in verdict.steps]


def dangers(verdict):
    return [loss.danger for loss in verdict.losses]


# --- made


def test_what_is_absent_is_made_as_declared():
    verdict = decide(declared(state="PAUSED", tasks_max=2), Absent())
    [step] = verdict.steps
    assert (step.verb, step.args["state"], step.args["tasks_max"]) == ("create", "PAUSED", 2)
    assert (verdict.planned["type"], verdict.losses) == ("sink", ())


def test_what_is_absent_and_not_declared_needs_nothing():
    assert decide(None, Absent()) == Keep({})


@pytest.mark.parametrize("called", [SINK, "FileStreamSinkConnector", "FileStreamSink"])
def test_a_plugin_goes_by_its_short_names_too(called):
    assert verbs(decide(declared(**{"class": called}), Absent())) == ["create"]


def test_a_plugin_that_is_not_there_is_told_with_one_that_is():
    verdict = decide(declared(**{"class": "org.acme.FileStreamSinkConector"}), Absent())
    assert refused(verdict) == [("no_plugin", ("class",))]
    assert f"Did you mean {SINK}?" in verdict.faults[0].remedy
    assert refused(decide(declared(**{"class": ROUTER}), Absent())) == [("no_plugin", ("class",))]


def test_what_workers_would_refuse_is_told_where_it_is_declared():
    answers = Answers(
        refused=tuple(
            Refused(key, "No.")
            for key in ("topics", "password", "tasks.max", "transforms.r.regex", "transforms.r.type", "other")
        )
    )
    route = {"label": "r", "type": "T", "config": {"regex": "("}}
    desired = declared(sensitive_config=SECRET, tasks_max=1, transform=(route,))
    assert [path for _, path in refused(decide(desired, Absent(answers)))] == [
        ("config", "topics"),
        ("sensitive_config", "password"),
        ("tasks_max",),
        ("transform", 0, "config", "regex"),
        ("transform", 0, "type"),
        ("config",),
    ]


def test_that_nobody_validated_it_is_told_beside_it():
    verdict = decide(declared(), Absent(Answers(unasked="the worker was silent")))
    assert verdict.notes == ("not validated: the worker was silent",)


# --- as it is


def test_what_is_as_declared_stays():
    assert decide(declared(), found()) == Keep({**declared(), "type": "sink"})


def test_what_is_held_by_others_is_told_and_left():
    [remark] = decide(declared(), found(Answers("PAUSED"))).remarks
    assert (remark.code, "is paused" in remark.summary) == ("held", True)


def test_what_does_not_run_is_told_with_its_cause():
    [remark] = decide(declared(), found(Answers("RUNNING", "ConnectException: No", "Caused"))).remarks
    assert (remark.code, remark.detail) == ("not_running", "ConnectException: No\nCaused")
    assert "POST /connectors/archive/restart?includeTasks=true&onlyFailed=true" in remark.remedy


def test_how_to_restart_one_with_signs_in_its_name():
    assert "POST /connectors/a-%3Eb%20c/restart?" in once_mended("a->b c")


def test_a_state_that_is_declared_and_so_is_no_remark():
    verdict = decide(declared(state="PAUSED"), found(Answers("PAUSED"), state="PAUSED"))
    assert (type(verdict), verdict.remarks) == (Keep, ())


def test_what_has_failed_is_restarted_where_it_is_declared_to_run():
    failed = found(Answers("RUNNING", "ConnectException: No"), state="FAILED")
    verdict = decide(declared(state="RUNNING"), failed)
    assert [(step.verb, dict(step.args)) for step in verdict.steps] == [
        ("restart", {"name": "archive", "state": "RUNNING"})
    ]
    assert (verdict.losses, verdict.planned["state"]) == ((), "RUNNING")
    assert verdict.notes == ("it doesn't run at present: ConnectException: No",)


def test_what_has_failed_is_configured_before_it_is_restarted():
    failed = found(Answers("RUNNING", "ConnectException: No"), state="FAILED")
    verdict = decide(declared(state="RUNNING", tasks_max=2), failed)
    assert [step.verb for step in verdict.steps] == ["configure", "restart"]


def test_that_it_failed_is_never_sent_where_its_state_is_ignored():
    failed = found(Answers("RUNNING", "No"), state="FAILED")
    ignored = {**declared(tasks_max=2), "state": "FAILED"}
    [step] = decide(ignored, failed).steps
    assert (step.verb, step.args["state"]) == ("configure", None)
    [step] = decide(ignored, Absent()).steps
    assert (step.verb, step.args["state"]) == ("create", None)


def test_what_has_failed_is_held_where_it_is_declared_so():
    failed = found(Answers("RUNNING", "ConnectException: No"), state="FAILED")
    assert [step.verb for step in decide(declared(state="PAUSED"), failed).steps] == ["set_state"]


# --- changed


@pytest.mark.parametrize(
    "more",
    [
        {"config": {**CONFIG, "file": "/tmp/else"}},
        {"config": {"topics": "orders"}},
        {"config": {**CONFIG, "errors.tolerance": "all"}},
        {"tasks_max": 2},
        {"transform": ({"label": "a", "type": ROUTER},)},
        {"config": make_map({**CONFIG, "file": Unknown("string")})},
        {"sensitive_config": Unknown("map(string)")},
    ],
)
def test_what_differs_is_configured_and_its_tasks_restart(more):
    verdict = decide(declared(**more), found())
    assert (verbs(verdict), dangers(verdict)) == (["configure"], [Danger.INTERRUPTS])


def test_transformations_in_another_order_differ():
    one, other = ({"label": label, "type": ROUTER, "config": {}} for label in "ab")
    assert isinstance(decide(declared(transform=(one, other)), found(transform=(one, other))), Keep)
    assert verbs(decide(declared(transform=(one, other)), found(transform=(other, one)))) == ["configure"]


def test_what_is_not_to_be_seen_is_never_what_is_declared():
    hidden = {**CONFIG, "password": "[hidden]"}
    assert verbs(decide(declared(), found(config=hidden))) == ["configure"]
    assert verbs(decide(declared(config=hidden, allow_plain=("password",)), found(config=hidden))) == [
        "configure"
    ]


@pytest.mark.parametrize(
    ("wanted", "live", "expected", "costs"),
    [
        ("PAUSED", "RUNNING", ["set_state"], [Danger.INTERRUPTS]),
        ("STOPPED", "RUNNING", ["set_state"], [Danger.INTERRUPTS]),
        ("STOPPED", "PAUSED", ["set_state"], []),
        ("RUNNING", "PAUSED", ["set_state"], []),
    ],
)
def test_a_declared_state_is_brought_about(wanted, live, expected, costs):
    verdict = decide(declared(state=wanted), found(Answers(live), state=live))
    assert (verbs(verdict), dangers(verdict)) == (expected, costs)


def test_it_is_paused_before_and_resumed_after_it_is_configured():
    edited = {"config": {"topics": "x"}}
    paused = decide(declared(state="PAUSED", **edited), found(state="RUNNING"))
    resumed = decide(declared(state="RUNNING", **edited), found(Answers("PAUSED"), state="PAUSED"))
    assert (verbs(paused), verbs(resumed)) == (["set_state", "configure"], ["configure", "set_state"])


def test_what_is_held_is_configured_and_stays_held():
    verdict = decide(declared(config={"topics": "x"}), found(Answers("STOPPED")))
    assert (verdict.steps[0].args["state"], dangers(verdict)) == (None, [])
    assert verdict.notes == ("it is stopped, and stays so: state is not declared",)


def test_a_source_never_becomes_a_sink():
    assert refused(decide(declared(**{"class": SOURCE}), found())) == [("other_type", ("class",))]


def test_another_class_of_the_same_type_is_a_change():
    plugins = {**FACTS.values["plugins"], "org.acme.Sink": "sink"}
    facts = FACTS._replace(values={"plugins": plugins})
    assert verbs(decide(declared(**{"class": "org.acme.Sink"}), found(), facts=facts)) == ["configure"]


def test_a_change_that_workers_would_refuse_is_refused():
    answers = RUNS._replace(refused=(Refused("file", "No."),))
    assert refused(decide(declared(config={**CONFIG, "file": "?"}), found(answers))) == [
        ("refused", ("config", "file"))
    ]


# --- secrets


def test_a_secret_that_differs_is_sent():
    differs = RUNS._replace(differing=("password",))
    verdict = decide(declared(sensitive_config=SECRET), found(differs, **WITH_SECRET), rotated=True)
    assert (verbs(verdict), verdict.notes) == (["configure"], ())


def test_a_secret_that_another_client_changed_is_told_by_its_key():
    differs = RUNS._replace(differing=("password",))
    verdict = decide(declared(sensitive_config=SECRET), found(differs, **WITH_SECRET))
    assert verdict.notes == ("in sensitive_config, the workers have other values for: password",)


def test_a_secret_that_is_live_is_not_sent_whatever_state_says():
    assert isinstance(decide(declared(sensitive_config=SECRET), found(**WITH_SECRET), rotated=True), Keep)


def test_with_a_version_a_secret_is_sent_when_that_says_so():
    differs = found(RUNS._replace(differing=("password",)), **WITH_SECRET)
    desired = declared(sensitive_config=SECRET, sensitive_config_version=2)
    assert isinstance(decide(desired, differs), Keep)
    assert verbs(decide(desired, differs, rotated=True)) == ["configure"]


def test_where_nobody_looked_state_says_whether_a_secret_is_another():
    desired, unseen = declared(sensitive_config=SECRET), found(None, **WITH_SECRET)
    assert isinstance(decide(desired, unseen), Keep)
    assert verbs(decide(desired, unseen, rotated=True)) == ["configure"]


def test_a_secret_that_is_known_only_by_now_is_sent_unless_it_is_there():
    """What was unknown when it was read could not be compared; the session sends it if it differs."""
    unsaid = found(RUNS._replace(compared=False), **WITH_SECRET)
    assert verbs(decide(declared(sensitive_config=SECRET), unsaid)) == ["configure"]
    assert isinstance(decide(declared(), unsaid), Keep)


def test_a_secret_that_is_ignored_is_carried_over():
    answers = RUNS._replace(differing=("password",), kept=("password",))
    desired = declared(config={"topics": "x"})
    del desired["sensitive_config"]
    assert decide(desired, found(answers, **WITH_SECRET)).steps[0].args["kept"] == ("password",)
    assert isinstance(decide({**desired, "config": CONFIG}, found(answers, **WITH_SECRET)), Keep)


def test_a_password_in_the_open_is_refused_whether_it_is_there_or_not():
    answers = RUNS._replace(open_secrets=("file",))
    assert refused(decide(declared(), found(answers))) == [("secret_in_plain_text", ("config", "file"))]
    assert refused(decide(declared(), Absent(answers))) == [("secret_in_plain_text", ("config", "file"))]


# --- deleted


def test_a_delete_keeps_offsets_and_says_so():
    verdict = decide(None, found(), LIVE)
    assert (verbs(verdict), verdict.steps[0].args, verdict.losses) == (["delete"], {"offsets": "keep"}, ())
    assert "its offsets are kept" in verdict.notes[0]


def test_offsets_that_are_reset_are_data_loss():
    verdict = decide(None, found(), {**LIVE, "offsets_on_destroy": "reset"})
    assert (verdict.steps[0].args, dangers(verdict)) == ({"offsets": "reset"}, [Danger.DATA_LOSS])


def test_what_becomes_of_offsets_changes_with_an_apply():
    verdict = decide(declared(offsets_on_destroy="reset"), found())
    assert (verbs(verdict), verdict.losses) == (["remember"], ())


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        ("Source", {}, "mm2-offset-syncs.b.internal on a"),
        ("Source", {"offset-syncs.topic.location": "target"}, "mm2-offset-syncs.a.internal on b"),
        ("Checkpoint", {}, "a.checkpoints.internal on b"),
        ("Heartbeat", {}, "heartbeats on b"),
    ],
)
def test_what_mirror_maker_keeps_for_itself_is_listed_when_its_connectors_go(kind, more, told):
    class_ = f"org.apache.kafka.connect.mirror.Mirror{kind}Connector"
    config = {"source.cluster.alias": "a", "target.cluster.alias": "b", **more}
    verdict = decide(None, Found({**LIVE, "class": class_, "config": config}), LIVE)
    assert verdict.notes[1] == f"MirrorMaker's own topic stays: {told}"
    assert len(decide(None, found(), LIVE).notes) == 1
