"""Base64, character sets and escaping for URLs."""

from __future__ import annotations

from typing import Final

from kplan.lang.constraints import STRING
from kplan.lang.diagnostics import did_you_mean
from kplan.lang.functions import Parameter, function
from kplan.lang.problems import FunctionError

_STR: Final = Parameter("str", STRING)
_ENCODING: Final = Parameter("encoding", STRING)
# IANA's names to Python's codecs.
_CODECS: Final = {
    "UTF-8": "utf-8",
    "UTF-16BE": "utf-16-be",
    "UTF-16LE": "utf-16-le",
    "US-ASCII": "ascii",
    "latin1": "iso8859-1",
    **{f"ISO-8859-{part}": f"iso8859-{part}" for part in (*range(1, 11), *range(13, 17))},
    **{f"windows-{page}": f"cp{page}" for page in (874, *range(1250, 1259))},
    **{f"IBM{page}": f"cp{page}" for page in ("037", 437, 850, 852, 855, 860, 862, 863, 865, 866)},
    "KOI8-R": "koi8-r",
    "KOI8-U": "koi8-u",
    "macintosh": "mac-roman",
    "GBK": "gbk",
    "GB18030": "gb18030",
    "HZ-GB-2312": "hz",
    "Big5": "big5",
    "EUC-JP": "euc-jp",
    "Shift_JIS": "shift-jis",
    "ISO-2022-JP": "iso2022-jp",
    "EUC-KR": "euc-kr",
}  # fmt: skip
_BY_NAME: Final = {name.lower(): name for name in (*_CODECS, "UTF-16")}
_BOMS: Final = {b"\xfe\xff": "utf-16-be", b"\xff\xfe": "utf-16-le"}


@function("base64encode", _STR, gives="string")
def _base64encode(text: str) -> str:
    return to_base64(text.encode())


@function("base64decode", _STR, gives="string")
def _base64decode(text: str) -> str:
    try:
        return from_base64(text, 0).decode()
    except UnicodeDecodeError:
        raise FunctionError("what it decodes to is not valid UTF-8", 0) from None


@function("base64gzip", _STR, gives="string")
def _base64gzip(text: str) -> str:
    import zlib

    data = text.encode()
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    # gzip's header says neither when nor where it was made, so that the same text always gives the same.
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    ends = zlib.crc32(data).to_bytes(4, "little") + (len(data) % 2**32).to_bytes(4, "little")
    return to_base64(header + body + ends)


@function("textencodebase64", Parameter("string", STRING), _ENCODING, gives="string")
def _textencodebase64(text: str, encoding: str) -> str:
    name = _name(encoding)
    if name == "UTF-16":
        return to_base64(b"\xfe\xff" + text.encode("utf-16-be"))
    try:
        return to_base64(text.encode(_CODECS[name]))
    except UnicodeEncodeError as problem:
        raise FunctionError(f'"{text[problem.start]}" can\'t be represented in {name}', 0) from None


@function("textdecodebase64", Parameter("source", STRING), _ENCODING, gives="string")
def _textdecodebase64(source: str, encoding: str) -> str:
    name = _name(encoding)
    data = from_base64(source, 0)
    codec = _CODECS.get(name) or _BOMS.get(data[:2], "utf-16-be")
    try:
        return data[2:].decode(codec) if name == "UTF-16" and data[:2] in _BOMS else data.decode(codec)
    except UnicodeDecodeError:
        raise FunctionError(f"what it decodes to is not valid {name}", 0) from None


def _name(encoding: str) -> str:
    found = _BY_NAME.get(encoding.lower())
    if found is None:
        hint = (
            did_you_mean(encoding.upper(), _BY_NAME.values())
            or " There are UTF-8, UTF-16LE, ISO-8859-1 and others."
        )
        raise FunctionError(f'"{encoding}" is no IANA name of an encoding known here.{hint[:-1]}', 1)
    return found


@function("urlencode", _STR, gives="string")
def _urlencode(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text)


def to_base64(data: bytes) -> str:
    """Encode with the standard alphabet and padding."""
    from base64 import b64encode

    return b64encode(data).decode()


def from_base64(text: str, position: int) -> bytes:
    """Decode the standard alphabet, lines allowed. Raises FunctionError."""
    from base64 import b64decode

    try:
        return b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise FunctionError("this is not Base64 (with + and /, and = at the end)", position) from None
