"""What a voter said while the store was away is written when it is back."""

from __future__ import annotations

from ivr.core.model import Disposition
from ivr.errors import StoreUnavailable
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre


async def said_to_a_full_store(centre: CallCentre, key: str) -> str:
    """One voter presses `key` when the disk has just filled; return their call."""
    await centre.people(1)
    [live] = await centre.dialled(1)

    def disk_full() -> None:
        centre.store.fail_with = StoreUnavailable("disk full")

    centre.pick_up(live, key, before_ask=disk_full)
    await until(lambda: centre.lines[0].done())
    centre.switch.end(live.call.call_id)
    await until(lambda: live.state == "ended")
    return live.call.call_id


async def room_again(centre: CallCentre) -> None:
    centre.store.fail_with = None
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=5)
    await centre.over()


async def test_the_answer_is_kept_before_the_call_is_closed(centre: CallCentre) -> None:
    call_id = await said_to_a_full_store(centre, "1")
    assert await centre.store.answers_of(call_id) == []  # type: ignore[arg-type]
    await room_again(centre)
    [answer] = await centre.store.answers_of(call_id)  # type: ignore[arg-type]
    assert (answer.node, answer.value, answer.accepted) == ("q1", "1", True)
    [(_, disposition)] = await centre.store.calls_of(CAMPAIGN.campaign_id)
    assert disposition is Disposition.PARTIAL


async def test_a_nine_is_on_do_not_call_before_the_call_is_closed(
    centre: CallCentre,
) -> None:
    call_id = await said_to_a_full_store(centre, "9")
    live = centre.running.router.find(call_id)
    assert live is not None
    await room_again(centre)
    assert await centre.store.is_do_not_call(live.call.number)
