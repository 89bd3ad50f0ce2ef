"""Which alarms are on: readings of a floor against the rules, with hysteresis. Pure.

`readings` says how a floor stands by each rule; `step` takes the readings of a moment
and what was on before. An alarm tells since when it is on, and ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.core.alarm_rules import (
    BY_NAME,
    CALM,
    FEW_ANSWERS,
    FEW_DIALS,
    STUCK,
    Rule,
)
from ivr.core.day_counts import Counts
from ivr.core.floor import CampaignOnFloor, Floor
from ivr.core.lockout import Lockout, Stray, Trouble
from ivr.core.model import DeskState, Mode
from ivr.core.trunk_day import DayShare

NEED_TELECALLERS = frozenset({Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW})
AWAY = frozenset({DeskState.OFFLINE, DeskState.CALLING})
NAMED = 3  # addresses, in one line
Key = tuple[str, str]  # the rule's name, and what it is about


@dataclass(frozen=True, slots=True)
class Reading:
    """How one thing stands by one rule."""

    rule: str
    value: float
    about_hi: str = ""
    about_en: str = ""
    shown: float | None = None  # instead of `value`: a share of the cap is no share
    about: str = ""  # an id that stays, where the names may change


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing that was over its line, and how long."""

    reading: Reading
    since: datetime  # it was over the line
    is_on: bool = False
    calm_since: datetime | None = None  # under the line again


@dataclass(frozen=True, slots=True)
class Alarm:
    name: str
    about: str
    since: datetime
    is_urgent: bool
    says_hi: str
    says_en: str
    do_hi: str
    do_en: str


Watching = Mapping[Key, Watched]


def step(before: Watching, found: Iterable[Reading], now: datetime) -> Watching:
    """Return what is watched after these readings; what was not read is calm."""
    readings = {(one.rule, one.about): one for one in found}
    after: dict[Key, Watched] = {}
    for key in before.keys() | readings.keys():
        rule = BY_NAME[key[0]]
        watched = _next(rule, before.get(key), readings.get(key), now)
        if watched is not None:
            after[key] = watched
    return after


def _next(
    rule: Rule, was: Watched | None, reading: Reading | None, now: datetime
) -> Watched | None:
    value = reading.value if reading else 0.0
    if was is None or not was.is_on:
        if reading is None or value < rule.raise_at:
            return None
        since = was.since if was else now
        return Watched(reading, since, is_on=now - since >= rule.after)
    if value >= rule.clear_at:
        return replace(was, reading=reading or was.reading, calm_since=None)
    calm_since = was.calm_since or now
    if now - calm_since >= CALM:
        return None
    return replace(was, calm_since=calm_since)


def alarms(watching: Watching) -> list[Alarm]:
    """Return those that are on: urgent ones first, then the oldest."""
    on = [_alarm(key, one) for key, one in watching.items() if one.is_on]
    return sorted(on, key=lambda one: (not one.is_urgent, one.since, one.name))


def _alarm(key: Key, watched: Watched) -> Alarm:
    rule, reading = BY_NAME[key[0]], watched.reading
    shown = reading.value if reading.shown is None else reading.shown
    facts = {"value": f"{shown:.0f}", "percent": f"{shown:.1%}"}
    return Alarm(
        name=rule.name,
        about=reading.about,
        since=watched.since,
        is_urgent=rule.is_urgent,
        says_hi=rule.says_hi.format(about=reading.about_hi, **facts),
        says_en=rule.says_en.format(about=reading.about_en, **facts),
        do_hi=rule.do_hi,
        do_en=rule.do_en,
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """What holds for all floors."""

    switch_is_up: bool
    last_5: Counts  # of all centres: a trunk's faults are everybody's
    backup_overdue_h: float = 0.0  # hours since the last backup, once they are too many
    owed: int = 0  # writes that wait for the database, which is away
    locked_out: Sequence[Lockout] = ()  # lately
    troubles: Sequence[Trouble] = ()  # phones that are refused
    trunks: Sequence[DayShare] = ()  # how near each is to the end of its day
    strays: Sequence[Stray] = ()  # phones that try to call somebody


def readings(
    floor: Floor, machine: Machine, dialled_at: datetime, is_stopped: bool
) -> list[Reading]:
    """Return how a floor stands. `dialled_at`: when a call of it was last up.

    `is_stopped`: a person stopped the dialling here, and knows why nothing dials.
    """
    found = [
        Reading("switch_down", float(not machine.switch_is_up)),
        Reading("store_away", machine.owed),
        Reading("backup_old", machine.backup_overdue_h),
    ]
    found += _of_the_door(machine)
    found += _of_trunk_days(machine)
    found += _of_the_line(floor, machine)
    found += _of_abandonment(floor)
    found += _of_desks(floor)
    dialling = [one for one in floor.campaigns if not one.held]
    if dialling and not is_stopped:
        found += _of_dialling(floor, dialling, dialled_at)
    return found


def _of_the_line(floor: Floor, machine: Machine) -> list[Reading]:
    found, last, lately = [], machine.last_5, floor.lately
    if last.dialled >= FEW_DIALS and floor.campaigns:
        found.append(Reading("trunk_errors", last.line_failed / last.dialled))
    if lately.answered >= FEW_ANSWERS:
        found.append(Reading("short_answers", lately.short / lately.answered))
    return found


def _of_the_door(machine: Machine) -> list[Reading]:
    """Everybody hears of it: who knows the address may sit in any centre."""
    found: list[Reading] = []
    if machine.locked_out:
        names = [str(one.source) for one in machine.locked_out]
        shown = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        found.append(Reading("locked_out", len(names), shown, shown))
    for one in machine.troubles:
        says = f"{one.account} ({one.source})"
        about = f"{one.account} {one.source}"
        found.append(Reading("phone_refused", one.failures, says, says, about=about))
    found += (
        Reading(
            "phone_calls_out", one.calls, one.account, one.account, about=one.account
        )
        for one in machine.strays
    )
    return found


def _of_trunk_days(machine: Machine) -> list[Reading]:
    found = []
    for one in machine.trunks:
        hi, en = f"{one.trunk} ({one.hi})", f"{one.trunk} ({one.en})"
        # Once it dials no more, the one alarm says all that the other would.
        rules = ["trunk_day_spent"] + ["trunk_day_near"] * (one.share < 1)
        found += [
            Reading(rule, one.share, hi, en, one.share, one.trunk) for rule in rules
        ]
    return found


def _of_abandonment(floor: Floor) -> list[Reading]:
    found: list[Reading] = []
    for one in floor.campaigns:
        names = one.title_hi, one.title_en, one.campaign_id
        found += _near_the_cap(one.abandonment, one.stop, *names)
    place = floor.name_hi, floor.name_en, floor.centre
    return found + _near_the_cap(floor.abandonment, floor.stop, *place)


def _near_the_cap(
    share: float, stop: float, hi: str, en: str, about: str
) -> list[Reading]:
    value = share / stop if stop else 0.0
    # Once dialling has stopped, the one alarm says all that the other would.
    rules = ["abandonment_stop"] + ["abandonment_rising"] * (value < 1)
    return [Reading(rule, value, hi, en, share, about) for rule in rules]


def _of_desks(floor: Floor) -> list[Reading]:
    stuck = sum(
        desk.state is DeskState.RECONNECTING and floor.at - desk.since >= STUCK
        for desk in floor.desks
    )
    found = [Reading("desks_stuck", stuck)]
    at_work = sum(desk.state not in AWAY for desk in floor.desks)
    paused = floor.by_desk_state.get(DeskState.PAUSED, 0)
    if at_work >= 3 and floor.campaigns:
        found.append(Reading("long_pauses", paused / at_work))
    return found


def _of_dialling(
    floor: Floor, campaigns: list[CampaignOnFloor], dialled_at: datetime
) -> list[Reading]:
    found = []
    is_empty = all(desk.state in AWAY for desk in floor.desks)
    for one in campaigns:
        if one.mode in NEED_TELECALLERS and floor.desks:
            found.append(
                Reading(
                    "no_telecallers",
                    float(is_empty),
                    one.title_hi,
                    one.title_en,
                    about=one.campaign_id,
                )
            )
    is_free = floor.by_desk_state.get(DeskState.READY, 0)
    if is_free and any(map(dials_by_itself, campaigns)):
        idle_minutes = (floor.at - dialled_at).total_seconds() // 60
        found.append(Reading("nothing_dials", idle_minutes))
    return found


def dials_by_itself(campaign: CampaignOnFloor) -> bool:
    """Say whether calls should go out without a telecaller asking for each."""
    return not campaign.held and campaign.dials_as not in {Mode.PREVIEW, "stopped"}
