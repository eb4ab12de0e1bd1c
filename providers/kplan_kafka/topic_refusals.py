"""What Kafka cannot do to a topic, or would do although it makes no sense: each with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Fault
from kplan.sdk.values import Unknown, reveal
from kplan_kafka.topic_answers import MIN_ISR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.session import Case, Facts, Found, Values
    from kplan.sdk.values import Value

KAFKAS_OWN: Final = frozenset(
    ("__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata")
)
_RF: Final = "replication_factor"


def colliding(cases: Sequence[Case]) -> dict[str, str]:
    """Map each topic to another of which Kafka cannot tell its metrics: '.' and '_' are one to it."""
    groups: dict[str, dict[str, None]] = {}
    for case in cases:
        if case.desired is not None:
            groups.setdefault(case.identity[0].replace(".", "_"), {})[case.identity[0]] = None
    shared = [names for names in groups.values() if len(names) > 1]
    return {name: next(other for other in names if other != name) for names in shared for name in names}


def of_create(facts: Facts, name: str, desired: Values, collides_with: str) -> list[Fault]:
    """Find why a topic cannot be created."""
    faults = []
    if name.startswith("__"):
        faults.append(kafkas_own(name, "created"))
    if collides_with:
        detail = "Kafka writes '.' as '_' in the names of metrics, and refuses the second of such topics."
        remedy = "Use only one of '.' and '_' in names."
        summary = f"topic {name} collides with topic {collides_with}"
        faults.append(Fault("name_collision", summary, detail, remedy, ("name",)))
    faults += _unknown_keys(facts, desired.get("config"), {})
    factor = _bare(desired.get(_RF))
    brokers = facts.values.get("brokers") or {}
    if isinstance(factor, int) and brokers and factor > len(brokers):
        faults.append(_too_few_brokers(name, factor, len(brokers)))
        return faults
    minimum = _minimum(desired, _default(facts, MIN_ISR))
    return [
        *faults,
        *_min_isr(name, minimum, factor or facts.values.get("default_replication_factor"), desired),
    ]


def of_update(facts: Facts, desired: Values, prior: Values | None, seen: Found) -> list[Fault]:
    """Find why a topic cannot become what is declared."""
    live = seen.values
    name = str(live.get("name") or desired.get("name"))
    recorded = (prior or {}).get("id")
    if recorded and live.get("id") and recorded != live["id"]:
        return [_made_anew(name, recorded, live["id"])]
    faults = [*_fewer_partitions(name, _bare(desired.get("partitions")), live.get("partitions"))]
    faults += _other_factor(name, _bare(desired.get(_RF)), live.get(_RF))
    faults += _unknown_keys(facts, desired.get("config"), live.get("config") or {})
    return [*faults, *_min_isr(name, _minimum(desired, None), live.get(_RF), desired)]


def kafkas_own(name: str, done: str) -> Fault:
    """Refuse to create or delete a topic that belongs to Kafka itself."""
    summary = f"topic {name} is Kafka's own and cannot be {done} by hand"
    if done == "deleted":
        remedy = "To forget it, use a removed block with lifecycle { destroy = false }, or kplan state rm."
        return Fault("internal_topic", summary, "Kafka keeps its own state in it.", remedy)
    detail = "Names that start with __ are for topics that Kafka and its tools make themselves."
    remedy = "Choose another name; or, once Kafka has made the topic, adopt it."
    return Fault("internal_topic", summary, detail, remedy, ("name",))


def _made_anew(name: str, recorded: str, found: str) -> Fault:
    summary = f"topic {name} was deleted and made anew outside kplan"
    detail = (
        f"State records the topic with id {recorded}; the one there now has id {found} and is not kplan's."
    )
    remedy = (
        "Take it over with kplan state rm and an import block (or --adopt), or delete it and apply again."
    )
    return Fault("recreated", summary, detail, remedy, ("name",))


def _fewer_partitions(name: str, wanted: Value, live: Value) -> Iterator[Fault]:
    if isinstance(wanted, int) and isinstance(live, int) and wanted < live:
        remedy = (
            f"Keep partitions = {live}. Or make another topic with {wanted}, copy the records and move its clients. "
            "Only -replace= deletes this topic, with its records, and creates it anew."
        )
        summary = f"topic {name} has {live} partitions and cannot have {wanted}"
        yield Fault(
            "partitions_decreased", summary, "Kafka cannot remove partitions.", remedy, ("partitions",)
        )


def _other_factor(name: str, wanted: Value, live: Value) -> Iterator[Fault]:
    if isinstance(wanted, int) and isinstance(live, int) and wanted != live:
        summary = f"topic {name} has replication_factor {live}; kplan cannot change it to {wanted} yet"
        detail = "That takes a reassignment of its replicas between brokers."
        remedy = (
            f"Keep replication_factor = {live} (or leave it out), and use kafka-reassign-partitions meanwhile: "
            "the next plan sees what it did."
        )
        yield Fault("replication_factor_changed", summary, detail, remedy, (_RF,))


def _too_few_brokers(name: str, factor: int, brokers: int) -> Fault:
    has = "1 broker" if brokers == 1 else f"{brokers} brokers"
    summary = f"topic {name} wants replication_factor {factor}, but the cluster has {has}"
    detail = "Each copy of a partition is on another broker."
    return Fault("too_few_brokers", summary, detail, f"Declare at most {brokers}.", (_RF,))


def _min_isr(name: str, minimum: int | None, factor: Value, desired: Values) -> Iterator[Fault]:
    if minimum is None or not isinstance(factor, int) or minimum <= factor:
        return
    declared = MIN_ISR in (reveal(desired.get("config")) or {})
    whose = "its" if declared else "the cluster's default"
    summary = f"topic {name} has replication_factor {factor}, but {whose} {MIN_ISR} is {minimum}"
    detail = "So many replicas can never be in sync: every write with acks=all would fail. Kafka itself does not refuse it."
    remedy = f"Declare {MIN_ISR} at most {factor}, or a higher replication_factor."
    yield Fault(
        "min_insync_above_replicas", summary, detail, remedy, ("config", MIN_ISR) if declared else (_RF,)
    )


def _minimum(desired: Values, default: str | None) -> int | None:
    config = _bare(desired.get("config"))
    text = config.get(MIN_ISR, default) if isinstance(config, dict) else default
    text = _bare(text)
    return int(text) if isinstance(text, str) and text.isdigit() else None


def _default(facts: Facts, key: str) -> str | None:
    found: str | None = (facts.values.get("config_defaults") or {}).get(key)
    return found


def _unknown_keys(facts: Facts, config: Value, own: dict[str, str]) -> Iterator[Fault]:
    known = facts.values.get("config_defaults")
    if not known or not isinstance(reveal(config), dict):
        return
    for key in sorted(reveal(config).keys() - known.keys() - own.keys()):
        yield unknown_key(key, known)


def unknown_key(key: str, known: Sequence[str]) -> Fault:
    """Refuse a config key that the broker does not know, offering the nearest that it does."""
    from difflib import get_close_matches

    nearest = get_close_matches(key, list(known), n=1)
    remedy = (
        f"Did you mean {nearest[0]}?" if nearest else f"It knows {', '.join(sorted(known)[:5])} and others."
    )
    return Fault(
        "unknown_config_key", f"this cluster knows no topic config {key}", "", remedy, ("config", key)
    )


def _bare(value: Value) -> Value:
    """Give a value without its mark of secrecy; None where it is unknown as a whole."""
    shown = reveal(value)
    return None if isinstance(shown, Unknown) else shown
