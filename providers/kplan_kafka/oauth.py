"""Tokens for OAUTHBEARER, kept until they are near their end.

They are fetched with client credentials (RFC 6749 §4.4), or signed for Amazon's MSK by its own package.
"""

from __future__ import annotations

import base64
import http.client
import json
import queue
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.tls import certificates
from kplan_kafka.security import AWS_MSK_IAM
from kplan_kafka.unreachable import NoToken

if TYPE_CHECKING:
    from kplan_kafka.security import Security

_WITHIN: Final = 3.0  # seconds, for one token: less than a connection may take
_ANSWER_FOR: Final = 5.0  # seconds, that a failure stands for all who ask
_LARGEST: Final = 2**20
_KEPT_FOR: Final = 0.8  # of its life; then another is asked for
_LIFE: Final = 300.0  # seconds, where the answer tells none (RFC 6749 §5.1 only recommends it)


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
        self._failed: tuple[float, str] | None = None
        self._lock = threading.Lock()

    def current(self) -> Token:
        """Give a token that is good for a while. Raises NoToken with the cause."""
        with self._lock:
            if time.time() >= self._last.until:
                if self._failed and time.monotonic() < self._failed[0]:
                    raise NoToken(self._failed[1])  # who waited for the same answer
                try:
                    self._last = _in_time(self._security)
                except NoToken as wrong:
                    self._failed = (time.monotonic() + _ANSWER_FOR, str(wrong))
                    raise
            return self._last


@lru_cache(maxsize=32)
def tokens(security: Security) -> Tokens:
    """Give the tokens of a cluster's block; both Kafka clients share them."""
    return Tokens(security)


def _in_time(security: Security) -> Token:
    """Get a token within bounded time, however slowly what comes comes."""
    by_amazon = security.mechanism == AWS_MSK_IAM
    results: queue.Queue[Token | NoToken] = queue.Queue()

    def get() -> None:
        try:
            results.put(_signed(security) if by_amazon else _fetched(security))
        except NoToken as wrong:
            results.put(wrong)

    threading.Thread(target=get, daemon=True).start()
    try:
        result = results.get(timeout=_WITHIN)
    except queue.Empty:
        whom = "AWS" if by_amazon else security.token_endpoint
        raise NoToken(f"{whom}: no answer within {_WITHIN:.0f} s") from None
    if isinstance(result, NoToken):
        raise result
    return result


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
    except AttributeError:  # what the package makes of it
        raise NoToken("nothing to sign with: no AWS credentials were found") from None
    except Exception as wrong:  # noqa: BLE001 - botocore has some sixty kinds
        kind = type(wrong).__name__
        told = kind if "Credential" in kind else wrong  # its words may repeat what a command said
        raise NoToken(f"nothing to sign with: {told}") from None
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
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Accept": "application/json",
    }
    # In plain text only to this machine, and there not by a proxy.
    proxies = [urllib.request.ProxyHandler({})] if where.startswith("http://") else []
    try:
        handlers: tuple[Any, ...] = (
            _NoRedirect,
            urllib.request.HTTPSHandler(context=_context(security)),
            *proxies,
        )
        request = urllib.request.Request(where, urllib.parse.urlencode(form).encode(), headers)  # noqa: S310 - checked
        with urllib.request.build_opener(*handlers).open(request, timeout=_WITHIN) as opened:
            answer = json.loads(opened.read(_LARGEST))
    except urllib.error.HTTPError as wrong:
        with wrong:
            raise NoToken(f"{where} answers {wrong.code}{_said(wrong)}") from None
    except urllib.error.URLError as wrong:
        raise NoToken(f"{where} can't be reached: {wrong.reason}") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise NoToken(f"{where}: its answer is not JSON") from None
    except (OSError, ValueError, http.client.HTTPException) as wrong:
        told = "no answer in time" if isinstance(wrong, TimeoutError) else type(wrong).__name__
        raise NoToken(f"{where} gives no answer that can be read ({told})") from None
    return answer if isinstance(answer, dict) else {}


def _context(security: Security) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if security.ca:
        context.load_verify_locations(cadata=certificates(security.ca))
    return context


def _said(wrong: urllib.error.HTTPError) -> str:
    """Give the error's code; anything else in an answer might repeat what was sent."""
    try:
        code = json.loads(wrong.read(_LARGEST)).get("error")
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        return ""
    return f" ({code})" if isinstance(code, str) and code.replace("_", "").isalnum() else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret goes where it was sent, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""
