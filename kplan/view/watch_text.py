"""A flow as it is now: what carries it out, and how far each topic is copied."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kplan.view.look import BOLD, RED, YELLOW
from kplan.view.text import counted, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.watching import Copied, Watched
    from kplan.view.look import Look

_HEAD: Final = ("TOPIC", "COPY", "LAST COPIED", "LAG", "NEWEST RECORD THERE")
_UNREADABLE: Final = "unreadable"
_NOT_TOLD: Final = "-"
_MOST_PLACES: Final = 6
_ENDS: Final = 2  # of the partitions that are shown where there are too many
_MARGIN: Final = "    "


def watched_text(address: str, watched: Watched, look: Look) -> str:
    """Write a flow as a block of remarks and a table."""
    lines = [look.paint(f"# {visible(address)}: {watched.source} -> {watched.target}", BOLD)]
    width = max((len(one.name) for one in watched.carriers), default=0)
    for one in watched.carriers:
        state = look.paint(one.state, RED) if one.why or one.state == _UNREADABLE else one.state
        lines.append(f"{_MARGIN}{visible(one.name):<{width}}  {state}")
        lines += [f"{_MARGIN}  {visible(line)}" for line in wrapped(one.why, look.width - 6) if line]
    lines.append("")
    lines += _table(watched, look) if watched.topics else [f"{_MARGIN}{_nothing(watched)}"]
    if watched.topics and watched.told:
        lines += ["", f"{_MARGIN}{_summed(watched.topics)}"]
    for remark in watched.remarks:
        lines += [_MARGIN + line for line in wrapped(remark, look.width - len(_MARGIN))]
    return "\n".join([*lines, "", ""])


def _nothing(watched: Watched) -> str:
    return (
        "Which topics it copies could not be read." if watched.faults else "No topic of the source is meant."
    )


def _table(watched: Watched, look: Look) -> list[str]:
    rows = [_HEAD, *(_row(one, told=watched.told) for one in watched.topics)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            f"{cell:>{w}}" if at == 3 else f"{cell:<{w}}"
            for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        line = (_MARGIN + "  ".join(cells)).rstrip()
        behind = number and row[3] not in {"0", _NOT_TOLD}
        lines.append(look.paint(line, BOLD) if not number else look.paint(line, YELLOW) if behind else line)
    return lines


def _row(one: Copied, *, told: bool) -> tuple[str, ...]:
    lag = one.lag
    newest = "-"
    if one.newest is not None:
        newest = datetime.fromtimestamp(one.newest, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        visible(one.topic),
        visible(one.copy),
        _last(one) if told else _NOT_TOLD,
        _NOT_TOLD if not told else _UNREADABLE if lag is None else f"{lag:,}",
        newest,
    )


def _last(one: Copied) -> str:
    """Give the last offset that was copied of each partition in order, the ends only of many."""
    told = [*_offsets(one)]
    if len(told) <= _MOST_PLACES:
        return " ".join(told)
    return " ".join([*told[:_ENDS], "…", *told[-_ENDS:]]) + f" (of {len(told)})"


def _offsets(one: Copied) -> Iterator[str]:
    for place in one.places:
        match place.last:
            case None:
                yield "?"
            case -1:
                yield "none"
            case offset:
                yield str(offset)


def _summed(topics: Sequence[Copied]) -> str:
    known = [one.lag for one in topics if one.lag is not None]
    behind = sum(1 for lag in known if lag)
    text = f"Lag: {counted(sum(known), 'record')} in {counted(behind, 'topic')} of {len(topics):,}."
    unknown = len(topics) - len(known)
    return text + (f" Of {counted(unknown, 'topic')} it can't be read." if unknown else "")
