"""Hold, transfers and lost legs on fakes: what voters hear, where desks are."""

from __future__ import annotations

import pytest

from ivr.controller.live_call import LiveCall
from ivr.core.call import CallState
from ivr.core.model import DeskPhone, TelecallerId
from ivr.core.transfer import TargetKind
from ivr.errors import BadInput
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import HELP, TELECALLERS, CallCentre
from tests.unit.controller.test_desks import TC1, talking

TC2 = TelecallerId("tc-2")
ASK = TargetKind.TELECALLER


async def with_partner(centre: CallCentre) -> tuple[LiveCall, FakeLine]:
    """tc-1 talks to a voter, and tc-2 is free."""
    live, line = await talking(centre)
    await centre.log_in("tc-2")
    return live, line


def states(centre: CallCentre) -> tuple[str, str]:
    return centre.state("tc-1"), centre.state("tc-2")


async def test_on_hold_the_voter_hears_music_and_comes_back(centre: CallCentre) -> None:
    live, line = await talking(centre)
    view = await centre.running.hold(TC1)
    assert view.state == "holding"
    await until(lambda: line.music)
    assert live.state is CallState.HELD
    with pytest.raises(BadInput):
        await centre.running.hold(TC1)
    await centre.running.take_back(TC1)
    await until(lambda: centre.state("tc-1") == "talking")
    assert not line.music
    assert len(line.joined) == 2
    await centre.running.end_talk(TC1)
    await centre.over()
    await until(lambda: centre.state("tc-1") == "wrap_up")
    [talk] = centre.store.conversations.values()
    assert talk.parted_at is not None


async def test_a_voter_who_hangs_up_on_hold_frees_the_desk(centre: CallCentre) -> None:
    live, line = await talking(centre)
    await centre.running.hold(TC1)
    await until(lambda: line.music)
    centre.switch.end(live.call.call_id)
    await centre.over()
    await until(lambda: centre.state("tc-1") == "wrap_up")


async def test_a_warm_transfer_consults_first_and_then_hands_over(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    assert states(centre) == ("consulting", "reserved")
    assert centre.running.desk(TC2).contact_number == "98•••••400"
    assert centre.running.desk(TC2).is_partner
    await until(lambda: line.music)
    assert len(centre.switch.consults) == 1
    await centre.running.hand_over(TC1)
    await until(lambda: states(centre) == ("wrap_up", "talking"))
    assert not line.music
    await centre.running.end_talk(TC2)
    await centre.over()
    assert len(centre.store.conversations) == 2


async def test_a_cold_transfer_leaves_at_once(centre: CallCentre) -> None:
    _live, _line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=True)
    await until(lambda: states(centre) == ("wrap_up", "talking"))


async def test_a_partner_who_declines_leaves_the_voter_to_the_first(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    await centre.running.end_talk(TC2)
    await until(lambda: states(centre) == ("talking", "ready"))


async def test_a_partner_who_is_not_free_changes_nothing(centre: CallCentre) -> None:
    _live, line = await talking(centre)
    with pytest.raises(BadInput, match="nobody is free"):
        await centre.running.transfer(TC1, ASK, "tc-2", is_cold=True)
    with pytest.raises(BadInput, match="not among the numbers"):
        await centre.running.transfer(TC1, TargetKind.NUMBER, "112", is_cold=True)
    assert centre.state("tc-1") == "talking"
    assert not line.music


async def test_three_talk_and_the_first_leaves(centre: CallCentre) -> None:
    live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    await centre.running.bring_together(TC1)
    await until(lambda: states(centre) == ("talking", "talking"))
    assert len(line.legs) == 2
    await centre.running.end_talk(TC1)  # leaves the voter to the partner
    await until(lambda: len(line.legs) == 1 and live.state is CallState.TALKING)
    assert states(centre) == ("wrap_up", "talking")


@pytest.mark.parametrize("dies", [0, 1])
async def test_of_three_one_whose_leg_dies_leaves_the_voter_to_the_other(
    centre: CallCentre, dies: int
) -> None:
    live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    await centre.running.bring_together(TC1)
    await until(lambda: len(line.legs) == 2)
    first, second = centre.switch.desk_rings
    # As the switch tells it: the bridge ends for all, and then who was the cause.
    line.talk.set()
    await until(lambda: not line.legs)
    centre.switch.end((first, second)[dies])
    stays, gone = ("tc-2", "tc-1") if dies == 0 else ("tc-1", "tc-2")
    await until(lambda: line.legs == [(second, first)[dies]])
    await until(lambda: live.state is CallState.TALKING)
    assert centre.state(stays) == "talking"
    await until(lambda: centre.state(gone) == "reconnecting")


async def test_a_leg_that_dies_while_consulting_leaves_the_voter_to_the_partner(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    centre.switch.end(centre.switch.desk_rings[0])
    await until(lambda: centre.state("tc-2") == "talking")
    assert centre.state("tc-1") == "reconnecting"


async def test_whose_leg_died_while_consulting_does_not_keep_the_voters_card(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await centre.running.transfer(TC1, ASK, "tc-2", is_cold=False)
    await until(lambda: line.music)
    centre.switch.end(centre.switch.desk_rings[0])
    await until(lambda: centre.state("tc-2") == "talking")
    centre.clock.move(seconds=1)
    await until(lambda: centre.state("tc-1") == "wrap_up")
    await centre.running.ready(TC1)
    assert centre.state("tc-1") == "ready"
    assert centre.running.desk(TC1).contact_number == ""


async def test_who_lost_their_telecaller_is_told_and_has_them_back(
    centre: CallCentre,
) -> None:
    live, line = await talking(centre)
    centre.switch.end(centre.switch.desk_rings[0])
    await until(lambda: line.music)
    assert line.said == ["connecting"]
    assert centre.running.desk(TC1).contact_number == "98•••••400"
    centre.clock.move(seconds=1)
    await until(lambda: centre.state("tc-1") == "talking")
    assert line.joined == centre.switch.desk_rings
    assert live.state is CallState.TALKING


async def lost(centre: CallCentre, line: FakeLine) -> None:
    """The first telecaller's leg dies, and stays away for 10 s."""
    centre.switch.desks_answer = False
    centre.switch.end(centre.switch.desk_rings[0])
    await until(lambda: line.music)
    await until(lambda: len(centre.clock._sleepers) >= 2)
    centre.clock.move(seconds=10)


async def test_who_does_not_get_them_back_gets_another(centre: CallCentre) -> None:
    _live, line = await with_partner(centre)
    await lost(centre, line)
    await until(lambda: centre.state("tc-2") == "talking")
    assert centre.state("tc-1") == "reconnecting"


async def test_who_gets_nobody_hears_the_apology(centre: CallCentre) -> None:
    live, line = await talking(centre)
    await lost(centre, line)
    await centre.over()
    texts = [clip.text for clips in line.asked for clip in clips]
    assert "क्षमा कीजिए" in texts
    assert not live.call.abandoned  # they had a telecaller


async def test_a_wrap_up_is_owed_after_the_voter_had_another(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    await lost(centre, line)
    await until(lambda: centre.state("tc-2") == "talking")
    centre.switch.desks_answer = True
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=20)
    await until(lambda: centre.state("tc-1") == "wrap_up")


async def test_a_listed_number_is_rung_by_the_voters_trunk_and_consulted(
    centre: CallCentre,
) -> None:
    live, line = await talking(centre)
    await centre.running.transfer(TC1, TargetKind.NUMBER, "help", is_cold=False)
    await until(lambda: len(centre.switch.consults) == 1)
    [dial] = centre.switch.outside.values()
    assert (dial.number, dial.caller_id) == (HELP.number, live.call.caller_id)
    assert centre.running.desk(TC1).with_whom == HELP.name
    trunk = live.trunk.name
    assert centre.running.desks_room.legs_on(trunk) == 1  # pacing counts its channel
    await centre.running.hand_over(TC1)
    [leg] = centre.switch.outside
    await until(lambda: leg in line.joined)
    assert centre.state("tc-1") == "wrap_up"
    centre.switch.end(leg)  # they hang up: the voter goes on in the flow
    await centre.over()
    assert live.call.completed


async def test_a_number_that_does_not_answer_gives_the_voter_back(
    centre: CallCentre,
) -> None:
    _live, line = await talking(centre)
    centre.switch.outside_answers = False
    await centre.running.transfer(TC1, TargetKind.NUMBER, "help", is_cold=True)
    await until(lambda: line.music)
    [leg] = centre.switch.outside
    centre.switch.end(leg)
    await until(lambda: centre.state("tc-1") == "talking")
    assert not line.music


async def test_who_hangs_up_while_a_number_rings_leaves_the_voter_to_others(
    centre: CallCentre,
) -> None:
    _live, line = await with_partner(centre)
    centre.switch.outside_answers = False
    await centre.running.transfer(TC1, TargetKind.NUMBER, "help", is_cold=False)
    await until(lambda: line.music)
    await centre.running.end_talk(TC1)
    assert centre.state("tc-1") == "wrap_up"
    [leg] = centre.switch.outside
    centre.switch.end(leg)
    await until(lambda: centre.state("tc-2") == "talking")


async def test_a_free_telecaller_of_a_centre_is_found(centre: CallCentre) -> None:
    _live, _line = await with_partner(centre)
    targets = centre.running.transfer_targets(TC1)
    assert [(one.kind, one.key, one.is_free) for one in targets] == [
        (ASK, "tc-2", True),
        (TargetKind.CENTRE, "MP", True),
        (TargetKind.NUMBER, "help", True),
    ]
    await centre.running.transfer(TC1, TargetKind.CENTRE, "MP", is_cold=True)
    await until(lambda: states(centre) == ("wrap_up", "talking"))


async def test_a_telecallers_own_mobile_is_their_leg_if_the_settings_have_it(
    centre: CallCentre,
) -> None:
    await centre.running.log_in(TC2, DeskPhone.MOBILE)
    await until(lambda: centre.state("tc-2") == "ready")
    [(leg, dial)] = centre.switch.outside.items()
    assert dial.number == TELECALLERS[1].mobile
    assert centre.running.desks_room.legs_on(dial.trunk.name) == 1
    assert centre.switch.desk_rings == []
    centre.switch.outside_answers = False
    centre.switch.end(leg)  # a person who hangs up means it: rung twice, no more

    def rings_or_gives_up() -> bool:
        centre.clock.move(seconds=1)
        for leg_id in list(centre.switch.outside)[1:]:
            centre.switch.end(leg_id)
        return centre.state("tc-2") == "offline"

    await until(rings_or_gives_up)
    assert len(centre.switch.outside) == 3


async def test_a_telecaller_without_a_listed_mobile_is_told_so(
    centre: CallCentre,
) -> None:
    with pytest.raises(BadInput, match="no mobile"):
        await centre.running.log_in(TC1, DeskPhone.MOBILE)
    assert centre.state("tc-1") == "offline"
