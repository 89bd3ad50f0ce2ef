"""In-charges who listen: beside whose leg theirs is put, and what is noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from ivr.controller.listening import Listened, to_audit
from ivr.core.model import ListenMode, TelecallerId
from ivr.errors import BadInput, SwitchGone
from tests.fakes.users import MemoryUsers
from tests.polling import until
from tests.unit.controller.conftest import CallCentre
from tests.unit.controller.test_desks import TC1, talking

TC2 = TelecallerId("tc-2")
BOSS, STRANGER = TelecallerId("ic-1"), TelecallerId("ic-9")
LISTEN, WHISPER, BARGE = ListenMode.LISTEN, ListenMode.WHISPER, ListenMode.BARGE


async def test_the_in_charges_phone_is_rung_and_put_beside_the_talk(
    centre: CallCentre,
) -> None:
    live, _line = await talking(centre)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.switch.listened)
    [(leg, to, mode)] = centre.switch.listened
    assert (leg, to, mode) == (*reversed(centre.switch.desk_rings[-2:]), LISTEN)
    [view] = centre.running.who_listens()
    assert view.is_connected and view.call_id == live.call.call_id
    assert centre.state("tc-1") == "talking"


async def test_modes_change_in_one_session_and_each_is_noted(
    centre: CallCentre,
) -> None:
    await talking(centre)
    for number, mode in enumerate((LISTEN, WHISPER, BARGE, LISTEN), 1):
        await centre.running.listen(BOSS, TC1, mode)
        await until(lambda: len(centre.switch.listened) == number)  # noqa: B023
    assert [mode for _, _, mode in centre.switch.listened] == [
        LISTEN,
        WHISPER,
        BARGE,
        LISTEN,
    ]
    assert len(centre.switch.desk_rings) == 2  # rung once
    await centre.running.stop_listening(BOSS)
    assert centre.switch.hung_up == [centre.switch.desk_rings[1]]
    whats = [(note.what, note.mode) for note in centre.notes]
    assert whats[0] == (Listened.BEGAN, LISTEN)
    assert (Listened.CHANGED, WHISPER) in whats
    assert (Listened.HEARD, BARGE) in whats
    assert whats[-1] == (Listened.ENDED, LISTEN)
    assert {note.in_charge_id for note in centre.notes} == {BOSS}


async def test_who_stops_hears_nothing_more_though_the_store_hangs(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_note: object) -> None:
        await asyncio.Event().wait()

    await talking(centre)
    await centre.running.listen(BOSS, TC1, BARGE)
    await until(lambda: centre.switch.listened)
    monkeypatch.setattr(centre.running.listening, "_keep_note", hangs)
    stopping = asyncio.create_task(centre.running.stop_listening(BOSS))
    await until(lambda: centre.switch.hung_up == [centre.switch.desk_rings[1]])
    stopping.cancel()


async def test_between_calls_nothing_is_heard_and_the_next_is(
    centre: CallCentre,
) -> None:
    _live, line = await talking(centre)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.switch.listened)
    await centre.running.hold(TC1)
    [leg] = {leg for leg, _, _ in centre.switch.listened}
    await until(lambda: leg in centre.switch.parked)
    await until(lambda: line.music)
    await centre.running.take_back(TC1)
    await until(lambda: len(centre.switch.listened) == 2)


async def two_talk(centre: CallCentre) -> tuple[str, str]:
    """tc-1 and tc-2 talk to a voter each; return their legs."""
    await centre.log_in("tc-1", "tc-2")
    await centre.people(2)
    for live in await centre.dialled(2):
        centre.pick_up(live, "0", "")
    await until(lambda: [centre.state("tc-1"), centre.state("tc-2")] == ["talking"] * 2)
    first, second = centre.switch.desk_rings
    return first, second


async def test_an_in_charge_moves_on_to_another_telecaller_and_hears_that_one(
    centre: CallCentre,
) -> None:
    first, second = await two_talk(centre)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.switch.listened)
    await centre.running.listen(BOSS, TC2, LISTEN)
    await until(lambda: len(centre.switch.listened) == 2)
    leg = centre.switch.desk_rings[-1]
    assert centre.switch.listened == [(leg, first, LISTEN), (leg, second, LISTEN)]
    assert len(centre.switch.desk_rings) == 3  # the in-charge's rang once
    [view] = centre.running.who_listens()
    assert view.telecaller_id == TC2
    assert view.call_id == centre.running.desk(TC2).call_id
    whats = [(note.what, note.telecaller_id) for note in centre.notes]
    assert whats == [
        (Listened.BEGAN, TC1),
        (Listened.HEARD, TC1),
        (Listened.CHANGED, TC2),
        (Listened.HEARD, TC2),
    ]


async def test_who_stops_before_their_phone_answered_hears_nothing_when_it_does(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talking(centre)
    legs: list[str] = []

    async def rings_on(leg_id: str, address: str, ring: timedelta) -> None:
        legs.append(leg_id)

    monkeypatch.setattr(centre.switch, "ring_desk", rings_on)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: legs)
    [view] = centre.running.who_listens()
    assert not view.is_connected
    await centre.running.stop_listening(BOSS)
    assert centre.running.who_listens() == []
    centre.switch.answer_leg(legs[0])  # at the same moment
    await until(lambda: legs[0] in centre.switch.hung_up)
    assert centre.switch.listened == []
    assert [note.what for note in centre.notes] == [Listened.BEGAN, Listened.ENDED]


def heard(centre: CallCentre) -> int:
    return [note.what for note in centre.notes].count(Listened.HEARD)


@pytest.mark.parametrize("answer", ["gone", "silent"])
async def test_who_could_not_be_put_beside_the_talk_is_not_said_to_hear_it(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """It is tried again, whether the switch refused or did not answer in time."""
    tried = 0

    async def does_not(leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        nonlocal tried
        tried += 1
        if answer == "silent":
            raise SwitchGone("no answer in time")
        return False

    await talking(centre)
    monkeypatch.setattr(centre.switch, "listen", does_not)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await moving_on_until(centre, lambda: tried >= 2)
    [view] = centre.running.who_listens()
    assert view.is_connected and view.call_id is None
    assert not heard(centre)
    monkeypatch.undo()
    await moving_on_until(centre, lambda: heard(centre) == 1)
    [view] = centre.running.who_listens()
    assert view.call_id is not None


async def moving_on_until(centre: CallCentre, condition: Callable[[], object]) -> None:
    def moved() -> object:
        centre.clock.move(seconds=0.1)
        return condition()

    await until(moved)


async def test_after_a_talk_nobody_is_left_beside_it_by_a_silent_switch(
    centre: CallCentre,
) -> None:
    """The command may have been carried out, or not: the leg is called away."""
    await talking(centre)
    centre.switch.silent.add("listen")
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.running.who_listens()[0].is_connected)
    leg = centre.switch.desk_rings[-1]
    await centre.running.hold(TC1)
    await moving_on_until(centre, lambda: leg in centre.switch.parked)
    assert not heard(centre)


async def test_an_in_charge_who_answered_while_the_switch_was_lost_hears(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs: list[str] = []

    async def rings_on(leg_id: str, address: str, ring: timedelta) -> None:
        legs.append(leg_id)

    await talking(centre)
    monkeypatch.setattr(centre.switch, "ring_desk", rings_on)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: legs)
    centre.switch.lost()
    centre.switch.up.add(legs[0])
    centre.switch.back()
    await until(lambda: heard(centre) == 1)
    assert centre.switch.listened[0][0] == legs[0]


async def test_an_in_charge_whose_phone_rang_out_while_the_switch_was_lost_has_ended(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rings_on(leg_id: str, address: str, ring: timedelta) -> None: ...

    await talking(centre)
    monkeypatch.setattr(centre.switch, "ring_desk", rings_on)
    await centre.running.listen(BOSS, TC1, LISTEN)
    centre.switch.lost()
    centre.clock.move(seconds=1)
    centre.switch.back()
    await until(lambda: not centre.running.who_listens())


@pytest.mark.parametrize("is_lost", [True, False])
async def test_who_stops_while_the_switch_does_not_answer_is_hung_up_at_last(
    centre: CallCentre, is_lost: bool
) -> None:
    await talking(centre)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.switch.listened)
    leg = centre.switch.desk_rings[-1]
    centre.switch.silent.add("hang_up")
    await centre.running.stop_listening(BOSS)
    assert centre.running.who_listens() == []
    assert leg in centre.switch.up
    centre.switch.silent.clear()
    if is_lost:
        centre.switch.lost()
        centre.switch.back()
        await until(lambda: leg in centre.switch.hung_up)
    else:
        await moving_on_until(centre, lambda: leg in centre.switch.hung_up)


async def test_an_in_charge_who_hangs_up_has_stopped(centre: CallCentre) -> None:
    await talking(centre)
    await centre.running.listen(BOSS, TC1, LISTEN)
    await until(lambda: centre.switch.listened)
    centre.switch.end(centre.switch.listened[0][0])
    await until(lambda: not centre.running.who_listens())
    assert centre.notes[-1].what is Listened.ENDED
    assert centre.state("tc-1") == "talking"


async def test_nobody_listens_to_another_centres_telecallers(
    centre: CallCentre,
) -> None:
    with pytest.raises(BadInput, match="not of CG"):
        await centre.running.listen(STRANGER, TC1, LISTEN)
    assert centre.notes == []


async def test_a_note_is_a_line_of_the_audit_log(centre: CallCentre) -> None:
    store = MemoryUsers()
    keep = to_audit(store)
    await talking(centre)
    await centre.running.listen(BOSS, TC1, WHISPER)
    await until(lambda: centre.switch.listened)
    for note in centre.notes:
        await keep(note)
    last, first = await store.audit(None)
    assert (first.action, first.user_id) == ("listening_began", BOSS)
    assert (last.action, last.about) == ("listening_heard", "telecaller tc-1")
    assert (last.centre, last.detail["mode"]) == ("MP", "whisper")
    assert last.detail["call"].startswith("c-")
