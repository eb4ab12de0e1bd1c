"""IP networks in CIDR notation."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kplan.lang.constraints import NUMBER, STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.whole import whole
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from kplan.sdk.values import Value

    Network = IPv4Network | IPv6Network

_PREFIX: Final = Parameter("prefix", STRING)
_NEWBITS: Final = Parameter("newbits", NUMBER)
_MOST_BITS: Final = 32  # Terraform's bound for cidrsubnets
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9.])0+(?=[0-9])|(?<=\.)0+(?=[0-9])")

Number = int | Decimal


@function("cidrhost", _PREFIX, Parameter("hostnum", NUMBER), gives="string")
def _cidrhost(prefix: str, hostnum: Number) -> str:
    network = _network(prefix)
    number = whole(hostnum, 1)
    hosts = network.num_addresses
    if not -hosts <= number < hosts:
        raise FunctionError(f"a prefix of {network.prefixlen} bits has no host number {number}", 1)
    return str(network[number])


@function("cidrnetmask", _PREFIX, gives="string")
def _cidrnetmask(prefix: str) -> str:
    network = _network(prefix)
    if network.version != 4:
        raise FunctionError(f"IPv6 networks have no netmask, and {prefix} is one", 0)
    return str(network.netmask)


@function("cidrsubnet", _PREFIX, _NEWBITS, Parameter("netnum", NUMBER), gives="string")
def _cidrsubnet(prefix: str, newbits: Number, netnum: Number) -> str:
    network = _network(prefix)
    bits, number = whole(newbits, 1), whole(netnum, 2)
    length = network.prefixlen + bits
    if bits < 0:
        raise FunctionError("it must not be negative: a subnet has as many bits as its network or more", 1)
    if length > network.max_prefixlen:
        raise FunctionError(f"there is no room to extend a prefix of {network.prefixlen} bits by {bits}", 1)
    if not 0 <= number < 2**bits:
        raise FunctionError(f"an extension by {bits} bits has no subnet number {number}", 2)
    start = int(network.network_address) + (number << network.max_prefixlen - length)
    return str(_made(network, start, length))


@function("cidrsubnets", _PREFIX, rest=_NEWBITS, gives="list(string)")
def _cidrsubnets(prefix: str, *newbits: Number) -> Value:
    network = _network(prefix)
    following = int(network.network_address)
    end = following + network.num_addresses
    made: list[str] = []
    for position, given in enumerate(newbits, 1):
        bits = whole(given, position)
        length = network.prefixlen + bits
        if bits < 1:
            raise FunctionError("must extend the prefix by at least one bit", position)
        if bits > _MOST_BITS:
            raise FunctionError(f"may not extend the prefix by more than {_MOST_BITS} bits", position)
        if length > network.max_prefixlen:
            raise FunctionError(
                f"would extend the prefix to {length} bits, which is too long for an IPv{network.version} address",
                position,
            )
        size = 2 ** (network.max_prefixlen - length)
        start = -(-following // size) * size
        if start + size > end:
            after = f" after {made[-1]}" if made else ""
            raise FunctionError(f"there is no room left for a subnet of {length} bits{after}", position)
        made.append(str(_made(network, start, length)))
        following = start + size
    return tuple(made)


def _network(prefix: str) -> Network:
    from ipaddress import ip_network

    address, slash, length = prefix.partition("/")
    try:
        if not slash or "%" in address or not (length.isascii() and length.isdecimal()):
            raise ValueError(prefix)
        dotted = _LEADING_ZEROS.sub("", address) if ":" not in address else address
        return ip_network((dotted, int(length)), strict=False)
    except ValueError:
        raise FunctionError(
            f'"{prefix}" is no network in CIDR notation, such as "10.0.0.0/8" or "fd00::/48"', 0
        ) from None


def _made(network: Network, start: int, length: int) -> Network:
    return type(network)((start, length))
