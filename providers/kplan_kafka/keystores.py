"""Keystores and truststores in PKCS#12, as Java's keytool makes them, to PEM, which is what both clients take."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any, NamedTuple


class Unusable(Exception):  # noqa: N818 - it becomes a fault
    """A store that can't be opened or lacks what it is for; the message says why."""


class Own(NamedTuple):
    """What a keystore holds: the certificate with its chain, and the key."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Own(…)"


@lru_cache(maxsize=8)
def own(store: str, password: str) -> Own:
    """Give the certificate and key of a keystore. `store`: its bytes in base64. Raises Unusable."""
    from cryptography.hazmat.primitives import serialization as form

    key, certificate, chain = _opened(store, password)
    if key is None or certificate is None:
        raise Unusable("it holds no key with its certificate")
    pem = form.Encoding.PEM
    text = "".join(one.public_bytes(pem).decode() for one in (certificate, *chain))
    private: bytes = key.private_bytes(pem, form.PrivateFormat.PKCS8, form.NoEncryption())
    return Own(text, private.decode())


@lru_cache(maxsize=8)
def authorities(store: str, password: str) -> str:
    """Give the certificates of a truststore as PEM. `store`: its bytes in base64. Raises Unusable."""
    from cryptography.hazmat.primitives import serialization as form

    _, certificate, others = _opened(store, password)
    found = [one for one in (certificate, *others) if one is not None]
    if not found:
        raise Unusable("it holds no certificate")
    return "".join(one.public_bytes(form.Encoding.PEM).decode() for one in found)


def _opened(store: str, password: str) -> tuple[Any, Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        data = base64.b64decode(store, validate=True)
    except (binascii.Error, ValueError):
        raise Unusable("it is not in base64: read it with filebase64(…)") from None
    if data[:4] == b"\xfe\xed\xfe\xed":
        raise Unusable(
            "it is a JKS, which only Java reads; make it PKCS#12 with keytool -importkeystore -deststoretype PKCS12"
        )
    if data[:1] != b"\x30":
        raise Unusable("it is not PKCS#12")
    try:
        return pkcs12.load_key_and_certificates(data, password.encode() or None)
    except ValueError as wrong:
        if "password" in str(wrong).lower():
            raise Unusable("its password is wrong or missing") from None
        raise Unusable("it can't be read as PKCS#12") from None
