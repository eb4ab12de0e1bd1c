"""Keystores and truststores as Java's keytool makes them: PKCS#12, in base64 as `filebase64` gives it."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.serialization import pkcs12


def keystore(chain: str, key: str, opener: str = "changeit", name: str = "kplan") -> str:
    """Make a keystore of PEM texts."""
    first, *others = x509.load_pem_x509_certificates(chain.encode())
    private = form.load_pem_private_key(key.encode(), None)
    how = form.BestAvailableEncryption(opener.encode()) if opener else form.NoEncryption()
    made = pkcs12.serialize_key_and_certificates(name.encode(), private, first, others, how)
    return base64.b64encode(made).decode()


def truststore(*authorities: str, opener: str = "changeit") -> str:
    """Make a truststore of PEM texts, which Java can read too."""
    trusted = [
        pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(one.encode()), f"ca{at}".encode())
        for at, one in enumerate(authorities)
    ]
    how = form.BestAvailableEncryption(opener.encode())
    return base64.b64encode(pkcs12.serialize_java_truststore(trusted, how)).decode()
