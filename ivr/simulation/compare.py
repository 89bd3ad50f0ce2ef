"""What Samvad remembers against what the far end lived: each difference named.

Both sides are given; nothing is read here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import numpy as np

from ivr.core.model import Disposition, PhoneNumber, masked
from ivr.errors import CannotOpen
from ivr.simulation.agreement import (
    CheckLine,
    KnownCall,
    Matched,
    Pair,
    Talk,
    line,
    match,
)
from ivr.simulation.compare_keys import SPEECH, check_keys, check_questions
from ivr.simulation.lived import Lived
from ivr.simulation.population import Kind
from ivr.simulation.sounds import read_wav
from ivr.simulation.tones import RATE

D = Disposition
SoundOf = Callable[[str], bytes]  # a recording; raises OSError, CannotOpen
# A conversation this short may have no second in which to be heard.
SHORTEST_TALK = timedelta(seconds=1.5)
SILENCE = timedelta(seconds=3)
OPT_OUT_WITHIN = timedelta(seconds=1)
LOUD = 400  # of 32767: louder than the hiss between words
LENGTH_OFF_S = 1.5

EXPECTED: Mapping[Kind, Disposition] = {
    Kind.BUSY: D.BUSY,
    Kind.DECLINED: D.REJECTED,
    Kind.UNALLOCATED: D.INVALID_NUMBER,
    Kind.INCOMPLETE: D.INVALID_NUMBER,
    Kind.SWITCHED_OFF: D.UNREACHABLE,
    Kind.NETWORK_FULL: D.CONGESTION,
}


def compare(
    lived: Sequence[Lived],
    calls: Sequence[KnownCall],
    *,
    do_not_call: frozenset[PhoneNumber] = frozenset(),
    sound_of: SoundOf | None = None,
) -> list[CheckLine]:
    """Return a line per promise; every one is ok when both sides agree."""
    matched = match(lived, calls)
    pairs = matched.pairs
    return [
        _answered_known(matched),
        _everyone_heard(pairs),
        *check_keys(pairs),
        check_questions(pairs),
        _no_double_dial(lived, matched),
        _opt_outs(lived, calls, do_not_call),
        _one_telecaller(pairs),
        _outcomes(pairs),
        _speech(pairs, sound_of),
    ]


def _answered_known(matched: Matched) -> CheckLine:
    wrong = [f"{one}: no attempt" for one in matched.unknown if one.answered_at]
    expected = len(wrong)
    found = 0
    for pair in matched.pairs:
        answered = pair.lived.answered_at is not None
        known = pair.known.call.answered_at is not None
        expected += answered
        found += answered and known
        if answered and not known:
            wrong.append(f"{pair.lived}: answered, stored as {pair.known.disposition}")
        elif known and not answered and not _in_one_breath(pair):
            wrong.append(f"{pair.lived}: stored as answered, was not")
    wrong += [
        f"{masked(known.call.number)}: answered, never reached the network"
        for known in matched.unseen
        if known.call.answered_at
    ]
    return line("Every answered call is known", expected, found, wrong)


def _everyone_heard(pairs: Sequence[Pair]) -> CheckLine:
    """Nobody who picks up may be left in silence."""
    people = [
        pair.lived
        for pair in pairs
        if pair.lived.kind is Kind.PERSON and pair.lived.answered_at
    ]
    wrong = [f"{one}: heard nothing" for one in people if _is_left_in_silence(one)]
    right = len(people) - len(wrong)
    return line("Everyone who picked up was spoken to", len(people), right, wrong)


def _is_left_in_silence(lived: Lived) -> bool:
    answered, ended = lived.answered_at, lived.ended_at
    if lived.voices or answered is None:
        return False
    return ended is None or ended - answered > SILENCE


def _in_one_breath(pair: Pair) -> bool:
    """The caller gave up just as the person picked up: both tell the truth."""
    answered, ended = pair.known.call.answered_at, pair.lived.ended_at
    return bool(answered and ended) and abs(answered - ended) < timedelta(seconds=1)  # type: ignore[operator]


def _no_double_dial(lived: Sequence[Lived], matched: Matched) -> CheckLine:
    wrong = [f"{one}: no attempt for this INVITE" for one in matched.unknown]
    ordered = sorted(lived, key=lambda one: (one.number, one.invited_at))
    for _, group in groupby(ordered, key=lambda one: one.number):
        for before, after in pairwise(group):
            if before.ended_at is None or after.invited_at < before.ended_at:
                wrong.append(f"{after}: dialled while a call to it was up")
    # An attempt of ours that was refused or dropped before it left is no INVITE.
    never_left = (D.FAILED, D.CANCELLED, D.INTERRUPTED)
    wrong += [
        f"{masked(known.call.number)}: {known.disposition}, but never dialled"
        for known in matched.unseen
        if known.disposition not in never_left
    ]
    attempts = len(matched.pairs)
    return line("One INVITE for each attempt", attempts, len(lived), wrong)


def _opt_outs(
    lived: Sequence[Lived],
    calls: Sequence[KnownCall],
    do_not_call: frozenset[PhoneNumber],
) -> CheckLine:
    asked: dict[PhoneNumber, datetime] = {}
    for one in lived:
        nines = [key.at for key in one.keys if key.key == "9" and key.is_sure]
        if nines:
            asked.setdefault(one.number, nines[0])
    wrong = [
        f"{masked(number)}: pressed 9, is not on do-not-call"
        for number in asked
        if number not in do_not_call
    ]
    wrong += [
        f"{one}: dialled after pressing 9"
        for one in lived
        if one.number in asked and one.invited_at > asked[one.number] + OPT_OUT_WITHIN
    ]
    wrong += [
        f"{masked(known.call.number)}: opted out, is not on do-not-call"
        for known in calls
        if known.call.opted_out and known.call.number not in do_not_call
    ]
    honoured = sum(number in do_not_call for number in asked)
    return line("Opt-outs are honoured", len(asked), honoured, wrong)


def _one_telecaller(pairs: Sequence[Pair]) -> CheckLine:
    wrong: list[str] = []
    expected = found = 0
    for pair in pairs:
        heard = [who for _, who in sorted(pair.lived.talks.items())]
        stored = [talk.telecaller for talk in pair.known.talks]
        audible = [talk.telecaller for talk in pair.known.talks if _is_audible(talk)]
        expected += len(heard)
        if any(len(set(who)) != 1 for who in heard):
            wrong.append(f"{pair.lived}: heard {heard} in one conversation")
            continue
        names = [who[0] for who in heard]
        if names in (audible, stored) or _is_within(names, audible, stored):
            found += len(names)
        else:
            wrong.append(f"{pair.lived}: heard {names}, stored {stored}")
    return line(
        "Everyone connected heard exactly one telecaller", expected, found, wrong
    )


def _is_audible(talk: Talk) -> bool:
    return talk.parted_at is None or talk.parted_at - talk.joined_at >= SHORTEST_TALK


def _is_within(
    names: Sequence[str], audible: Sequence[str], stored: Sequence[str]
) -> bool:
    """All audible talks were heard, and nothing that is not stored."""
    rest = list(stored)
    for name in names:
        if name not in rest:
            return False
        rest.remove(name)
    heard = list(names)
    for name in audible:
        if name not in heard:
            return False
        heard.remove(name)
    return True


def _outcomes(pairs: Sequence[Pair]) -> CheckLine:
    wrong: list[str] = []
    unanswered = [pair for pair in pairs if pair.lived.answered_at is None]
    for pair in unanswered:
        allowed = _allowed(pair)
        if pair.known.disposition not in allowed and not _in_one_breath(pair):
            words = " or ".join(sorted(d.value for d in allowed))
            fate = pair.lived.kind.value
            stored = pair.known.disposition
            wrong.append(f"{pair.lived}: {fate}, so {words}, stored {stored}")
    right = len(unanswered) - len(wrong)
    return line("Unanswered calls ended as stored", len(unanswered), right, wrong)


def _allowed(pair: Pair) -> set[Disposition]:
    if pair.known.call.cancelled:
        return {D.CANCELLED, D.INTERRUPTED}
    expected = EXPECTED.get(pair.lived.kind, D.NO_ANSWER)
    if pair.lived.refused_with is None:
        return {D.NO_ANSWER, D.UNREACHABLE}  # we gave up before the network spoke
    return {expected}


def _speech(pairs: Sequence[Pair], sound_of: SoundOf | None) -> CheckLine:
    wrong: list[str] = []
    expected = found = 0
    for pair in pairs:
        said = [words for words in pair.lived.speeches if words.is_sure]
        kept = [answer for answer in pair.known.answers if answer.kind == SPEECH]
        kept = sorted((a for a in kept if a.accepted), key=lambda answer: answer.seq)
        expected += len(said)
        if len(kept) < len(said):
            wrong.append(f"{pair.lived}: spoke {len(said)}, stored {len(kept)}")
        for words, answer in zip(said, kept, strict=False):
            why = (
                _wrong_sound(sound_of, answer.value, words.duration_s)
                if sound_of
                else ""
            )
            if why:
                wrong.append(f"{pair.lived}: {why}")
            else:
                found += 1
    return line("Spoken answers are recorded", expected, found, wrong)


def _wrong_sound(sound_of: SoundOf, file: str, spoken_s: float) -> str:
    try:
        samples = read_wav(io.BytesIO(sound_of(file)), name=file)
    except (OSError, ValueError, EOFError, CannotOpen) as exc:
        return f"recording {file}: {exc}"
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    if not len(loud):
        return f"recording {file} is silent"
    length_s = float(loud[-1] - loud[0]) / RATE
    if abs(length_s - spoken_s) > LENGTH_OFF_S:
        return f"recording {file}: {length_s:.1f} s of {spoken_s:.1f} s spoken"
    return ""
