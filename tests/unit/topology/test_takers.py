"""Filters found by what they take are all that may mean a text."""

import random
from itertools import combinations

from topologies import link, topology

from kplan.sdk.flows import Filter
from kplan.topology.checks import findings
from kplan.topology.overlap import Overlap, means, means_beginning, overlap
from kplan.topology.takers import Takers

PATTERNS = ("a.*", r"a\.b", "ab?", "[ab]+", "a|b", r"\p{Lower}", "b(a)?")


def some(chance):
    """Give a filter over few letters, so that many meet."""

    def texts(most):
        listed = (
            "".join(chance.choices("ab.", k=chance.randint(1, 3))) for _ in range(chance.randint(0, most))
        )
        return tuple(listed)

    return Filter(texts(3), texts(2), tuple(chance.sample(PATTERNS, chance.randint(0, 1))), texts(1))


def filters(seed):
    chance = random.Random(seed)
    return [some(chance) for _ in range(8)]


def test_none_that_may_mean_a_text_is_missed():
    for seed in range(200):
        listed = filters(seed)
        takers = Takers(listed)
        for text in takers.texts:
            names = {number for number, one in enumerate(listed) if means(one, text)}
            begun = {number for number, one in enumerate(listed) if means_beginning(one, text)}
            assert names <= takers.before(text)
            assert begun <= takers.near(text)


def test_what_is_taken_twice_is_found_as_by_holding_each_against_each():
    for seed in range(200):
        listed = filters(seed)
        links = [link(str(number), "a", "b", one) for number, one in enumerate(listed)]
        told = {one.detail.partition(" both")[0] for one in findings(topology(*links))}
        assert told == {
            f"replication_link.{one} and replication_link.{other}"
            for one, other in combinations(range(len(listed)), 2)
            if overlap(listed[one], listed[other])[0] is Overlap.CERTAIN
        }
