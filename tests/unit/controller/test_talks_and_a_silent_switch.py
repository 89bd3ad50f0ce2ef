"""Talks while the switch gives no answer: no voter waits for it in music."""

from __future__ import annotations

from ivr.core.transfer import TargetKind
from tests.polling import until
from tests.unit.controller.conftest import CallCentre
from tests.unit.controller.test_desks import TC1, talking
from tests.unit.controller.test_talks import ASK, states, with_partner


async def test_a_consultation_the_switch_does_not_make_gives_the_voter_back(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    centre.switch.silent = {"consult"}
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: states(centre) == ("talking", "ready"))
    assert not line.music


async def test_a_consultation_that_cannot_be_ended_does_not_keep_the_voter_in_music(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    centre.switch.silent = {"park"}
    await centre.running.take_back(TC1)
    await until(lambda: states(centre) == ("talking", "ready"))
    assert not line.music


async def test_who_hangs_up_during_a_consultation_frees_both_desks(
    centre: CallCentre,
) -> None:
    live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    centre.switch.silent = {"park"}
    centre.switch.end(live.call.call_id)
    await centre.over()
    await until(lambda: states(centre) == ("wrap_up", "ready"))


async def test_a_third_who_cannot_be_brought_in_leaves_the_two(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    centre.switch.silent = {"bring_in"}
    await centre.running.bring_together(TC1)
    await until(lambda: states(centre) == ("talking", "ready"))


async def test_a_number_that_answers_after_its_dial_was_given_up_is_hung_up(
    centre: CallCentre,
) -> None:
    live, _line = await talking(centre)
    centre.switch.silent = {"ring_outside"}
    await centre.running.transfer(TC1, TargetKind.NUMBER, "help", is_cold=False)
    await until(lambda: centre.state("tc-1") == "talking")
    [leg] = centre.switch.outside
    centre.switch.answer_leg(leg)
    await until(lambda: leg in centre.switch.hung_up)
    assert centre.running.desks_room.legs_on(live.trunk.name) == 0


async def test_a_number_that_could_not_be_hung_up_is_when_the_switch_is_back(
    centre: CallCentre,
) -> None:
    live, _line = await talking(centre)
    await centre.running.transfer(TC1, TargetKind.NUMBER, "help", is_cold=False)
    await until(lambda: len(centre.switch.consults) == 1)
    [leg] = centre.switch.outside
    centre.switch.silent = {"hang_up"}
    await centre.running.take_back(TC1)
    await until(lambda: centre.state("tc-1") == "talking")
    centre.switch.silent = set()
    centre.switch.lost()
    centre.switch.back()
    await until(lambda: leg in centre.switch.hung_up)
    await until(lambda: centre.running.desks_room.legs_on(live.trunk.name) == 0)
