"""What Connect workers may do on a secure cluster: run, and nothing that a connector does.

Given through the plain listener, as users are made, and awaited: a worker ends when it is refused anything.
"""

from itertools import product
from typing import Final

from kplan.sandbox import wire, worker
from kplan.sandbox.ports import LOOPBACK
from kplan.sandbox.record import Cluster
from kplan.sandbox.security import WORKER_USER
from kplan.sandbox.wire import Right

_PRINCIPAL: Final = f"User:{WORKER_USER}"
_BOUND: Final = 5.0  # seconds
_TOPIC, _GROUP, _TRANSACTIONAL_ID = 2, 3, 5
_READ, _WRITE, _CREATE, _DESCRIBE_CONFIGS = 3, 4, 5, 10

# The group, the three topics, and the transactions by which workers write of exactly-once sources.
RIGHTS: Final = (
    Right(_GROUP, worker.GROUP, _READ),
    Right(_TRANSACTIONAL_ID, f"connect-cluster-{worker.GROUP}", _WRITE),
    *(
        Right(_TOPIC, topic, operation)
        for topic, operation in product(worker.TOPICS, (_READ, _WRITE, _CREATE, _DESCRIBE_CONFIGS))
    ),
)


def give(cluster: Cluster) -> bool:
    """Give the workers their rights, there or not; gives whether the cluster took them."""
    return wire.allow(LOOPBACK, cluster.brokers[0].place.port, _PRINCIPAL, RIGHTS, _BOUND)


def known(cluster: Cluster) -> bool:
    """Tell whether every broker knows of them."""
    ports = [one.place.port for one in cluster.brokers]
    return all({*RIGHTS} <= wire.allowed(LOOPBACK, port, _PRINCIPAL, _BOUND) for port in ports)
