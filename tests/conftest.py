"""For every test: identifiers that any tool can pass on."""

import re

_PLAIN = re.compile(r"[A-Za-z0-9_ .=+-]{1,60}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Call a text by its argument's name where it has signs that a command line or a mutation run trips over."""
    if isinstance(val, (str, bytes)):
        text = val if isinstance(val, str) else val.decode("latin-1")
        return None if _PLAIN.fullmatch(text) else argname
    return None
