"""The `security` of a cluster's block: what it may say, what contradicts itself, and who kplan is by it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.sdk.values import Value

PLAINTEXT: Final = "PLAINTEXT"
PROTOCOLS: Final = (PLAINTEXT, "SSL", "SASL_PLAINTEXT", "SASL_SSL")
OAUTHBEARER: Final = "OAUTHBEARER"
AWS_MSK_IAM: Final = "AWS_MSK_IAM"
_BLOCK: Final = "security"
_OF_PASSWORDS: Final = (("username", "password"), ())
_OF_MECHANISM: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {  # what it needs, and may have
    "PLAIN": _OF_PASSWORDS,
    "SCRAM-SHA-256": _OF_PASSWORDS,
    "SCRAM-SHA-512": _OF_PASSWORDS,
    OAUTHBEARER: (("token_endpoint", "client_id", "client_secret"), ("scope",)),
    AWS_MSK_IAM: (("aws_region",), ("aws_profile", "aws_role_arn")),
}
MECHANISMS: Final = tuple(_OF_MECHANISM)
_OF_LOGINS: Final = (
    "mechanism",
    *dict.fromkeys(name for both in _OF_MECHANISM.values() for some in both for name in some),
)
_ENDPOINT: Final = re.compile(
    r"(?:https://[!-.0-~]+|http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?:/[!-~]*)?\Z"
)
_OF_TLS: Final = (
    "ca",
    "truststore",
    "truststore_password",
    "certificate",
    "key",
    "key_password",
    "keystore",
    "keystore_password",
)
_OF_AUTHORITIES: Final = 3  # of them are about who the brokers' certificates are from
_PEM: Final = {"ca": "CERTIFICATE", "certificate": "CERTIFICATE", "key": "PRIVATE KEY"}


@dataclass(frozen=True, slots=True)
class Security:
    """How to prove who one is, and to make sure who answers. Its `repr` has no secret."""

    protocol: str = PLAINTEXT
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    key_password: str = field(default="", repr=False)
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    aws_region: str = ""
    aws_profile: str = ""
    aws_role_arn: str = ""
    principal: str = ""

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol.endswith("SSL")

    @property
    def by_token(self) -> bool:
        """Whether one logs in with a token, which is OAUTHBEARER to brokers wherever it comes from."""
        return self.mechanism in {OAUTHBEARER, AWS_MSK_IAM}

    @property
    def sasl_mechanism(self) -> str:
        """What the mechanism is called between client and broker."""
        return OAUTHBEARER if self.by_token else self.mechanism

    @property
    def login(self) -> bool:
        """Whether one logs in, with a password or a token."""
        return self.protocol.startswith("SASL_")


def security_of(settings: Mapping[str, Value]) -> Security:
    """Read the block of a checked cluster; without one, plain text and no name."""
    block: Any = reveal(settings.get(_BLOCK)) or {}
    values = _unpacked({name: reveal(value) for name, value in block.items() if value is not None})
    security = Security(**values)
    if not security.principal and security.username:
        return Security(**{**values, "principal": f"User:{security.username}"})
    return security


def _unpacked(values: dict[str, Any]) -> dict[str, Any]:
    """Put what stores hold in the place of the stores."""
    keystore, password = values.pop("keystore", None), values.pop("keystore_password", "")
    truststore, other = values.pop("truststore", None), values.pop("truststore_password", "")
    if keystore or truststore:
        from kplan_kafka import keystores

        if keystore:
            values["certificate"], values["key"] = keystores.own(keystore, password)
        if truststore:
            values["ca"] = keystores.authorities(truststore, other)
    return values


def check_security(settings: Mapping[str, Value]) -> list[Fault]:
    """Find what can't be right, or what contradicts itself, before a cluster is contacted."""
    block: Any = settings.get(_BLOCK)
    if not isinstance(block, dict):
        return []
    return list(_faults({name: value for name, value in block.items() if value is not None}))


def _faults(block: dict[str, Any]) -> Iterator[Fault]:
    yield from _texts(block)
    protocol = _known(block.get("protocol"))
    if protocol is None:
        return
    if protocol not in PROTOCOLS:
        yield _no_such("protocol", protocol, PROTOCOLS)
        return
    if protocol.startswith("SASL_"):
        yield from _logins(block, protocol)
    else:
        encrypted = "SASL_SSL" if protocol == "SSL" else "SASL_PLAINTEXT"
        yield from _unused(block, _OF_LOGINS, protocol, "logs nobody in", encrypted)
    if not protocol.endswith("SSL"):
        secure = "SASL_SSL" if protocol == "SASL_PLAINTEXT" else "SSL"
        by_token = _known(block.get("mechanism")) == OAUTHBEARER
        names = _OF_TLS[_OF_AUTHORITIES:] if by_token else _OF_TLS  # the address of tokens may need a CA
        yield from _unused(block, names, protocol, "encrypts nothing", secure)
    elif "certificate" in block and "key" not in block:
        yield _fault(
            "missing", "certificate", "a certificate needs its key", 'Add key = sensitive(file("…")).'
        )
    elif "key" in block and "certificate" not in block:
        yield _fault("missing", "key", "a key needs its certificate", 'Add certificate = file("…").')
    yield from _stores(block)
    if "key_password" in block and "key" not in block:
        yield _fault("unused", "key_password", "key_password opens no key", "Add key, or take it out.")
    own = next((name for name in ("certificate", "keystore") if name in block), None)
    if protocol == "SSL" and own and "principal" not in block:
        yield _fault(
            "missing",
            own,
            "who a certificate stands for is the brokers' decision (ssl.principal.mapping.rules)",
            'Name it: principal = "User:CN=kplan" or whatever they make of it.',
        )


def _stores(block: dict[str, Any]) -> Iterator[Fault]:
    """Find stores that can't be opened, passwords of none, and what is said twice."""
    for store, instead in (("keystore", "certificate"), ("truststore", "ca")):
        if store not in block:
            if f"{store}_password" in block:
                remedy = f"Add {store}, or take it out."
                yield _fault("unused", f"{store}_password", f"{store}_password opens no {store}", remedy)
            continue
        if instead in block:
            yield _fault(
                "contradiction", store, f"{store} and {instead} say the same", "Take one of them out."
            )
        text, password = _known(block[store]), _known(block.get(f"{store}_password", ""))
        if text is None or password is None:
            continue
        from kplan_kafka import keystores

        try:
            (keystores.own if store == "keystore" else keystores.authorities)(text, password)
        except keystores.Unusable as wrong:
            yield _fault("unusable_store", store, f"the {store} can't be used: {wrong}", "")


def _texts(block: dict[str, Any]) -> Iterator[Fault]:
    for name, what in _PEM.items():
        text = _known(block.get(name))
        if text is not None and f"{what}-----" not in text:
            is_path = "\n" not in text.strip() and len(text) < 500
            path = text.strip() if is_path and name != "key" else "…"
            remedy = f'To read a file, write file("{path}").' if is_path else "Give it as PEM."
            yield _fault("not_pem", name, f"{name} is not PEM: it has no {what}", remedy)
    principal = _known(block.get("principal"))
    kind, colon, _ = (principal or ":").partition(":")
    if principal is not None and not (colon and kind.isalnum()):
        remedy = f'Write "User:{principal}", as Kafka does.'
        yield _fault("invalid_principal", "principal", "a principal begins with its type", remedy)


def _logins(block: dict[str, Any], protocol: str) -> Iterator[Fault]:
    if "mechanism" not in block:
        remedy = f"Add mechanism: {', '.join(MECHANISMS)}."
        yield _fault("missing", "protocol", f"{protocol} logs in, but by which mechanism?", remedy)
        return
    mechanism = _known(block["mechanism"])
    if mechanism is None:
        return
    if mechanism not in MECHANISMS:
        yield _no_such("mechanism", mechanism, MECHANISMS)
        return
    needed, more = _OF_MECHANISM[mechanism]
    for name in needed:
        if name not in block or _known(block[name]) == "":
            yield _fault("missing", "mechanism", f"{mechanism} needs {name}", f"Add {name}.")
    for name in block:
        if name in _OF_LOGINS[1:] and name not in (*needed, *more):
            others = [one for one, (first, second) in _OF_MECHANISM.items() if name in (*first, *second)]
            remedy = f"Take {name} out, or log in by {' or '.join(others)}."
            yield _fault("unused", name, f"{mechanism} has no use for {name}", remedy)
    if mechanism == OAUTHBEARER:
        yield from _tokens(block)
    if mechanism == AWS_MSK_IAM:
        yield from _signed(block, protocol)


def _tokens(block: dict[str, Any]) -> Iterator[Fault]:
    if "principal" not in block:
        remedy = 'Name it: principal = "User:…", mostly the "sub" of its tokens.'
        yield _fault("missing", "mechanism", "who a token stands for is the brokers' decision", remedy)
    url = _known(block.get("token_endpoint"))
    if url and not _ENDPOINT.match(url):
        remedy = "Write an address that begins with https://; the client's secret is sent there."
        yield _fault("invalid_url", "token_endpoint", f'"{url}" is no address for a secret', remedy)


def _signed(block: dict[str, Any], protocol: str) -> Iterator[Fault]:
    if "aws_profile" in block and "aws_role_arn" in block:
        remedy = "Take one of them out."
        yield _fault("contradiction", "aws_profile", "a profile and a role would each name who signs", remedy)
    if protocol != "SASL_SSL":
        yield _fault(
            "contradiction", "protocol", f"{AWS_MSK_IAM} goes over TLS", 'Write protocol = "SASL_SSL".'
        )
    if find_spec("aws_msk_iam_sasl_signer") is None:
        remedy = "Install it with kplan: pip install 'kplan[msk]'."
        yield _fault(
            "missing_package", "mechanism", f"{AWS_MSK_IAM} needs Amazon's package that signs", remedy
        )


def _unused(
    block: dict[str, Any], names: tuple[str, ...], protocol: str, does: str, other: str
) -> Iterator[Fault]:
    for name in names:
        if name in block:
            remedy = f'Write protocol = "{other}", or take {name} out.'
            yield _fault("unused", name, f"{protocol} {does}, so {name} would have no effect", remedy)


def _no_such(name: str, given: str, known: tuple[str, ...]) -> Fault:
    import difflib  # only for an error

    near = difflib.get_close_matches(given.upper().replace("_SHA_", "-SHA-"), known, 1)
    meant = f'Did you mean "{near[0]}"? ' if near else ""
    return _fault("unknown", name, f'there is no {name} "{given}"', f"{meant}There are {', '.join(known)}.")


def _fault(code: str, name: str, summary: str, remedy: str) -> Fault:
    return Fault(f"security_{code}", summary, "", remedy, (_BLOCK, name))


def _known(value: Any) -> str | None:
    return None if value is None or marks(value) & UNKNOWN else reveal(value)
