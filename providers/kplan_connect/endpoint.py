"""A connect_cluster's block before it is contacted: what is wrong with it, and how to get to its workers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.sdk.values import Value

_BLOCK: Final = "security"
_PEM: Final = {"ca": "CERTIFICATE", "certificate": "CERTIFICATE", "key": "PRIVATE KEY"}
_OF_TLS: Final = ("ca", "certificate", "key", "key_password")
_PRINCIPAL: Final = re.compile(r"[A-Za-z0-9]+:.")


@dataclass(frozen=True, slots=True)
class Options:
    """How to get to the workers of one Connect cluster. Its `repr` has no secret."""

    urls: tuple[str, ...]
    group_id: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    key_password: str = field(default="", repr=False)


def options_of(settings: Mapping[str, Value]) -> Options:
    """Read a checked block."""
    block: Any = reveal(settings.get(_BLOCK)) or {}
    values = {name: reveal(value) for name, value in block.items() if value is not None}
    urls = dict.fromkeys(url.strip().rstrip("/") for url in reveal(settings["urls"]))
    return Options(tuple(urls), str(reveal(settings["group_id"])), **values)


def check_connect_cluster(settings: Mapping[str, Value]) -> list[Fault]:
    """Find what is wrong with a connect_cluster block."""
    return [
        *_check_urls(settings.get("urls")),
        *_check_texts(settings),
        *_check_security(settings.get(_BLOCK), settings.get("urls")),
    ]


def _check_urls(given: Value) -> Iterator[Fault]:
    if marks(given) & UNKNOWN:
        return
    urls = reveal(given)
    if not urls:
        remedy = 'Name at least one worker, as in urls = ["http://connect1:8083"].'
        yield Fault("no_urls", "urls names no worker", "", remedy, ("urls",))
    for number, url in enumerate(urls or ()):
        wrong = _wrong_with(url)
        if wrong:
            remedy = 'Write http:// or https://, a host and a port, as in "http://connect1:8083".'
            yield Fault("invalid_url", f"{wrong}", "", remedy, ("urls", number))


def _wrong_with(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return f"{url!r} is not an address"
    if parts.username is not None or parts.password is not None:
        return "an address with a login in it would be shown: username and password belong into security"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return f"{url!r} is not the address of a worker"
    return f"{url!r} has more than a path" if parts.query or parts.fragment else ""


def _check_texts(settings: Mapping[str, Value]) -> Iterator[Fault]:
    if settings.get("group_id") == "":
        remedy = "Write the workers' group.id."
        yield Fault("empty_group_id", "group_id is empty", "", remedy, ("group_id",))
    principal = settings.get("principal")
    if isinstance(principal, str) and not _PRINCIPAL.match(principal):
        remedy = f'Write "User:{principal}", as Kafka does.'
        yield Fault("invalid_principal", "a principal begins with its type", "", remedy, ("principal",))


def _check_security(given: Value, urls: Value) -> Iterator[Fault]:
    if not isinstance(given, dict):
        return
    block = {name: value for name, value in given.items() if value is not None}
    for name, other, what in (
        ("username", "password", "who logs in needs a password"),
        ("password", "username", "a password is for a username"),
        ("certificate", "key", "a certificate needs its key"),
        ("key", "certificate", "a key needs its certificate"),
        ("key_password", "key", "key_password opens no key"),
    ):
        if name in block and other not in block:
            yield _fault("missing", name, what, f"Add {other}, or take {name} out.")
    for name, what in _PEM.items():
        text = _known(block.get(name))
        if text is not None and f"{what}-----" not in text:
            remedy = (
                f'Give it as PEM, mostly {"sensitive(" * (name == "key")}file("…"){")" * (name == "key")}.'
            )
            yield _fault("not_pem", name, f"{name} is not PEM: it has no {what}", remedy)
    if ":" in (_known(block.get("username")) or ""):
        yield _fault("invalid", "username", "a username of basic authentication has no colon", "Correct it.")
    yield from _unused(block, urls)


def _unused(block: Mapping[str, Value], urls: Value) -> Iterator[Fault]:
    if marks(urls) & UNKNOWN or not urls or any(url.lower().startswith("https:") for url in reveal(urls)):
        return
    for name in _OF_TLS:
        if name in block:
            remedy = f"Write https:// in urls, or take {name} out."
            yield _fault(
                "unused", name, f"nothing is encrypted by http://, so {name} would have no effect", remedy
            )


def _fault(code: str, name: str, summary: str, remedy: str) -> Fault:
    return Fault(f"security_{code}", summary, "", remedy, (_BLOCK, name))


def _known(value: Any) -> str | None:
    return None if value is None or marks(value) & UNKNOWN else reveal(value)
