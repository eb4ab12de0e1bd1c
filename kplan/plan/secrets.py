"""Which secrets changed since they were last sent, told by slow digests: a secret itself is never remembered.

One digest over all of them answers "none changed". Only if it differs are those of sixteen groups compared, and of
a group that differs those of each secret. A secret with a version beside it (`password_version`) has no digest: the
version says it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.types import Is
from kplan.sdk.values import SECRET, UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kplan.config.model import Instance, Values
    from kplan.sdk.types import Leaf
    from kplan.state.model import Key

Digests = dict[str, Any]  # as state has them: salt, whole, groups by their letter, each by its name

_COST: Final = 2**14  # of scrypt, about 50 ms and 16 MiB each
_BLOCK: Final = 8
_ROOM: Final = 2**26


def write_only(leaf: Leaf) -> tuple[str, ...]:
    """Name the attributes that are sent and can't be read back."""
    return tuple(one.name for one in leaf.attributes if Is.WRITE_ONLY in one.flags)


class Found(NamedTuple):
    """The secrets of a plan by name, those of them that are not what was last sent, and whose each is.

    `rotated`: the objects with a secret to be sent, those included whose version says so.
    """

    secrets: dict[str, str]
    changed: frozenset[str]
    owners: dict[str, Key]
    rotated: frozenset[Key]

    def __repr__(self) -> str:
        return f"Found({len(self.secrets)} secrets, {len(self.changed)} changed)"


NO_SECRETS: Final = Found({}, frozenset(), {}, frozenset())


class Secrets:
    """Collects the secrets of a plan's objects."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        """Take what state knows of earlier ones."""
        self._stored = stored
        self._secrets: dict[str, str] = {}
        self._owners: dict[str, Key] = {}
        self._certain: set[Key] = set()  # objects that are sent anew whatever the digests say

    def add(self, key: Key, instance: Instance, prior: Values | None) -> None:
        """Take in an object's; `prior`: what state remembers of it."""
        for name in write_only(instance.leaf):
            value = instance.desired.get(name)
            version = f"{name}_version"
            if value is None:
                continue
            if instance.desired.get(version) is not None:
                if prior is None or prior.get(version) != instance.desired[version]:
                    self._certain.add(key)
            elif marks(value) & UNKNOWN:
                self._certain.add(key)
            else:
                called = _name(key, name)
                self._secrets[called] = _text(value)
                self._owners[called] = key

    def find(self) -> Found:
        """Compare all of them with what was last sent."""
        changed = _changed(self._stored, self._secrets)
        rotated = frozenset({*self._certain, *(self._owners[name] for name in changed)})
        return Found(self._secrets, changed, self._owners, rotated)


def before_and_after(leaf: Leaf, before: Values, after: Values, *, rotated: bool) -> Values:
    """Put into an object as it was read what can't be read: the same as after, or something else that is secret."""
    from kplan.sdk.values import Secret

    hidden = {name: after[name] for name in write_only(leaf) if marks(after.get(name)) & SECRET}
    if rotated:
        hidden = dict.fromkeys(hidden, Secret(None))
    return {**before, **hidden} if hidden else before


def forgotten(stored: Mapping[str, Any], found: Found) -> Digests | None:
    """Give the digests as they are while secrets are sent: should the run break off, nobody knows which are in effect."""
    each = stored.get("each", {})
    doubtful = found.changed & each.keys()
    if not doubtful:
        return None
    letters = {name[0] for name in doubtful}
    return {
        "salt": stored["salt"],
        "whole": "",
        "groups": {letter: one for letter, one in stored["groups"].items() if letter not in letters},
        "each": {name: one for name, one in each.items() if name not in doubtful},
    }


def digested(
    stored: Mapping[str, Any], found: Found, in_effect: Iterable[Key], salt: str, *, partial: bool
) -> Digests | None:
    """Give the digests after an apply; None if they are as they were.

    `in_effect`: the objects whose secrets are on the live system now. `partial`: the plan did not look at all objects,
    so that what it did not see stays. `salt`: for the first ones, hexadecimal.
    """
    alive = set(in_effect)
    known = {name for name, key in found.owners.items() if key in alive}
    each = dict(stored.get("each", {})) if partial else {}
    unseen = each.keys() - found.secrets.keys()
    same = not found.changed and (partial or found.secrets.keys() == stored.get("each", {}).keys())
    if same and (partial or stored.get("whole") or not found.secrets):
        return None
    salt = stored.get("salt", salt)
    fresh = {name: found.secrets[name] for name in known & found.changed}
    for name in found.secrets:
        before = stored.get("each", {}).get(name)
        if name in known and name not in found.changed and before is not None:
            each[name] = before
        else:
            each.pop(name, None)
    each.update(zip(fresh, _many(({name: text} for name, text in fresh.items()), salt), strict=True))
    groups = {
        letter: members
        for letter, members in _groups(found.secrets).items()
        if members.keys() <= each.keys() and not any(name[0] == letter for name in unseen)
    }
    complete = not unseen and each.keys() == found.secrets.keys()
    made: Digests = {
        "salt": salt,
        "whole": _digest(found.secrets, salt) if complete else "",
        "groups": dict(zip(groups, _many(groups.values(), salt), strict=True)),
        "each": dict(sorted(each.items())),
    }
    return made if each else {}


def _changed(stored: Mapping[str, Any], secrets: Mapping[str, str]) -> frozenset[str]:
    if not secrets or not stored:
        return frozenset(secrets)
    salt, each = stored["salt"], stored["each"]
    if stored["whole"] and stored["whole"] == _digest(secrets, salt):
        return frozenset()
    groups = _groups(secrets)
    differ = [
        members
        for (letter, members), now in zip(groups.items(), _many(groups.values(), salt), strict=True)
        if now != stored["groups"].get(letter)
    ]
    doubtful = {name: text for members in differ for name, text in members.items()}
    compared = {name: text for name, text in doubtful.items() if name in each}
    now = dict(zip(compared, _many(({name: text} for name, text in compared.items()), salt), strict=True))
    return frozenset(name for name in doubtful if now.get(name) != each.get(name) or name not in each)


def _groups(secrets: Mapping[str, str]) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for name in sorted(secrets):
        groups.setdefault(name[0], {})[name] = secrets[name]
    return groups


def _many(wanted: Iterable[Mapping[str, str]], salt: str) -> Iterator[str]:
    """Digest several, side by side: most of the time is outside of Python."""
    listed = list(wanted)
    if len(listed) < 2:
        return (_digest(one, salt) for one in listed)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return iter(list(pool.map(lambda one: _digest(one, salt), listed)))


def _digest(secrets: Mapping[str, str], salt: str) -> str:
    said = json.dumps(sorted(secrets.items())).encode()
    return hashlib.scrypt(
        said, salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=1, maxmem=_ROOM, dklen=16
    ).hex()


def _name(key: Key, attribute: str) -> str:
    """Name a secret by whose it is, so that another address is no other secret."""
    return hashlib.sha256(json.dumps([*key, attribute]).encode()).hexdigest()[:16]


def _text(value: Any) -> str:
    return json.dumps(reveal(value), sort_keys=True, default=str)
