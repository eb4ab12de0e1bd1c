"""The journal as text: every record comes back, a torn end is dropped, damage before it is an error."""

import json
import zlib

import pytest
from state_samples import KEY, RECORDS, leaf, pending

from kplan.sdk.values import Secret
from kplan.state.codec import DamagedError, TooNewError, decode_records, encode_records
from kplan.state.records import Dropped, Intended, Progressed, Put


def line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_every_kind_of_record_comes_back(record):
    text = encode_records([record])
    assert decode_records(text) == ([record], len(text))


def test_what_is_written_together_is_one_line_and_so_torn_together():
    text = encode_records(RECORDS)
    assert text.count(b"\n") == 1
    assert text.endswith(b"\n")
    for end in range(len(text)):
        assert decode_records(text[:end]) == ([], 0)
    assert decode_records(text) == (list(RECORDS), len(text))


def test_an_empty_journal_has_no_records():
    assert decode_records(b"") == ([], 0)


def test_a_torn_last_line_is_dropped_at_whatever_byte():
    first, last = encode_records(RECORDS[:3]), encode_records(RECORDS[3:5])
    for cut in range(len(last)):
        assert decode_records(first + last[:cut]) == (list(RECORDS[:3]), len(first))


def test_a_last_line_with_any_byte_changed_is_dropped():
    first, last = encode_records(RECORDS[:1]), encode_records([Dropped(KEY)])
    for at in range(len(last) - 1):
        changed = last[:at] + bytes([last[at] ^ 1]) + last[at + 1 :]
        assert decode_records(first + changed) == ([RECORDS[0]], len(first))


def test_damage_before_the_last_line_is_an_error_at_whatever_byte():
    first, last = encode_records(RECORDS[:1]), encode_records([Dropped(KEY)])
    for at in range(len(first) - 1):
        with pytest.raises(DamagedError, match="at byte 0"):
            decode_records(first[:at] + bytes([first[at] ^ 1]) + first[at + 1 :] + last)


def test_a_line_lost_in_the_middle_of_another_is_an_error():
    first, second = encode_records(RECORDS[:1]), encode_records([Dropped(KEY)])
    with pytest.raises(DamagedError, match=f"at byte {len(first)}"):
        decode_records(first + second[: len(second) // 2] + b"\n" + second)


def test_bytes_of_nothing_at_the_end_are_a_torn_line():
    first = encode_records(RECORDS[:1])
    assert decode_records(first + bytes(4096)) == ([RECORDS[0]], len(first))


def test_a_checksum_in_other_letters_is_not_ours():
    text = next(
        made for n in range(99) if (made := encode_records([Progressed(KEY, n)]))[:8].upper() != made[:8]
    )
    assert decode_records(text[:8].upper() + text[8:]) == ([], 0)


@pytest.mark.parametrize("plain", [["rescinded", 1], [], ["began", "too few"], ["dropped"], ["put", 1, 2]])
def test_a_record_of_an_unknown_kind_stops_the_reader(plain):
    with pytest.raises(TooNewError) as caught:
        decode_records(line(json.dumps([plain]).encode()))
    assert str(caught.value) == f"it has a record of a kind this kplan does not know: {plain[:1]}"


@pytest.mark.parametrize("after", [b"x", b"\n", b"xy"])
def test_damage_with_next_to_nothing_after_it_is_an_error_too(after):
    text = encode_records([Dropped(KEY)])
    with pytest.raises(DamagedError, match="at byte 0"):
        decode_records(b"x" + text[1:] + after)


def test_empty_lines_are_no_records():
    assert decode_records(b"\n") == ([], 0)
    with pytest.raises(DamagedError, match="at byte 0"):
        decode_records(b"\n\n")


@pytest.mark.parametrize(
    "record",
    [
        Put(leaf(attributes={"password": Secret("hunter2")})),
        Intended((pending(steps=(("create", {"password": Secret("hunter2")}),)),)),
        Progressed(KEY, {"token": Secret("hunter2")}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_no_secret_reaches_the_journal(record):
    with pytest.raises(TypeError, match="never written down"):
        encode_records([record])


def test_readable_as_it_is():
    text = encode_records([Dropped(KEY)])
    assert text == line(b'[["dropped",["uid-1","topic",["orders"]]]]')
