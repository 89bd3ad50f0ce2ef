"""What both the real Operations and the fake of the web tests promise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ivr.controller.operations import Operations
from ivr.core.model import (
    CallId,
    CampaignId,
    CampaignState,
    DeskState,
    ListenMode,
    TelecallerId,
)
from ivr.core.transfer import TargetKind
from ivr.errors import BadInput
from tests.fakes.operations import FakeOperations
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, FLOW, CallCentre
from tests.unit.controller.conftest import centre as centre

TC1, NOBODY = TelecallerId("tc-1"), TelecallerId("tc-9")
DEMO = CampaignId("demo")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["real", "fake"])
async def operations(
    request: pytest.FixtureRequest, centre: CallCentre
) -> AsyncIterator[Operations]:
    if request.param == "fake":
        yield FakeOperations()
        return
    await centre.store.save_campaign(CAMPAIGN, FLOW, "", centre.clock.now())
    yield centre.running


async def ready(operations: Operations) -> None:
    await operations.log_in(TC1)
    await until(lambda: operations.desk(TC1).state is DeskState.READY)


async def test_every_desk_is_known_and_offline_at_first(operations: Operations) -> None:
    views = operations.desks()
    assert [view.telecaller_id for view in views] == ["tc-1", "tc-2"]
    assert {view.state for view in views} == {DeskState.OFFLINE}


async def test_an_unknown_telecaller_is_bad_input(operations: Operations) -> None:
    with pytest.raises(BadInput, match="tc-1, tc-2"):
        operations.desk(NOBODY)
    with pytest.raises(BadInput):
        await operations.log_in(NOBODY)


async def test_a_telecaller_logs_in_once_pauses_and_logs_out(
    operations: Operations,
) -> None:
    await ready(operations)
    with pytest.raises(BadInput, match="already"):
        await operations.log_in(TC1)
    assert (await operations.pause(TC1, "चाय")).state is DeskState.PAUSED
    assert operations.desk(TC1).reason == "चाय"
    assert (await operations.ready(TC1)).state is DeskState.READY
    assert (await operations.log_out(TC1)).state is DeskState.OFFLINE


async def test_nothing_is_done_at_the_desk_of_nobody(operations: Operations) -> None:
    call, at = CallId("c-1"), operations.desk(TC1).since
    for asked in (
        operations.log_in(NOBODY),
        operations.log_out(NOBODY),
        operations.ready(NOBODY),
        operations.pause(NOBODY, "चाय"),
        operations.end_talk(NOBODY),
        operations.hold(NOBODY),
        operations.take_back(NOBODY),
        operations.transfer(NOBODY, TargetKind.TELECALLER, "tc-1", is_cold=True),
        operations.hand_over(NOBODY),
        operations.bring_together(NOBODY),
        operations.outcome(NOBODY, call, "resolved", ""),
        operations.preview_dial(NOBODY),
        operations.card(NOBODY),
        operations.form_answer(NOBODY, call, "water", "yes"),
        operations.call_back(NOBODY, call, at),
        operations.wait_desk_change(NOBODY, at, 0.01),
        operations.desk_changed(NOBODY, 0.01),
    ):
        with pytest.raises(BadInput):
            await asked
    for ask in (operations.desk, operations.transfer_targets):
        with pytest.raises(BadInput):
            ask(NOBODY)


async def test_a_desk_is_ready_paused_and_away_by_its_table(
    operations: Operations,
) -> None:
    await ready(operations)
    with pytest.raises(BadInput):
        await operations.ready(TC1)  # it is
    with pytest.raises(BadInput):
        await operations.pause(TC1, "  ")
    assert (await operations.pause(TC1, " चाय ")).reason == "चाय"
    view = await operations.pause(TC1, "भोजन " * 40)
    assert (view.state, len(view.reason)) == (DeskState.PAUSED, 80)
    with pytest.raises(BadInput):
        await operations.preview_dial(TC1)
    assert (await operations.log_out(TC1)).reason == ""
    await ready(operations)
    with pytest.raises(BadInput):
        await operations.end_talk(TC1)
    assert operations.desk(TC1).state is DeskState.READY


async def test_what_the_state_does_not_allow_is_bad_input(
    operations: Operations,
) -> None:
    for refused in (
        operations.end_talk(TC1),
        operations.pause(TC1, "चाय"),
        operations.preview_dial(TC1),
        operations.log_out(TC1),
    ):
        with pytest.raises(BadInput):
            await refused


async def test_who_has_no_voter_cannot_hold_or_hand_over_one(
    operations: Operations,
) -> None:
    await ready(operations)
    for refused in (
        operations.hold(TC1),
        operations.take_back(TC1),
        operations.transfer(TC1, TargetKind.TELECALLER, "tc-2", is_cold=True),
        operations.hand_over(TC1),
        operations.bring_together(TC1),
    ):
        with pytest.raises(BadInput):
            await refused
    with pytest.raises(BadInput):
        operations.transfer_targets(TC1)


async def test_an_in_charge_listens_changes_and_stops(operations: Operations) -> None:
    boss = TelecallerId("ic-1")
    with pytest.raises(BadInput, match="no in-charge"):
        await operations.listen(NOBODY, TC1, ListenMode.LISTEN)
    with pytest.raises(BadInput, match="tc-1, tc-2"):
        await operations.listen(boss, NOBODY, ListenMode.LISTEN)
    view = await operations.listen(boss, TC1, ListenMode.LISTEN)
    assert (view.telecaller_id, view.mode) == (TC1, ListenMode.LISTEN)
    view = await operations.listen(boss, TC1, ListenMode.WHISPER)
    [seen] = operations.who_listens()
    assert seen.mode is view.mode is ListenMode.WHISPER
    await operations.stop_listening(boss)
    assert operations.who_listens() == []
    with pytest.raises(BadInput, match="does not listen"):
        await operations.stop_listening(boss)


async def test_an_in_charge_of_elsewhere_hears_nobody(operations: Operations) -> None:
    boss = TelecallerId("ic-1")
    [stranger] = {one.telecaller_id for one in operations.in_charges()} - {boss}
    with pytest.raises(BadInput):
        await operations.listen(stranger, TC1, ListenMode.LISTEN)
    assert operations.who_listens() == []
    assert operations.in_charge_centre(boss) == "MP"
    assert operations.in_charge_centre(NOBODY) is None


async def test_who_listens_to_another_has_listened_since_they_began(
    operations: Operations,
) -> None:
    boss = TelecallerId("ic-1")
    began = await operations.listen(boss, TC1, ListenMode.LISTEN)
    await operations.log_in(TC1)
    moved = await operations.listen(boss, TelecallerId("tc-2"), ListenMode.BARGE)
    assert (moved.telecaller_id, moved.mode) == ("tc-2", ListenMode.BARGE)
    assert moved.since == began.since
    with pytest.raises(BadInput):
        await operations.listen(boss, NOBODY, ListenMode.LISTEN)
    [seen] = operations.who_listens()
    assert seen.telecaller_id == "tc-2"


async def test_waiting_for_a_change_ends_with_it_or_with_the_time(
    operations: Operations,
) -> None:
    before = operations.desk(TC1)
    unchanged = await operations.wait_desk_change(TC1, before.since, 0.01)
    assert unchanged.state is DeskState.OFFLINE
    changed = await operations.wait_desk_change(TC1, LONG_AGO, 5)
    assert changed == before


async def test_a_campaign_starts_pauses_resumes_and_stops(
    operations: Operations,
) -> None:
    with pytest.raises(BadInput):
        await operations.pause_campaign(DEMO)
    assert (await operations.start(DEMO)).state is CampaignState.RUNNING
    assert [view.campaign_id for view in await operations.campaigns()] == [DEMO]
    assert (await operations.pause_campaign(DEMO)).state is CampaignState.PAUSED
    assert (await operations.resume(DEMO)).state is CampaignState.RUNNING
    assert (await operations.stop(DEMO)).state is CampaignState.STOPPED
    with pytest.raises(BadInput):
        await operations.resume(DEMO)


async def test_an_unknown_campaign_is_bad_input(operations: Operations) -> None:
    with pytest.raises(BadInput):
        await operations.start(CampaignId("nobody"))


async def test_what_is_no_number_cannot_be_opted_out(operations: Operations) -> None:
    with pytest.raises(BadInput, match="is no number"):
        await operations.opt_out("112", "test")
    await operations.opt_out("98271 12345", "test")


async def test_health_names_every_part(operations: Operations) -> None:
    parts = operations.health()
    assert {"switch", "dial_loop"} <= parts.keys()
    assert all(isinstance(state, str) and state for state in parts.values())


async def test_since_moves_with_each_state(operations: Operations) -> None:
    await ready(operations)
    first = operations.desk(TC1).since
    assert first - LONG_AGO > timedelta(0)
    assert (await operations.pause(TC1, "भोजन")).since >= first


async def test_an_outcome_of_a_call_that_was_not_at_the_desk_is_refused(
    operations: Operations,
) -> None:
    await ready(operations)
    with pytest.raises(BadInput, match="not at your desk"):
        await operations.outcome(TC1, CallId("c-none"), "resolved", "ठीक")
    assert operations.desk(TC1).state is DeskState.READY
