"""State and journal records to text and back: JSON, a leaf a line, checksums over the bytes themselves."""

from __future__ import annotations

import hashlib
import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kplan.sdk.values import SetValue, marks, number
from kplan.state import records as journal
from kplan.state.model import EndpointRecord, Key, OutputRecord, Pending, State, StateLeaf

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT_VERSION = 1
_NUMBER = "\x00number"
_SET = "\x00set"
_MAP = "\x00map"  # a map that has one of these three as a key of its own


class DamagedError(Exception):
    """Text that is no whole state or journal; the message says what is wrong with it."""


class TooNewError(Exception):
    """A format that only a newer kplan reads."""


def _encode_default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {_NUMBER: str(value)}
    raise TypeError(f"{type(value).__name__} is never written down")


_encoder = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_encode_default, check_circular=False
)
_dumps = _encoder.encode


def _plain(value: Any) -> Any:
    """Make a value fit for JSON: sets keep their kind, marks are refused."""
    if marks(value):
        raise TypeError("an unknown or secret value is never written down")
    kind = type(value)
    if kind is SetValue:
        return {_SET: [_plain(item) for item in value]}
    if kind is dict:
        made = {key: _plain(item) for key, item in value.items()} if value else value
        return {_MAP: made} if _NUMBER in made or _SET in made or _MAP in made else made
    if kind is tuple:
        return [_plain(item) for item in value]
    return value


_NESTED = frozenset({dict, list})


def _value(plain: Any) -> Any:
    """Give a value back from JSON: lists are tuples, sets sets."""
    kind = type(plain)
    if kind is dict and _NESTED.isdisjoint(map(type, plain.values())) and _NUMBER not in plain:
        return plain
    if kind is dict:
        if _NUMBER in plain:
            return number(plain[_NUMBER])
        if _SET in plain:
            return SetValue(_value(item) for item in plain[_SET])
        if _MAP in plain:
            return {key: _value(item) for key, item in plain[_MAP].items()}
        for key, item in plain.items():
            if type(item) is dict or type(item) is list:
                plain[key] = _value(item)
        return plain
    if kind is list:
        return tuple(_value(item) for item in plain)
    return plain


def leaf_out(leaf: StateLeaf) -> dict[str, Any]:
    """Make an object of state fit for JSON."""
    made: dict[str, Any] = {
        "address": leaf.owners[0],
        "endpoint": leaf.endpoint,
        "uid": leaf.key.uid,
        "type": leaf.key.type,
        "identity": leaf.key.identity,
        "attributes": _plain(leaf.attributes),
        "computed": _plain(leaf.computed),
    }
    if tuple(leaf.attributes.values()) == leaf.key.identity:
        made["attributes"] = list(leaf.attributes)  # there is nothing to it but which it is: said once
    if len(leaf.owners) > 1:
        made["owners"] = leaf.owners
    if leaf.dependencies:
        made["dependencies"] = leaf.dependencies
    if leaf.prevent_destroy:
        made["prevent_destroy"] = True
    if leaf.name_defaulted:
        made["name_defaulted"] = True
    if leaf.left:
        made["left"] = True
    return made


_interned_tuples: dict[tuple[str, ...], tuple[str, ...]] = {}


def _interned(names: tuple[str, ...]) -> tuple[str, ...]:
    """Share what ten thousand leaves have in common."""
    return _interned_tuples.setdefault(names, names)


def leaf_in(plain: dict[str, Any]) -> StateLeaf:
    """Give an object of state back."""
    address, identity, attributes = plain["address"], tuple(plain["identity"]), plain["attributes"]
    return StateLeaf(
        Key(plain["uid"], plain["type"], identity),
        tuple(plain["owners"]) if "owners" in plain else (address,),
        plain["endpoint"],
        dict(zip(attributes, identity, strict=True)) if type(attributes) is list else _value(attributes),
        _value(plain["computed"]),
        _interned(tuple(plain.get("dependencies", ()))),
        plain.get("prevent_destroy", False),
        plain.get("name_defaulted", False),
        plain.get("left", False),
    )


def pending_out(one: Pending) -> dict[str, Any]:
    """Make an intent fit for JSON."""
    return {
        "uid": one.key.uid,
        "type": one.key.type,
        "identity": one.key.identity,
        "address": one.address,
        "endpoint": one.endpoint,
        "action": one.action,
        "steps": [[verb, _plain(args)] for verb, args in one.steps],
        "before": _plain(one.before),
        "planned": _plain(one.planned),
        "leaf": None if one.leaf is None else leaf_out(one.leaf),
        "since": one.since,
        "resume": one.resume,
        "parked": one.parked,
    }


def pending_in(plain: dict[str, Any]) -> Pending:
    """Give an intent back."""
    return Pending(
        Key(plain["uid"], plain["type"], tuple(plain["identity"])),
        plain["address"],
        plain["endpoint"],
        plain["action"],
        tuple((verb, _value(args)) for verb, args in plain["steps"]),
        _value(plain["before"]),
        _value(plain["planned"]),
        None if plain["leaf"] is None else leaf_in(plain["leaf"]),
        float(plain["since"]),
        plain["resume"],
        plain["parked"],
    )


def key_out(key: Key) -> list[Any]:
    """Make a key fit for JSON."""
    return [key.uid, key.type, key.identity]


def key_in(plain: list[Any]) -> Key:
    """Give a key back."""
    return Key(plain[0], plain[1], tuple(plain[2]))


def _outputs_out(outputs: dict[str, OutputRecord]) -> dict[str, Any]:
    return {
        name: {"value": None if one.sensitive else _plain(one.value), "sensitive": one.sensitive}
        for name, one in outputs.items()
    }


def _outputs_in(plain: dict[str, Any]) -> dict[str, OutputRecord]:
    return {name: OutputRecord(_value(one["value"]), one["sensitive"]) for name, one in plain.items()}


def encode_state(state: State, writer: str) -> bytes:
    """Write a state out: valid JSON, one object a line, in order, its checksum last. `writer`: kplan's version."""
    lines = [
        "{",
        f'"format_version": {FORMAT_VERSION},',
        f'"kplan_version": {_dumps(writer)},',
        f'"lineage": {_dumps(state.lineage)},',
        f'"serial": {state.serial},',
    ]
    leaves = sorted(state.leaves.values(), key=lambda leaf: (leaf.owners, leaf.key))
    lines += _section("endpoints", (one._asdict() for _, one in sorted(state.endpoints.items())))
    lines += _section("leaves", map(leaf_out, leaves))
    lines += _section("claims", (pending_out(one) for _, one in sorted(state.pending.items())))
    lines += [
        f'"outputs": {_dumps(_outputs_out(state.outputs))},',
        f'"secret_digests": {_dumps(state.secret_digests)},',
        f'"topology": {_dumps(state.topology)},\n',
    ]
    body = "\n".join(lines).encode()
    return body + b'"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def _section(name: str, items: Iterable[dict[str, Any]]) -> list[str]:
    written = [_dumps(item) for item in items]
    return [f'"{name}": [', ",\n".join(written) + "\n]," if written else "],"]


_TAIL = len('"checksum": "' + "0" * 64 + '"\n}\n')


def decode_state(data: bytes) -> State:
    """Read a state back. DamagedError if it is not whole, TooNewError if a newer kplan wrote it."""
    if not data:
        raise DamagedError("it is empty")
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"it is not whole JSON ({error})") from None
    if not isinstance(plain, dict) or "lineage" not in plain or "leaves" not in plain:
        raise DamagedError("it is not a kplan state")
    version = plain.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise TooNewError(f"its format_version is {version}, this kplan reads {FORMAT_VERSION}")
    if version != FORMAT_VERSION:
        raise DamagedError(f"its format_version is {version}")
    body, tail = data[:-_TAIL], data[-_TAIL:]
    if tail != b'"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n':
        raise DamagedError("its checksum does not fit its content: it was edited by hand or damaged")
    leaves = {leaf.key: leaf for leaf in map(leaf_in, plain["leaves"])}
    return State(
        plain["lineage"],
        plain["serial"],
        {one["address"]: EndpointRecord(**one) for one in plain["endpoints"]},
        leaves,
        {one.key: one for one in map(pending_in, plain["claims"])},
        _outputs_in(plain["outputs"]),
        plain["secret_digests"],
        plain["topology"],
    )


def record_out(record: journal.Record) -> list[Any]:
    """Make a journal record fit for JSON."""
    match record:
        case journal.Began():
            return ["began", *record]
        case journal.Met(endpoint):
            return ["met", *endpoint]
        case journal.Left(address):
            return ["left", address]
        case journal.Put(leaf):
            return ["put", leaf_out(leaf)]
        case journal.Dropped(key):
            return ["dropped", key_out(key)]
        case journal.Intended(batch):
            return ["intended", [pending_out(one) for one in batch]]
        case journal.Progressed(key, token):
            return ["progressed", key_out(key), token]
        case journal.Succeeded(key, leaf):
            return ["succeeded", key_out(key), None if leaf is None else leaf_out(leaf)]
        case journal.Declined(key):
            return ["declined", key_out(key)]
        case journal.LostTrack(key):
            return ["lost_track", key_out(key)]
        case journal.Paused(key):
            return ["paused", key_out(key)]
        case journal.Digested(digests):
            return ["digested", digests]
        case journal.Outputs(outputs):
            return ["outputs", _outputs_out(outputs)]


def record_in(plain: list[Any]) -> journal.Record:
    """Give a journal record back."""
    match plain:
        case ["began", lineage, serial, run, at]:
            return journal.Began(lineage, serial, run, at)
        case ["met", address, kind, uid]:
            return journal.Met(EndpointRecord(address, kind, uid))
        case ["left", address]:
            return journal.Left(address)
        case ["put", leaf]:
            return journal.Put(leaf_in(leaf))
        case ["dropped", key]:
            return journal.Dropped(key_in(key))
        case ["intended", batch]:
            return journal.Intended(tuple(pending_in(one) for one in batch))
        case ["progressed", key, token]:
            return journal.Progressed(key_in(key), token)
        case ["succeeded", key, leaf]:
            return journal.Succeeded(key_in(key), None if leaf is None else leaf_in(leaf))
        case ["declined", key]:
            return journal.Declined(key_in(key))
        case ["lost_track", key]:
            return journal.LostTrack(key_in(key))
        case ["paused", key]:
            return journal.Paused(key_in(key))
        case ["digested", digests]:
            return journal.Digested(digests)
        case ["outputs", outputs]:
            return journal.Outputs(_outputs_in(outputs))
        case _:
            raise TooNewError(f"it has a record of a kind this kplan does not know: {plain[:1]}")


def encode_records(records: Iterable[journal.Record]) -> bytes:
    """Write records out as one line: crc32 of the text, a space, the text. What is appended together is one line."""
    text = _dumps([record_out(record) for record in records]).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode_records(data: bytes) -> tuple[list[journal.Record], int]:
    """Read records back, with the length of what is whole.

    A torn last line is left out: each line is synced before the next is written, so only the last can be torn,
    and nobody was told that it was kept. Damage before it is DamagedError.
    """
    found: list[journal.Record] = []
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        line = data[start:end] if end >= 0 else data[start:]
        whole = end >= 0 and line[8:9] == b" " and line[:8] == b"%08x" % zlib.crc32(line[9:])
        if not whole:
            if end >= 0 and end + 1 < len(data):
                raise DamagedError(f"the journal does not fit its checksum at byte {start}")
            break
        found.extend(record_in(record) for record in json.loads(line[9:]))
        start = end + 1
    return found, start
