"""What a whole call tells other software: each thing once, without waiting."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.happenings import HappeningKind
from ivr.core.model import CampaignState
from ivr.errors import StoreUnavailable
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, MP, CallCentre
from tests.unit.controller.conftest import centre as centre

K = HappeningKind


async def test_a_call_tells_its_answers_its_end_and_the_campaigns(
    centre: CallCentre,
) -> None:
    await centre.people(1, last_of=MP)
    (live,) = await centre.dialled(1)
    centre.pick_up(live, "1", "2", "")
    await centre.over()
    centre.clock.move(seconds=60)  # the dial loop looks again
    await until(lambda: len(centre.told) == 4)
    assert [one.kind for one in centre.told] == [
        K.ANSWER_GIVEN,
        K.ANSWER_GIVEN,
        K.CALL_ENDED,
        K.CAMPAIGN_FINISHED,
    ]
    first, _, ended, finished = centre.told
    assert (first.facts["node"], first.facts["meaning"]) == ("q1", "yes")
    assert (first.number, first.centres) == (live.call.number, (MP,))
    assert ended.facts["disposition"] == "completed"
    assert (finished.facts["campaign_id"], finished.number) == ("demo", None)
    assert await centre.store.campaign_state(CAMPAIGN.campaign_id) is (
        CampaignState.FINISHED
    )


async def test_how_long_a_call_lasted_is_told_though_the_store_took_it_later(
    centre: CallCentre,
) -> None:
    def store_goes_away() -> None:
        centre.clock.move(seconds=7)
        centre.store.fail_with = StoreUnavailable("the disk is full")

    await centre.people(1)
    (live,) = await centre.dialled(1)
    centre.pick_up(live, before_ask=store_goes_away)  # and hangs up
    await until(lambda: live.call.ended_at)
    centre.clock.move(seconds=60)
    centre.store.fail_with = None

    def is_told() -> bool:
        centre.clock.move(seconds=0.5)
        return any(one.kind is K.CALL_ENDED for one in centre.told)

    await until(is_told)
    (told,) = [one for one in centre.told if one.kind is K.CALL_ENDED]
    assert told.facts["answered_s"] == 7


async def test_key_9_and_a_letter_are_told_with_their_source(
    centre: CallCentre,
) -> None:
    slow = replace(CAMPAIGN, centres=(MP,))
    await centre.people(1, slow, last_of=MP)
    (live,) = await centre.dialled(1)
    centre.pick_up(live, "9")
    await centre.over()
    await centre.running.opt_out("98271 12345", "letter")
    by_key, by_letter = [one for one in centre.told if one.kind is K.OPT_OUT]
    assert (by_key.facts["source"], by_key.centres) == ("key 9", (MP,))
    assert (by_letter.facts["source"], by_letter.centres) == ("letter", ())
