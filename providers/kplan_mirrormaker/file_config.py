"""The properties of a dedicated MirrorMaker that carries one link out. Pure.

How MirrorMaker reads them: org.apache.kafka.connect.mirror.MirrorMakerConfig. What goes for one direction begins with
`source->target.`, what goes for one cluster with its name; the rest goes for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.values import Secret
from kplan_mirrormaker import link_config
from kplan_mirrormaker.types import MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan_mirrormaker.link_config import Link

_POLICY: Final = "replication.policy.class"
# Of the topics that are made where nobody may have said otherwise: Kafka's own number is 3, 2 for copies.
_ON_TARGET: Final = (
    "checkpoints.topic.replication.factor",
    "heartbeats.topic.replication.factor",
    "config.storage.replication.factor",
    "offset.storage.replication.factor",
    "status.storage.replication.factor",
)
_ON_SOURCE: Final = "offset-syncs.topic.replication.factor"
_COPIES: Final = "replication.factor"
_PROVIDERS: Final = {
    "file": "FileConfigProvider",
    "dir": "DirectoryConfigProvider",
    "env": "EnvVarConfigProvider",
}
_PROVIDER_PACKAGE: Final = "org.apache.kafka.common.config.provider."


def properties(link: Link) -> dict[str, Any]:
    """Give all properties of the file, in the order in which they are written."""
    way, back = f"{link.source}->{link.target}.", f"{link.target}->{link.source}."
    kinds = link_config.carriers(link.desired)
    common = link.common()
    made: dict[str, Any] = {}
    for kind in kinds:
        made |= link_config.config_of(kind, link)
    made = {key: value for key, value in made.items() if key not in common}
    shared = {key: made.pop(key) for key in (_COPIES, _ON_SOURCE) if key in made}
    for key in _ON_TARGET:
        made.pop(key, None)
    own = link.desired[MIRRORMAKER2]
    if link_config.CHECKPOINT not in kinds:
        made |= {"groups.exclude": ".*", "sync.group.offsets.enabled": "false"}
    return {
        "clusters": f"{link.source}, {link.target}",
        **dict(_clients(common, link)),
        f"{way}enabled": "true",
        **{f"{way}{key}": value for key, value in made.items()},
        f"{way}emit.heartbeats.enabled": "true" if link_config.HEARTBEAT in kinds else "false",
        # otherwise another herder runs the other way, with topics of its own on the source
        f"{back}enabled": "false",
        f"{back}emit.heartbeats.enabled": "false",
        "tasks.max": str(own.get("tasks_max", 1)),
        _POLICY: common[_POLICY],
        **shared,
        **dict.fromkeys(_ON_TARGET, link.copies(1)),
        **_config_providers([*made.values(), *common.values()]),
        **(own.get("config") or {}),
    }


def _clients(common: Mapping[str, Any], link: Link) -> Iterator[tuple[str, Any]]:
    """Say how both clusters are reached, each under its name."""
    for end, alias in (("source", link.source), ("target", link.target)):
        before = f"{end}.cluster."
        for key, value in common.items():
            if key.startswith(before) and key != f"{before}alias":
                yield f"{alias}.{key.removeprefix(before)}", value


def _config_providers(values: list[Any]) -> dict[str, str]:
    """Have placeholders looked up: MirrorMaker knows no provider that isn't named."""
    texts = [str(value.reveal() if isinstance(value, Secret) else value) for value in values]
    used = [name for name in _PROVIDERS if any(f"${{{name}:" in text for text in texts)]
    if not used:
        return {}
    named = {f"config.providers.{name}.class": f"{_PROVIDER_PACKAGE}{_PROVIDERS[name]}" for name in used}
    return {"config.providers": ",".join(used), **named}
