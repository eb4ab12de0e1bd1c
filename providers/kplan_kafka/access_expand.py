"""`acl` and `grant` to bindings: what is declared checked, and every binding that it comes to. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.composites import Child
from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, Endpoint, marks, marks_in, unknown_by
from kplan_kafka import access_rights as rights
from kplan_kafka.access_rights import LITERAL, OPERATIONS, PREFIXED, Right
from kplan_kafka.access_types import ACL, BINDING
from kplan_kafka.security import security_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

    Path = tuple[str | int, ...]

ANY_HOST: Final = "*"
ALLOW: Final = "allow"
DENY: Final = "deny"
_LONGEST: Final = 249  # of a topic's name


def expand(
    composite: str, desired: Values, endpoints: Mapping[str, Values]
) -> Sequence[Child] | Sequence[Fault]:
    """Give the bindings that a block comes to, each once."""
    if marks_in(desired.values()) & UNKNOWN:
        undecided = _undecided(desired)
        return [fault for fault in undecided if fault is not None]
    handle = desired["cluster"]
    assert isinstance(handle, Endpoint)  # noqa: S101 - the engine has seen to it
    settings = endpoints[handle.address]
    faults = list(_check_acl(desired, settings) if composite == ACL else _check_grant(desired))
    if faults:
        return faults
    made = _of_acl(desired) if composite == ACL else _of_grant(desired)
    name = settings["name"]
    return [
        Child(BINDING, handle.address, f"{name}/{key_of(one)}", one)
        for one in {tuple(one.values()): one for one in made}.values()
    ]


def key_of(binding: Values) -> str:
    """Name a binding in an address; what is usual is left out. No two bindings have one name."""
    principal, operation, resource_type, name, pattern, permission, host = binding.values()
    kind, _, who = principal.partition(":")
    parts = [f"{kind}:{_plain(who)}", operation, resource_type, _plain(name)]
    parts += [one for one in (pattern, permission) if one not in (LITERAL, ALLOW)]
    if host != ANY_HOST:
        parts.append(f"host={_plain(host)}")
    return ":".join(parts)


def _plain(name: str) -> str:
    """Write what divides an address as its code."""
    return name.replace("%", "%25").replace(":", "%3A") if ":" in name or "%" in name else name


def _binding(principal: str, right: Right, host: str = ANY_HOST, permission: str = ALLOW) -> Values:
    """Lay a binding out, in the order of its identity."""
    return {
        "principal": principal,
        "operation": right.operation,
        "resource_type": right.resource_type,
        "resource_name": right.name,
        "pattern_type": right.pattern,
        "permission": permission,
        "host": host,
    }


def _of_acl(desired: Values) -> Iterator[Values]:
    kind = desired["resource_type"].lower()
    name = desired.get("resource_name", rights.CLUSTER_NAME)
    pattern = desired.get("pattern_type", LITERAL).lower()
    for operation in desired["operations"]:
        right = Right(operation.upper(), kind, name, pattern)
        host, permission = desired.get("host", ANY_HOST), desired.get("permission", ALLOW).lower()
        yield _binding(desired["principal"], right, host, permission)


def _of_grant(desired: Values) -> Iterator[Values]:
    wanted = [one for role, block in _roles(desired) for one in rights.role_rights(role, block)]
    for principal in desired["principals"]:
        for host in desired.get("hosts") or (ANY_HOST,):
            for right in wanted:
                yield _binding(principal, right, host)


def _roles(desired: Values) -> Iterator[tuple[str, Values]]:
    return ((name, block) for name, block in desired.items() if isinstance(block, dict))


def _undecided(desired: Values) -> Iterator[Fault | None]:
    """Refuse what only an apply decides: all of it says which bindings there are. None: it follows from another error."""
    for name, value in desired.items():
        parts: list[tuple[Path, Any]] = [((name,), value)]
        if isinstance(value, dict):
            parts = [((name, inner), item) for inner, item in value.items()]
        for path, one in parts:
            if not marks(one) & UNKNOWN:
                continue
            by = ", ".join(unknown_by(one))
            detail = (
                f"It says which access there is, so it must be known while planning; {by} decides it later."
            )
            yield Fault("unknown_identity", "Invalid identity", detail, "", path) if by else None


def _check_acl(desired: Values, settings: Values) -> Iterator[Fault]:
    yield from _check_principal(desired["principal"], ("principal",))
    yield from _check_host(desired.get("host", ANY_HOST), ("host",))
    yield from _one_of(desired, "pattern_type", (LITERAL, PREFIXED))
    yield from _one_of(desired, "permission", (ALLOW, DENY))
    kind = desired["resource_type"].lower()
    if kind not in OPERATIONS:
        yield from _one_of(desired, "resource_type", tuple(OPERATIONS))
        return
    yield from _check_resource(desired, kind)
    if not desired["operations"]:
        yield Fault(
            "no_operations", "operations names none", "", "Name at least one, such as READ.", ("operations",)
        )
    for operation in desired["operations"]:
        if operation.upper() not in OPERATIONS[kind]:
            article = "an" if kind[0] == "a" else "a"
            yield Fault(
                "no_such_operation",
                f'"{operation}" is nothing that can be done with {article} {kind}',
                "Kafka would take it, and it would never have an effect.",
                f"It takes: {', '.join(OPERATIONS[kind])}.",
                ("operations",),
            )
    if desired.get("permission", ALLOW).lower() == DENY:
        yield from _check_own(desired["principal"], settings)


def _check_resource(desired: Values, kind: str) -> Iterator[Fault]:
    name, prefixed = desired.get("resource_name"), desired.get("pattern_type", LITERAL).lower() == PREFIXED
    path = ("resource_name",)
    if kind == rights.CLUSTER:
        if name not in (None, rights.CLUSTER_NAME) or prefixed:
            remedy = "Leave resource_name and pattern_type out."
            yield Fault(
                "invalid_cluster_name",
                f"the only resource of type cluster is {rights.CLUSTER_NAME}",
                "",
                remedy,
                path,
            )
    elif name is None:
        yield Fault(
            "no_resource_name",
            f"a binding on a {kind} needs resource_name",
            "",
            'To mean all, write resource_name = "*".',
        )
    elif not name:
        yield Fault("empty_name", "resource_name is empty", "", 'To mean all, write "*".', path)
    elif prefixed and name == rights.ANY:
        yield Fault(
            "star_as_prefix",
            'a prefix takes "*" as a letter',
            "",
            "To mean all, leave pattern_type out.",
            path,
        )
    elif kind == rights.TOPIC and name != rights.ANY and "*" in name:
        literal = name.rstrip("*")
        remedy = f'To mean all that begin so: resource_name = "{literal}", pattern_type = "prefixed".'
        detail = "Kafka knows no patterns in access, only whole names, beginnings of names, and all."
        yield Fault("pattern_in_name", f'"{name}" is no name of a topic', detail, remedy, path)
    elif kind == rights.TOPIC and len(name) > _LONGEST:
        yield Fault(
            "invalid_topic_name",
            "resource_name is longer than any topic's name",
            "",
            f"Topic names have at most {_LONGEST} characters.",
            path,
        )
    elif kind == "user":
        yield from _check_principal(name, path)


def _check_grant(desired: Values) -> Iterator[Fault]:
    if not desired["principals"]:
        yield Fault(
            "no_principals",
            "principals names nobody",
            "",
            'Name at least one, such as "User:billing".',
            ("principals",),
        )
    for at, principal in enumerate(desired["principals"]):
        yield from _check_principal(principal, ("principals", at))
    for at, host in enumerate(desired.get("hosts") or ()):
        yield from _check_host(host, ("hosts", at))
    roles = list(_roles(desired))
    if not roles:
        yield Fault(
            "no_role",
            "the grant gives nothing",
            "",
            "Say what its principals do with a block: produce, consume, streams, connect, mirror, kplan_read or kplan_write.",
        )
    for role, block in roles:
        yield from rights.check_names(role, block)
        yield from _check_role(role, block)


_NEEDED: Final = {
    "produce": ("topics", "topic_prefixes"),
    "consume": ("topics", "topic_prefixes", "groups", "group_prefixes"),
    "mirror": ("topics", "topic_prefixes", "groups", "group_prefixes"),
}


_ONE_NAME: Final = frozenset(("application_id", "group_id", *rights.CONNECT_TOPICS))


def _check_role(role: str, block: Mapping[str, Any]) -> Iterator[Fault]:
    needed = _NEEDED.get(role, ())
    if needed and not any(block.get(name) for name in needed):
        yield Fault(
            "empty_role", f"{role} names nothing", "", f"State at least one of {', '.join(needed)}.", (role,)
        )
    if role == "mirror" and block["side"] not in ("source", "target"):
        remedy = "Write source or target."
        yield Fault(
            "invalid_side", f'"{block["side"]}" is no end of a replication', "", remedy, (role, "side")
        )
    for name, value in block.items():
        if name not in _ONE_NAME:
            continue
        if value == "":
            yield Fault(
                "empty_name", f"{name} is empty", "", f"Write its name{_or_none(name)}.", (role, name)
            )
        elif value == rights.ANY or (rights.ANY in value and "topic" in name):
            detail = "It is the name of one, and would be taken for all, or for nothing."
            yield Fault(
                "star_as_name", f'{name} can\'t be "{value}"', detail, "Write its name.", (role, name)
            )


def _or_none(name: str) -> str:
    usual = rights.CONNECT_TOPICS.get(name)
    return f", or leave it out if it is {usual}" if usual else ""


def _check_principal(principal: str, path: Path) -> Iterator[Fault]:
    kind, colon, name = principal.partition(":")
    if colon and kind.isalnum() and name:
        return
    summary = f'"{principal}" is no principal'
    detail = (
        "Kafka knows who somebody is with the type before the name; without it the access would be nobody's."
    )
    remedy = f'Write "User:{principal}".' if principal and not colon else 'Write "User:" and the name.'
    yield Fault("invalid_principal", summary, detail, remedy, path)


def _check_host(host: str, path: Path) -> Iterator[Fault]:
    if host == ANY_HOST:
        return
    detail = "Kafka compares it with the address that a client comes from, letter by letter"
    try:
        written = _as_kafka_writes(host)
    except ValueError:
        remedy = 'Write an IP address, or "*" for any.'
        detail += ": names and ranges never match."
        yield Fault("invalid_host", f'"{host}" is no IP address', detail, remedy, path)
        return
    if host != written:
        summary = f'"{host}" is not how Kafka writes this address'
        yield Fault("invalid_host", summary, f"{detail}.", f'Write "{written}".', path)


def _as_kafka_writes(host: str) -> str:
    """Write an IP address as Java does: of the sixth version in eight full groups. Raises ValueError."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    groups = (f"{int(address) >> bits & 0xFFFF:x}" for bits in range(112, -1, -16))
    return ":".join(groups) + (f"%{address.scope_id}" if address.scope_id else "")


def _one_of(desired: Values, name: str, known: Sequence[str]) -> Iterator[Fault]:
    value = desired.get(name)
    if value is not None and value.lower() not in known:
        remedy = f"It is one of: {', '.join(known)}."
        yield Fault(f"invalid_{name}", f'{name} can\'t be "{value}"', "", remedy, (name,))


def _check_own(principal: str, settings: Values) -> Iterator[Fault]:
    """Refuse to deny kplan itself something: it could not undo that."""
    own = security_of(settings).principal
    everybody = principal.partition(":")[2] == rights.ANY
    if everybody or (own and principal == own):
        who = f"kplan's own principal{f', {own}' if own else ''}"
        summary = f"denies it to {who}" if not everybody else f"denies it to everybody, and so to {who}"
        detail = "A deny goes before every allow, so kplan could lock itself out, and not undo it."
        remedy = "Deny it to others by name, or give nobody an allow: what is not allowed is denied."
        yield Fault("denies_itself", f"this {summary}", detail, remedy, ("principal",))


def fenced_out(principal: str, endpoint: Values) -> str:
    """Say why a principal lies outside the cluster's `manages`, or ""."""
    prefixes: Iterable[str] | None = (endpoint.get("manages") or {}).get("principal_prefixes")
    if prefixes is None or marks(prefixes) & UNKNOWN or principal.startswith(tuple(prefixes)):
        return ""
    listed = ", ".join(prefixes) or "none"
    return f"manages.principal_prefixes of the cluster has no prefix of {principal} (it has {listed})"
