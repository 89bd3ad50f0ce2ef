"""A whole campaign on the real Asterisk, on good days and on bad ones.

What is stored is held against the truth log of the network's voters.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.asterisk.process import stale_pid
from ivr.core.model import Caps, Disposition, PhoneNumber
from ivr.simulation.lived import Lived
from ivr.simulation.population import Fixed, KeyMode, Kind, Rates, Spread, fate
from ivr.simulation.truth import Happening
from tests.acceptance.whole import (
    CAMPAIGN,
    RATES,
    SEED,
    eventually,
    number,
    person,
    trial,
    with_,
)
from tests.polling import until

pytestmark = pytest.mark.acceptance

D = Disposition
GRACE = timedelta(seconds=0.5)  # a dial that was on its way
MIX: list[Fixed] = [
    *[person() for _ in range(5)],
    Fixed(Kind.PERSON, "helpful", KeyMode.INFO),
    Fixed(Kind.PERSON, "helpful", KeyMode.INBAND),
    person("hasty"),
    person("mute"),
    person("quitter"),
    person("wants_no_calls"),
    person("asks"),
    Fixed(Kind.VOICEMAIL),
    Fixed(Kind.BUSY),
    Fixed(Kind.RINGS_OUT),
    Fixed(Kind.DECLINED),
    Fixed(Kind.UNALLOCATED),
    Fixed(Kind.INCOMPLETE),
    Fixed(Kind.SWITCHED_OFF),
    Fixed(Kind.NETWORK_FULL),
]


def numbered(fates: Iterable[Fixed]) -> dict[PhoneNumber, Fixed]:
    return {number(place): fate for place, fate in enumerate(fates)}


def twice(lived: Iterable[Lived]) -> list[str]:
    """Return the numbers that were dialled more than once."""
    counts = Counter(one.number for one in lived)
    return [one for one, times in counts.items() if times > 1]


async def test_a_campaign_runs_to_its_end_and_both_sides_tell_the_same(
    tmp_path: Path,
) -> None:
    people = numbered(MIX)
    async with trial(tmp_path, people) as t:
        await t.enrol(people)
        async with t.samvad() as system:
            outcomes = system.running.router.outcomes
            await until(lambda: sum(outcomes.values()) >= len(people), within_s=60)
            figures = await t.metrics()
        assert await t.disagreements() == []
        assert figures['samvad_calls_ended_total{disposition="completed"}'] == 9
        assert figures['samvad_pacing_asked_total{campaign="trial"}'] >= len(people)
        assert figures["samvad_ami_answer_seconds_count"] > len(people)
        assert figures["samvad_agi_accept_seconds_count"] == 13  # those who answered
        assert figures['samvad_waiting{queue="store_writes"}'] == 0
        assert outcomes == {
            D.COMPLETED: 9,  # who pressed nothing heard all of it, too
            D.SILENT: 1,
            D.PARTIAL: 1,
            D.OPTED_OUT: 1,
            D.ABANDONED: 1,
            D.BUSY: 1,
            D.NO_ANSWER: 1,
            D.REJECTED: 1,
            D.INVALID_NUMBER: 2,
            D.UNREACHABLE: 1,
            D.CONGESTION: 1,
        }


# Asterisk dies


async def test_when_asterisk_is_killed_the_campaign_goes_on_and_nobody_is_dialled_twice(
    tmp_path: Path,
) -> None:
    fates = [person("mute")] * 4 + [Fixed(Kind.RINGS_OUT)] * 2 + [person()] * 8
    people = numbered(fates)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=4))
    async with trial(tmp_path, people) as t:
        await t.enrol(people, campaign=slow)
        async with t.samvad() as system:
            router, process = system.running.router, system.process
            assert process is not None and process.pid is not None
            await until(lambda: t.count(Happening.PROMPT) >= 3, within_s=20)
            os.kill(process.pid, signal.SIGKILL)
            await until(lambda: process.restarts == 1, within_s=10)
            placed_before = len(t.lived())
            assert placed_before < len(people)
            await until(
                lambda: sum(router.outcomes.values()) >= len(people), within_s=60
            )
        calls = await t.calls()
        assert len(calls) == len(people)
        assert twice(t.lived()) == []
        assert None not in {disposition for _, disposition in calls}
        cut = [call for call, disposition in calls if disposition is D.INTERRUPTED]
        assert len(cut) >= 4
        after = [one for one in t.lived()[placed_before:] if one.answered_at]
        assert len(after) >= 4
        queue = await t.queue()
        assert queue["queued"] == len(people)
        assert not {"claimed", "dialling", "due"} & queue.keys()


# The controller dies


def who_interrupt_with_9(rates: Rates, count: int) -> list[PhoneNumber]:
    """Return people who press 9 without waiting for the end of a prompt."""
    many = [number(place) for place in range(100, 200)]
    fates = [fate(one, 1, SEED, rates, person("wants_no_calls")) for one in many]
    chosen = [
        one
        for one, drawn in zip(many, fates, strict=True)
        if drawn.person and drawn.person.reactions[0].early
    ]
    return chosen[:count]


async def test_when_the_controller_is_killed_nobody_comes_and_voters_hear_an_apology(
    tmp_path: Path,
) -> None:
    # They press 9 long after the program died: in the apology.
    late = dataclasses.replace(RATES, early=Spread(3.0, 2.9, 3.1))
    fed_up = who_interrupt_with_9(late, 3)
    people = dict.fromkeys(fed_up, person("wants_no_calls"))
    people |= numbered([Fixed(Kind.RINGS_OUT)] * 2 + [person()] * 3)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=10, channels=5))
    async with trial(tmp_path, people, rates=late) as t:
        await t.enrol(people, campaign=slow)
        first = await t.up()
        await until(lambda: t.count(Happening.PROMPT) >= 3, within_s=20)
        await until(lambda: len(t.lived()) == 5)
        await first.kill()
        # Asterisk is alone with them now, says "one moment", and hears their 9.
        await until(lambda: t.count(Happening.ENDED) >= 4, within_s=60)
        second = await t.up()
        assert "Taken over from a former run" in second.said()
        async with t.store() as store:
            barred = store.is_do_not_call

            async def all_barred() -> bool:
                return all([await barred(one) for one in fed_up])

            await eventually(all_barred, within_s=10)
        await until(lambda: len(t.lived()) == len(people), within_s=30)
        await eventually(t.is_idle, within_s=30)
        assert twice(t.lived()) == []
        second.interrupt()
        assert await second.ended(within_s=20) == 0


async def test_a_killed_controllers_calls_go_on_with_the_next_one(
    tmp_path: Path,
) -> None:
    people = numbered([person()] * 6)
    async with trial(tmp_path, people) as t:
        await t.enrol(people)
        first = await t.up()
        await until(lambda: t.count(Happening.KEY) >= 4, within_s=20)
        await first.kill()
        conf_file = t.home / "asterisk" / "conf" / "asterisk.conf"
        left_behind = stale_pid(conf_file)
        second = await t.up()
        assert stale_pid(conf_file) == left_behind is not None
        await eventually(t.is_idle, within_s=30)
        assert Counter(d for _, d in await t.calls()) == {D.COMPLETED: 6}
        assert twice(t.lived()) == []
        assert len(t.lived()) == 6
        assert await t.disagreements() == []
        second.interrupt()
        assert await second.ended(within_s=20) == 0


async def test_controllers_are_changed_while_people_talk_to_them(
    tmp_path: Path,
) -> None:
    people = numbered([person()] * 40)
    async with trial(tmp_path, people) as t:
        await t.enrol(people, campaign=with_(CAMPAIGN, caps=Caps(calls_per_s=4)))
        samvad = await t.guarded()
        for count in (2, 3):
            await until(
                lambda n=count: t.count(Happening.KEY) >= 8 * (n - 1), within_s=30
            )
            samvad.change()
            await until(lambda n=count: samvad.times_up == n, within_s=60)
        await eventually(t.is_idle, within_s=60)
        assert Counter(d for _, d in await t.calls()) == {D.COMPLETED: len(people)}
        assert len(t.lived()) == len(people)
        assert await t.disagreements() == []
        samvad.interrupt()
        assert await samvad.ended(within_s=20) == 0


async def test_a_second_controller_in_the_same_home_is_refused(tmp_path: Path) -> None:
    async with trial(tmp_path, {}) as t:
        first = await t.up()
        second = await t.start_up()
        assert await second.ended(within_s=20) == 1
        assert second.said().count("\n") == 1
        assert f"another Samvad (process {first.process.pid}) is running in" in (
            second.said()
        )
        assert "stop it first, or use another --home" in second.said()
        assert first.is_up and not first.has_ended
        health = await t.get("/healthz")
        assert health["ok"]


# Ctrl-C


async def test_ctrl_c_once_lets_people_finish_and_dials_no_more(tmp_path: Path) -> None:
    fates = [person()] * 3 + [Fixed(Kind.RINGS_OUT)] + [person()] * 20
    people = numbered(fates)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=4))
    async with trial(tmp_path, people) as t:
        await t.enrol(people, campaign=slow)
        up = await t.up()
        await until(lambda: t.count(Happening.KEY) >= 2, within_s=20)
        up.interrupt()
        pressed_at = datetime.now(UTC)
        assert await up.ended(within_s=35) == 0
        lived = t.lived()
        late = [one for one in lived if one.invited_at > pressed_at + GRACE]
        assert late == []
        assert len(lived) < len(people)
        calls = await t.calls()
        on_the_line = [d for call, d in calls if call.answered_at]
        assert on_the_line and set(on_the_line) == {D.COMPLETED}
        rest = {d for call, d in calls if not call.answered_at}
        assert rest == {D.CANCELLED}
        assert await t.disagreements() == []
        assert "live ones may finish" in up.said()
        assert "Traceback" not in up.said()


async def test_ctrl_c_twice_stops_within_seconds_and_leaves_no_attempt_open(
    tmp_path: Path,
) -> None:
    people = numbered([person("mute")] * 6)
    async with trial(tmp_path, people) as t:
        await t.enrol(people)
        up = await t.up()
        await until(lambda: t.count(Happening.PROMPT) >= 6, within_s=20)
        up.interrupt()
        await until(lambda: "Ctrl-C again stops now" in up.said())
        up.interrupt()
        assert await up.ended(within_s=6) == 0
        calls = await t.calls()
        assert len(calls) == 6
        assert None not in {disposition for _, disposition in calls}
        assert twice(t.lived()) == []
        assert "Traceback" not in up.said()
