"""The values file: a sandbox's clusters as a value of the configuration's variable `clusters`."""

import contextlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from kplan.sandbox import folders
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.record import Cluster

FILE = "sandbox.kplanvars.hcl"
_FIRST_LINE = "# Written by `kplan sandbox`, removed by `kplan sandbox down`."
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def text(clusters: Sequence[Cluster]) -> str:
    """Give the file's text: `clusters`, a map from name to bootstrap_servers and cluster_id."""
    return "\n".join([_FIRST_LINE, "clusters = {", *(_entry(cluster) for cluster in clusters), "}", ""])


def _entry(cluster: Cluster) -> str:
    key = cluster.name if _IDENTIFIER.fullmatch(cluster.name) else json.dumps(cluster.name)
    return (
        f"  {key} = {{\n"
        f"    bootstrap_servers = {json.dumps(list(cluster.bootstrap_servers))}\n"
        f"    cluster_id        = {json.dumps(cluster.cluster_id)}\n"
        "  }"
    )


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


def write(path: Path, clusters: Sequence[Cluster]) -> None:
    """Write the values file."""
    folders.write_whole(path, text(clusters))


def remove(path: Path, clusters: Sequence[Cluster]) -> None:
    """Remove a values file, unless it holds anything but what was written for these clusters."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text(clusters):
            path.unlink()


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline().rstrip() == _FIRST_LINE.encode()
