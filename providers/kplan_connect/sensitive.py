"""What looks like a secret in a connector's configuration, and texts without the secrets in them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HIDDEN: Final = "[hidden]"
"""What stands where a value is not to be seen; Connect itself writes it so."""

_SHORTEST: Final = 4  # of a secret that is looked for inside of a text
_SHORT: Final = "(sensitive value)"
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_KEY: Final = re.compile(
    r"(?:^|[.\-_])(?:"
    r"pass(?:word|wd|phrase)?|pwd|secrets?|credentials?(?:[.\-_]json)?|tokens?|jaas[.\-_]config|user[.\-_]info"
    r"|(?:access|account|api|auth|encryption|license|master|private|sas|secret|shared|signing|storage)[.\-_]?key"
    r"|(?:keystore|ssl)[.\-_]key|keystore[.\-_]certificate[.\-_]chain|connection[.\-_]string"
    r")\Z"
)
_PLACEHOLDER: Final = re.compile(r"\$\{[^}:]+:[^}]*\}")
_IN_VALUE: Final = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@|(?:^|[\s;&?,\"'])(?:password|passwd|pwd|secret|accountkey|sharedaccesskey)\s*=\s*[\"']?[^\s\"';&]",
    re.IGNORECASE,
)


def looks_secret(key: str) -> bool:
    """Tell whether a key's name says that its value is a secret."""
    return bool(_SECRET_KEY.search(_CAMEL.sub(".", key).lower()))


def is_open_secret(key: str, value: str, secret_keys: Iterable[str] = ()) -> bool:
    """Tell whether a value is a secret written out: by its key, by what it holds, or as the plugin has its key.

    A value with a placeholder, such as ${file:/etc/connect/db:password}, is none: workers resolve it.
    """
    without = _PLACEHOLDER.sub("", value)
    if _IN_VALUE.search(without):
        return True
    return bool(value) and without == value and (key in secret_keys or looks_secret(key))


def secrets_in(flat: Mapping[str, str], keys: Iterable[str]) -> frozenset[str]:
    """Collect the values of keys that are sensitive, to be left out of what workers say."""
    return frozenset(flat[key] for key in keys if flat.get(key))


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """Put a mark where a secret is in a text. One with so short a secret in it is not shown at all."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in {secret, *secret.splitlines()}:
            if form not in text or not form:
                continue
            if len(form) < _SHORTEST:
                return _SHORT
            text = text.replace(form, _SHORT)
    return text


def told_by(trace: str) -> tuple[str, str]:
    """Give the first line of a Java trace, and the line of what it was caused by first; "" if that is the same."""
    lines = trace.strip().split("\n")
    causes = [
        line.strip().removeprefix("Caused by: ") for line in lines if line.strip().startswith("Caused by: ")
    ]
    first = _without_package(lines[0].strip())
    cause = _without_package(causes[-1]) if causes else ""
    return first, "" if cause == first else cause


def _without_package(line: str) -> str:
    return re.sub(r"^(?:[a-z_][\w$]*\.)+(?=[A-Z])", "", line)
