"""Tokens for OAUTHBEARER, kept until they are near their end.

They are fetched with client credentials (RFC 6749 §4.4), or signed for Amazon's MSK by its own package.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan_kafka.security import AWS_MSK_IAM

if TYPE_CHECKING:
    from kplan_kafka.security import Security

_WITHIN: Final = 5.0  # seconds, for one answer
_LARGEST: Final = 2**20
_KEPT_FOR: Final = 0.8  # of its life; then another is asked for
_LIFE: Final = 300.0  # seconds, where the answer tells none (RFC 6749 §5.1 only recommends it)


class NoToken(Exception):  # noqa: N818 - it becomes an Unreachable
    """No token came; the cause in words."""


class Token(NamedTuple):
    """A token as brokers take it; `until` and `expires` in seconds since the epoch."""

    text: str
    until: float
    expires: float


class Tokens:
    """The tokens of one client; safe from several threads."""

    def __init__(self, security: Security) -> None:
        """Name the client; nothing is contacted."""
        self._security = security
        self._last = Token("", 0.0, 0.0)
        self._lock = threading.Lock()

    def current(self) -> Token:
        """Give a token that is good for a while. Raises NoToken with the cause."""
        with self._lock:
            if time.time() >= self._last.until:
                by_amazon = self._security.mechanism == AWS_MSK_IAM
                self._last = _signed(self._security) if by_amazon else _fetched(self._security)
            return self._last


@lru_cache(maxsize=32)
def tokens(security: Security) -> Tokens:
    """Give the tokens of a cluster's block; both Kafka clients share them."""
    return Tokens(security)


def _signed(security: Security) -> Token:
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    region = security.aws_region
    now = time.time()
    try:
        if security.aws_profile:
            text, ends = MSKAuthTokenProvider.generate_auth_token_from_profile(region, security.aws_profile)
        elif security.aws_role_arn:
            text, ends = MSKAuthTokenProvider.generate_auth_token_from_role_arn(region, security.aws_role_arn)
        else:
            text, ends = MSKAuthTokenProvider.generate_auth_token(region)
    except Exception as wrong:  # noqa: BLE001 - botocore has some sixty kinds, none of them with a secret
        raise NoToken(f"nothing to sign with: {wrong}") from None
    return Token(text, now + _KEPT_FOR * (ends / 1000 - now), ends / 1000)


def _fetched(security: Security) -> Token:
    where = security.token_endpoint
    now = time.time()
    answer = _asked(security, where)
    text, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not text:
        raise NoToken(f"{where} answers without an access_token")
    seconds = float(life) if isinstance(life, (int, float)) and life > 0 else _LIFE
    return Token(text, now + _KEPT_FOR * seconds, now + seconds)


def _asked(security: Security, where: str) -> dict[str, Any]:
    form = {"grant_type": "client_credentials"} | ({"scope": security.scope} if security.scope else {})
    pair = ":".join(urllib.parse.quote(one, safe="") for one in (security.client_id, security.client_secret))
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the block
        where,
        urllib.parse.urlencode(form).encode(),
        {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Accept": "application/json",
        },
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=_context(security)))
    try:
        with opener.open(request, timeout=_WITHIN) as opened:
            answer = json.loads(opened.read(_LARGEST))
    except urllib.error.HTTPError as wrong:
        raise NoToken(f"{where} answers {wrong.code}{_said(wrong)}") from None
    except urllib.error.URLError as wrong:
        raise NoToken(f"{where} can't be reached: {wrong.reason}") from None
    except (OSError, ValueError) as wrong:
        told = "no answer" if isinstance(wrong, TimeoutError) else "its answer is not JSON"
        raise NoToken(f"{where}: {told}") from None
    return answer if isinstance(answer, dict) else {}


def _context(security: Security) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if security.ca:
        context.load_verify_locations(cadata=security.ca)
    return context


def _said(wrong: urllib.error.HTTPError) -> str:
    """Give the error's code; anything else in an answer might repeat what was sent."""
    try:
        code = json.loads(wrong.read(_LARGEST)).get("error")
    except (OSError, ValueError, AttributeError):
        return ""
    return f" ({code})" if isinstance(code, str) and code.replace("_", "").isalnum() else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret goes where it was sent, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""
