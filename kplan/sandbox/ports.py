"""Free ports on the loopback address, away from those that the kernel hands out by itself."""

import random
import re
import socket
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from kplan.sandbox.errors import SandboxError

LOOPBACK = "127.0.0.1"
_LOWEST, _HIGHEST = 10_000, 65_535
_EPHEMERAL = (32_768, 65_535)  # where the system doesn't tell


def free_ports(count: int, seed: str, taken: Collection[int] = ()) -> tuple[int, ...]:
    """Choose free ports, none of `taken`; one seed gives the same ones as long as they are free.

    A port is free when looked at, no more: whoever binds it must be ready to lose it and ask again.
    """
    chosen = []
    for port in _candidates(seed):
        if port not in taken and _is_free(port):
            chosen.append(port)
            if len(chosen) == count:
                return tuple(chosen)
    raise SandboxError(f"No {count} free ports between {_LOWEST} and {_HIGHEST} on {LOOPBACK}.")


def _candidates(seed: str) -> Iterator[int]:
    low, high = ephemeral_range()
    ports = [port for port in range(_LOWEST, _HIGHEST + 1) if not low <= port <= high]
    random.Random(seed).shuffle(ports)
    return iter(ports)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the broker does it, so that connections of a stopped one that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def ephemeral_range() -> tuple[int, int]:
    """Give the ports that any outgoing connection may take at any moment."""
    try:
        if sys.platform == "linux":
            text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
        else:
            names = ["net.inet.ip.portrange.first", "net.inet.ip.portrange.last"]
            text = subprocess.run(["sysctl", "-n", *names], capture_output=True, text=True, check=True).stdout
        low, high = (int(number) for number in re.findall(r"\d+", text)[:2])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return _EPHEMERAL
    return low, high
