"""Laws of secrets that can't be read back: whatever fails or breaks off, what is not certainly in effect is sent again."""

from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.plan import secrets
from kplan.sdk.types import Attribute, Is
from kplan.sdk.values import Secret
from kplan.state.model import Key

LEAF = SimpleNamespace(attributes=(Attribute("password", "string", "", Is.SENSITIVE | Is.WRITE_ONLY),))
QUICK = mock.patch.multiple(secrets, _COST=2, _BLOCK=1)
TEXTS = st.sampled_from("ab")


class Wanted(NamedTuple):
    """A user as declared. A version stands for one text, as whoever states one promises."""

    text: str
    versioned: bool = False

    def instance(self) -> Any:
        desired: dict[str, Any] = {"password": Secret(self.text)}
        if self.versioned:
            desired["password_version"] = ord(self.text)
        return SimpleNamespace(leaf=LEAF, desired=desired)


def key(name: str) -> Key:
    return Key("uid", "user", (name,))


class World:
    """Users as they are live, what state holds of them, and an engine that compares, forgets, sends and digests."""

    def __init__(self) -> None:
        self.live: dict[str, str] = {}
        self.state: dict[str, dict[str, Any]] = {}
        self.open: set[str] = set()  # intents without an answer
        self.digests: dict[str, Any] = {}

    def compare(self, wanted: dict[str, Wanted]) -> secrets.Found:
        found = secrets.Secrets(self.digests)
        for name, one in wanted.items():
            prior = self.state.get(name)
            found.add(key(name), one.instance(), prior, in_doubt=name in self.open)
        return found.find()

    def told(self, wanted: dict[str, Wanted]) -> set[str]:
        return {one.identity[0] for one in self.compare(wanted).rotated}

    def apply(self, wanted: dict[str, Wanted], ends: dict[str, str], *, partial: bool, killed: bool) -> None:
        """Apply; `ends`: how it ended for some, "refused", or "lost" before or after it took effect."""
        found = self.compare(wanted)
        before, gone = self.digests, secrets.forgotten(self.digests, found)
        self.digests = before if gone is None else gone
        if not partial:
            for name in self.state.keys() - wanted.keys():
                del self.live[name], self.state[name]
        carried = {name for name in wanted if self.carry_out(name, wanted[name], found, ends.get(name, ""))}
        if not killed:
            alive = [key(name) for name in carried]
            self.digests = secrets.digested(before, found, alive, "ab" * 16, partial=partial)

    def carry_out(self, name: str, one: Wanted, found: secrets.Found, end: str) -> bool:
        """Send what is to be sent; tells whether the secret is certainly in effect."""
        if key(name) not in found.rotated and name in self.live:
            return True
        if end in ("", "lost after"):
            self.live[name] = one.text
        if not end:
            self.state[name] = {"password_version": ord(one.text) if one.versioned else None}
            self.open.discard(name)
        elif end != "refused":
            self.open.add(name)
            if name in self.live:
                self.state.setdefault(name, {"password_version": None})
        return not end

    def taken_over(self, name: str, text: str) -> None:
        """Have state forget a user whose secret others then change."""
        if name in self.live:
            self.live[name] = text
            self.state.pop(name, None)
            self.open.discard(name)


def group(name: str) -> str:
    """Give the group in which a user's password is digested."""
    found = secrets.Secrets({})
    found.add(key(name), Wanted("a").instance(), {})
    [called] = found.find().secrets
    return called[0]


def some_in_two_groups(count: int) -> list[str]:
    listed = [f"user{number}" for number in range(100)]
    first, second = sorted({group(name) for name in listed})[:2]
    return [
        *[name for name in listed if group(name) == first][:count],
        *[name for name in listed if group(name) == second][:count],
    ]


NAMES = some_in_two_groups(2)


def users(names: list[str], *, versions: bool) -> st.SearchStrategy[dict[str, Wanted]]:
    """Draw some of the users; the first of them is mostly there, so that something happens to it."""
    one = st.builds(Wanted, TEXTS, st.booleans() if versions else st.just(False))
    first, *others = names
    mostly = st.sampled_from([True, True, True, False])
    drawn = st.fixed_dictionaries({first: one}, optional=dict.fromkeys(others, one))
    return st.tuples(mostly, drawn).map(
        lambda one: one[1] if one[0] else {name: user for name, user in one[1].items() if name != first}
    )


def histories(names: list[str], *, versions: bool) -> st.SearchStrategy[list[Any]]:
    """Give applies: what is declared, how it ends for some, whether in part, whether killed at the end."""
    ends = st.dictionaries(
        st.sampled_from(names), st.sampled_from(["refused", "lost before", "lost after"]), max_size=1
    )
    return st.lists(
        st.tuples(users(names, versions=versions), ends, st.booleans(), st.booleans()), max_size=6
    )


@settings(max_examples=150)
@given(histories(NAMES, versions=False), st.data())
def test_a_secret_is_sent_exactly_if_it_is_not_what_was_last_carried_out_with_certainty(history, data):
    with QUICK:
        world, certain = World(), {}
        for wanted, ends, partial, killed in history:
            expected = {name for name, one in wanted.items() if certain.get(name) != one.text}
            assert world.told(wanted) == expected
            world.apply(wanted, ends, partial=partial, killed=killed)
            for name in NAMES:
                if name in expected and (killed or name in ends):
                    certain.pop(name, None)
                elif name in wanted:
                    certain[name] = wanted[name].text
                elif not partial:
                    certain.pop(name, None)
        last = data.draw(users(NAMES, versions=False))
        assert world.told(last) == {name for name, one in last.items() if certain.get(name) != one.text}


@settings(max_examples=300)
@given(
    histories(NAMES[:2], versions=True),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(NAMES[:2]), TEXTS), max_size=2),
    users(NAMES[:2], versions=True),
)
def test_after_one_apply_that_goes_well_every_secret_is_in_effect_and_nothing_is_left_to_send(
    history, takeovers, last
):
    with QUICK:
        world = World()
        for at, (wanted, ends, partial, killed) in enumerate(history):
            world.apply(wanted, ends, partial=partial, killed=killed)
            for when, name, text in takeovers:
                if when == at:
                    world.taken_over(name, text)
        world.apply(last, {}, partial=False, killed=False)
        assert {name: world.live.get(name) for name in last} == {name: one.text for name, one in last.items()}
        assert world.told(last) == set()
        stored = world.digests
        assert len(stored.get("each", {})) == sum(not one.versioned for one in last.values())
        assert bool(stored.get("whole")) == bool(stored.get("each"))
