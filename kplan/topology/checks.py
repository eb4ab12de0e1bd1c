"""What can't be right about the flows of a configuration: findings where they stand, each with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.arguments import span_of
from kplan.topology.circles import told_circles
from kplan.topology.copies import told_copies
from kplan.topology.residency import told_residency
from kplan.topology.telling import remark
from kplan.topology.twice import told_twice
from kplan.topology.unmet import told_unmet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.lang.diagnostics import Diagnostic
    from kplan.topology.flows import Topology


def findings(topology: Topology) -> Iterator[Diagnostic]:
    """Find what links do to each other, to topics, and against what is said of both."""
    yield from told_circles(topology.flows)
    yield from told_twice(topology.flows)
    yield from told_unmet(topology)
    yield from told_copies(topology)
    yield from told_residency(topology)
    for one in topology.flows:
        for fault in one.flow.remarks:
            place = span_of(one.declared, fault.path)
            yield remark(
                fault.code, one.declared, one.address, fault.summary, fault.detail, place, fault.remedy
            )
