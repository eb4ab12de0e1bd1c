"""Links, topics and clusters as a finding sees them."""

from typing import NamedTuple

from kplan.config.model import EndpointInstance, Instance, Place
from kplan.lang.parser import parse
from kplan.lang.source import Source
from kplan.sdk.flows import Filter, Flow
from kplan.sdk.types import Leaf
from kplan.topology.flows import Placed, Topic, Topology

ORDERS = Filter(names=("orders",))
NOBODY = Filter()
_TOPIC = Leaf("topic", (), ("name",), "cluster", "cluster")


class Schema(NamedTuple):
    """As much of a schema as a place in a block needs."""

    many: frozenset[str] = frozenset()


class Declared(NamedTuple):
    """As much of a block as a finding needs."""

    address: str
    place: Place
    block: tuple
    attributes: dict
    nested: dict
    schema: Schema = Schema()

    @property
    def labels(self):
        """The argument, if it is there."""
        return self.attributes.get("labels")


def declared(address, body):
    """Read a block of which only the place matters."""
    kind, label = address.split(".")
    source = Source("main.kplan.hcl", f'{kind} "{label}" {{\n{body}}}\n')
    base, block = parse(source, None)[0].blocks[0]
    attributes, nested = {one[0]: one for one in block[4]}, {one[0]: one for one in block[5]}
    return Declared(address, Place(source, base, label), block, attributes, nested)


def link(label, source, target, topics=ORDERS, groups=NOBODY, *, unchanged=True, body="", **more):
    """Place a flow; prefixed ones have the name of their source."""
    before = "" if unchanged else f"{source}."
    flow = Flow(f"cluster.{source}", f"cluster.{target}", topics, groups, unchanged, before, **more)
    address = f"replication_link.{label}"
    return Placed(flow, address, declared(address, body))


def topic(label, on, name="", residency=None, before="", parent=""):
    """Place a topic."""
    body = 'labels = { residency = "x" }\n' if residency else ""
    body += f"mirrored_by = {before}\n" if before else ""
    address = f"topic.{label}"
    instance = Instance(
        address,
        address,
        _TOPIC,
        f"cluster.{on}",
        (name or label,),
        {},
        {"residency": residency} if residency else {},
        False,
        False,
        (),
        False,
        parent=parent,
        before=before,
    )
    return Topic(instance, declared(address, body))


def topology(*parts, **residencies):
    """Put flows and topics together; clusters have these residencies."""
    flows = tuple(one for one in parts if isinstance(one, Placed))
    topics = tuple(one for one in parts if isinstance(one, Topic))
    names = {end for one in flows for end in one.flow[:2]}
    endpoints = {
        one: EndpointInstance(one, one, "cluster", {}, _label(residencies.get(one.partition(".")[2])), "")
        for one in names
    }
    return Topology(flows, topics, endpoints, frozenset(one.address for one in flows))


def _label(residency):
    return {"residency": residency} if residency else {}
