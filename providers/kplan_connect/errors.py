"""Refusals and silence of workers in words: what it means, what to do, whether trying again can help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Retry
    from kplan_connect.http import Answer, NoAnswer, NoneAnswers

_EXISTS: Final = "already exists"
_REBALANCES: Final = "a rebalance is expected"


def exists(answer: Answer) -> bool:
    """Tell whether a create was refused because the connector is there: status 409 says that, or something passing."""
    return answer.status == 409 and _EXISTS in answer.message


def is_passing(answer: Answer) -> bool:
    """Tell whether nothing was done for a reason of the moment: a rebalance, a stale configuration, no leader.

    Some requests are told of a rebalance as if the worker had failed (measured: Kafka 4.3.1, one connector's configuration).
    """
    rebalances = answer.status == 500 and _REBALANCES in answer.message
    return rebalances or (answer.status == 409 and not exists(answer)) or answer.status == 429


def of_none(failed: NoneAnswers, what: str, *, write: bool = False) -> Fault:
    """Say why no worker answers, each with its cause. A write that had left may have taken effect."""
    causes = [one.cause for one in failed.failures]
    hints = " ".join(dict.fromkeys(one.hint for one in causes if one.hint))
    abouts = {one.about for one in causes}
    path = abouts.pop() if len(abouts) == 1 else ("urls",)
    retry: Retry = "outcome_unknown" if write and failed.sent else "later"
    remedy = "Plan again to see what came of it." if retry == "outcome_unknown" else hints or "Check urls."
    if len(failed.failures) == 1:
        return Fault("unreachable", f"cannot {what}: worker {failed.failures[0]}", "", remedy, path, retry)
    detail = "\n".join(map(str, failed.failures))
    return Fault("unreachable", f"cannot {what}: none of the workers answers", detail, remedy, path, retry)


def of_contact(failures: Sequence[NoAnswer]) -> Fault:
    """Say why there is no first contact."""
    from kplan_connect.http import NoneAnswers

    return of_none(NoneAnswers(tuple(failures)), "reach Connect")


def of_refusal(answer: Answer, what: str, message: str | None = None, *, write: bool = False) -> Fault:
    """Put a refusal in words. `message`: the worker's own, without secrets."""
    said = answer.message if message is None else message
    summary = f"cannot {what}"
    match answer.status:
        case 401:
            remedy = "Correct username and password in security."
            return Fault(
                "not_authenticated",
                f"{summary}: {answer.url} takes no such login",
                said,
                remedy,
                ("security",),
            )
        case 403:
            remedy = "Ask those who run the workers for the right to."
            return Fault("not_authorized", f"{summary}: {answer.url} does not allow it", said, remedy)
        case 404:
            return Fault(
                "not_found", f"{summary}: it is not there", said, "Plan again: somebody has deleted it."
            )
        case 409 if exists(answer):
            remedy = "Plan again; adopt it with an import block or --adopt if it is to be kplan's."
            return Fault(
                "already_exists", f"{summary}: it exists: someone else made it since the plan", said, remedy
            )
        case _ if is_passing(answer):
            detail = f"{answer.url} says: {said}"
            remedy = "Nothing was done. Try again when the workers have settled."
            return Fault(
                "rebalancing", f"{summary}: the workers are busy with themselves", detail, remedy, (), "later"
            )
        case 400 | 422:
            return Fault(
                "refused",
                f"{summary}: the workers refuse it",
                said,
                "Correct its configuration.",
                ("config",),
            )
    unknown: Retry = "outcome_unknown" if write and answer.status >= 500 else "no"
    detail = f"{answer.url} says: {said}"
    remedy = "Plan again to see what came of it." if unknown != "no" else "See the workers' logs."
    return Fault("worker_error", f"{summary}: status {answer.status}", detail, remedy, (), unknown)


def starting(url: str, message: str) -> Fault:
    """Say that a worker is not ready yet."""
    return Fault(
        "starting",
        f"cannot reach Connect: worker {url} is still starting",
        message,
        "Try again in a moment.",
        ("urls",),
        "later",
    )


def no_connect_yet(url: str) -> Fault:
    """Say that something answers that knows no path: so does a worker at first (measured: Kafka 4.3.1, for seconds)."""
    return Fault(
        "starting",
        f"cannot reach Connect: worker {url} is still starting, or is none",
        "It answers with status 404, as workers do in their first seconds.",
        "Try again in a moment; if it stays so, check urls.",
        ("urls",),
        "later",
    )
