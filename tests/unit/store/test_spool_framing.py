"""Frames: whatever is torn or flipped is found, and nothing else is lost by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.store.spool_framing import DRAINED, WRITE, Damage, Frame, framed, frames

PAYLOADS = st.lists(
    st.binary(max_size=40).map(lambda b: b.replace(b"\x1e", b"x")), min_size=1
)


def spooled(payloads: list[bytes]) -> bytes:
    return b"".join(framed(WRITE, n, one) for n, one in enumerate(payloads, 1))


def read(data: bytes) -> tuple[list[tuple[int, bytes]], list[Damage]]:
    found, damages = [], []
    for one in frames(data):
        if isinstance(one, Frame):
            found.append((one.number, one.payload))
        else:
            damages.append(one)
    return found, damages


@given(PAYLOADS)
def test_what_was_written_is_read_in_order(payloads: list[bytes]):
    found, damages = read(spooled(payloads))
    assert found == list(enumerate(payloads, 1))
    assert damages == []


@given(PAYLOADS, st.data())
def test_a_torn_tail_costs_the_torn_record_alone(
    payloads: list[bytes], data: st.DataObject
):
    whole = spooled(payloads)
    kept = data.draw(st.integers(0, len(whole)))
    found, damages = read(whole[:kept])
    ends = [frame.ends for frame in frames(whole)]
    wanted = sum(end <= kept for end in ends)
    assert found == list(enumerate(payloads, 1))[:wanted]
    torn = kept - ([0, *ends][wanted])
    assert [one.ends - one.begins for one in damages] == ([torn] if torn else [])


@given(PAYLOADS, st.data())
def test_any_flipped_bits_of_a_byte_are_found_and_cost_one_record(
    payloads: list[bytes], data: st.DataObject
):
    whole = bytearray(spooled(payloads))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    found, damages = read(bytes(whole))
    ends = [frame.ends for frame in frames(spooled(payloads))]
    hit = sum(end <= at for end in ends)
    others = [one for n, one in enumerate(enumerate(payloads, 1)) if n != hit]
    assert found == others
    assert damages


@given(PAYLOADS, st.binary(max_size=200))
def test_rubbish_behind_the_records_is_found_and_changes_none(
    payloads: list[bytes], rubbish: bytes
):
    found, damages = read(spooled(payloads) + rubbish)
    assert found == list(enumerate(payloads, 1))
    assert bool(damages) == bool(rubbish)


def test_a_frame_says_what_it_is():
    [frame] = frames(framed(DRAINED, 7))
    assert isinstance(frame, Frame)
    assert (frame.kind, frame.number, frame.payload) == (DRAINED, 7, b"")


def test_a_length_beyond_all_measure_is_damage():
    assert read(b"\x1effffffff00000000w" + b"0" * 100)[0] == []
