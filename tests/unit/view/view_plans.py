"""Plans made by hand, for the views."""

from kplan.plan.model import Action, Change, OutputChange, Plan
from kplan.sdk.session import Danger, Loss
from kplan.sdk.values import make_map
from kplan.state.model import Key, OutputRecord


def change(address, action, before=None, after=None, *, kind="topic", endpoint="cluster.primary", **rest):
    before = None if before is None else make_map(before)
    after = None if after is None else make_map(after)
    identity = rest.pop("identity", (address.rsplit(".", 1)[-1],))
    return Change(address, action, Key("uid", kind, identity), endpoint, before, after, None, **rest)


def create(address="topic.orders", **rest):
    return change(address, Action.CREATE, None, {"name": "orders", "partitions": 3}, **rest)


def update(address="topic.orders", **rest):
    before = {"name": "orders", "partitions": 3, "note": "x"}
    return change(address, Action.UPDATE, before, {**before, "partitions": 6}, **rest)


def delete(address="topic.orders", **rest):
    return change(address, Action.DELETE, {"name": "orders", "partitions": 3}, None, **rest)


def records_lost(amount=""):
    return Loss(Danger.DATA_LOSS, "all records are deleted", amount)


def plan(*changes, outputs=(), **rest):
    made = tuple(
        OutputChange(name, None, OutputRecord(value, sensitive=False))
        for name, value in dict(outputs).items()
    )
    return Plan(tuple(changes), made, {}, rest.pop("settled", ()), {}, **rest)
