"""What a telecaller does with a live call, proven by who hears whose tone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.model import DeskPhone, TelecallerId
from ivr.core.transfer import TargetKind
from tests.acceptance.telephone_room import MOBILE, TC1, TC2, VOTER, room
from tests.polling import until

pytestmark = pytest.mark.acceptance

FIRST, SECOND = TelecallerId(TC1), TelecallerId(TC2)
ASK = TargetKind.TELECALLER


async def test_a_voter_on_hold_hears_music_and_not_the_telecaller(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as one:
        await one.at_work(TC1)
        await one.call(TC1)
        await one.hears(VOTER, TC1)
        await one.hears(TC1, VOTER)
        view = await one.system.running.hold(FIRST)
        assert (view.state, view.talk) == ("holding", "on_hold")
        await one.hears(VOTER, "music")
        await one.hears(TC1)
        await one.system.running.take_back(FIRST)
        await one.hears(VOTER, TC1)
        await one.hears(TC1, VOTER)
        assert one.state(TC1) == "talking"
        await one.system.running.end_talk(FIRST)
        await one.call_is_over()
        await until(lambda: one.state(TC1) in ("wrap_up", "ready"))
        assert await one.talks() == {TC1}


async def test_a_voter_is_handed_over_warm_with_music_meanwhile(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        await one.at_work(TC1, TC2)
        await one.call(TC1)
        running = one.system.running
        await running.transfer(FIRST, ASK, TC2, is_cold=False)
        assert (one.state(TC1), one.state(TC2)) == ("consulting", "reserved")
        assert running.desk(SECOND).contact_name == "राम"
        await one.hears(VOTER, "music")
        await one.hears(TC1, TC2)
        await one.hears(TC2, TC1)
        await running.bring_together(FIRST)
        await one.hears(VOTER, TC1, TC2)
        await one.hears(TC1, VOTER, TC2)
        await one.hears(TC2, VOTER, TC1)
        assert (one.state(TC1), one.state(TC2)) == ("talking", "talking")
        await running.hand_over(FIRST)
        await one.hears(VOTER, TC2)
        await one.hears(TC2, VOTER)
        await one.hears(TC1)
        assert one.state(TC2) == "talking"
        one.phones[VOTER].hang_up()
        await one.call_is_over()
        assert await one.talks() == {TC1, TC2}


async def test_a_voter_is_handed_on_cold_to_whoever_is_free_of_a_centre(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as one:
        await one.at_work(TC1, TC2)
        await one.call(TC1)
        running = one.system.running
        to = [str(t.key) for t in running.transfer_targets(FIRST) if t.is_free]
        assert to == [TC2, "MP", "MP.BPL", "MP.BPL.SEH", "help"]
        await running.transfer(FIRST, TargetKind.CENTRE, "MP.BPL.SEH", is_cold=True)
        await one.hears(VOTER, TC2)
        await one.hears(TC2, VOTER)
        await one.hears(TC1)
        await until(lambda: one.state(TC1) == "ready")
        await running.end_talk(SECOND)
        await one.call_is_over()
        assert await one.talks() == {TC1, TC2}


async def test_a_telecallers_mobile_is_rung_by_the_trunk_and_parked(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as one:
        trunk = await one.phone(VOTER)
        await one.system.running.log_in(SECOND, DeskPhone.MOBILE)
        await until(lambda: one.state(TC2) == "ready")
        [invite] = [text for text in trunk.messages if text.startswith("INVITE")]
        assert invite.startswith(f"INVITE sip:0{MOBILE.removeprefix('+91')}@")
        assert "X-Samvad" not in invite
        await one.system.running.log_out(SECOND)
        await until(lambda: trunk.was_hung_up)
