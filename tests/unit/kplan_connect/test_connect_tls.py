"""What errors of a handshake with a worker mean, and texts that are no certificates."""

import ssl

import pytest

from kplan.sdk.tls import UnusableError, client_context
from kplan_connect.tls import explained


@pytest.mark.parametrize("wrong", [ssl.SSLEOFError(8, "EOF"), ssl.SSLZeroReturnError(6, "closed (EOF)")])
def test_who_hangs_up_speaks_no_tls(wrong):
    wrong.reason = None  # as ssl has it
    assert explained(wrong, "worker").words == "it does not speak TLS"


def test_a_text_without_certificates_is_not_taken_for_the_systems_own():
    with pytest.raises(UnusableError, match="ca in security can't be read as PEM"):
        client_context("nothing of the kind", "", "", "")
