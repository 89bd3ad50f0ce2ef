"""Whether a silence that a voter heard was because of us. Pure.

Ours: after the answer, and after each key, somebody must be heard within 2 seconds,
and a flow that waits for a key must not wait for ever. That holds while the
controller is dead or stands still, while its wires are cut, and while the database
is away.

Not ours: a switch that was killed (the line is gone, nobody is there to speak; nor in
a telecaller's phone that died with the carrier, until Asterisk notices that), one
that stands still (for as long as it does), a network that stands still, and, at the
beginning of a call, a network that brings word of the answer late.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from ivr.chaos.facts import Broken
from ivr.chaos.kinds import SHAPES, Kind, Line
from ivr.simulation.lived import Lived, Quiet

LIMIT_S = 2.0
HEARD_IN_S = 0.4  # sound is judged in blocks of 120 ms, and keys take as long to send
FOR_A_KEY_S = 5.0  # what a question waits; then it goes on by itself
AFTER_STILL_S = 1.0  # what stood still catches up
LATE_BY_S = 4.0  # a lost answer is sent again after 0.5, 1, 2 s
AFTER_ANSWER, AFTER_KEY = "after the answer", "after a key"
NO_KEY = "waiting for a key"
LAST_S = 1.0  # the next Asterisk is not up before
FOR_A_PERSON = "0"
DEAD_PHONE_S = 11.0  # Asterisk notices after 9 s that a telecaller's phone is dead
EARLY_S = 1.0  # a key this long before a silence is what it follows


def too_long(lived: Lived, broken: Sequence[Broken]) -> str:
    """Say which silence of the call was too long, and ours; "" when none was."""
    for quiet in lived.silences:
        began, when = _since(lived, quiet)
        until = quiet.at + timedelta(seconds=quiet.lasted_s)
        silent_s = (until - began).total_seconds()
        limit_s = LIMIT_S + (FOR_A_KEY_S if when == NO_KEY else 0.0)
        if silent_s <= limit_s + HEARD_IN_S:
            continue
        if silent_s - limit_s > _not_ours_s(lived, (began, until), broken):
            return f"silence of {silent_s:.1f} s {when}"
    return ""


def longest_s(lived: Lived, broken: Sequence[Broken]) -> float:
    """Return the longest time in which we were to speak and did not."""
    ours = [0.0]
    for quiet in lived.silences:
        began, when = _since(lived, quiet)
        until = quiet.at + timedelta(seconds=quiet.lasted_s)
        silent_s = (until - began).total_seconds()
        silent_s -= FOR_A_KEY_S if when == NO_KEY else 0.0
        ours.append(silent_s - _not_ours_s(lived, (began, until), broken))
    return max(ours)


def _since(lived: Lived, quiet: Quiet) -> tuple[datetime, str]:
    """Return since when we were to speak, and when that is, in words."""
    until = quiet.at + timedelta(seconds=quiet.lasted_s)
    early = quiet.at - timedelta(seconds=EARLY_S)
    keys = [key.at for key in lived.keys if early <= key.at < until]
    if keys:
        return max(keys[-1], quiet.at), AFTER_KEY
    # Nothing was heard before it.
    if lived.answered_at and quiet.at - lived.answered_at < timedelta(seconds=0.7):
        return lived.answered_at, AFTER_ANSWER
    return quiet.at, NO_KEY


def _not_ours_s(
    lived: Lived, silence: tuple[datetime, datetime], broken: Sequence[Broken]
) -> float:
    """Return how much of a silence nobody could have broken."""
    began, until = silence
    still_s = 0.0
    for one in broken:
        span, line = one.span, SHAPES[one.fault.kind].line
        match line:
            case Line.GONE:
                # It was up, or coming up, when the switch died: what that had sent
                # arrives a moment later.
                was_there = lived.invited_at <= span.ended + timedelta(seconds=LAST_S)
                if was_there and until >= span.began:
                    return math.inf
                # Telecallers' phones are the carrier's, and died with it.
                phones_gone_at = span.ended + timedelta(seconds=DEAD_PHONE_S)
                if one.fault.kind is Kind.KILL_CARRIER and until <= phones_gone_at:
                    if any(key.key == FOR_A_PERSON for key in lived.keys):
                        return math.inf
            case Line.STILL:
                if shared_s := span.shared_s(began, until):
                    still_s += shared_s + AFTER_STILL_S
                # Answered while it stood still: nobody heard the first question.
                caught_up_at = span.ended + timedelta(seconds=AFTER_STILL_S)
                if began == lived.answered_at and span.began <= began <= caught_up_at:
                    still_s += FOR_A_KEY_S
            case Line.LATE:
                late = span.ended + timedelta(seconds=LATE_BY_S)
                if began == lived.answered_at and began <= late:
                    if until >= span.began:
                        return math.inf
            case Line.OURS:
                pass
    return still_s
