"""Files of dedicated MirrorMakers, read and written on this machine. No cluster is contacted."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import javaproperties

from kplan.sdk.session import Absent, Ask, Done, Failed, Fault, Found, Unreadable
from kplan.sdk.values import UNKNOWN, make_map, marks, reveal
from kplan_mirrormaker.file_plan import REMOVE
from kplan_mirrormaker.file_seen import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Event, Identity, Seen, Stop, Values, Work

_HEAD: Final = "# Written by kplan, which takes other changes out again. MirrorMaker reads it when it starts."
_PRIVATE: Final = 0o600
_SHARED: Final = 0o644
_OTHERS: Final = 0o007
_GROUP: Final = 0o070
_SECRET: Final = re.compile(
    r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credentials?|jaas\.config|user\.info|[.\-_]key)\Z",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")  # of an address


class FileSession:
    """The files of links that have one cluster as their target."""

    def facts(self, stop: Stop) -> Fault:  # noqa: ARG002
        """Know nothing of a cluster, whose own provider is asked."""
        return Fault("not_an_endpoint", "a file is no cluster")

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:  # noqa: ARG002
        """Read files."""
        return {ask.identity: _read(ask) for ask in asks}

    def list(self, leaf: str, stop: Stop) -> Iterator[tuple[Identity, Seen]]:  # noqa: ARG002
        """List nothing: files may be anywhere."""
        why = Fault("not_listed", "files of MirrorMakers can't be listed", "They may be anywhere.")
        yield (), Unreadable(why)

    def query(self, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:  # noqa: ARG002
        """Have nothing to ask."""
        return [Fault("unknown_source", f"there is no data {source}")] * len(asked)

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:  # noqa: ARG002
        """Write and remove files, each at once."""
        for one in work:
            yield _carried_out(one)

    def close(self) -> None:
        """Hold nothing open."""


def _path(identity: Identity) -> Path:
    """Give the file itself: a link stays as it is, and what it names is read and written."""
    return Path(os.path.realpath(identity[0]) if Path(identity[0]).is_symlink() else identity[0])


def _read(ask: Ask) -> Seen:
    path = Path(ask.identity[0])
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe would be waited for
            return Unreadable(_unreadable(path, "it is no file"))
        found = _properties(path)
    except FileNotFoundError:
        return Absent()
    except (OSError, ValueError) as wrong:
        return Unreadable(
            _unreadable(path, (wrong.strerror or "") if isinstance(wrong, OSError) else str(wrong))
        )
    return _seen(ask, found, mode)


def _properties(path: Path) -> dict[str, str]:
    with path.open(encoding="latin-1") as file:  # as Java reads it
        return dict(javaproperties.load(file))


def _unreadable(path: Path, why: str) -> Fault:
    remedy = "Make it readable for kplan, or name another path."
    return Fault("unreadable_file", f"cannot read {path}: {why}", "", remedy, ("path",))


def _seen(ask: Ask, found: Mapping[str, str], mode: int) -> Found:
    """Take apart what is in a file, so that no secret gets out: those that are declared, and what looks like one."""
    desired, prior = ask.desired or {}, ask.prior or {}
    secret = reveal(desired.get("sensitive_config"))
    declared = secret if isinstance(secret, dict) else {}
    plain = desired.get("config")
    stated = plain if isinstance(plain, dict) else prior.get("config") or {}
    known = {*declared, *(prior.get("sensitive_keys") or ())}
    hidden = {
        key
        for key, value in found.items()
        if key in known
        or ((_SECRET.search(key) or _LOGIN.search(value)) and not (key in stated and value == stated[key]))
    }
    shown = {key: value for key, value in found.items() if key not in hidden}
    names = tuple(sorted(hidden))
    values = {"path": ask.identity[0], "config": shown, **({"sensitive_keys": names} if names else {})}
    compared = ask.desired is not None and not marks(secret) & UNKNOWN
    differing = sorted(key for key, value in declared.items() if found.get(key) != _text(value))
    exposed = bool(hidden) and bool(mode & _OTHERS)
    answers = Answers(compared, tuple(differing) if compared else (), bool(hidden - declared.keys()), exposed)
    return Found(make_map(values), answers)


def _carried_out(work: Work) -> Event:
    path = _path(work.identity)
    (step,) = work.steps
    try:
        fault = _met(path, work)
        if fault is not None:
            return Failed(work.id, fault)
        if step.verb == REMOVE:
            path.unlink(missing_ok=True)
            _sync_folder(path)
            return Done(work.id, {})
        secret = reveal(step.args.get("sensitive_config"))
        whole = {**step.args["config"], **(secret if isinstance(secret, dict) else {})}
        _write(path, whole, private=bool(secret))
    except OSError as wrong:
        remedy = "Make its folder, and writable for kplan." if not path.parent.is_dir() else "Mend that."
        summary = f"cannot write {path}: {wrong.strerror}"
        return Failed(work.id, Fault("unwritable_file", summary, "", remedy, ("path",)))
    ask = Ask(work.identity, {**work.planned, "sensitive_config": step.args.get("sensitive_config")}, None)
    seen = _read(ask)
    if isinstance(seen, Found):
        return Done(work.id, seen.values)
    return Failed(work.id, Fault("lost_file", f"{path} is gone again, or can't be read", "", "Plan again."))


def _met(path: Path, work: Work) -> Fault | None:
    """Refuse to write over what the plan did not see."""
    now = _read(Ask(work.identity, None, work.seen.values if isinstance(work.seen, Found) else None))
    if isinstance(now, Unreadable):
        return now.fault
    if isinstance(work.seen, Absent):
        if isinstance(now, Absent):
            return None
        remedy = "Plan again; adopt it with an import block or --adopt if it is to be kplan's."
        return Fault(
            "already_exists", f"{path} exists: somebody wrote it since the plan", "", remedy, ("path",)
        )
    if isinstance(now, Found) and now.values.get("config") != work.seen.values.get("config"):
        return Fault("moved", f"{path} was changed since the plan", "", "Plan again.", ("path",))
    return None


def _write(path: Path, properties: Mapping[str, Any], *, private: bool) -> None:
    """Replace a file at once."""
    lines = [
        _HEAD,
        *(
            javaproperties.join_key_value(key, _text(value), separator=" = ")
            for key, value in properties.items()
        ),
    ]
    before: os.stat_result | None = None
    with contextlib.suppress(FileNotFoundError):
        before = path.stat()
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "w", encoding="latin-1") as file:
            file.write("\n".join([*lines, ""]))
            _guard(file.fileno(), before, private=private)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path)


def _guard(fd: int, before: os.stat_result | None, *, private: bool) -> None:
    """Let those read a file who could read the one before; of a new one with secrets, or one that was open to all, its owner."""
    mode = _PRIVATE if private else _SHARED
    if before is not None and not (private and before.st_mode & _OTHERS):
        mode = stat.S_IMODE(before.st_mode)
        try:
            os.fchown(fd, before.st_uid, before.st_gid)
        except PermissionError:  # it will be another group's, or another owner's
            mode &= ~_GROUP if private else 0o777
    os.fchmod(fd, mode)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(reveal(value))


def _sync_folder(path: Path) -> None:
    fd = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
