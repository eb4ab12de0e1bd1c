"""Sessions that are wrong, each beside the law that forbids it."""

import itertools

from breaking import each_event, each_found, each_seen, session

from kplan.sdk.session import Absent, Checkpoint, Done, Facts, Failed, Fault, Found, Parked, Step, Unreadable
from kplan.sdk.values import Secret, marks, reveal

_counter = itertools.count()


def another_id_each_time(real, stop):
    facts = real(stop)
    return facts if isinstance(facts, Fault) else Facts(f"id-{next(_counter)}", facts.values)


def forgets_the_last(real, leaf, asks, stop):
    return real(leaf, asks[:-1], stop)


def calls_ours_absent(ask, seen):
    return seen if ask.prior is None else Absent()


def needs_a_wish(ask, seen):
    return Absent() if ask.desired is None and ask.prior is None else seen


def trusts_state(ask, seen):
    return seen if ask.prior is None else Found(ask.prior)


def swallows_errors(ask, seen):
    return Absent() if isinstance(seen, Unreadable) else seen


def found_with(**more):
    return each_found(lambda seen: seen._replace(values={**seen.values, **more}))


def lists_nothing(real, leaf, stop):
    return iter(())


def lists_twice(real, leaf, stop):
    for pair in real(leaf, stop):
        yield from (pair, pair)


def lists_only_found(real, leaf, stop):
    return ((key, seen) for key, seen in real(leaf, stop) if isinstance(seen, Found))


def answers_more(real, source, asked, stop):
    return [one if isinstance(one, Fault) else {**one, "extra": 1} for one in real(source, asked, stop)]


def answers_less(real, source, asked, stop):
    return [{"names": ()} for _ in asked]


def answers_one_for_all(real, source, asked, stop):
    return real(source, asked, stop)[:1]


def answers_unasked(real, source, asked, stop):
    return real(source, asked or [{}], stop)


def answers_nothing_found(real, source, asked, stop):
    return [{"names": (), "count": 0} for _ in asked]


def says_done_only(real, leaf, work, stop):
    return iter([Done(one.id, reveal(one.planned)) for one in work])


def forgets_the_rest(real, leaf, work, stop):
    return real(leaf, work[:3], stop)


def goes_on_though_stopped(real, leaf, work, stop):
    class Never:
        requested = staticmethod(lambda: False)
        seconds_left = staticmethod(stop.seconds_left)

    return real(leaf, work, Never)


def takes_over_what_exists(real, leaf, work, stop):
    for event in real(leaf, work, stop):
        exists = isinstance(event, Failed) and event.fault.code == "already_exists"
        yield Done(event.id, {"name": "x"}) if exists else event


def with_args(change):
    """Bend what is sent."""

    def apply(real, leaf, work, stop):
        sent = [tuple(Step(step.verb, change(step.args)) for step in one.steps) for one in work]
        return real(leaf, [one._replace(steps=steps) for one, steps in zip(work, sent, strict=True)], stop)

    return session(apply=apply)


def unknown_as_null(args):
    return {name: None if marks(value) else value for name, value in args.items()}


def secret_as_stars(args):
    return {**args, "note": "***"} if isinstance(args.get("note"), Secret) else args


def fails_all_for_one(real, leaf, work, stop):
    events = list(real(leaf, work, stop))
    failed = [event for event in events if isinstance(event, Failed)]
    return iter([Failed(event.id, failed[0].fault) for event in events] if failed else events)


def begins_again(real, leaf, work, stop):
    return real(leaf, [one._replace(resume=None) for one in work], stop)


def one_event_more(real, leaf, work, stop):
    yield from real(leaf, work, stop)
    yield Parked("nothing")


def one_partition_less(event):
    return [Done(event.id, {**event.values, "partitions": 2} if event.values else {})]


def close_once(real):
    real()
    raise RuntimeError("closed twice")


WAYS = [
    ("live_id_is_stable", session(facts=another_id_each_time)),
    ("queries_answer_every_computed_attribute", session(query=answers_more)),
    ("queries_answer_every_computed_attribute", session(query=answers_less)),
    ("queries_answer_every_computed_attribute", session(query=answers_one_for_all)),
    ("queries_answer_every_computed_attribute", session(query=answers_unasked)),
    ("unreachable_is_a_fault_and_not_absence", session(facts=lambda real, stop: Facts("somewhere", {}))),
    ("unreachable_is_a_fault_and_not_absence", each_seen(swallows_errors)),
    ("unreachable_is_a_fault_and_not_absence", session(list=lists_only_found)),
    ("unreachable_is_a_fault_and_not_absence", session(query=answers_nothing_found)),
    ("unreachable_is_a_fault_and_not_absence", each_event(Failed, lambda event: [Done(event.id, {})])),
    ("read_answers_every_ask", session(read=forgets_the_last)),
    ("read_answers_every_ask", each_seen(calls_ours_absent)),
    ("read_answers_every_ask", found_with(partitions=1)),
    ("read_needs_no_wish", each_seen(needs_a_wish)),
    ("read_gives_attributes_of_the_type", found_with(cluster="memory_cluster.here")),
    ("list_holds_what_was_made", session(list=lists_nothing)),
    ("list_holds_what_was_made", session(list=lists_twice)),
    ("foreign_edit_is_seen_and_mended", each_seen(trusts_state)),
    ("foreign_delete_is_seen", each_seen(trusts_state)),
    ("created_is_as_planned", each_event(Done, lambda event: [Done(event.id, {})])),
    ("created_is_as_planned", found_with(note=None)),
    ("updated_is_as_planned", each_event(Done, one_partition_less)),
    ("second_plan_is_empty", found_with(config={})),
    ("another_session_sees_the_same", session(apply=says_done_only)),
    ("deleted_is_absent", each_seen(trusts_state)),
    ("deleting_what_is_gone_does_no_harm", each_event(Done, lambda event: [event] if event.values else [])),
    ("batch_ends_each_once", each_event(Done, lambda event: [event, event])),
    ("batch_ends_each_once", session(apply=forgets_the_rest)),
    ("creating_what_exists_spares_its_siblings", session(apply=takes_over_what_exists)),
    ("creating_what_exists_spares_its_siblings", session(apply=fails_all_for_one)),
    ("unknown_is_never_sent", with_args(unknown_as_null)),
    ("secrets_are_sent", with_args(secret_as_stars)),
    ("stop_before_the_start_parks", session(apply=goes_on_though_stopped)),
    ("empty_batch_is_fine", session(apply=one_event_more)),
    ("long_work_says_so_and_checkpoints", each_event(Checkpoint, lambda event: [])),
    ("long_work_parks_and_resumes", session(apply=begins_again)),
    ("long_work_parks_and_resumes", session(apply=goes_on_though_stopped)),
    ("long_work_parks_and_resumes", each_found(lambda seen: seen._replace(moving=""))),
    ("long_work_survives_a_crash", each_event(Checkpoint, lambda event: [event._replace(token=(1, 2))])),
    (
        "long_work_survives_a_crash",
        each_event(Checkpoint, lambda event: [event._replace(done=6 - event.done)]),
    ),
]
CRASHES = [("closing_twice_is_fine", session(close=close_once), RuntimeError)]
