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

    `rotated`: the objects with a secret to be sent, those included whose version says so. `undigested`: the names of
    secrets without a digest, such as those with a version; one that state has from before says nothing any more.
    """

    secrets: dict[str, str]
    changed: frozenset[str]
    owners: dict[str, Key]
    rotated: frozenset[Key]
    undigested: frozenset[str] = frozenset()

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
        self._undigested: set[str] = set()
        self._certain: set[Key] = set()  # objects that are sent anew whatever the digests say

    def add(
        self,
        key: Key,
        instance: Instance,
        prior: Values | None,
        *,
        ignored: Iterable[str] = (),
        in_doubt: bool = False,
    ) -> None:
        """Take in an object's; `prior`: what state remembers of it.

        `ignored`: attributes that count as unchanged. `in_doubt`: what an earlier run sent had no answer.
        """
        for name in write_only(instance.leaf):
            value, version = instance.desired.get(name), f"{name}_version"
            called = _name(key, name)
            if value is None or not {name, version}.isdisjoint(ignored):
                self._undigested.add(called)
                continue
            if in_doubt or prior is None:
                self._certain.add(key)
            stated = instance.desired.get(version)
            if stated is None and not marks(value) & UNKNOWN:
                self._secrets[called], self._owners[called] = _text(value), key
                continue
            self._undigested.add(called)
            if stated is None or prior is None or prior.get(version) != stated:
                self._certain.add(key)

    def find(self) -> Found:
        """Compare all of them with what was last sent."""
        changed = _changed(self._stored, self._secrets)
        rotated = frozenset({*self._certain, *(self._owners[name] for name in changed)})
        return Found(self._secrets, changed, self._owners, rotated, frozenset(self._undigested))


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
    to_be_sent = {name for name, key in found.owners.items() if key in found.rotated}
    doubtful = (to_be_sent | found.undigested) & each.keys()
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
) -> Digests:
    """Give the digests after an apply. `stored`: those before it, of what it has forgotten too.

    `in_effect`: the objects whose secrets are on the live system now. `partial`: the plan did not look at all objects,
    so that what it did not see stays. `salt`: for the first ones, hexadecimal.
    """
    before, secrets = stored.get("each", {}), found.secrets
    alive = set(in_effect)
    known = {name for name, key in found.owners.items() if key in alive}
    unseen = before.keys() - secrets.keys() - found.undigested if partial else set()
    stays = (known - found.changed) | unseen
    each = {name: one for name, one in before.items() if name in stays}
    fresh = {name: secrets[name] for name in sorted(known - each.keys())}
    all_known = each.keys() | fresh.keys() == secrets.keys()
    if each == before and not fresh and (stored.get("whole") or not all_known or not each):
        return dict(stored)
    salt = stored.get("salt", salt)
    each |= zip(fresh, _many(({name: text} for name, text in fresh.items()), salt), strict=True)
    made: Digests = {
        "salt": salt,
        "whole": digest(secrets, salt) if all_known else "",
        "groups": _group_digests(stored, each, secrets, salt),
        "each": dict(sorted(each.items())),
    }
    return made if each else {}


def _group_digests(
    stored: Mapping[str, Any], each: Mapping[str, str], secrets: Mapping[str, str], salt: str
) -> dict[str, str]:
    """Digest the groups whose secrets are all known; one in which nothing changed has its digest."""
    now, before, held = _groups(each), _groups(stored.get("each", {})), stored.get("groups", {})
    kept = {letter: held[letter] for letter in now if letter in held and now[letter] == before.get(letter)}
    anew = {
        letter: {name: secrets[name] for name in members}
        for letter, members in now.items()
        if letter not in kept and members.keys() <= secrets.keys()
    }
    return kept | dict(zip(anew, _many(anew.values(), salt), strict=True))


def _changed(stored: Mapping[str, Any], secrets: Mapping[str, str]) -> frozenset[str]:
    if not secrets or not stored:
        return frozenset(secrets)
    salt, each = stored["salt"], stored["each"]
    if stored["whole"] and stored["whole"] == digest(secrets, salt):
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
    return frozenset(name for name in doubtful if name not in each or now[name] != each[name])


def _groups(named: Mapping[str, str]) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for name in sorted(named):
        groups.setdefault(name[0], {})[name] = named[name]
    return groups


def _many(wanted: Iterable[Mapping[str, str]], salt: str) -> Iterator[str]:
    """Digest several, side by side: most of the time is outside of Python."""
    listed = list(wanted)
    if len(listed) < 2:
        return (digest(one, salt) for one in listed)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return iter(list(pool.map(lambda one: digest(one, salt), listed)))


def digest(secrets: Mapping[str, str], salt: str) -> str:
    """Digest secrets together, slowly. `salt`: hexadecimal."""
    said = json.dumps(sorted(secrets.items())).encode()
    return hashlib.scrypt(
        said, salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=1, maxmem=_ROOM, dklen=16
    ).hex()


def _name(key: Key, attribute: str) -> str:
    """Name a secret by whose it is, so that another address is no other secret."""
    return hashlib.sha256(json.dumps([*key, attribute]).encode()).hexdigest()[:16]


def _text(value: Any) -> str:
    return json.dumps(reveal(value), sort_keys=True, default=str)
