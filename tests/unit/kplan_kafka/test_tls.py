"""A handshake that the other side ends: by whichever of its ways OpenSSL tells of it, it is one who speaks no TLS."""

import ssl

import pytest

from kplan_kafka import tls
from kplan_kafka.endpoint import Address
from kplan_kafka.security import Security


class Ending:
    def __init__(self, wrong: ssl.SSLError) -> None:
        self.wrong = wrong

    def settimeout(self, within: float) -> None:
        """Take it."""

    def wrap_socket(self, opened: object, server_hostname: str) -> None:
        raise self.wrong


@pytest.mark.parametrize("wrong", [ssl.SSLEOFError(8, "EOF"), ssl.SSLZeroReturnError(6, "closed (EOF)")])
def test_who_hangs_up_speaks_no_tls(monkeypatch, wrong):
    ending = Ending(wrong)
    monkeypatch.setattr(tls, "_context", lambda _: ending)
    with pytest.raises(ConnectionResetError):
        tls.encrypted(ending, Address("broker", 9093), Security(), 1.0)
