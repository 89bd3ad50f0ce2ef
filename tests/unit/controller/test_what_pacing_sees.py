"""What the pacer of a campaign is shown, told, and remembers over a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.controller.core_pacers import CorePacer, CorePacers
from ivr.controller.decisions import Decisions
from ivr.core.learned import Learned
from ivr.core.model import Campaign, CampaignId, Disposition, PacingDecision
from ivr.core.pacer import Fact, Told
from ivr.errors import StoreUnavailable
from tests.fakes.switch import BEGIN
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre

DEMO = CampaignId("demo")


def fresh(campaign: Campaign) -> dict[str, object]:
    """Return what is kept of a campaign with no history."""
    return Learned(campaign.caps.abandonment_target).to_json()


async def test_pacing_goes_on_after_a_restart_with_what_it_learned(
    centre: CallCentre,
) -> None:
    campaign = CAMPAIGN
    first = CorePacers(centre.store, centre.clock)
    pacer = await first.of(campaign)
    for told in (Told.ANSWERED, Told.WANTED, Told.BUSY):
        pacer.saw(Fact(campaign.campaign_id, told))
    await first.save()
    again = await CorePacers(centre.store, centre.clock).of(campaign)
    assert isinstance(again, CorePacer)
    assert again.learned.to_json() != fresh(campaign)
    assert isinstance(pacer, CorePacer)
    assert again.learned.to_json() == pacer.learned.to_json()


@pytest.mark.parametrize("text", ['{"version": 99}', "{", ""])
async def test_learning_that_cannot_be_read_is_left_and_learned_anew(
    centre: CallCentre, text: str
) -> None:
    campaign = CAMPAIGN
    about = f"campaign {campaign.campaign_id}"
    await centre.store.keep_learned(about, text, BEGIN)
    pacer = await CorePacers(centre.store, centre.clock).of(campaign)
    assert isinstance(pacer, CorePacer)
    assert pacer.learned.to_json() == fresh(campaign)


async def test_a_store_that_is_away_does_not_stop_pacing(centre: CallCentre) -> None:
    campaign = CAMPAIGN
    pacers = CorePacers(centre.store, centre.clock)
    pacer = await pacers.of(campaign)
    pacer.saw(Fact(campaign.campaign_id, Told.ANSWERED))
    centre.store.fail_with = StoreUnavailable("the disk is full")
    await pacers.save()
    centre.store.fail_with = None
    await pacers.save()
    assert centre.store.kept_learned[f"campaign {campaign.campaign_id}"]


async def test_what_becomes_of_a_call_is_told_once_each(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    loop = centre.running.dial_loop
    told: list[Told] = []
    run = loop.run_of(live.campaign.campaign_id)
    assert run is not None

    class Listener:
        def decide(self, _view: object) -> PacingDecision:
            return PacingDecision(0, "a test listens")

        def saw(self, fact: Fact) -> None:
            told.append(fact.told)

    run.pacer = Listener()
    line = centre.pick_up(live, "0", "")
    await until(lambda: Told.CONNECTED in told)
    await centre.running.end_talk(centre.running.desks()[0].telecaller_id)
    line.talk.set()
    await centre.over()
    await until(lambda: Told.TALK_OVER in told)
    for once in (Told.ANSWERED, Told.WANTED, Told.CONNECTED, Told.TALK_OVER):
        assert told.count(once) == 1, told
    assert Told.ABANDONED not in told


async def test_a_clock_that_is_set_changes_no_age(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    watch = centre.running.dial_loop._watch
    centre.clock.move(seconds=3)
    centre.clock.step(hours=-2)
    assert 0 < watch.ringing_s(live, centre.clock.steady_s()) < 60
    centre.clock.step(hours=4)
    assert 0 < watch.ringing_s(live, centre.clock.steady_s()) < 60


async def test_the_end_of_an_unknown_call_teaches_nothing(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    watch = centre.running.dial_loop._watch
    watch.ended(live, Disposition.BUSY, 1.0)
    watch.ended(live, Disposition.BUSY, 2.0)
    assert watch.unknown == 1


async def test_a_reader_gets_each_decision_once_and_waits_for_the_next() -> None:
    decisions = Decisions()
    decisions.add(DEMO, PacingDecision(2, "two", risk=0.01, threshold=0.03), BEGIN)
    decisions.add(DEMO, PacingDecision(0, "nobody is due"), BEGIN)
    decisions.add(
        DEMO, PacingDecision(0, "nobody is due"), BEGIN + timedelta(seconds=1)
    )
    [two, nobody] = await decisions.wait(0, timeout_s=1)
    assert (two.dial, two.because, two.risk, two.threshold) == (2, "two", 0.01, 0.03)
    assert nobody.because == "nobody is due"
    assert await decisions.wait(nobody.number, timeout_s=0.01) == []
