"""Telecallers at real softphones: joined to voters, cut off, back again."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.cli.system import System
from ivr.core.flow_model import Flow
from ivr.core.model import Disposition, Mode, NodeId, TelecallerId
from ivr.simulation.population import Fixed, Spread
from ivr.simulation.truth import Happening
from tests.acceptance.test_bad_days_campaign import numbered, twice
from tests.acceptance.whole import (
    CAMPAIGN,
    FLOW,
    RATES,
    TRIAL,
    Trial,
    console,
    eventually,
    person,
    trial,
    with_,
)
from tests.polling import until

pytestmark = pytest.mark.acceptance

D = Disposition
FIRST, SECOND = "tc-101", "tc-102"


@dataclass
class Office:
    """A trial with two telecallers at their desks."""

    trial: Trial
    system: System

    def state(self, telecaller: str) -> str:
        return str(self.system.running.desk(TelecallerId(telecaller)).state)

    async def is_logged_in(self, telecaller: str) -> bool:
        """Log in by HTTP; the softphone may have to register first."""
        if self.state(telecaller) == "offline":
            await self.trial.post(f"/api/v1/desks/{telecaller}/login")
        return self.state(telecaller) == "ready"

    async def cut(self) -> None:
        """Hang up every softphone's leg, on the network's side."""
        conf = self.trial.carrier_conf
        for line in (await console(conf, "core show channels concise")).splitlines():
            channel, context, *_ = line.split("!")
            if context == "telecaller":
                await console(conf, f"channel request hangup {channel}")


@asynccontextmanager
async def office(folder: Path, people: dict, **given: object) -> AsyncIterator[Office]:
    async with trial(folder, people, telecallers=(FIRST, SECOND), **given) as t:  # type: ignore[arg-type]
        async with t.samvad() as system:
            one = Office(t, system)
            for telecaller in (FIRST, SECOND):
                await eventually(lambda: one.is_logged_in(telecaller), within_s=20)  # noqa: B023
            yield one


async def begin(
    one: Office, people: dict, *, flow: Flow = FLOW, **changes: object
) -> None:
    campaign = with_(CAMPAIGN, **changes)
    await one.trial.enrol(people, campaign=campaign, flow=flow, running=False)
    await one.trial.post(f"/api/v1/campaigns/{TRIAL}/start")


async def test_who_asks_for_a_person_is_joined_to_exactly_one(tmp_path: Path) -> None:
    people: dict = numbered([person("asks")] * 2 + [person()] * 2)
    async with office(tmp_path, people) as one:
        t, outcomes = one.trial, one.system.running.router.outcomes
        await begin(one, people)
        await until(lambda: sum(outcomes.values()) >= len(people), within_s=40)
        await until(lambda: one.state(FIRST) == one.state(SECOND) == "ready")
        assert outcomes == {D.TALKED: 2, D.COMPLETED: 2}
        assert await t.disagreements() == []
        heard = [who for call in t.lived() for who in call.talks.values()]
        assert sorted(heard) == [[FIRST], [SECOND]]
        async with t.store() as store:
            talks = await store.conversations_of(TRIAL)
        assert sorted(talk.telecaller_id for talk in talks) == [FIRST, SECOND]
        assert all(talk.parted_at for talk in talks)


async def test_a_leg_that_dies_is_rung_again_and_takes_voters_again(
    tmp_path: Path,
) -> None:
    people: dict = numbered([person("asks")])
    async with office(tmp_path, people) as one:
        legs = {s.desk.leg_id for s in one.system.running.desks_room.sessions()}
        seen: Counter[str] = Counter()

        def both_were(state: str) -> bool:
            for telecaller in (FIRST, SECOND):
                seen[f"{telecaller} {one.state(telecaller)}"] += 1
            return bool(seen[f"{FIRST} {state}"] and seen[f"{SECOND} {state}"])

        await one.cut()
        await until(lambda: both_were("reconnecting"))
        await until(lambda: one.state(FIRST) == one.state(SECOND) == "ready")
        again = {s.desk.leg_id for s in one.system.running.desks_room.sessions()}
        assert not again & legs - {None}
        await begin(one, people)
        outcomes = one.system.running.router.outcomes
        await until(lambda: sum(outcomes.values()) >= 1, within_s=30)
        assert outcomes == {D.TALKED: 1}
        assert await one.trial.disagreements() == []


async def test_a_leg_that_dies_in_a_talk_gets_its_voter_back(tmp_path: Path) -> None:
    people: dict = numbered([person("asks")])
    long_talk = replace(RATES, talk=Spread(60, 59, 61))
    async with office(tmp_path, people, rates=long_talk) as one:
        outcomes = one.system.running.router.outcomes
        await begin(one, people)
        await until(lambda: one.trial.count(Happening.TELECALLER) == 1, within_s=30)
        [talking] = [t for t in (FIRST, SECOND) if one.state(t) == "talking"]
        await one.cut()
        await until(lambda: one.state(talking) == "reconnecting")
        await until(lambda: one.state(talking) == "talking", within_s=15)
        await until(lambda: one.trial.count(Happening.TELECALLER) == 2, within_s=15)
        await one.trial.post(f"/api/v1/desks/{talking}/end-talk")
        await until(lambda: sum(outcomes.values()) == 1, within_s=20)
        await until(lambda: one.state(talking) == "ready", within_s=20)
        assert outcomes == {D.TALKED: 1}
        async with one.trial.store() as store:
            [talk] = await store.conversations_of(TRIAL)
        assert talk.telecaller_id == talking
        assert talk.parted_at is not None


async def test_preview_dials_when_the_telecaller_says_so_and_joins_that_one(
    tmp_path: Path,
) -> None:
    at_once = replace(FLOW, start=NodeId("person"))
    people: dict[object, Fixed] = dict(numbered([person(), person()]))
    async with office(tmp_path, people, flow=at_once) as one:
        t = one.trial
        preview = with_(CAMPAIGN, mode=Mode.PREVIEW)
        await t.enrol(people, campaign=preview, flow=at_once, running=False)
        await t.post(f"/api/v1/campaigns/{TRIAL}/start")
        await until(lambda: one.system.running.dial_loop.run_of(TRIAL) is not None)
        shown = await t.post(f"/api/v1/desks/{SECOND}/dial")
        assert shown["preview_contact_id"] is not None
        assert shown["contact_name"] == "राम"
        assert "•" in shown["contact_number"]
        assert t.lived() == []
        await t.post(f"/api/v1/desks/{SECOND}/dial")
        outcomes = one.system.running.router.outcomes
        await until(lambda: sum(outcomes.values()) == 1, within_s=30)
        assert outcomes == {D.TALKED: 1}
        assert [call.talks for call in t.lived()] == [{1: [SECOND]}]
        # Nobody asked for the second: nobody is dialled.
        await until(lambda: one.state(SECOND) == "ready")
        assert twice(t.lived()) == []
        assert len(await t.calls()) == 1
        assert await t.disagreements() == []
