"""One type of object and all that a plan asks about it, made by hand, with rules that answer as they are told."""

from pathlib import Path
from types import SimpleNamespace

from kplan.config.evaluation import Evaluation
from kplan.config.model import Declared, Instance, Module, Place, Removed
from kplan.config.units import Unit
from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.lang.functions import Surroundings
from kplan.lang.source import Source
from kplan.plan.build import Builder
from kplan.plan.decide import Subject
from kplan.plan.intent import Intent
from kplan.plan.model import Action, Change, Endpoint
from kplan.registry.types import Types
from kplan.sdk.session import Danger, Do, Facts, Fault, Found, Keep, Loss, Step
from kplan.sdk.types import Attribute, Leaf
from kplan.state.model import EndpointRecord, Key, Pending, State, StateLeaf

UID = "uid-1"
NOW = 1_000_000.0
BASE = 1000
SOURCE = Source("main.kplan.hcl", "text")
TOPIC = Leaf(
    "topic", (Attribute("name", "string", ""),), ("name",), "cluster", "cluster", appears_within=60.0
)
RULE = Leaf("rule", (), ("who", "what"), "cluster", "cluster", appears_within=5.0)
LIVE = {"name": "orders", "partitions": 3, "id": "id-1"}
MADE = Step("create", {"name": "orders"})
GONE = Step("delete", {"name": "orders"})
GROWN = Step("grow", {"partitions": 6})
LOST = Loss(Danger.DATA_LOSS, "records go", "9 records")
LONG = Loss(Danger.LONG, "takes an hour")
WRONG = Fault("wrong", "Wrong", "It is.", "Mend it.")
SEEN = Found(LIVE)
RECREATED = Found({**LIVE, "id": "id-2"})
DESIRED = {"name": "orders", "partitions": 3}
PRIOR = {**DESIRED, "id": "id-1"}


def key(name="orders", kind="topic", uid=UID):
    return Key(uid, kind, (name,) if isinstance(name, str) else name)


def instance(address="topic.orders", **more):
    made = Instance(
        address,
        address.partition("[")[0],
        TOPIC,
        "cluster.c",
        ("orders",),
        {"name": "orders", "partitions": 3},
        {},
        prevent_destroy=False,
        name_defaulted=False,
        depends=("cluster.c",),
        unresolved=False,
    )
    return made._replace(**more)


def held(address="topic.orders", name="orders", **more):
    """What state holds of the live object that LIVE is."""
    made = StateLeaf(
        key(name),
        (address,),
        "cluster.c",
        {"name": name, "partitions": 3},
        {"id": "id-1"},
        ("cluster.c", "topic.before"),
    )
    return made._replace(**more)


def pending(address="topic.orders", name="orders", **more):
    made = Pending(
        key(name),
        address,
        "cluster.c",
        "update",
        (("grow", {"partitions": 6}),),
        {"name": name, "partitions": 3},
        {"name": name, "partitions": 6},
        held(address, name),
        NOW - 10,
    )
    return made._replace(**more)


def subject(declared=None, state=None, seen=None, **more):
    made = Subject(key(), TOPIC, declared, state, None, Found(dict(LIVE)) if seen is None else seen)
    return made._replace(**more)


def change(address="topic.orders", action=Action.CREATE, name="", **more):
    made = Change(address, action, key(name or address.partition(".")[2]), "cluster.c", None, None, None)
    return made._replace(**more)


def declared(address):
    """A block whose header lies as far in as its address is long; `partitions` is written 20 to 21."""
    kind, _, label = address.partition(".")
    place = Place(SOURCE, BASE, f"{kind} {label}")
    header = len(address), len(address) + 7
    written = {"partitions": ("partitions", 15, 19, (0, 20, 21, 3), ())}
    block = (kind, (label,), *header, (), (), (), 90)
    return Declared(address, TOPIC, label, place, block, None, written, {}, ())


def told(address, summary, detail, **more):
    """An error at the header of a block."""
    start = BASE + len(address)
    kind, _, label = address.partition(".")
    made = Diagnostic(Severity.ERROR, summary, detail, SOURCE, start, start + 7, f"{kind} {label}")
    return made._replace(**more)


def module(*addresses, outputs=()):
    blocks = {one: declared(one) for one in addresses}
    return Module(Path(), blocks, {}, {}, dict(outputs), (), (), "state", ())


def removed(address, destroy):
    return Removed(address, destroy, Place(SOURCE, 0, "removed"), 0, 1)


class Rules:
    """Answers from tables; remembers what it was asked. `answer` takes a case to its verdict."""

    def __init__(self, answer=None, settlement="stop"):
        self.answer, self.settlement = answer or plainly, settlement
        self.asked, self.opened = [], []

    def plan(self, leaf, facts, cases):
        self.asked.append((leaf, facts, list(cases)))
        return [self.answer(case) for case in cases]

    def settle(self, leaf, opened, seen):
        self.opened.append((leaf, opened, seen))
        return self.settlement


def plainly(case):
    """Decide as the simplest of providers does."""
    there = isinstance(case.seen, Found)
    if case.desired is None:
        return Do({}, (GONE,), (LOST,))
    if not there:
        return Do({**case.desired, "id": "new"}, (MADE,))
    if case.desired.items() <= case.seen.values.items():
        return Keep(case.seen.values)
    return Do({**case.seen.values, **case.desired}, (GROWN,), (LONG,))


def state(*leaves, pending=(), **more):
    made = State("lineage", 1, {}, {one.key: one for one in leaves}, {one.key: one for one in pending}, {})
    return made._replace(**more)


def endpoint(address="cluster.c", uid=UID):
    return Endpoint(EndpointRecord(address, "cluster", uid), Facts(uid, {"brokers": 3}))


def builder(known=None, *, rules=None, blocks=("topic.orders",), endpoints=None, now=NOW, **intent):
    answers = rules or Rules()
    leaves = {"topic": TOPIC, "rule": RULE}
    types = Types({**leaves}, leaves, {}, {}, {"topic": answers, "rule": answers}, ())
    asked = Intent(
        intent.pop("adopt", {}), frozenset(intent.pop("replace", ())), intent.pop("removed", ()), **intent
    )
    reach = {"cluster.c": endpoint()} if endpoints is None else endpoints
    return Builder(module(*blocks), types, state() if known is None else known, reach, asked, now)


def evaluation(outputs, values):
    """Evaluate outputs over known values, in a root module that has nothing else."""
    made = module(outputs=outputs)
    unit = Unit("", made, {}, {}, None, None, ".")
    surroundings = Surroundings(None, {}, "2026-01-02T03:04:05Z")
    loaded = SimpleNamespace(
        module=made, types=None, edges={}, units=(unit,), surroundings=surroundings, workspace="default"
    )
    return Evaluation(SimpleNamespace(**vars(loaded), variables=dict(values)))


def decided(build, seen, *instances):
    """Declare and decide; gives what happens to each address."""
    for one in instances:
        build.module.declared.setdefault(one.block, declared(one.block))
    taken = build.declare(instances)
    build.decide("topic", "cluster.c", seen, {build.key(one): one for one in taken})
    return {one.address: one.action for one in build.changes}


def orphaned(seen=SEEN, leaf=None, *, blocks=(), **more):
    """Decide an object that state holds and nothing declares."""
    build = builder(state(leaf or held()), blocks=blocks, **more)
    build.decide("topic", "cluster.c", {key(): seen}, {})
    return build


def the_change(build):
    assert build.diagnostics == []
    (one,) = build.changes
    return one
