"""The questions of an in-charge: the same campaign, with one thing changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ivr.core.model import Mode
from ivr.simulation.forecast.scenario import Lasts, Scenario, Seen
from ivr.simulation.population import Spread

Change = Callable[[Scenario, str], Scenario]

MOST_TEAMS = 40  # of --telecallers: each is a forecast of its own


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and what is different in it, for people."""

    words: str
    scenario: Scenario


def cases(base: Scenario, what_ifs: list[str], telecallers: str) -> list[Case]:
    """Return the scenario as it is, each change by itself, and each team size.

    Raises ValueError with what would be understood.
    """
    found = [Case("जैसा है · as it is", base)]
    found += [Case(words, changed(base, words)) for words in what_ifs]
    if telecallers:
        found += [
            Case(f"{count} साथी", base.with_telecallers(count))
            for count in team_sizes(telecallers)
        ]
    return found


def changed(base: Scenario, words: str) -> Scenario:
    """Return the scenario with one change: `answer-rate=0.5`, `pool`, `lines=60`."""
    scenario = base
    for part in words.split(","):
        name, _, value = part.strip().partition("=")
        if name not in CHANGES:
            raise ValueError(
                f"{name!r} is no change; known: {', '.join(CHANGES)}; "
                "several at once are written with commas"
            )
        try:
            scenario = CHANGES[name](scenario, value)
        except ValueError as exc:
            raise ValueError(f"{part.strip()}: {exc}") from exc
    return scenario


def team_sizes(words: str) -> list[int]:
    """Return the sizes meant by `4..12`, `4..60..8` (by eights) or `3,6,12`."""
    sizes: list[int] = []
    for part in words.split(","):
        numbers = part.strip().split("..")
        if not all(n.isascii() and n.isdigit() for n in numbers) or len(numbers) > 3:
            raise ValueError(f"{part!r} is no team size: write 6, 4..12 or 4..60..8")
        first, *more = (int(n) for n in numbers)
        last = more[0] if more else first
        step = more[1] if len(more) > 1 else 1
        if step < 1 or last < first or last > 10_000:
            raise ValueError(f"{part!r} counts to nowhere: write 4..12 or 4..60..8")
        sizes += range(first, last + 1, step)
    sizes = list(dict.fromkeys(sizes))
    if len(sizes) > MOST_TEAMS:
        raise ValueError(
            f"{len(sizes)} team sizes are too many: at most {MOST_TEAMS}; "
            "4..60..8 counts by eights"
        )
    return sizes


def _answer_rate(scenario: Scenario, value: str) -> Scenario:
    factor = _number(value, least=0.0)
    return scenario.with_answer_rate(min(1.0, factor * scenario.answer_rate))


def _simply(**fields: Any) -> Change:
    """Return the change that sets these fields, and takes no value."""

    def change(scenario: Scenario, value: str) -> Scenario:
        if value:
            raise ValueError("takes no value")
        return replace(scenario, **fields)

    return change


def _lines(scenario: Scenario, value: str) -> Scenario:
    return replace(scenario, lines=_whole(value))


def _people(scenario: Scenario, value: str) -> Scenario:
    return replace(scenario, people=_whole(value))


def _telecallers(scenario: Scenario, value: str) -> Scenario:
    return scenario.with_telecallers(_whole(value))


def _calls_per_s(scenario: Scenario, value: str) -> Scenario:
    return replace(scenario, calls_per_s=_number(value, least=0.001))


def _talk(scenario: Scenario, value: str) -> Scenario:
    factor = _number(value, least=0.01)
    return replace(scenario, talk=longer(scenario.talk, factor))


def _mode(scenario: Scenario, value: str) -> Scenario:
    try:
        return replace(scenario, mode=Mode(value))
    except ValueError:
        raise ValueError(f"known: {', '.join(Mode)}") from None


def longer(lasts: Lasts, factor: float) -> Lasts:
    """Return lengths `factor` times as long."""
    if isinstance(lasts, Seen):
        scaled: dict[int, int] = {}
        for second, count in lasts.by_second:
            at = round(second * factor)
            scaled[at] = scaled.get(at, 0) + count
        return Seen(tuple(sorted(scaled.items())))
    if not isinstance(lasts, Spread):
        raise ValueError("these lengths cannot be stretched")
    return Spread(
        lasts.typical_s * factor,
        lasts.low_s * factor,
        lasts.high_s * factor,
        lasts.sigma,
    )


def _whole(value: str) -> int:
    number = _number(value, least=1.0)
    if number != int(number):
        raise ValueError("write a whole number")
    return int(number)


def _number(value: str, *, least: float) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("write a number after =") from None
    if not least <= number <= 1e9:
        raise ValueError(f"write a number from {least:g} up")
    return number


CHANGES: Mapping[str, Change] = {
    "answer-rate": _answer_rate,  # times so much
    "talk": _talk,  # times so long
    "pool": _simply(pooled=True),
    "apart": _simply(pooled=False),
    # No survey: who wants a telecaller is handed over at once.
    "direct": _simply(survey=None),
    "lines": _lines,
    "telecallers": _telecallers,
    "people": _people,
    "calls-per-s": _calls_per_s,
    "mode": _mode,
}
