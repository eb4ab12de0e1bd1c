"""The file of a saved plan: what it is read as, what is part of it, and what must be the same when it is applied."""

import hashlib
import json

import pytest
from plan_subjects import DESIRED, LIVE, UID

from kplan import __version__
from kplan.config.files import Seen
from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.lang.source import Source
from kplan.plan.model import Action, Change, Consents, Plan
from kplan.plan.saved import (
    Again,
    NotAPlanError,
    OtherVersionError,
    SavedPlan,
    fingerprint,
    is_part,
    read,
    secrets_of,
    write,
)
from kplan.registry.types import Types
from kplan.sdk.session import Danger, Found, Loss, Step
from kplan.sdk.types import COMPUTED, Attribute, Is, Leaf
from kplan.sdk.values import Secret, Unknown, make_map
from kplan.state.model import Key, StateLeaf
from kplan.state.records import Dropped

KEY = Key(UID, "topic", ("orders",))
LEAF = StateLeaf(KEY, ("topic.orders",), "cluster.c", DESIRED, {"id": "id-1", "records": 5}, (), False, False)
TOPIC = Leaf(
    "topic",
    (Attribute("name", "string", ""), Attribute("records", "number", "", COMPUTED | Is.VOLATILE)),
    ("name",),
    "cluster",
    "cluster",
)
TYPES = Types({}, {"topic": TOPIC}, {}, {}, {}, ())
CHANGE = Change(
    "topic.orders",
    Action.UPDATE,
    KEY,
    "cluster.c",
    {**LIVE, "records": 5},
    {**LIVE, "partitions": 6, "records": 5},
    LEAF,
    (Step("grow", {"partitions": 6}),),
    seen=Found(LIVE),
    losses=(Loss(Danger.DATA_LOSS, "records go", "9 records"),),
)


def saved(*changes, **more):
    plan = Plan(changes or (CHANGE,), (), {}, (), {}, **more)
    again = Again({".": ()}, {}, (), (), Seen({}, {}, {}), "2024-01-02T03:04:05Z")
    priors = {one.key: LEAF for one in plan.changes}
    return SavedPlan(1.5, "lineage", 7, "default", "state", plan, priors, (), Consents(), again, {})


def resealed(data, old, new):
    """Change a file, and its checksum to fit."""
    body = data.replace(old, new).rpartition(b'"checksum": "')[0]
    return body + b'"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


# what is read


def test_a_plan_is_json_that_says_what_it_is():
    plain = json.loads(write(saved()))
    assert (plain["what"], plain["format_version"], plain["kplan_version"]) == (
        "kplan saved plan",
        1,
        __version__,
    )
    first, *_, last = plain
    assert (first, last) == ("what", "checksum")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is no saved plan"),
        (b"null", "it is no saved plan"),
        (b"[1]", "it is no saved plan"),
        (b'{"what": "else"}', "it is no saved plan"),
        (b'{"format_version": 1}', "it is no saved plan"),
        (b"\xff\xfe", "it is no saved plan"),
        (b"[" * 100_000, "it is no saved plan"),
        (b'{\n"what": "kplan saved plan",\n"format_version": 1,\n', "it is cut off"),
        (b'{"what": "kplan saved plan"}', "its format_version is None, this kplan reads 1"),
        (b'{"what": "kplan saved plan", "format_version": 2}', "its format_version is 2, this kplan reads 1"),
        (b'{"what": "kplan saved plan", "format_version": 1}', "its checksum does not fit its content: it was edited or damaged"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_told_as_such(data, why):
    with pytest.raises(NotAPlanError, match=f"^{why}$"):
        read(data)


def test_an_edited_plan_is_not_read():
    data = write(saved()).replace(b'"grow"', b'"drop"')
    with pytest.raises(NotAPlanError, match="its checksum does not fit its content"):
        read(data)


def test_a_plan_of_another_version_is_not_even_looked_into():
    version = f'"kplan_version": "{__version__}"'.encode()
    data = resealed(write(saved()), version, b'"kplan_version": "9.9"')
    for one in (data, resealed(data, b'"changes": [', b'"changes": [7,')):
        with pytest.raises(OtherVersionError, match=r"^9\.9$"):
            read(one)


def test_warnings_come_back_with_where_they_stood_and_without_source():
    source = Source("main.kplan.hcl", "one\ntwo secrets\n")
    told = Diagnostic(
        Severity.WARNING, "Odd", "It is.", source, 4, 7, 'topic "a"', (("var.x", "1"),), "Mend it."
    )
    [one] = read(write(saved(diagnostics=(told,)))).plan.diagnostics
    assert one == Diagnostic(
        Severity.WARNING,
        "Odd",
        "It is.",
        context='main.kplan.hcl line 2, in topic "a"',
        values=(("var.x", "1"),),
        remedy="Mend it.",
    )
    assert b"two secrets" not in write(saved(diagnostics=(told,)))


def test_what_was_settled_comes_back():
    records = (Dropped(KEY),)
    plan = saved()._replace(
        plan=saved().plan._replace(settled=records, excluded=("cluster.d",), destroy=True)
    )
    assert read(write(plan)).plan._replace(changes=()) == plan.plan._replace(changes=())


# what is part of it


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (CHANGE, True),
        (CHANGE._replace(action=Action.FORGET, leaf=None), True),
        (CHANGE._replace(action=Action.NO_OP), False),
        (CHANGE._replace(action=Action.NO_OP, previous_address="topic.old"), True),
        (CHANGE._replace(action=Action.NO_OP, adopting=True), True),
        (CHANGE._replace(action=Action.NO_OP, remember=True), False),
        (CHANGE._replace(action=Action.NO_OP, remember=True, leaf=LEAF._replace(computed={"id": "id-1", "records": 6})), False),
        (CHANGE._replace(action=Action.NO_OP, remember=True, leaf=LEAF._replace(dependencies=("topic.a",))), True),
        (CHANGE._replace(action=Action.NO_OP, remember=True, leaf=LEAF._replace(owners=("topic.b",))), True),
        (CHANGE._replace(action=Action.NO_OP, remember=False, leaf=LEAF._replace(owners=("topic.b",))), False),
    ],
)  # fmt: skip
def test_a_plan_is_of_what_it_changes_and_of_what_the_configuration_has_it_remember(change, part):
    assert is_part(change, LEAF) is part


def test_what_state_did_not_hold_is_remembered():
    assert is_part(CHANGE._replace(action=Action.NO_OP, remember=True), None)


# what must be the same


SAME = fingerprint(CHANGE, TYPES)


@pytest.mark.parametrize(
    "other",
    [
        CHANGE._replace(
            before={**LIVE, "records": 6}, after={**LIVE, "partitions": 6, "records": Unknown("number")}
        ),
        CHANGE._replace(losses=(Loss(Danger.DATA_LOSS, "records go", "10 records"),)),
        CHANGE._replace(notes=("a note",), reason="a reason", resume="token", claimed=True),
        CHANGE._replace(leaf=None, depends=("topic.a",), prior_depends=("topic.b",), remember=True),
        CHANGE._replace(before=dict(reversed(CHANGE.before.items()))),
    ],
)
def test_what_changes_by_itself_need_not_be_the_same(other):
    assert fingerprint(other, TYPES) == SAME


@pytest.mark.parametrize(
    "other",
    [
        CHANGE._replace(action=Action.CREATE),
        CHANGE._replace(address="topic.other"),
        CHANGE._replace(owners=("topic.other",)),
        CHANGE._replace(endpoint="cluster.d"),
        CHANGE._replace(before={**CHANGE.before, "id": "id-2"}),
        CHANGE._replace(before=None),
        CHANGE._replace(after={**CHANGE.after, "partitions": 7}),
        CHANGE._replace(after={**CHANGE.after, "partitions": Unknown("number")}),
        CHANGE._replace(after={**CHANGE.after, "partitions": True}, before=CHANGE.before),
        CHANGE._replace(after={**CHANGE.after, "partitions": Secret(6)}),
        CHANGE._replace(steps=()),
        CHANGE._replace(steps=(Step("grow", {"partitions": 7}),)),
        CHANGE._replace(delete_steps=(Step("delete", {}),)),
        CHANGE._replace(adopting=True),
        CHANGE._replace(previous_address="topic.old"),
        CHANGE._replace(consented=True),
        CHANGE._replace(losses=()),
        CHANGE._replace(losses=(Loss(Danger.DATA_LOSS, "more goes"),)),
        CHANGE._replace(losses=(Loss(Danger.LONG, "records go"),)),
    ],
)
def test_what_is_shown_must_be_the_same(other):
    assert fingerprint(other, TYPES) != SAME


def test_one_is_not_true():
    one, true = (CHANGE._replace(after={"x": value}) for value in (1, True))
    assert fingerprint(one, TYPES) != fingerprint(true, TYPES)


def test_what_is_left_of_a_provider_that_is_gone_is_compared_whole():
    assert fingerprint(CHANGE, Types({}, {}, {}, {}, {}, ())) != fingerprint(
        CHANGE._replace(before={**CHANGE.before, "records": 6}), Types({}, {}, {}, {}, {}, ())
    )


# secrets


def test_a_rotated_secret_is_still_told_from_one_that_stays():
    def shown(before):
        change = CHANGE._replace(before={"password": before}, after={"password": Secret("hunter2")})
        data = write(saved(change))
        assert b"hunter" not in data
        [made] = read(data).plan.changes
        return made.before == made.after

    assert shown(Secret("hunter2"))
    assert not shown(Secret(None))


def test_secrets_are_named_apart():
    assert secrets_of({"x": "a"}, {"x": Secret(make_map({"k": 1}))}) == {"x": "a", "var.x": '{"k": 1}'}
