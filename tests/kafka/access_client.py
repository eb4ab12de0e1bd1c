"""Another client's view of a cluster's access: what it allows to the principals of one test."""

import time
from collections.abc import Iterable

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

_WITHIN = 30  # seconds, for one call and for its effect to show
_KINDS = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "cluster": ResourceType.BROKER,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Access:
    """Bindings as texts such as `READ topic orders`, with what is not usual behind: `prefixed`, `deny`, an address."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def of(self, principal: str) -> set[str]:
        """Read what a principal is allowed and denied."""
        found = self._admin.describe_acls(_all_of(principal)).result(_WITHIN)
        return {_text(one) for one in found}

    def add(self, principal: str, *texts: str) -> None:
        """Create bindings."""
        for future in self._admin.create_acls([_binding(principal, one) for one in texts]).values():
            future.result(_WITHIN)
        self._wait(principal, lambda shown: shown.issuperset(texts))

    def take(self, principal: str, *texts: str) -> None:
        """Delete bindings."""
        filters = [_filter(_binding(principal, one)) for one in texts]
        for future in self._admin.delete_acls(filters).values():
            future.result(_WITHIN)
        self._wait(principal, lambda shown: shown.isdisjoint(texts))

    def forget(self, principals: Iterable[str]) -> None:
        """Delete all that some principals are allowed and denied."""
        for future in self._admin.delete_acls([_all_of(one) for one in principals]).values():
            future.result(_WITHIN)

    def _wait(self, principal: str, shows: object) -> None:
        until = time.monotonic() + _WITHIN
        while not shows(self.of(principal)):  # type: ignore[operator]
            assert time.monotonic() < until, "another client's change does not show"
            time.sleep(0.02)


def _all_of(principal: str) -> AclBindingFilter:
    return AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        principal,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _text(one: AclBinding) -> str:
    parts = [one.operation.name, _NAMES[one.restype], one.name]
    if one.resource_pattern_type is not ResourcePatternType.LITERAL:
        parts.append(one.resource_pattern_type.name.lower())
    if one.permission_type is not AclPermissionType.ALLOW:
        parts.append(one.permission_type.name.lower())
    return " ".join(parts + [one.host] * (one.host != "*"))


def _binding(principal: str, text: str) -> AclBinding:
    operation, kind, name, *more = text.split()
    return AclBinding(
        _KINDS[kind],
        name,
        ResourcePatternType.PREFIXED if "prefixed" in more else ResourcePatternType.LITERAL,
        principal,
        "*",
        AclOperation[operation],
        AclPermissionType.DENY if "deny" in more else AclPermissionType.ALLOW,
    )


def _filter(one: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        one.restype,
        one.name,
        one.resource_pattern_type,
        one.principal,
        one.host,
        one.operation,
        one.permission_type,
    )
