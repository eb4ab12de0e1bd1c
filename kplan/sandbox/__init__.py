"""Real Apache Kafka, and Connect if asked for, on this machine: for the demo, the tests and trying a change.

`start` makes a sandbox and `stop` removes it; `up` and `down` are the same for people who type. Everything here
is the standard library, but for the certificates of a secure sandbox: neither a Kafka client nor click or rich
is loaded.

Must not know plans, state or providers.
"""

from kplan.sandbox.broker import State
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.lifecycle import (
    Up,
    current,
    down,
    ended,
    ended_workers,
    kill,
    load,
    names,
    pause,
    restart,
    resume,
    start,
    states,
    stop,
    up,
    worker_states,
)
from kplan.sandbox.record import Broker, Cluster, Sandbox, Worker
from kplan.sandbox.security import Security
from kplan.sandbox.spec import ClusterSpec, SandboxSpec

__all__ = [
    "Broker",
    "Cluster",
    "ClusterSpec",
    "Sandbox",
    "SandboxError",
    "SandboxSpec",
    "Security",
    "State",
    "Up",
    "Worker",
    "current",
    "down",
    "ended",
    "ended_workers",
    "kill",
    "load",
    "names",
    "pause",
    "restart",
    "resume",
    "start",
    "states",
    "stop",
    "up",
    "worker_states",
]
