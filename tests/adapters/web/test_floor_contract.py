"""What both the real floor and the fake of the web tests promise."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from ivr.controller.operations import Operations
from ivr.core.dial_stops import StopScope
from ivr.core.model import CampaignId, CentreCode, DeskState, TelecallerId
from ivr.errors import BadInput
from tests.fakes.operations import FakeOperations
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, FLOW, CallCentre
from tests.unit.controller.conftest import centre as centre

TC1, NOBODY = TelecallerId("tc-1"), TelecallerId("tc-9")
MP, NOWHERE = CentreCode("MP"), CentreCode("XX")
DEMO = CampaignId("demo")


@pytest.fixture(params=["real", "fake"])
async def operations(
    request: pytest.FixtureRequest, centre: CallCentre
) -> AsyncIterator[Operations]:
    if request.param == "fake":
        fake = FakeOperations()
        await fake.start(DEMO)
        yield fake
        return
    await centre.store.save_campaign(CAMPAIGN, FLOW, "", centre.clock.now())
    await centre.running.start(DEMO)
    centre.clock.move(seconds=10)
    await centre.running.floor.refresh()
    yield centre.running


async def ready(operations: Operations) -> None:
    await operations.log_in(TC1)
    await until(lambda: operations.desk(TC1).state is DeskState.READY)


async def test_a_floor_has_its_desks_and_campaigns(operations: Operations) -> None:
    view = operations.floor.view(MP)
    assert [one.telecaller_id for one in view.floor.desks] == ["tc-1", "tc-2"]
    assert [one.campaign_id for one in view.floor.campaigns] == [DEMO]
    assert [one.campaign_id for one, _ in operations.floor.campaigns()] == [DEMO]
    assert operations.floor.last_hour(MP) == []


async def test_what_is_unknown_is_bad_input(operations: Operations) -> None:
    floor = operations.floor
    for ask in (floor.view, floor.last_hour):
        with pytest.raises(BadInput):
            ask(NOWHERE)
    for asked in (
        floor.why_not(DEMO, NOWHERE),
        floor.why_not(CampaignId("nobody"), MP),
        floor.stop_dialling(StopScope.CENTRE, NOWHERE, by="m", why="x"),
        floor.stop_dialling(StopScope.CAMPAIGN, "nobody", by="m", why="x"),
        floor.stop_dialling(StopScope.ALL, "", by="m", why=" "),
        floor.resume_dialling("s-none", by="m"),
        floor.send_message(NOBODY, "नमस्ते", by="m"),
        floor.send_message(TC1, "  ", by="m"),
        floor.messages(NOBODY),
        floor.message_seen(TC1, "m-none"),
        floor.force_pause(TC1, "चाय", by="m"),  # it is offline
        floor.force_log_out(TC1, "देर", by="m"),
        floor.force_pause(NOBODY, "चाय", by="m"),
        floor.force_log_out(NOBODY, "देर", by="m"),
        floor.send_message(TC1, "न" * 501, by="m"),
    ):
        with pytest.raises(BadInput):
            await asked
    assert floor.stops() == [] and operations.desk(TC1).messages == ()


async def test_a_stop_is_seen_until_it_is_lifted(operations: Operations) -> None:
    floor = operations.floor
    stop = await floor.stop_dialling(StopScope.ALL, "", by="मीरा", why="ग़लत संदेश")
    assert floor.stops() == [stop]
    assert list(floor.view(MP).stops) == [stop]
    assert await floor.resume_dialling(stop.stop_id, by="मीरा") == stop
    assert floor.stops() == []


async def test_a_stop_is_lifted_once_and_holds_no_other(operations: Operations) -> None:
    floor = operations.floor
    whole = await floor.stop_dialling(StopScope.ALL, "MP", by="मीरा", why=" रुकें ")
    assert (whole.about, whole.why) == ("", "रुकें")
    one = await floor.stop_dialling(StopScope.CAMPAIGN, "demo", by="अनिल", why="जाँच")
    here = await floor.stop_dialling(StopScope.CENTRE, "MP", by="अनिल", why="न" * 300)
    assert len(here.why) == 200
    assert [each.about for each in floor.view(MP).stops] == ["", "demo", "MP"]
    await floor.resume_dialling(one.stop_id, by="मीरा")
    with pytest.raises(BadInput):
        await floor.resume_dialling(one.stop_id, by="मीरा")
    assert floor.stops() == [whole, here]


async def test_a_campaign_that_does_not_run_is_stopped_too(
    operations: Operations,
) -> None:
    with contextlib.suppress(BadInput):  # it has nobody to call, and may be finished
        await operations.stop(DEMO)
    assert not await operations.campaigns()
    await operations.floor.stop_dialling(StopScope.CAMPAIGN, "demo", by="m", why="x")
    assert [each.about for each in operations.floor.stops()] == ["demo"]


async def test_why_nothing_dials_has_gates_and_one_reason(
    operations: Operations,
) -> None:
    why = await operations.floor.why_not(DEMO, MP)
    assert why.holding_hi
    assert why.holding_en
    assert all(gate.count > 0 for gate in why.gates)


async def test_a_message_is_at_the_desk_until_it_was_read(
    operations: Operations,
) -> None:
    sent = await operations.floor.send_message(TC1, " धीरे बोलिए ", by="मीरा")
    assert sent.text == "धीरे बोलिए"
    assert operations.desk(TC1).messages == (sent,)
    await operations.floor.message_seen(TC1, sent.message_id)
    assert operations.desk(TC1).messages == ()
    (kept,) = await operations.floor.messages(TC1)
    assert kept.seen_at is not None
    with pytest.raises(BadInput):
        await operations.floor.message_seen(TC1, sent.message_id)


async def test_a_desk_is_paused_and_logged_out_by_another_and_told_why(
    operations: Operations,
) -> None:
    await ready(operations)
    await operations.floor.force_pause(TC1, "बैठक", by="मीरा")
    assert operations.desk(TC1).state is DeskState.PAUSED
    await operations.floor.force_log_out(TC1, "पाली समाप्त", by="मीरा")
    assert operations.desk(TC1).state is DeskState.OFFLINE
    texts = [one.text for one in operations.desk(TC1).messages]
    assert texts == ["विराम: बैठक", "लॉग-आउट: पाली समाप्त"]


async def test_nobody_is_paused_or_logged_out_without_being_told_why(
    operations: Operations,
) -> None:
    await ready(operations)
    for asked in (
        operations.floor.force_pause(TC1, " ", by="मीरा"),
        operations.floor.force_log_out(TC1, " ", by="मीरा"),
    ):
        with pytest.raises(BadInput):
            await asked
    view = operations.desk(TC1)
    assert (view.state, view.messages) == (DeskState.READY, ())


async def test_waiting_for_a_snapshot_ends_with_the_time(
    operations: Operations,
) -> None:
    number = operations.floor.view(MP).number
    assert await operations.floor.wait(number, 0.01) == number
    assert await operations.floor.wait(number - 1, 5) == number
