"""One topic at a time through the rules, on a cluster of three brokers."""

from kplan.sdk.session import Case, Facts, Found, Refuse
from kplan.sdk.values import make_map
from kplan_kafka.topic_plan import plan

DEFAULTS = {
    "retention.ms": "604800000",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    "min.insync.replicas": "1",
    "max.message.bytes": "1048588",
    "delete.retention.ms": "86400000",
}
FACTS = Facts(
    "cluster-1",
    {
        "brokers": {"1": "", "2": "", "3": ""},
        "brokers_up": 3,
        "config_defaults": DEFAULTS,
        "default_partitions": 1,
        "default_replication_factor": 3,
    },
)
SILENT = Facts("cluster-1", {"brokers": {}, "config_defaults": {}})


def wanted(**more):
    return make_map({"name": "orders", "config": {}, **more})


def live(*, answers=None, moving="", **more):
    values = {"name": "orders", "partitions": 6, "replication_factor": 3, "config": {}, "id": "id-1", **more}
    return Found(values, answers, moving)


def recorded(**more):
    return {"name": "orders", "partitions": 6, "replication_factor": 3, "config": {}, "id": "id-1", **more}


def decide(desired, seen, prior=None, facts=FACTS):
    [verdict] = plan(facts, [Case(("orders",), prior, seen, desired)])
    return verdict


def faults_of(verdict):
    assert isinstance(verdict, Refuse), verdict
    assert all(fault.summary and fault.remedy for fault in verdict.faults)
    return {fault.code: fault for fault in verdict.faults}
