"""The conformance suite can fail: each way of being wrong is caught by the law that forbids it."""

import sys

import pytest
import wrong_rules
import wrong_sessions
from test_memory import SUBJECT

from kplan.sdk.conformance import Violation, checks

WAYS = wrong_rules.WAYS + wrong_sessions.WAYS
CRASHES = wrong_rules.CRASHES + wrong_sessions.CRASHES


def findings(law, provider):
    """Give what each check of a law raises, and what it raised before its cleaning up did."""
    subject = SUBJECT._replace(provider=provider)
    for check in checks(subject):
        if check.law == law:
            try:
                check.run(subject)
            except Exception as error:
                while error is not None:
                    yield type(error)
                    error = error.__context__


@pytest.mark.parametrize(("law", "provider"), WAYS, ids=[f"{at}-{law}" for at, (law, _) in enumerate(WAYS)])
def test_each_way_of_being_wrong_is_caught(law, provider):
    """The law is broken on at least one leaf type; without the break it holds, as test_memory has it."""
    assert Violation in findings(law, provider)


@pytest.mark.parametrize(("law", "provider", "error"), CRASHES, ids=[law for law, *_ in CRASHES])
def test_a_crash_is_no_success(law, provider, error):
    assert error in findings(law, provider)


def test_every_law_has_a_way_of_being_broken():
    tried = {law for law, *_ in WAYS + CRASHES}
    assert {check.law for check in checks(SUBJECT)} - tried == {"declaring_imports_no_client"}


def test_a_client_imported_where_types_are_declared_is_caught(tmp_path, monkeypatch):
    (tmp_path / "heavy_provider.py").write_text(
        "import click\nfrom kplan_memory import MemoryProvider\nclass Heavy(MemoryProvider): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from heavy_provider import Heavy

    subject = SUBJECT._replace(provider=Heavy())
    [check] = [one for one in checks(subject) if one.law == "declaring_imports_no_client"]
    try:
        with pytest.raises(Violation, match=r"imports .*click"):
            check.run(subject)
    finally:
        del sys.modules["heavy_provider"]
