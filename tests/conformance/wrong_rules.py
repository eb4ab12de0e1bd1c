"""Rules that are wrong, each beside the law that forbids it."""

import itertools

from breaking import each_do, each_verdict, own, rules

from kplan.sdk.session import Absent, Do, Fault, Found, Keep, Refuse, Step
from kplan.sdk.values import Unknown, reveal

_counter = itertools.count()


def types_without_a_handle(types):
    for one in types:
        attributes = tuple(each for each in one.attributes if each.name != "cluster")
        yield one._replace(attributes=attributes) if hasattr(one, "rank") else one


def always_finds_fault(real, leaf, desired):
    return [Fault("no", "never right")]


def never_finds_fault(real, leaf, desired):
    return ()


def faults_lead_nowhere(real, leaf, desired):
    return [fault._replace(path=("nowhere",)) for fault in real(leaf, desired)]


def crash_on_unknown(real, leaf, desired):
    if any(isinstance(value, Unknown) for value in desired.values()):
        raise TypeError("an unknown is no number")
    return real(leaf, desired)


def completes_by_counting(real, leaf, desired, endpoint):
    return {**real(leaf, desired, endpoint), "note": f"number {next(_counter)}"}


def completes_null_as_text(real, leaf, desired, endpoint):
    null = "note" in desired and desired["note"] is None
    return {**real(leaf, desired, endpoint), **({"note": "null"} if null else {})}


def forgets_an_item(real, leaf, facts, cases):
    return real(leaf, facts, cases[:1])


def backwards(real, leaf, facts, cases):
    return real(leaf, facts, cases)[::-1]


def sorted_by_text(real, leaf, facts, cases):
    return sorted(real(leaf, facts, cases), key=str)


def changes_its_input(real, leaf, facts, cases):
    verdicts = real(leaf, facts, cases)
    for case in cases:
        if case.desired is not None:
            case.desired["note"] = "seen by plan"
    return verdicts


def forgets_what_was_ours(real, leaf, facts, cases):
    return real(leaf, facts, [case._replace(prior=None) for case in cases])


def planned_with(**more):
    return each_do(lambda _, verdict: verdict._replace(planned={**verdict.planned, **more}))


def planned_by_counting(case, verdict):
    return verdict._replace(planned={**verdict.planned, "note": f"number {next(_counter)}"})


def step_with_a_function(case, verdict):
    return verdict._replace(steps=(*verdict.steps, Step("tell", {"to": print})))


def deletes_what_is_gone(case, verdict):
    return Do({}, (Step("delete", {"name": "x"}),)) if case.desired is None else verdict


def replaces_instead_of_refusing(case, verdict):
    steps = (Step("delete", {"name": "x"}), Step("create", {"name": "x"}))
    return Do(case.desired, steps) if isinstance(verdict, Refuse) else verdict


def refuses_without_a_remedy(case, verdict):
    return Refuse((Fault("no", "no"),)) if isinstance(verdict, Refuse) else verdict


def knows_the_unknown(case, verdict):
    planned = {name: 1 if isinstance(value, Unknown) else value for name, value in verdict.planned.items()}
    return verdict._replace(planned=planned)


def keeps_the_unknown(case, verdict):
    unknown = any(isinstance(value, Unknown) for value in (case.desired or {}).values())
    return Keep(case.desired) if unknown else verdict


def steps_tell_secrets(case, verdict):
    return verdict._replace(steps=tuple(Step(step.verb, reveal(step.args)) for step in verdict.steps))


def plan_tells_secrets(case, verdict):
    return verdict._replace(planned=reveal(verdict.planned))


def notes_tell_secrets(case, verdict):
    return verdict._replace(notes=(str(reveal(case.desired)),))


def changes_to_adopt(case, verdict):
    kept = case.prior is None and isinstance(verdict, Keep)
    return Do(verdict.planned, (Step("adopt", {"name": "x"}),)) if kept else verdict


def never_content(case, verdict):
    kept = case.desired is not None and isinstance(verdict, Keep)
    return Do(verdict.planned, (Step("alter", {"name": "x"}),)) if kept else verdict


def ignores_differences(case, verdict):
    differs = isinstance(case.seen, Found) and case.desired is not None
    return Keep(verdict.planned) if differs else verdict


def compares_every_key(case, verdict):
    if not isinstance(case.seen, Found) or not isinstance(verdict, Keep):
        return verdict
    alike = (case.seen.answers or {}) == {}
    return verdict if alike else Do(verdict.planned, (Step("alter", {"name": "x"}),))


def counts_no_loss(case, verdict):
    return verdict._replace(losses=())


def always_settles(answer):
    return rules(settle=lambda real, leaf, opened, seen: answer)


def claims_what_it_finds(real, leaf, opened, seen):
    created = opened.steps[0].verb == "create" and isinstance(seen, Found)
    return "done" if created else real(leaf, opened, seen)


def done_as_far_as_it_knows(real, leaf, opened, seen):
    known = {name: value for name, value in opened.planned.items() if value is not None and name != "config"}
    alike = isinstance(seen, Found) and known.items() <= seen.values.items()
    return "done" if alike else real(leaf, opened, seen)


def absent_is_done(real, leaf, opened, seen):
    return "done" if isinstance(seen, Absent) else real(leaf, opened, seen)


WAYS = [
    ("declaration_holds_together", own(types=types_without_a_handle)),
    ("example_passes_its_check", rules(check=always_finds_fault)),
    ("completing_twice_changes_nothing", rules(complete=completes_by_counting)),
    ("declared_and_completed_may_hold_nulls", rules(complete=completes_null_as_text)),
    ("invalid_is_found_before_contact", rules(check=never_finds_fault)),
    ("invalid_is_found_before_contact", rules(check=faults_lead_nowhere)),
    ("fence_keeps_out_and_lets_in", rules(fenced_out=lambda real, leaf, identity, endpoint: "")),
    ("fence_keeps_out_and_lets_in", rules(fenced_out=lambda real, leaf, identity, endpoint: "always")),
    ("verdicts_come_in_order", rules(plan=backwards)),
    ("verdicts_come_in_order", rules(plan=sorted_by_text)),
    ("verdicts_come_in_order", rules(plan=forgets_an_item)),
    ("rules_are_pure", each_do(planned_by_counting)),
    ("rules_are_pure", rules(plan=changes_its_input)),
    ("planned_agrees_with_what_is_declared", planned_with(partitions=1)),
    ("planned_agrees_with_what_is_declared", planned_with(extra=1)),
    ("steps_and_plans_can_be_written_down", each_do(step_with_a_function)),
    ("gone_stays_gone", each_verdict(deletes_what_is_gone)),
    ("impossible_is_refused_in_words", each_verdict(replaces_instead_of_refusing)),
    ("impossible_is_refused_in_words", each_verdict(refuses_without_a_remedy)),
    ("unknown_stays_unknown", each_do(knows_the_unknown)),
    ("unknown_stays_unknown", each_verdict(keeps_the_unknown)),
    ("secrets_stay_inside", each_do(steps_tell_secrets)),
    ("secrets_stay_inside", each_do(plan_tells_secrets)),
    ("secrets_stay_inside", each_do(notes_tell_secrets)),
    ("adopting_needs_no_change", each_verdict(changes_to_adopt)),
    ("foreign_edit_is_seen_and_mended", each_do(ignores_differences)),
    ("undeclared_is_left_alone", each_verdict(compares_every_key)),
    ("remade_by_another_is_not_ours", rules(plan=forgets_what_was_ours)),
    ("second_plan_is_empty", each_verdict(never_content)),
    ("deleted_is_absent", each_do(counts_no_loss)),
    ("create_is_settled", always_settles("done")),
    ("create_is_settled", always_settles("not_done")),
    ("create_is_not_claimed_from_another", rules(settle=claims_what_it_finds)),
    ("update_is_settled", always_settles("stop")),
    ("update_is_settled", always_settles("redo")),
    ("hidden_update_is_not_done_too_soon", rules(settle=done_as_far_as_it_knows)),
    ("delete_is_settled", always_settles("not_done")),
    ("lost_object_is_not_a_done_update", rules(settle=absent_is_done)),
    ("long_work_says_so_and_checkpoints", each_do(counts_no_loss)),
    ("long_work_survives_a_crash", always_settles("done")),
    ("settings_pass_their_check", own(check_endpoint=lambda kind, settings: [Fault("no", "never right")])),
]
CRASHES = [("unknown_stays_unknown", rules(check=crash_on_unknown), TypeError)]
