"""Whole configurations are planned as Terraform plans them, or differ on purpose."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "config"))
from reading_configurations import HERE, configurations, for_kplan

from kplan.lang.diagnostics import Severity
from kplan.sdk.values import UNKNOWN, marks

GOLDEN = json.loads((HERE / "data" / "configurations_golden.json").read_text())
FILES = configurations()
# Where kplan points elsewhere, nearer to what is to be changed.
ON_PURPOSE = {
    "cycle is an error": {"errors": ["main:2"]},  # the first of the circle
    "validation fails is an error": {"errors": ["main:5"]},  # the condition, not the variable
    "sensitive output is an error": {"errors": ["main:6"]},  # the value, not the block
}


def plain(value):
    """Give a value as Terraform's JSON has it, unknown parts left out."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not _unknown(item)}
    if isinstance(value, (tuple, list)):
        return [None if _unknown(item) else plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _unknown(value):
    return bool(marks(value) & UNKNOWN) and not isinstance(value, (dict, tuple))


def unknown(value):
    """Tell what of a value is unknown, as Terraform's after_unknown does."""
    if not marks(value) & UNKNOWN:
        return False
    if isinstance(value, dict):
        return {key: found for key, item in value.items() if (found := unknown(item))}
    if isinstance(value, tuple):
        return [unknown(item) for item in value]
    return True


def planned(bench, files):
    for name, text in files.items():
        path = bench.folder / f"{name}.kplan.hcl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(for_kplan(name, text))
    (bench.folder / "cluster.kplan.hcl").write_text('memory_cluster "c" {\n}\n')
    outcome = bench.plan()
    errors = [one for one in outcome.diagnostics if one.severity is Severity.ERROR]
    if errors:
        return {"errors": sorted({_place(one) for one in errors if one.source is not None})}
    plan = outcome.plan
    warned = [one for one in outcome.diagnostics if one.severity is Severity.WARNING]
    return {
        "changes": {
            one.address.replace("memory_topic", "terraform_data"): [one.action.value] for one in plan.changes
        },
        "outputs": {one.name: _output(one.after) for one in plan.outputs},
        "warnings": sum(
            not one.summary.startswith(("Unused", "Check block assertion known")) for one in warned
        ),
    }


def _place(one):
    line, _ = one.source.position(one.start)
    return f"{one.source.path.removesuffix('.kplan.hcl')}:{line}"


def _output(record):
    if record.sensitive:
        return "sensitive"
    return {
        "after": plain(record.value) if not _unknown(record.value) else None,
        "unknown": unknown(record.value),
    }


@pytest.mark.parametrize("name", FILES)
def test_it_is_planned_as_terraform_plans_it(bench, name):
    wanted = {**GOLDEN[name], **ON_PURPOSE.get(name, {})}
    assert planned(bench, FILES[name]) == wanted


def test_there_are_enough():
    assert len(FILES) > 50
    assert all(GOLDEN[name] != ON_PURPOSE[name] for name in ON_PURPOSE)
    assert all(("errors" in GOLDEN[name]) == name.endswith("an error") for name in FILES)
