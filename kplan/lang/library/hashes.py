"""Digests of texts, and ids made of names."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.encodings import to_base64
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable

_STR: Final = Parameter("str", STRING)
_NAMESPACES: Final = {
    name: bytes.fromhex(f"6ba7b81{digit}9dad11d180b400c04fd430c8")
    for name, digit in {"dns": 0, "url": 1, "oid": 2, "x500": 4}.items()
}  # RFC 9562
_UUID: Final = re.compile(
    r"(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\Z"
    r"|\{([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}\Z"
    r"|([0-9a-f]{32})\Z",
    re.IGNORECASE,
)


def hexadecimal(name: str, data: bytes) -> str:
    """Give a digest in hexadecimal; these tell contents apart and keep no secret."""
    return hashlib.new(name, data, usedforsecurity=False).hexdigest()


def in_base64(name: str, data: bytes) -> str:
    """Give a digest in Base64."""
    return to_base64(hashlib.new(name, data, usedforsecurity=False).digest())


def _declare(name: str, made: Callable[[str, bytes], str], algorithm: str) -> None:
    def run(text: str) -> str:
        return made(algorithm, text.encode())

    run.__name__ = f"_{name}"
    function(name, _STR, gives="string")(run)


for _algorithm in ("md5", "sha1", "sha256", "sha512"):
    _declare(_algorithm, hexadecimal, _algorithm)
for _algorithm in ("sha256", "sha512"):
    _declare(f"base64{_algorithm}", in_base64, _algorithm)


@function("uuidv5", Parameter("namespace", STRING), Parameter("name", STRING), gives="string")
def _uuidv5(namespace: str, name: str) -> str:
    space = _NAMESPACES.get(namespace)
    if space is None:
        found = _UUID.match(namespace)
        if found is None:
            raise FunctionError(
                f'the namespace must be "dns", "url", "oid", "x500" or a UUID, not "{namespace}"', 0
            )
        space = bytes.fromhex("".join(part for part in found.groups() if part))
    digest = bytearray(hashlib.sha1(space + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # the version
    digest[8] = digest[8] & 0x3F | 0x80  # the variant
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
