"""A cluster with a listener for every way to connect, its CA, and who may log in."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import trustme
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from kplan.sandbox import ClusterSpec

LISTENERS = (("SASL", "SASL_PLAINTEXT"), ("TLS", "SSL"), ("MUTUAL", "SSL"), ("LOGIN", "SASL_SSL"))
PASSWORD = "correct horse, battery=staple"  # noqa: S105 - of the test's own users
LIFE = 3.0  # seconds, that a login by PLAIN on the listener SASL is good for
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_BEARER = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


class Issuer(BaseHTTPRequestHandler):
    """Issues tokens to one client, as the brokers' validator for development takes them: nobody signs them."""

    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        if tuple(map(unquote, given.split(":"))) != ("kplan", PASSWORD):
            self.answer(401, {"error": "invalid_client", "error_description": f"not {given}"})
        elif form["grant_type"] != ["client_credentials"]:
            self.answer(400, {"error": "unsupported_grant_type"})
        else:
            late = form.get("scope") == ["late"]
            now = time.time() - (3600 if late else 0)
            claims = {"sub": "kplan", "iat": now, "exp": now + 600, "scope": "x"}
            token = ".".join((_part({"alg": "none"}), _part(claims), ""))
            self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 600})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def issuer() -> Iterator[str]:
    """Run the issuer; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        server.server_close()


class Certificates:
    """A CA, the brokers' certificate for 127.0.0.1, and a client's."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.other = trustme.CA()
        self.broker = self.authority.issue_cert("127.0.0.1", "localhost")
        self.client = self.authority.issue_cert("kplan@example.test", common_name="kplan")
        self.stranger = self.other.issue_cert("kplan@example.test", common_name="kplan")

    def brokers_config(self, folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True, exist_ok=True)
        chain = b"".join(one.bytes() for one in self.broker.cert_chain_pems)
        (folder / "broker.pem").write_bytes(pkcs8(self.broker.private_key_pem.bytes()) + chain)
        (folder / "ca.pem").write_bytes(self.authority.cert_pem.bytes())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.pem"),
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/L,DEFAULT",
        }

    @property
    def ca(self) -> str:
        return text(self.authority.cert_pem)


def text(pem: trustme.Blob) -> str:
    return pem.bytes().decode()


def own(certificate: trustme.LeafCert, password: str = "") -> tuple[str, str]:
    """Give a client's certificate and key."""
    return (
        "".join(text(one) for one in certificate.cert_chain_pems),
        pkcs8(certificate.private_key_pem.bytes(), password).decode(),
    )


def pkcs8(pem: bytes, password: str = "") -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(pem, None)
    how = form.BestAvailableEncryption(password.encode()) if password else form.NoEncryption()
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how)


def spec(name: str, certificates: Certificates, folder: Path, brokers: int = 1) -> ClusterSpec:
    config = certificates.brokers_config(folder)
    for listener in ("sasl", "login"):
        config[f"listener.name.{listener}.sasl.enabled.mechanisms"] = (
            "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"
        )
        config[f"listener.name.{listener}.oauthbearer.sasl.jaas.config"] = f"{_BEARER} required;"
        config[f"listener.name.{listener}.plain.sasl.jaas.config"] = (
            f'{_PLAIN} required user_kplan="{PASSWORD}";'
        )
        for mechanism in ("scram-sha-256", "scram-sha-512"):
            config[f"listener.name.{listener}.{mechanism}.sasl.jaas.config"] = f"{_SCRAM} required;"
    config["listener.name.sasl.plain.connections.max.reauth.ms"] = str(int(1000 * LIFE))
    config["super.users"] = "User:ANONYMOUS;User:kplan;User:k=p,lan"
    return ClusterSpec(name, brokers, config=tuple(config.items()), listeners=LISTENERS)


def add_users(bootstrap: str, *names: str) -> None:
    """Give users their password, by both SCRAM mechanisms."""
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    mechanisms = (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
    wanted = [
        UserScramCredentialUpsertion(name, ScramCredentialInfo(one, 4096), PASSWORD.encode())
        for name in names
        for one in mechanisms
    ]
    for upsertion in wanted:  # one of a user in a request
        for future in client.alter_user_scram_credentials([upsertion]).values():
            future.result(30)
