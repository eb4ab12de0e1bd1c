"""Block types by entry point: loaded when named, each from one distribution."""

from importlib.metadata import EntryPoint

import pytest

from kplan.registry import types
from kplan.registry.types import RegistryProblem, gather, load
from kplan.sdk.types import REQUIRED, Attribute, EndpointKind, Leaf, Source


class Provider:
    """One with a kind of endpoint, a leaf and a source of the same name."""

    types = (
        EndpointKind("shelf", (), "", "id", ("name",)),
        Leaf("book", (Attribute("shelf", "shelf", "", REQUIRED),), ("name",), "shelf", "shelf"),
        Source("book", (Attribute("shelf", "shelf", "", REQUIRED),), "shelf", "shelf"),
    )

    def __init__(self):
        self.asked = 0

    def rules(self):
        self.asked += 1
        return f"rules {self.asked}"


PROVIDER = Provider()


@pytest.fixture
def installed(monkeypatch):
    """Install entry points: name, value."""

    def install(*pairs):
        points = [EntryPoint(name, value, types.GROUP) for name, value in pairs]
        monkeypatch.setattr(
            "importlib.metadata.entry_points", lambda *, group: points if group == types.GROUP else []
        )

    return install


HERE = f"{__name__}:PROVIDER"


def test_a_name_brings_all_of_its_provider(installed):
    installed(("shelf", HERE), ("book", HERE), ("never", "no.such.module:P"))
    found = load(["book", "unknown"])
    assert (set(found.resources), set(found.sources)) == ({"shelf", "book"}, {"book"})
    assert found.providers == {"shelf": PROVIDER, "book": PROVIDER}
    assert found.known == ("book", "never", "shelf")
    assert found.endpoint_kinds() == {"shelf"}
    assert found.leaf("book") is Provider.types[1]


def test_a_leaf_and_a_source_may_share_a_name(installed):
    installed(("book", HERE))
    found = load(["book"])
    assert isinstance(found.resources["book"], Leaf)
    assert isinstance(found.sources["book"], Source)


def test_a_provider_has_one_set_of_rules(installed):
    installed(("shelf", HERE), ("book", HERE))
    found = load(["book", "shelf"])
    assert found.rules["book"] is found.rules["shelf"]


def test_nothing_named_loads_nothing(installed):
    installed(("never", "no.such.module:P"))
    assert load([]) == gather((), ("never",))
    assert load(["unknown"]).resources == {}


def test_two_that_offer_one_name_are_named(installed):
    installed(("book", HERE), ("book", "elsewhere:P"))
    with pytest.raises(RegistryProblem) as caught:
        load(["book"])
    assert str(caught.value) == (
        f'Two installed distributions offer the block type "book": elsewhere:P and {HERE}. Uninstall one of them.'
    )
    assert caught.value.summary == "Conflicting providers"
    assert load(["shelf"]).resources == {}


def test_one_found_twice_is_one(installed):
    installed(("book", HERE), ("book", HERE))
    assert "book" in load(["book"]).resources


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no.such.module:P", "No module named 'no'"),
        (f"{__name__}:MISSING", f"module '{__name__}' has no attribute 'MISSING'"),
    ],
)
def test_one_that_can_not_be_loaded_is_named(installed, value, why):
    installed(("book", value))
    with pytest.raises(RegistryProblem) as caught:
        load(["book"])
    assert caught.value.summary == "Provider can't be loaded"
    assert str(caught.value) == (
        f'The provider of the block type "book", {value}, can\'t be loaded: {why}. Install it anew, in a version that goes '
        "with this kplan."
    )


def test_the_built_in_types_are_there():
    known = load([]).known
    assert {"cluster", "topic", "memory_cluster", "memory_topic", "memory_job", "memory_topics"} <= set(known)
