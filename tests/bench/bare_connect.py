"""The peer of a plan over connectors: one expanded reading of all, taken apart. Argument: the worker's address."""

from __future__ import annotations

import json
import sys

import urllib3

URL, COUNT = sys.argv[1], int(sys.argv[2])
answer = urllib3.PoolManager().request("GET", f"{URL}/connectors?expand=info&expand=status")
found = json.loads(answer.data)
if len(found) != COUNT or any(one["info"]["config"]["file"] != "/dev/null" for one in found.values()):
    raise SystemExit(f"there are {len(found)} connectors, not {COUNT}")
