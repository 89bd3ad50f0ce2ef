"""Holds and partners asked for while something else happens, or nothing answers."""

from __future__ import annotations

import asyncio

import pytest

from ivr.controller.live_call import LiveCall
from ivr.core.call import CallState
from ivr.core.transfer import TargetKind
from ivr.errors import BadInput, SwitchGone
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import CallCentre
from tests.unit.controller.test_desks import TC1, talking
from tests.unit.controller.test_talks import ASK, states, with_partner

HELP = (TargetKind.NUMBER, "help")
WHO = [((ASK, "tc-2"), HELP), (HELP, (ASK, "tc-2"))]


def slow_store(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Desks' states are kept when the event is set, and not before."""
    kept, keep = asyncio.Event(), centre.store.keep_desk_state

    async def keep_slowly(*facts: object) -> None:
        await kept.wait()
        await keep(*facts)  # type: ignore[arg-type]

    monkeypatch.setattr(centre.store, "keep_desk_state", keep_slowly)
    return kept


async def on_hold(centre: CallCentre) -> tuple[LiveCall, FakeLine]:
    live, line = await with_partner(centre)
    await centre.running.hold(TC1)
    await until(lambda: line.music)
    return live, line


@pytest.mark.parametrize("one, other", WHO)
async def test_of_two_partners_asked_at_once_one_is(
    centre: CallCentre,
    monkeypatch: pytest.MonkeyPatch,
    one: tuple[TargetKind, str],
    other: tuple[TargetKind, str],
) -> None:
    live, _line = await on_hold(centre)
    kept = slow_store(centre, monkeypatch)
    first = asyncio.create_task(centre.running.transfer(TC1, *one, is_cold=False))
    await until(lambda: centre.state("tc-1") == "consulting")
    with pytest.raises(BadInput):
        await centre.running.transfer(TC1, *other, is_cold=False)
    kept.set()
    await first
    await centre.running.take_back(TC1)
    await until(lambda: states(centre) == ("talking", "ready"))
    await until(lambda: centre.running.desks_room.legs_on(live.trunk.name) == 0)


@pytest.mark.parametrize("who", [(ASK, "tc-2"), HELP])
async def test_a_partner_asked_for_a_voter_who_goes_just_then_is_free_again(
    centre: CallCentre,
    monkeypatch: pytest.MonkeyPatch,
    who: tuple[TargetKind, str],
) -> None:
    live, _line = await on_hold(centre)
    kept = slow_store(centre, monkeypatch)
    asked = asyncio.create_task(centre.running.transfer(TC1, *who, is_cold=False))
    await until(lambda: centre.state("tc-1") == "consulting")
    centre.switch.end(live.call.call_id)
    await until(lambda: live.talk is None)
    kept.set()
    await asyncio.gather(asked, return_exceptions=True)
    await centre.over()
    await until(lambda: states(centre) == ("wrap_up", "ready"))
    assert centre.running.desks_room.legs_on(live.trunk.name) == 0
    assert centre.switch.outside == {}


async def test_a_voter_who_is_not_parted_for_a_hold_stays_with_their_telecaller(
    centre: CallCentre,
) -> None:
    live, line = await talking(centre)
    centre.switch.silent = {"park"}
    with pytest.raises(SwitchGone):
        await centre.running.hold(TC1)
    assert centre.state("tc-1") == "talking"
    centre.switch.silent = set()
    await centre.running.hold(TC1)
    await until(lambda: line.music)
    await centre.running.take_back(TC1)
    await until(lambda: centre.state("tc-1") == "talking")
    assert live.state is CallState.TALKING


async def test_a_voter_who_was_parted_without_an_answer_comes_back(
    centre: CallCentre,
) -> None:
    _live, line = await talking(centre)
    centre.switch.silent = {"park"}
    with pytest.raises(SwitchGone):
        await centre.running.hold(TC1)
    line.talk.set()  # the command was carried out after all
    await until(lambda: len(line.joined) == 2)
    await until(lambda: centre.state("tc-1") == "talking")


@pytest.mark.parametrize("kind, key", [(ASK, "tc-2"), (TargetKind.NUMBER, "help")])
async def test_who_cannot_leave_the_voter_for_a_partner_has_not_asked_one(
    centre: CallCentre, kind: TargetKind, key: str
) -> None:
    live, _line = await with_partner(centre)
    centre.switch.silent = {"park"}
    with pytest.raises(SwitchGone):
        await centre.running.transfer(TC1, kind, key, is_cold=False)
    await until(lambda: states(centre) == ("talking", "ready"))
    assert centre.running.desks_room.legs_on(live.trunk.name) == 0
    assert centre.switch.outside == {}
