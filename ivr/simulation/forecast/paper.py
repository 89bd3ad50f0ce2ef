"""A campaign on paper: independent arithmetic, line by line, for any number of people.

Nothing is played, so 45 million people take no longer than 45. Every figure names the
ones above it, so that it can be checked with a pocket calculator. What paper cannot
know (waiting, chance, pacing) stands in one line: how busy telecallers are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from ivr.core.hours import open_windows
from ivr.core.model import Disposition, Mode
from ivr.core.retry import DEFAULT_RULES, FINAL, NOT_COUNTED
from ivr.simulation.forecast.scenario import ENDS, Scenario, mean_s
from ivr.simulation.population import Kind

MOST_CALLS = 50  # to one person, on paper
PATIENT_S = 0.5  # mean wait of a person for a telecaller


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the arithmetic."""

    hi: str
    en: str
    how: str  # with its numbers
    value: float
    unit: str  # "", s, h, days, %


@dataclass(frozen=True, slots=True)
class Paper:
    lines: tuple[Line, ...]
    calls: float
    hours: float  # of open windows
    days: float  # with open windows
    limit: str  # what is short: lines, calls_per_s or telecallers


def on_paper(scenario: Scenario, busy: float) -> Paper:
    """Return the arithmetic. `busy`: share of their time telecallers talk or note.

    Raises ValueError if nothing is there to call with.
    """
    shares = shares_of(scenario)
    per_person, reached = calls_per_person(scenario, shares)
    people, lines, rate = scenario.people, scenario.lines, scenario.answer_rate
    calls = people * per_person
    ring_s, talk_s, wrap_s = _ring_s(scenario), mean_s(scenario.talk), 0.0
    wrap_s = mean_s(scenario.wrap_up)
    joins = scenario.mode is not Mode.BROADCAST or scenario.telecallers > 0
    wants = scenario.wants if joins else 0.0
    person_s = scenario.greeting_s + wants * (talk_s + PATIENT_S)
    person_s += _survey_s(scenario, wants) + (1 - wants) * scenario.flow_s
    machine = scenario.share(Kind.VOICEMAIL)
    machine_s = scenario.greeting_s + scenario.flow_s
    line_s = ring_s + rate * person_s + machine * machine_s
    by_lines = lines * 3600 / line_s
    by_rate = 3600 * scenario.calls_per_s
    limits = {"lines": by_lines, "calls_per_s": by_rate}
    made = [
        Line("लोग", "people", "", people, ""),
        Line("कॉल उठाने का हिस्सा", "answer rate", "", 100 * rate, "%"),
        Line(
            "कॉल, प्रति व्यक्ति",
            "calls per person",
            f"1 + {_words(shares)}",
            per_person,
            "",
        ),
        Line("कुल कॉल", "calls", f"{people:,} × {per_person:.3f}", calls, ""),
        Line(
            "जिन तक पहुँचे",
            "people reached",
            f"{people:,} × {reached:.4f}",
            people * reached,
            "",
        ),
        Line(
            "लाइन, प्रति कॉल",
            "line time per call",
            f"{ring_s:.1f} + {rate:.2f} × {person_s:.1f} + "
            f"{machine:.2f} × {machine_s:.1f}",
            line_s,
            "s",
        ),
        Line(
            "लाइनों से कॉल/घंटा",
            "calls an hour by lines",
            f"{lines:,} × 3600 / {line_s:.1f}",
            by_lines,
            "",
        ),
        Line(
            "ट्रंक की गति से कॉल/घंटा",
            "calls an hour by calls per second",
            f"3600 × {scenario.calls_per_s:g}",
            by_rate,
            "",
        ),
    ]
    each_s, talks = talk_s + wrap_s, rate * wants
    if scenario.telecallers and talks > 0:
        work = _at_work(scenario)
        by_team = scenario.telecallers * work * busy * 3600 / (each_s * talks)
        limits["telecallers"] = by_team
        made.append(
            Line(
                "साथियों से कॉल/घंटा",
                "calls an hour by telecallers",
                f"{scenario.telecallers:,} × {work:.3f} × {busy:.2f} × 3600 / "
                f"({each_s:.1f} × {talks:.3f})",
                by_team,
                "",
            )
        )
    limit = min(limits, key=lambda name: limits[name])
    fastest = limits[limit]
    if fastest <= 0:
        raise ValueError("nobody and nothing is there to call with")
    hours, a_day = calls / fastest, hours_a_day(scenario)
    days = hours / a_day if a_day else float("inf")
    made += [
        Line("घंटे", "hours", f"{calls:,.0f} / {fastest:,.0f} ({limit})", hours, "h"),
        Line("काम के दिन", "working days", f"{hours:,.1f} / {a_day:g}", days, "days"),
    ]
    least = ceil(scenario.caps.attempts_per_campaign / scenario.caps.attempts_per_day)
    made.append(
        Line(
            "कम से कम दिन: कोशिशों के बीच",
            "days at least, for all attempts",
            f"{scenario.caps.attempts_per_campaign} / "
            f"{scenario.caps.attempts_per_day} a day",
            least,
            "days",
        )
    )
    made += _needed(scenario, calls, talks, each_s, line_s, busy, a_day)
    return Paper(tuple(made), calls, hours, days, limit)


def shares_of(scenario: Scenario) -> Mapping[Disposition, float]:
    """Return how a call ends: the share of each outcome, answered ones together."""
    found: dict[Disposition, float] = {Disposition.COMPLETED: scenario.answer_rate}
    found[Disposition.SILENT] = scenario.share(Kind.VOICEMAIL)
    for kind, how in ENDS.items():
        found[how] = found.get(how, 0.0) + scenario.share(kind)
    return {how: share for how, share in found.items() if share > 0}


def calls_per_person(
    scenario: Scenario, shares: Mapping[Disposition, float]
) -> tuple[float, float]:
    """Return the calls to one person, and the chance that they are reached.

    After call n the person is called again if it ended in an outcome whose rule
    allows more dials than n (core.retry): 1 + p1 + p1 p2 + ...
    """
    campaign = scenario.campaign()
    calls, reached, still = 0.0, 0.0, 1.0
    for made in range(1, MOST_CALLS + 1):
        calls += still
        reached += still * shares.get(Disposition.COMPLETED, 0.0)
        again = 0.0
        for how, share in shares.items():
            if how in FINAL:
                continue
            rule = campaign.retry.get(how) or DEFAULT_RULES[how]
            limit = rule.attempts
            if how not in NOT_COUNTED:
                limit = min(limit, campaign.caps.attempts_per_campaign)
            again += share * (made < limit)
        still *= again
        if still < 1e-9:
            break
    return calls, reached


def hours_a_day(scenario: Scenario) -> float:
    """Return for how long the windows are open on a working day."""
    campaign = scenario.campaign()
    windows = open_windows(campaign.windows, campaign.mode, campaign.ring_timeout)
    seconds = sum(
        3600 * (w.closes.hour - w.opens.hour)
        + 60 * (w.closes.minute - w.opens.minute)
        + (w.closes.second - w.opens.second)
        for w in windows
    )
    return seconds / 3600


def _ring_s(scenario: Scenario) -> float:
    answered = scenario.answer_rate + scenario.share(Kind.VOICEMAIL)
    rings = scenario.share(Kind.RINGS_OUT)
    refused = max(0.0, 1 - answered - rings)
    return (
        answered * mean_s(scenario.pick_up)
        + rings * scenario.ring_timeout_s
        + refused * mean_s(scenario.refusal)
    )


def _survey_s(scenario: Scenario, wants: float) -> float:
    """Return how long a person hears questions: who wants a telecaller, half of them.

    Everybody is offered one: with few telecallers, fewer are, and hear them all.
    """
    if scenario.survey is None:
        return 0.0
    all_s = scenario.survey.questions * mean_s(scenario.survey.question)
    return scenario.survey.offer_s + (1 - wants / 2) * all_s


def _at_work(scenario: Scenario) -> float:
    """Return the share of an open window at which a telecaller is at the desk."""
    if scenario.pause_every_s <= 0:
        return 1.0
    cycle_s = scenario.pause_every_s + scenario.pause_s
    return scenario.pause_every_s / cycle_s


def _words(shares: Mapping[Disposition, float]) -> str:
    again = sum(share for how, share in shares.items() if how not in FINAL)
    return f"{again:.3f} + {again:.3f}² …"


def _needed(
    scenario: Scenario,
    calls: float,
    talks: float,
    each_s: float,
    line_s: float,
    busy: float,
    a_day: float,
) -> list[Line]:
    """Return what it would take to be done in 30 working days."""
    hours = 30 * a_day
    if not hours:
        return []
    an_hour = calls / hours
    lines = ceil(an_hour * line_s / 3600)
    found = [
        Line(
            "30 दिन में: लाइनें",
            "for 30 days: lines",
            f"{calls:,.0f} / ({hours:g} h) × {line_s:.1f} / 3600",
            lines,
            "",
        )
    ]
    if talks > 0 and busy > 0 and scenario.telecallers:
        team = an_hour * talks * each_s / 3600 / busy / _at_work(scenario)
        found.append(
            Line(
                "30 दिन में: साथी",
                "for 30 days: telecallers",
                f"{an_hour:,.0f} × {talks:.3f} × {each_s:.1f} / 3600 / {busy:.2f} / "
                f"{_at_work(scenario):.3f}",
                ceil(team),
                "",
            )
        )
    return found
