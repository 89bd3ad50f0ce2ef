"""A voter notes each long silence and when it began, whoever it was that was silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from ivr.core.model import PhoneNumber
from ivr.simulation.hearing import Ear
from ivr.simulation.lived import Quiet, lived_calls
from ivr.simulation.phone import Phone
from ivr.simulation.tones import sine
from ivr.simulation.truth import Fact, Happening, TruthLine

HUM = sine(300, 0.1, 0.3).astype(np.int16).tobytes()
NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)


class Listening:
    """A phone whose time passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.phone = Phone(Ear([]), lambda: self.now)

    def hear(self, seconds: float, sound: bytes = b"") -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            if sound:
                self.phone.hear(sound)
            self.phone.tick()


def test_a_silence_before_the_first_word_and_one_at_the_end_are_noted() -> None:
    one = Listening()
    one.hear(2)
    one.hear(1, HUM)
    one.hear(1)
    one.hear(1, HUM)
    one.hear(3)
    one.phone.over()
    one.phone.over()  # the socket closes too
    [first, last] = one.phone.silences
    assert first[0] == 0 and abs(first[1] - 2) < 0.3
    assert abs(last[0] - 5) < 0.3 and abs(last[1] - 3) < 0.3


def test_who_is_spoken_to_notes_nothing() -> None:
    one = Listening()
    one.hear(1)
    one.hear(3, HUM)
    one.phone.over()
    assert one.phone.silences == []


def _line(event: Happening, seconds: float = 0.0, **facts: Fact) -> TruthLine:
    at = NOON + timedelta(seconds=seconds)
    return TruthLine(at, "sip-1", PhoneNumber("+919820000001"), 1, event, facts)


def test_silences_are_part_of_a_call_and_a_second_invite_is_counted() -> None:
    [call] = lived_calls(
        [
            _line(Happening.INVITED, kind="person"),
            _line(Happening.INVITED, 0.1, kind="person"),
            _line(Happening.SILENCE, 4, lasted_s=2.5),
        ]
    )
    assert call.invites == 2
    assert call.silences == [Quiet(NOON + timedelta(seconds=4), 2.5)]
