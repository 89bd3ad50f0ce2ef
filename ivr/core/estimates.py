"""What pacing learned of one campaign (or pool): folds over what happened. Pure.

Kept over a restart as JSON with a version: what another version wrote, or what is
damaged, is not believed. Every method takes the steady clock's seconds, and a clock
that steps back teaches nothing but is no error. Times that are no numbers, or
negative ages, raise ValueError and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import inf
from typing import NamedTuple

import numpy as np

from ivr.core.hazards import LEAST_LEFT, STEP_S, Rings
from ivr.core.sane import refuse_ages
from ivr.core.spans import EDGES_S, Array, Spans

VERSION = 1  # of what is kept
# A look longer ago than this was not a look: the process slept, or the clock stepped.
LONGEST_LOOK_S = 5.0
# Priors, each worth so many cases: talks of a minute, wrap-ups of ten seconds, and
# everybody who answers wants a telecaller until it is seen that they do not.
TALK_S, TALK_WEIGHT, TALK_KEEP = 60.0, 2.0, 0.999
WRAP_S, WRAP_WEIGHT, WRAP_KEEP = 10.0, 1.0, 0.998
SHARE_KEEP, SHARE_WEIGHT = 0.995, 10.0
PRIOR_WANT, PRIOR_ACCEPT = 1.0, 0.5
LOOK_EVERY_S = 1.0  # what goes on is looked at no more often
FREE_STEP_S, FREE_STEPS = 1.0, 48  # how far ahead the table of free desks reaches


class Kind(StrEnum):
    """How a placed call ended its ringing."""

    ANSWERED = "answered"  # by a person
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class Share(NamedTuple):
    """Yes and all, forgetting."""

    yes: float = 0.0
    all: float = 0.0

    def saw(self, is_yes: bool) -> Share:
        return Share(self.yes * SHARE_KEEP + is_yes, self.all * SHARE_KEEP + 1.0)

    def mean(self, prior: float) -> float:
        return (self.yes + prior * SHARE_WEIGHT) / (self.all + SHARE_WEIGHT)


class Estimates:
    """Changed in place by what it sees; asked, it changes nothing."""

    __slots__ = (
        "_free",
        "_looked_s",
        "_offers",
        "_rings",
        "_talks",
        "_wants",
        "_wraps",
    )

    def __init__(self) -> None:
        self._rings = Rings()
        self._talks = Spans(TALK_S, TALK_WEIGHT, TALK_KEEP)
        self._wraps = Spans(WRAP_S, WRAP_WEIGHT, WRAP_KEEP)
        self._wants = Share()
        self._offers: dict[tuple[str, str], Share] = {}
        self._looked_s: float | None = None
        self._free: _Free | None = None

    # What it learns from.

    def saw_now(
        self,
        now_s: float,
        ringing_s: Sequence[float],
        talking_s: Sequence[float],
        wrapping_s: Sequence[float],
    ) -> None:
        """Learn from what goes on: a call that rings on has not been answered.

        Optional: without it, ends alone are learned from, which is a little later.
        """
        refuse_ages(now_s, *ringing_s, *talking_s, *wrapping_s)
        since_s = self._since(now_s)
        if 0 < since_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        if since_s == inf:
            return
        self._rings.look(ringing_s, since_s)
        self._talks.look(talking_s, since_s)
        self._wraps.look(wrapping_s, since_s)

    def saw_outcome(self, kind: Kind, age_s: float, now_s: float) -> None:
        """Learn that a call stopped ringing at that age."""
        refuse_ages(age_s, now_s)
        self._rings.ended(kind is Kind.ANSWERED, age_s, self._since(now_s))

    def saw_talk(self, seconds: float, now_s: float) -> None:
        """Learn that a talk ended after so long."""
        refuse_ages(seconds, now_s)
        self._talks.ended(seconds, self._since(now_s))

    def saw_wrap(self, seconds: float, now_s: float) -> None:
        """Learn that a wrap-up ended after so long, and the desk was free."""
        refuse_ages(seconds, now_s)
        self._wraps.ended(seconds, self._since(now_s))

    def saw_flow(self, wanted: bool) -> None:
        """Learn that a person in the flow came to want a telecaller, or left."""
        self._wants = self._wants.saw(wanted)

    def saw_offer(self, node_id: str, segment: str, accepted: bool) -> None:
        """Learn that a person was offered a telecaller at a node of the flow."""
        for key in ((node_id, segment), (node_id, "")):
            self._offers[key] = self._offers.get(key, Share()).saw(accepted)

    # What it tells.

    @property
    def rings(self) -> Rings:
        return self._rings

    def ends(self) -> float:
        """Return how many calls' ends are known, forgetting."""
        return self._rings.ends()

    def answer_rate(self) -> float:
        """Return the share of placed calls that a person answers, as of now."""
        return self._rings.rate()

    def p_answer(self, age_s: float, within_s: float) -> float:
        """Return the chance that a call of that age is answered within so long."""
        refuse_ages(age_s, within_s)
        by_answer, left = self._rings.moment().mean
        ages = np.arange(len(by_answer)) * STEP_S

        def at(share: Array, age: float) -> float:
            return float(np.interp(age, ages, share))

        gained = at(by_answer, age_s + within_s) - at(by_answer, age_s)
        return min(1.0, gained / max(LEAST_LEFT, at(left, age_s)))

    def answer_ages_s(self) -> Array:
        """Return the ages at which a new call would be answered, evenly likely."""
        return self._rings.moment().answer_ages_s

    def p_free(self, talk_age_s: float, within_s: float) -> float:
        """Return the chance that a desk in a talk is free within so long."""
        refuse_ages(talk_age_s, within_s)
        return float(self.free(np.array([talk_age_s]), np.array([within_s]))[0, 0])

    def p_wrap_free(self, wrap_age_s: float, within_s: float) -> float:
        """Return the chance that a desk in wrap-up is free within so long."""
        refuse_ages(wrap_age_s, within_s)
        ages, within = np.array([wrap_age_s]), np.array([within_s])
        return float(self.wrap_free(ages, within)[0, 0])

    def round_s(self) -> float:
        """Return how long a talk and the wrap-up after it last on average."""
        return self._talks.mean_s() + self._wraps.mean_s()

    def p_want(self) -> float:
        """Return the share of those who answered that came to want a telecaller."""
        return self._wants.mean(PRIOR_WANT)

    def p_accept(self, node_id: str, segment: str = "") -> float:
        """Return the share of that segment that accepts there.

        A segment that is hardly known leans on the node, a new node on a half.
        """
        prior = self._offers.get((node_id, ""), Share()).mean(PRIOR_ACCEPT)
        return self._offers.get((node_id, segment), Share()).mean(prior)

    def free(self, talk_ages_s: Array, within_s: Array) -> Array:
        """Return by time and desk the chance that a talk and its wrap-up are over."""
        if self._free is None or self._free.is_stale(self._talks, self._wraps):
            self._free = _Free(self._talks, self._wraps)
        return self._free.at(talk_ages_s, within_s)

    def wrap_free(self, wrap_ages_s: Array, within_s: Array) -> Array:
        """Return by time and desk the chance that a wrap-up is over."""
        before = self._wraps.cumulated(wrap_ages_s)
        after = self._wraps.cumulated(wrap_ages_s + within_s[:, None])
        return np.asarray(1 - np.exp(before - after))

    # Over a restart.

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` understands."""
        rings = self._rings
        return {
            "version": VERSION,
            "rings": [
                _list(rings.exposed_s),
                _list(rings.answered),
                _list(rings.other),
                _list(rings.weights),
            ],
            "talks": [_list(self._talks.exposed_s), _list(self._talks.ended_by)],
            "wraps": [_list(self._wraps.exposed_s), _list(self._wraps.ended_by)],
            "wants": list(self._wants),
            "offers": [[*key, *share] for key, share in self._offers.items()],
        }

    @classmethod
    def from_json(cls, state: object) -> tuple[Estimates, str]:
        """Return what was kept and "", or a fresh start and why."""
        if not isinstance(state, dict):
            return cls(), "what was kept is no estimates: learning anew"
        if state.get("version") != VERSION:
            found = state.get("version")
            return cls(), f"kept by version {found!r}, not {VERSION}: learning anew"
        try:
            return cls._read(state), ""
        except (KeyError, TypeError, ValueError) as exc:
            return cls(), f"what was kept is damaged ({exc}): learning anew"

    @classmethod
    def _read(cls, state: dict[str, object]) -> Estimates:
        new = cls()
        rings = new._rings
        names = ("exposed_s", "answered", "other", "weights")
        for name, kept in zip(names, _rows(state["rings"], 4), strict=True):
            setattr(rings, name, _array(kept, len(getattr(rings, name))))
        if not float(rings.weights.sum()) > 0 or not (rings.exposed_s > 0).all():
            raise ValueError("no weight")
        rings.recall()
        for name, spans in (("talks", new._talks), ("wraps", new._wraps)):
            exposed, ended = _rows(state[name], 2)
            spans.exposed_s = _array(exposed, len(EDGES_S) - 1)
            spans.ended_by = _array(ended, len(EDGES_S) - 1)
        new._wants = _share(_rows(state["wants"], 2))
        offers = state["offers"]
        if not isinstance(offers, list):
            raise ValueError("offers")
        for node_id, segment, *share in (_rows(one, 4) for one in offers):
            new._offers[str(node_id), str(segment)] = _share(share)
        return new

    def _since(self, now_s: float) -> float:
        """Return how long ago the last look was; without one all of an age is new."""
        if self._looked_s is None:
            return inf
        since_s = now_s - self._looked_s
        return max(0.0, since_s) if since_s <= LONGEST_LOOK_S else inf


class _Free:
    """Chances that a talk of some age, and the wrap-up after it, are over in time.

    A table by age and time: the talk's remaining length by its hazard, and the
    wrap-up's length after it, added up (a convolution). Made anew when enough
    was learned since.
    """

    __slots__ = ("_seen", "_table")

    def __init__(self, talks: Spans, wraps: Spans) -> None:
        self._seen = talks.seen + wraps.seen
        within = np.arange(FREE_STEPS + 1) * FREE_STEP_S
        lasts = talks.cumulated(_AGES_S[:, None] + within)
        over = 1 - np.exp(lasts[:, :1] - lasts)
        # A talk that ends within a step is taken to end in the middle of it.
        left = np.maximum(0.0, within - FREE_STEP_S / 2)
        wrapped = 1 - np.exp(-wraps.cumulated(left))
        self._table = np.zeros((len(_AGES_S), FREE_STEPS + 1))
        self._table[:, 1:] = np.diff(over, axis=1) @ wrapped[_SHIFTS]

    def is_stale(self, talks: Spans, wraps: Spans) -> bool:
        known = float(talks.ended_by.sum() + wraps.ended_by.sum())
        return talks.seen + wraps.seen - self._seen > 0.01 * known

    def at(self, ages_s: Array, within_s: Array) -> Array:
        row = np.searchsorted(_MIDDLES_S, ages_s)[None, :]
        steps = np.clip(within_s / FREE_STEP_S, 0.0, FREE_STEPS - 1e-9)[:, None]
        column = steps.astype(np.intp)
        part = steps - column
        table = self._table
        return np.asarray(
            table[row, column] * (1 - part) + table[row, column + 1] * part
        )


_AGES_S: Array = np.concatenate(([0.0], np.geomspace(0.5, 3600.0, 70)))
_MIDDLES_S: Array = (_AGES_S[1:] + _AGES_S[:-1]) / 2
_SHIFTS = np.maximum(
    0, np.arange(FREE_STEPS)[None, :] - np.arange(FREE_STEPS)[:, None] + 1
)


def _list(numbers: Array) -> list[float]:
    return [float(number) for number in numbers]


def _rows(value: object, length: int) -> list[object]:
    if not isinstance(value, list) or len(value) != length:
        raise ValueError(f"not {length} values")
    return value


def _array(value: object, length: int) -> Array:
    refuse_ages(*(numbers := [_number(one) for one in _rows(value, length)]))
    return np.array(numbers)


def _share(value: list[object]) -> Share:
    share = Share(*(_number(one) for one in value))
    refuse_ages(*share)
    return share


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return float(value)
