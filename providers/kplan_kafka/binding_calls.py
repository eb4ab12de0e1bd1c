"""The calls about bindings, in bulk: requests made and answers taken apart, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan_kafka.access_types import IDENTITY
from kplan_kafka.protocol import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from kplan_kafka.topic_calls import gc_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kplan.sdk.session import Identity, Values

    Ask = Callable[[Any], Any]

# The codes of Kafka's protocol; kafka-python's own lists lack some.
RESOURCES: Final = {
    "topic": 2,
    "group": 3,
    "cluster": 4,
    "transactional_id": 5,
    "delegation_token": 6,
    "user": 7,
}
OPERATIONS: Final = {
    "ALL": 2,
    "READ": 3,
    "WRITE": 4,
    "CREATE": 5,
    "DELETE": 6,
    "ALTER": 7,
    "DESCRIBE": 8,
    "CLUSTER_ACTION": 9,
    "DESCRIBE_CONFIGS": 10,
    "ALTER_CONFIGS": 11,
    "IDEMPOTENT_WRITE": 12,
    "CREATE_TOKENS": 13,
    "DESCRIBE_TOKENS": 14,
    "TWO_PHASE_COMMIT": 15,
}
PATTERNS: Final = {"literal": 3, "prefixed": 4}
PERMISSIONS: Final = {"deny": 2, "allow": 3}
_ANY: Final = 1
_RESOURCE_NAMES: Final = {code: name for name, code in RESOURCES.items()}
_OPERATION_NAMES: Final = {code: name for name, code in OPERATIONS.items()}
_PATTERN_NAMES: Final = {code: name for name, code in PATTERNS.items()}
_PERMISSION_NAMES: Final = {code: name for name, code in PERMISSIONS.items()}


class Refused(Exception):  # noqa: N818 - an answer
    """The broker's own error for a whole call: its code and words."""

    def __init__(self, code: int, message: str | None) -> None:
        """Keep both."""
        super().__init__(message or str(code))
        self.code, self.message = code, message


def describe_all(ask: Ask) -> dict[Identity, Values]:
    """Read every binding of a cluster in one call. Raises Refused; what has a code of a later Kafka is left out."""
    request = DescribeAclsRequest(
        resource_type_filter=_ANY,
        resource_name_filter=None,
        pattern_type_filter=_ANY,
        principal_filter=None,
        host_filter=None,
        operation=_ANY,
        permission_type=_ANY,
        min_version=1,
    )
    with gc_paused():
        return _bindings(ask(request))


def describe(ask: Ask, one: Values) -> bool:
    """Ask whether one binding is there. Raises Refused."""
    request = DescribeAclsRequest(
        resource_type_filter=RESOURCES[one["resource_type"]],
        resource_name_filter=one["resource_name"],
        pattern_type_filter=PATTERNS[one["pattern_type"]],
        principal_filter=one["principal"],
        host_filter=one["host"],
        operation=OPERATIONS[one["operation"]],
        permission_type=PERMISSIONS[one["permission"]],
        min_version=1,
    )
    return bool(_bindings(ask(request)))


def _bindings(answer: Any) -> dict[Identity, Values]:
    if answer.error_code:
        raise Refused(answer.error_code, answer.error_message)
    found: dict[Identity, Values] = {}
    for resource in answer.resources:
        kind = _RESOURCE_NAMES.get(resource.resource_type)
        pattern = _PATTERN_NAMES.get(resource.pattern_type)
        for acl in resource.acls:
            operation = _OPERATION_NAMES.get(acl.operation)
            permission = _PERMISSION_NAMES.get(acl.permission_type)
            if kind is None or pattern is None or operation is None or permission is None:
                continue  # nothing that kplan could have made
            identity = (
                acl.principal,
                operation,
                kind,
                resource.resource_name,
                pattern,
                permission,
                acl.host,
            )
            found[identity] = dict(zip(IDENTITY, identity, strict=True))
    return found


def create_request(bindings: Iterable[Values]) -> Any:
    """Ask for bindings to be made; the answers come in their order."""
    creations = [
        CreateAclsRequest.AclCreation(
            resource_type=RESOURCES[one["resource_type"]],
            resource_name=one["resource_name"],
            resource_pattern_type=PATTERNS[one["pattern_type"]],
            principal=one["principal"],
            host=one["host"],
            operation=OPERATIONS[one["operation"]],
            permission_type=PERMISSIONS[one["permission"]],
        )
        for one in bindings
    ]
    return CreateAclsRequest(creations=creations, min_version=1)


def delete_request(bindings: Sequence[Values]) -> Any:
    """Ask for exactly these bindings to go; the answers come in their order."""
    filters = [
        DeleteAclsRequest.DeleteAclsFilter(
            resource_type_filter=RESOURCES[one["resource_type"]],
            resource_name_filter=one["resource_name"],
            pattern_type_filter=PATTERNS[one["pattern_type"]],
            principal_filter=one["principal"],
            host_filter=one["host"],
            operation=OPERATIONS[one["operation"]],
            permission_type=PERMISSIONS[one["permission"]],
        )
        for one in bindings
    ]
    return DeleteAclsRequest(filters=filters, min_version=1)
