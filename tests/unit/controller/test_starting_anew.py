"""What a start does about what the last run left, and a stop about what begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ivr.core.model import Mode
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre

PREVIEW = replace(CAMPAIGN, mode=Mode.PREVIEW)  # nobody is dialled by itself


async def test_a_parked_leg_of_a_former_run_is_hung_up_though_no_call_was_open(
    centre: CallCentre,
) -> None:
    centre.switch.up.add("d-tc-1-old")
    await centre.running._rooms.taking_over.run()
    assert centre.switch.hung_up == ["d-tc-1-old"]


async def test_a_claim_of_a_paused_campaign_is_given_back_at_the_next_start(
    centre: CallCentre,
) -> None:
    await centre.people(1, PREVIEW)
    campaign_id = PREVIEW.campaign_id
    await centre.running.pause_campaign(campaign_id)
    now = centre.clock.now()
    assert len(await centre.store.claim_due(campaign_id, 1, now)) == 1
    await centre.running._rooms.taking_over.run()
    assert len(await centre.store.claim_due(campaign_id, 1, now)) == 1


async def test_whom_the_loop_had_just_claimed_is_not_dialled_once_it_drains(
    centre: CallCentre,
) -> None:
    claim, claimed = centre.store.claim_due, []

    async def claim_while_ctrl_c_is_pressed(*args: object) -> object:
        claimed.extend(await claim(*args))  # type: ignore[arg-type]
        centre.running.dial_loop.is_draining = True
        return claimed

    centre.store.claim_due = claim_while_ctrl_c_is_pressed  # type: ignore[method-assign,assignment]
    await centre.people(2)
    await until(lambda: claimed)
    assert await centre.running.drain(timedelta(seconds=1))
    assert centre.switch.dials == []
