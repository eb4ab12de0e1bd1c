"""The values file: a sandbox's clusters as a value of the configuration's variable `clusters`.

A sandbox with Connect workers also gives `workers`. A secure one gives `sandbox`, how to connect, and
`sandbox_passwords`, apart from it so that only the variable with the passwords has to be sensitive.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kplan.sandbox import folders
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.record import Cluster, Sandbox
from kplan.sandbox.security import MECHANISM, PROTOCOL, SUPER_USER, Security
from kplan.sandbox.worker import GROUP, principal

FILE = "sandbox.kplanvars.hcl"
_FIRST_LINE = "# Written by `kplan sandbox`, removed by `kplan sandbox down`."
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def text(sandbox: Sandbox) -> str:
    """Give the file's text: `clusters`, a map from name to bootstrap_servers and cluster_id; workers; what guards them."""
    guard = _guard(sandbox.security) if sandbox.security else ()
    entries = (_entry(cluster) for cluster in sandbox.clusters)
    return "\n".join([_FIRST_LINE, "clusters = {", *entries, "}", *_workers(sandbox), *guard, ""])


def _entry(cluster: Cluster) -> str:
    return (
        f"  {_key(cluster)} = {{\n"
        f"    bootstrap_servers = {json.dumps(list(cluster.offered_servers))}\n"
        f"    cluster_id        = {json.dumps(cluster.cluster_id)}\n"
        "  }"
    )


def _key(cluster: Cluster) -> str:
    return cluster.name if _IDENTIFIER.fullmatch(cluster.name) else json.dumps(cluster.name)


def _workers(sandbox: Sandbox) -> Iterator[str]:
    if any(cluster.worker for cluster in sandbox.clusters):
        yield "workers = {"
        for cluster in sandbox.clusters:
            if cluster.worker:
                yield (
                    f"  {_key(cluster)} = {{\n"
                    f"    urls      = {json.dumps([cluster.worker.url])}\n"
                    f"    group_id  = {json.dumps(GROUP)}\n"
                    f"    principal = {json.dumps(principal(sandbox.security))}\n"
                    "  }"
                )
        yield "}"


def _guard(security: Security) -> tuple[str, str]:
    how = {"protocol": PROTOCOL, "mechanism": MECHANISM, "username": SUPER_USER, "ca": security.ca}
    return _map("sandbox", how), _map("sandbox_passwords", dict(security.passwords))


def _map(name: str, entries: Mapping[str, str]) -> str:
    # Never in one line: a remark on the variable shows the line with its name.
    width = max(map(len, entries))
    lines = (f"  {key:{width}} = {json.dumps(value)}\n" for key, value in entries.items())
    return f"{name} = {{\n{''.join(lines)}}}"


def check_replaceable(path: Path) -> None:
    """Refuse to write over a file that a sandbox didn't write."""
    if path.is_dir() or not path.parent.is_dir():
        raise SandboxError(
            f"The values can't be written to {path}: it must be a file in a folder that exists."
        )
    if path.exists() and not _is_ours(path):
        raise SandboxError(
            f"The values can't be written to {path}: it holds something else. Name another file."
        )


def write(path: Path, sandbox: Sandbox) -> None:
    """Write the values file, with passwords in it for its owner's eyes only."""
    folders.write_whole(path, text(sandbox), private=sandbox.security is not None)


def remove(path: Path, sandbox: Sandbox) -> None:
    """Remove a values file, unless it holds anything but what was written for this sandbox."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text(sandbox):
            path.unlink()


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline().rstrip() == _FIRST_LINE.encode()
