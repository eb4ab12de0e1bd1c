"""A flow as `kplan show` writes it."""

from kplan.sdk.session import Fault
from kplan.sdk.watching import Carrier, Copied, Place, Watched
from kplan.view.look import PLAIN, Look
from kplan.view.watch_text import watched_text


def watched(*topics: Copied, **more: object) -> Watched:
    return Watched("cluster.a", "cluster.b", (Carrier("a->b.Source", "RUNNING, 1 task"),), topics, **more)


def copied(name: str, *places: tuple[int | None, int | None, int | None]) -> Copied:
    return Copied(name, f"a.{name}", tuple(Place(at, *one) for at, one in enumerate(places)), 0.0)


def text(*topics: Copied, **more: object) -> str:
    return watched_text("replication_link.x", watched(*topics, **more), PLAIN)


def test_what_was_deleted_at_the_source_is_no_lag():
    assert Place(0, 100, 110, 49).lag == 10
    assert Place(0, 0, 110, 99).lag == 10
    assert Place(0, 0, 110, -1).lag == 110
    assert Place(0, 0, 10, 12).lag == 0
    assert Place(0, None, 10, 5).lag is None
    assert Place(0, 0, None, 5).lag is None
    assert Place(0, 0, 10, None).lag is None


def test_one_partition_that_is_not_known_makes_the_topic_unknown():
    assert copied("t", (0, 10, 9), (0, None, 9)).lag is None
    assert copied("t", (0, 10, 9), (0, 10, 4)).lag == 5


def test_a_table_with_its_sum():
    assert text(copied("orders", (0, 1500, 99), (0, 3, -1)), copied("t", (0, 1, 0))) == (
        "# replication_link.x: cluster.a -> cluster.b\n"
        "    a->b.Source  RUNNING, 1 task\n"
        "\n"
        "    TOPIC   COPY      LAST COPIED    LAG  NEWEST RECORD THERE\n"
        "    orders  a.orders  99 none      1,403  1970-01-01 00:00:00 UTC\n"
        "    t       a.t       0                0  1970-01-01 00:00:00 UTC\n"
        "\n"
        "    Lag: 1,403 records in 1 topic of 2.\n"
        "\n"
    )


def test_what_could_not_be_read_is_never_a_number():
    said = text(copied("orders", (0, 5, None)), copied("t", (0, 1, 0)))
    assert "orders  a.orders  ?            unreadable" in said
    assert "Lag: 0 records in 0 topics of 2. Of 1 topic it can't be read." in said
    fault = Fault("unreachable", "cannot read topics")
    assert "Which topics it copies could not be read." in text(faults=(fault,))
    assert "No topic of the source is meant." in text()


def test_of_many_partitions_the_ends():
    assert "0 1 … 10 11 (of 12)" in text(copied("t", *[(0, at + 1, at) for at in range(12)]))


def test_why_something_does_not_run_is_told_and_shown_in_red():
    one = Watched("a", "b", (Carrier("c", "FAILED, 1 task", "SaslException: no\x1b[2J"),), ())
    said = watched_text("x.y", one, Look(color=True, width=80))
    assert "\x1b[31mFAILED, 1 task\x1b[0m" in said
    assert "SaslException: no\\u001b[2J" in said
