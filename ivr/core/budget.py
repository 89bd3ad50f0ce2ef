"""The abandonment budget: how much risk the next call may be. Pure.

theta, the risk that one more call may bring, is steered so that the people abandoned
stay a little under the cap: up while fewer were than might be, down while more were.
Two parts: the integral (a level that moves slowly with each answer) and the
proportion (the balance of the account, at once). docs/pacing.md has the formulae.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from math import exp, isfinite, log

VERSION = 1  # of what is kept
AIM = 0.95  # of the cap: what a steered mean must stay under it
WINDOW_S = 600.0  # the memory of how many answers there are
LEAST_SEEN_S = 5.0
LEAST_SCALE = 12.0  # people: so much the balance must move to change theta e-fold
# A few answers must not move the level to its end: what is clipped is not steered.
LEAST_ANSWERS = 150.0
GAIN = 1.2  # of the integral, for each window's worth of answers
LOWEST, HIGHEST = 0.004, 0.3
# Low: what theta must rise to is saved up first, so that a small team, which has few
# answers in a day, ends it with a person or two to spare and not one too many.
FIRST = 0.015
MOST_UP, MOST_DOWN = 1.0, 2.5  # of the proportional part, in log theta
# Anti-windup: what was not used up is not saved for a wave, in scales.
MOST_CREDIT = 1.0


@dataclass(frozen=True, slots=True)
class AbandonmentBudget:
    """One account: a campaign's, a centre's, or a level's."""

    cap: float = 0.03  # share of those who answered that may be abandoned
    balance: float = 0.0  # people who might have been abandoned, less those who were
    level: float = log(FIRST)  # the integral: log theta
    recent: float = 0.0  # answers within the window, forgetting
    seen_s: float = 0.0  # how much of the window has been seen, forgetting
    at_s: float = 0.0  # of the last answer

    def __post_init__(self) -> None:
        if not 0 <= self.cap < 1:
            raise ValueError(f"a cap is a share from 0 to 1, not {self.cap}")

    @property
    def aim(self) -> float:
        return AIM * self.cap

    @property
    def scale(self) -> float:
        """Return the people whose balance changes theta e-fold."""
        return max(LEAST_SCALE, 0.5 * self.aim * self.per_window)

    @property
    def per_window(self) -> float:
        """Return the answers of a whole window, also when it has only begun."""
        return self.recent * WINDOW_S / max(LEAST_SEEN_S, self.seen_s)

    @property
    def is_spent(self) -> bool:
        """True if so many more were abandoned than might be that nothing is left."""
        return self.balance < -MOST_DOWN * self.scale

    def threshold(self) -> float:
        """Return theta: the risk that one more call may bring. 0 allows no risk."""
        if self.is_spent or self.aim <= 0:
            return 0.0
        part = min(MOST_UP, max(-MOST_DOWN, self.balance / self.scale))
        return min(HIGHEST, exp(self.level + part))

    def saw_answer(self, abandoned: bool, now_s: float) -> AbandonmentBudget:
        """Return the account after one more person who answered.

        A clock that steps back forgets nothing. Raises ValueError if it is no number.
        """
        if not isfinite(now_s):
            raise ValueError(f"{now_s} is no time")
        # Before the first answer there was nothing to see.
        elapsed_s = max(0.0, now_s - self.at_s) if self.recent else 0.0
        fades = exp(-elapsed_s / WINDOW_S)
        account = replace(
            self,
            recent=self.recent * fades + 1,
            seen_s=self.seen_s * fades + WINDOW_S * (1 - fades),
            at_s=now_s,
        )
        error = self.aim - abandoned
        answers = max(LEAST_ANSWERS, account.per_window)
        step = GAIN * error / (max(self.aim, 1e-6) * answers)
        return replace(
            account,
            balance=min(self.balance + error, MOST_CREDIT * account.scale),
            level=min(log(HIGHEST), max(log(LOWEST), self.level + step)),
        )

    def to_json(self) -> dict[str, float]:
        """Return what `from_json` understands. The clock's time is not kept."""
        return {"version": VERSION, **asdict(self), "at_s": 0.0}

    @classmethod
    def from_json(cls, state: object, cap: float) -> tuple[AbandonmentBudget, str]:
        """Return the account that was kept and "", or a new one and why.

        The cap is the campaign's of today; what was abandoned stays abandoned.
        """
        if not isinstance(state, dict) or state.get("version") != VERSION:
            return cls(cap), "the kept budget is another version's: a new account"
        kept = [state.get(field.name) for field in fields(cls)]
        numbers = [
            float(one)
            for one in kept
            if isinstance(one, int | float) and not isinstance(one, bool)
        ]
        if len(numbers) < len(kept) or not all(isfinite(one) for one in numbers):
            return cls(cap), "the kept budget is damaged: a new account"
        try:
            return replace(cls(*numbers), cap=cap, at_s=0.0), ""
        except ValueError as exc:
            return cls(cap), f"the kept budget is damaged ({exc}): a new account"
