"""Send again what failed by an error of a moment, until time is up."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from kplan_kafka import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kplan.sdk.session import Fault

    Results = dict[str, Fault | None]
    Attempt = Callable[[Sequence[str], float], Results]

_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 2.0
_LEAST_TIME: Final = 1.0
_LEAST_SHARE: Final = 0.5
_PASSING: Final = frozenset(
    {errors.NONE_SERVES.code, *(errors.of_code(code, "").code for code in errors.PASSING)}
)


def until_settled(attempt: Attempt, names: Sequence[str], within: float) -> Results:
    """Attempt names, then again those that nothing was done to because of a passing error."""
    until = time.monotonic() + within
    results: Results = {}
    wait = _FIRST_WAIT
    while names:
        results |= attempt(names, max(_LEAST_TIME, until - time.monotonic()))
        names = [name for name in names if (fault := results[name]) is not None and fault.code in _PASSING]
        if time.monotonic() + wait >= until:
            break
        if names:
            time.sleep(wait * random.uniform(_LEAST_SHARE, 1))  # noqa: S311 - so that many don't come back together
            wait = min(2 * wait, _LONGEST_WAIT)
    return results
