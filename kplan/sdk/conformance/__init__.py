"""The laws that every provider keeps, as checks that its author's tests run.

    @pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
    def test_my_provider(check):
        check.run(SUBJECT)

A Subject says what to try it on. Owns the laws; knows no provider, and needs no test framework.
"""

from kplan.sdk.conformance.checks import Check, checks
from kplan.sdk.conformance.rig import Violation
from kplan.sdk.conformance.subject import LeafSubject, SourceSubject, Subject

__all__ = ["Check", "LeafSubject", "SourceSubject", "Subject", "Violation", "checks"]
