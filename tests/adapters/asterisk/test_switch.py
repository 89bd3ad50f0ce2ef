"""The switch adapter against a scripted manager interface on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pytest

from ivr.asterisk.ami import AmiAddress, _WholeMessages
from ivr.asterisk.switch import AsteriskSwitch
from ivr.controller.ports import DeskDial, Dial, OutsideDial
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRinging,
    Joined,
    LegDown,
    LegUp,
    Parted,
    SwitchBack,
    SwitchEvent,
    SwitchLost,
)
from ivr.core.model import CallId, ListenMode, PhoneNumber, Trunk, TrunkName
from ivr.errors import BadInput, SwitchGone, SwitchRefused
from tests.fakes.ami_server import AmiServer
from tests.polling import until

TRUNK = Trunk(TrunkName("carrier"), "127.0.0.1")
CALL = CallId("c-0001")


def a_dial(**changes: object) -> Dial:
    values: dict[str, object] = {
        "call_id": CALL,
        "number": PhoneNumber("+919827123456"),
        "trunk": TRUNK,
        "caller_id": PhoneNumber("+917554000100"),
        "ring_timeout": timedelta(seconds=30),
    }
    return Dial(**{**values, **changes})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def switch_on(
    server: AmiServer, *, timeout_s: float = 1.0
) -> AsyncIterator[tuple[AsteriskSwitch, AsyncIterator[SwitchEvent]]]:
    address = AmiAddress("127.0.0.1", server.port, "samvad", "secret")
    switch = AsteriskSwitch(address, lambda: datetime.now(UTC), timeout_s=timeout_s)
    task = asyncio.create_task(switch.run())
    events = switch.events()
    try:
        assert isinstance(await following(events), SwitchBack)
        yield switch, events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def following(events: AsyncIterator[SwitchEvent]) -> SwitchEvent:
    return await asyncio.wait_for(anext(events), 5)


def nothing_live(action: dict[str, str]) -> list[dict[str, str]] | None:
    if action["Action"] == "CoreShowChannels":
        return [
            {"Response": "Success", "EventList": "start", "Message": "will follow"},
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
        ]
    return [{"Response": "Success", "Message": "Originate successfully queued"}]


async def test_a_dial_names_its_channel_by_the_attempt_id() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, _):
        await switch.dial(a_dial())
        [sent] = server.sent("Originate")
        assert sent["ChannelId"] == CALL
        assert sent["Channel"] == "PJSIP/09827123456@carrier"
        assert sent["CallerID"] == '"Samvad" <07554000100>'
        assert sent["Timeout"] == "30000"


async def test_it_says_how_long_a_dial_waits_for_its_channel() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        assert switch.undialled_s == 0
        await switch.dial(a_dial())
        await asyncio.sleep(0.1)
        assert 0.1 <= switch.undialled_s < 5
        channel = {"Uniqueid": CALL, "Channel": "PJSIP/carrier-00000001"}
        server.event(Event="Newchannel", ChannelState="0", **channel)
        await until(lambda: switch.undialled_s == 0)
        server.event(Event="Hangup", Cause="16", **channel)
        assert isinstance(await following(events), CallEnded)
        assert switch.undialled_s == 0


async def test_who_hands_over_waits_for_what_is_being_dialled() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, _):
        await asyncio.wait_for(switch.until_dialled(60), 1)
        await switch.dial(a_dial())
        waiting = asyncio.create_task(switch.until_dialled(60))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        server.event(
            Event="Newchannel",
            Uniqueid=CALL,
            Channel="PJSIP/carrier-00000001",
            ChannelState="0",
        )
        await asyncio.wait_for(waiting, 1)
        await switch.dial(a_dial(call_id=CallId("c-0002")))
        await asyncio.wait_for(switch.until_dialled(0.1), 1)  # and not for ever


async def test_a_dial_that_failed_or_was_refused_waits_for_no_channel() -> None:
    def refuses(action: dict[str, str]) -> list[dict[str, str]] | None:
        if action.get("ChannelId") == "d-tc-101-1":
            return [{"Response": "Error", "Message": "no"}]
        return nothing_live(action)

    async with AmiServer(refuses) as server, switch_on(server) as (switch, _):
        with pytest.raises(SwitchRefused):
            await switch.ring_desk("d-tc-101-1", "tc-101-web", timedelta(seconds=20))
        assert switch.undialled_s == 0
        await switch.dial(a_dial())
        server.event(
            Event="OriginateResponse",
            Response="Failure",
            ActionID=f"dial/{CALL}",
            Reason="8",
        )
        await until(lambda: switch.undialled_s == 0)


async def test_only_a_desks_leg_carries_the_mark_by_which_a_phone_answers() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, _):
        await switch.ring_desk("d-tc-101-1", "tc-101-web", timedelta(seconds=20))
        await switch.dial(a_dial())
        leg, call = server.sent("Originate")
        assert leg["Channel"] == "PJSIP/tc-101-web"
        assert leg["Variable"] == "PJSIP_HEADER(add,X-Samvad-Leg)=d-tc-101-1"
        assert "Variable" not in call


async def test_a_call_is_told_from_ringing_to_its_sip_code() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        channel = {"Uniqueid": CALL, "Channel": "PJSIP/carrier-00000001"}
        server.event(Event="Newchannel", ChannelState="0", **channel)
        server.event(Event="Newstate", ChannelState="5", **channel)
        server.event(Event="Newstate", ChannelState="6", **channel)
        server.event(Event="Hangup", Cause="16", TechCause="503", **channel)
        assert isinstance(await following(events), CallRinging)
        assert isinstance(await following(events), CallAnswered)
        ended = await following(events)
        assert isinstance(ended, CallEnded)
        assert (ended.cause, ended.sip_code) == (16, None)


@pytest.mark.parametrize(
    ("dial_end", "sip_code"), [("BUSY", 486), (None, None)], ids=["busy", "we gave up"]
)
async def test_a_sip_code_counts_only_when_the_network_gave_it(
    dial_end: str | None, sip_code: int | None
) -> None:
    """On our own ring timeout Asterisk makes up a code of its own."""
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        channel = {"Uniqueid": CALL, "Channel": "PJSIP/carrier-00000001"}
        server.event(Event="Newchannel", ChannelState="0", **channel)
        if dial_end:
            server.event(Event="DialEnd", DestUniqueid=CALL, DialStatus=dial_end)
        server.event(Event="Hangup", Cause="17", TechCause="486", **channel)
        ended = await following(events)
        assert isinstance(ended, CallEnded)
        assert ended.sip_code == sip_code


async def test_both_in_one_bridge_are_joined_and_then_parted() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        server.event(Event="BridgeEnter", BridgeUniqueid="b1", Uniqueid="d-tc1-1")
        server.event(Event="BridgeEnter", BridgeUniqueid="b1", Uniqueid=CALL)
        server.event(Event="BridgeLeave", BridgeUniqueid="b1", Uniqueid=CALL)
        server.event(Event="BridgeLeave", BridgeUniqueid="b1", Uniqueid="d-tc1-1")
        joined = await following(events)
        assert isinstance(joined, Joined)
        assert (joined.call_id, joined.leg_id) == (CALL, "d-tc1-1")
        assert isinstance(await following(events), Parted)


async def test_of_three_in_a_bridge_each_leg_is_joined_and_parted_by_itself() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        for unique in (CALL, "d-tc1-1", "d-tc2-1"):
            server.event(Event="BridgeEnter", BridgeUniqueid="b1", Uniqueid=unique)
        for unique in ("d-tc1-1", CALL):
            server.event(Event="BridgeLeave", BridgeUniqueid="b1", Uniqueid=unique)
        seen = [await following(events) for _ in range(4)]
        told = [(type(one), one.leg_id) for one in seen]  # type: ignore[union-attr]
        assert told == [
            (Joined, "d-tc1-1"),
            (Joined, "d-tc2-1"),
            (Parted, "d-tc1-1"),
            (Parted, "d-tc2-1"),
        ]


async def test_two_legs_without_a_voter_are_no_news() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        for unique in ("d-tc1-1", "d-tc2-1"):
            server.event(Event="BridgeEnter", BridgeUniqueid="b1", Uniqueid=unique)
        server.event(Event="BridgeEnter", BridgeUniqueid="b2", Uniqueid=CALL)
        server.event(Event="BridgeEnter", BridgeUniqueid="b2", Uniqueid="d-tc3-1")
        joined = await following(events)
        assert isinstance(joined, Joined)
        assert joined.leg_id == "d-tc3-1"


async def test_a_leg_is_sent_to_its_place_by_a_redirect_without_a_slash() -> None:
    """In an extension a slash would begin a caller ID."""
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        for unique, channel in (
            ("d-a", "PJSIP/tc-1-0000000a"),
            ("d-b", "PJSIP/tc-2-b"),
        ):
            told = {"Uniqueid": unique, "Channel": channel, "ChannelState": "6"}
            server.event(Event="Newstate", **told)
            assert isinstance(await following(events), LegUp)
        assert await switch.consult("d-a", "d-b")
        assert await switch.listen("d-a", "d-b", ListenMode.WHISPER)
        assert await switch.park("d-a")
        assert not await switch.park("d-gone")
        sent = [
            (s["Context"], s["Exten"], s["Priority"]) for s in server.sent("Redirect")
        ]
        assert sent == [
            ("samvad-consult", "tc-2-b", "1"),
            ("samvad-whisper", "tc-2-b", "1"),
            ("samvad-desk", "s", "park"),
        ]


async def test_a_virtual_voter_is_joined_to_a_leg_and_is_no_news() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        assert not await switch.practise("p-1", "d-a")  # that leg is not there
        told = {"Uniqueid": "d-a", "Channel": "PJSIP/tc-1-0000000a"}
        server.event(Event="Newstate", ChannelState="6", **told)
        assert isinstance(await following(events), LegUp)
        assert await switch.practise("p-1", "d-a")
        [sent] = server.sent("Originate")
        assert sent["Channel"] == "Local/tc-1-0000000a@samvad-practice-join/n"
        assert (sent["ChannelId"], sent["Context"]) == ("p-1", "samvad-practice")
        for unique in ("p-1", "p-1;2"):
            server.event(Event="Newstate", Uniqueid=unique, ChannelState="6")
        for unique in ("p-1;2", "d-a"):
            server.event(Event="BridgeEnter", BridgeUniqueid="b", Uniqueid=unique)
        server.event(Event="Hangup", Uniqueid="p-1", Cause="16")
        # The next that is told is of the leg: nothing was said of the practice.
        server.event(Event="Hangup", Uniqueid="d-a", Cause="16")
        assert isinstance(await following(events), LegDown)


class Noting:
    def __init__(self, call_id: str = CALL) -> None:
        self.call_id = call_id
        self.keys = ""

    def note_key(self, key: str) -> None:
        self.keys += key


async def test_a_key_pressed_before_the_line_is_ours_is_counted() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        channel = {"Uniqueid": CALL, "Channel": "PJSIP/carrier-00000001"}
        server.event(Event="DTMFEnd", Digit="7", Direction="Received", **channel)
        server.event(Event="Newstate", ChannelState="6", **channel)
        assert isinstance(await following(events), CallAnswered)
        line = Noting()
        switch.watch_line(line)  # type: ignore[arg-type]
        server.event(Event="DTMFEnd", Digit="8", Direction="Received", **channel)
        server.event(Event="DTMFEnd", Digit="9", Direction="Sent", **channel)
        server.event(Event="Hangup", Cause="16", **channel)
        assert isinstance(await following(events), CallEnded)
        assert line.keys == "78"


async def test_a_trial_is_rung_at_either_phone_and_handed_to_us() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        ring = timedelta(seconds=30)
        await switch.ring_trial("t-1", DeskDial("ic-1-web", ring))
        number, caller_id = PhoneNumber("+919827123456"), PhoneNumber("+917554000100")
        await switch.ring_trial("t-2", OutsideDial(number, TRUNK, caller_id, ring))
        house, outside = server.sent("Originate")
        assert house["Channel"] == "PJSIP/ic-1-web"
        assert house["Variable"] == "PJSIP_HEADER(add,X-Samvad-Leg)=t-1"
        assert outside["Channel"] == "PJSIP/09827123456@carrier"
        assert outside["CallerID"] == '"Samvad" <07554000100>'
        assert "Variable" not in outside
        assert {house["Context"], outside["Context"]} == {"samvad-trial"}
        channel = {"Uniqueid": "t-1", "Channel": "PJSIP/ic-1-web-00000001"}
        server.event(Event="Newstate", ChannelState="6", **channel)
        assert await following(events) == LegUp("t-1", ANY)
        server.event(Event="DTMFEnd", Digit="7", Direction="Received", **channel)
        server.event(Event="Hangup", Cause="17", **{**channel, "Uniqueid": "t-2"})
        assert await following(events) == LegDown("t-2", ANY, 17)
        line = Noting("t-1")
        switch.watch_line(line)  # type: ignore[arg-type]
        assert line.keys == "7"


async def test_a_devanagari_letter_split_over_two_chunks_is_kept_whole() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        text = f"Event: Hangup\r\nUniqueid: {CALL}\r\nCause: 16\r\n"
        raw = (text + "Cause-txt: संवाद\r\n\r\n").encode()
        cut = raw.index("वा".encode()) + 1
        server.raw(raw[:cut])
        await asyncio.sleep(0)
        server.raw(raw[cut:])
        ended = await following(events)
        assert isinstance(ended, CallEnded)
        assert ended.cause_text == "संवाद"


async def test_after_a_break_nothing_is_sent_again() -> None:
    """panoramisk by itself sends an unanswered Originate again: a second call."""

    def mute_originate(action: dict[str, str]) -> list[dict[str, str]] | None:
        return None if action["Action"] == "Originate" else nothing_live(action)

    async with (
        AmiServer(mute_originate) as server,
        switch_on(server) as (
            switch,
            events,
        ),
    ):
        dialling = asyncio.create_task(switch.dial(a_dial()))
        await until(lambda: server.sent("Originate"))
        server.drop()
        with pytest.raises(SwitchGone):
            await dialling
        assert isinstance(await following(events), SwitchLost)
        back = await following(events)
        assert isinstance(back, SwitchBack)
        assert server.connections == 2
        assert len(server.sent("Originate")) == 1


async def test_after_a_break_the_switch_tells_what_it_still_holds() -> None:
    def one_live(action: dict[str, str]) -> list[dict[str, str]] | None:
        messages = nothing_live(action) or []
        if action["Action"] == "CoreShowChannels":
            shown = {"Event": "CoreShowChannel", "Uniqueid": CALL, "ChannelState": "6"}
            messages.insert(1, {**shown, "Channel": "PJSIP/carrier-1"})
        return messages

    async with AmiServer(one_live) as server, switch_on(server) as (_, events):
        server.drop()
        assert isinstance(await following(events), SwitchLost)
        back = await following(events)
        assert isinstance(back, SwitchBack)
        assert back.calls == {CALL}


async def test_a_leg_that_was_answered_during_a_break_is_told_up_once() -> None:
    shown = {"Event": "CoreShowChannel", "Uniqueid": "d-a", "Channel": "PJSIP/tc-1-a"}
    state = "5"

    def ringing_then_up(action: dict[str, str]) -> list[dict[str, str]] | None:
        messages = nothing_live(action) or []
        if action["Action"] == "CoreShowChannels":
            messages.insert(1, {**shown, "ChannelState": state})
        return messages

    async with AmiServer(ringing_then_up) as server, switch_on(server) as (_, events):
        for state in ("5", "6", "6"):  # it still rings; answered; nothing new
            server.drop()
            assert isinstance(await following(events), SwitchLost)
            back = await following(events)
            assert isinstance(back, SwitchBack)
            assert back.legs == {"d-a"}
            if state == "6" and server.connections == 3:
                assert isinstance(await following(events), LegUp)


async def test_an_unanswered_action_ends_at_its_timeout() -> None:
    async with (
        AmiServer(
            lambda a: None if a["Action"] == "Originate" else nothing_live(a)
        ) as server,
        switch_on(server, timeout_s=0.2) as (switch, _),
    ):
        with pytest.raises(SwitchGone, match="no answer in time"):
            await switch.dial(a_dial())


async def test_a_refused_dial_says_what_the_switch_said() -> None:
    def refuse(action: dict[str, str]) -> list[dict[str, str]] | None:
        if action["Action"] == "Originate":
            return [{"Response": "Error", "Message": "Channel exists"}]
        return nothing_live(action)

    async with AmiServer(refuse) as server, switch_on(server) as (switch, _):
        with pytest.raises(SwitchRefused, match="Channel exists"):
            await switch.dial(a_dial())


async def test_an_originate_that_never_made_a_channel_is_told_as_refused() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, events):
        await switch.dial(a_dial())
        server.event(
            Event="OriginateResponse",
            ActionID=f"dial/{CALL}",
            Response="Failure",
            Reason="0",
            Uniqueid="<null>",
        )
        assert isinstance(await following(events), CallRefused)


@pytest.mark.parametrize(
    "number",
    [
        "+919827123456\r\nAction: Command",
        "${SHELL(rm)}",
        "98271",
        "PJSIP/x",
        "+9198271234567890123",
        "+911800123456",
        "+911401234567",
        "+14155550100",
        "112",
    ],
)
async def test_a_number_that_is_not_one_never_reaches_the_switch(number: str) -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (switch, _):
        with pytest.raises(BadInput):
            await switch.dial(a_dial(number=PhoneNumber(number)))
        assert server.sent("Originate") == []


async def test_a_message_with_a_header_twice_is_read_all_the_same() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        server.raw(
            f"Event: Hangup\r\nUniqueid: {CALL}\r\nUniqueid: c-other\r\n"
            "CAUSE: 17\r\ncause: 16\r\nEvent: Newstate\r\n\r\n".encode()
        )
        assert await following(events) == CallEnded(CALL, ANY, 17)


@pytest.mark.parametrize(
    ("header", "cause", "sip_code"),
    [
        (b"Cause: \xd9\xa1\xd9\xa7", 0, None),  # digits, of another script
        (b"Cause: 99999999999999999999", 0, None),  # in no column of a database
        (b"Cause: -1", 0, None),
        (b"TechCause: SIP \xc2\xb2 x", 0, None),
        (b"TechCause: SIP 486 Busy Here", 0, 486),
    ],
)
async def test_a_number_that_is_none_is_left_out(
    header: bytes, cause: int, sip_code: int | None
) -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        server.event(Event="DialEnd", DestUniqueid=CALL, DialStatus="BUSY")
        unique = f"Uniqueid: {CALL}\r\n".encode()
        server.raw(b"Event: Hangup\r\n" + unique + header + b"\r\n\r\n")
        ended = await following(events)
        assert isinstance(ended, CallEnded)
        assert (ended.cause, ended.sip_code) == (cause, sip_code)


async def test_what_a_log_or_a_database_would_not_bear_is_taken_out() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        unique = f"Uniqueid: {CALL}\r\n".encode()
        wild = b"Cause-txt: a\x00b\x1b[2Jc\xed\xa0\x80" + b"A" * 9000
        server.raw(b"Event: Hangup\r\n" + unique + wild + b"\r\n\r\n")
        ended = await following(events)
        assert isinstance(ended, CallEnded)
        assert ended.cause_text.startswith("a b [2Jc")
        assert len(ended.cause_text) <= 1024


async def test_a_switch_that_does_not_say_what_it_holds_is_asked_again() -> None:
    """Without an answer nobody would ever be told that it is back."""
    asked = 0

    def mute_once(action: dict[str, str]) -> list[dict[str, str]] | None:
        nonlocal asked
        if action["Action"] == "CoreShowChannels":
            asked += 1
            if asked == 2:  # the first is switch_on's
                return None
        return nothing_live(action)

    async with (
        AmiServer(mute_once) as server,
        switch_on(server, timeout_s=0.1) as (_, events),
    ):
        server.drop()
        assert isinstance(await following(events), SwitchLost)
        assert isinstance(await following(events), SwitchBack)
        assert (asked, server.connections) == (3, 2)


async def test_who_is_no_more_is_in_no_bridge_after_a_break() -> None:
    async with AmiServer(nothing_live) as server, switch_on(server) as (_, events):
        for unique in (CALL, "d-a"):
            server.event(Event="BridgeEnter", BridgeUniqueid="b", Uniqueid=unique)
        assert isinstance(await following(events), Joined)
        server.drop()
        assert isinstance(await following(events), SwitchLost)
        assert isinstance(await following(events), Parted)
        assert isinstance(await following(events), SwitchBack)


async def test_who_is_cancelled_ends_though_an_answer_comes_at_that_moment() -> None:
    """At the end of the program nobody else cancels it: it would wait for ever."""

    def mute(action: dict[str, str]) -> list[dict[str, str]] | None:
        return None if action["Action"] == "Hangup" else nothing_live(action)

    async with AmiServer(mute) as server, switch_on(server) as (switch, _):
        asking = asyncio.create_task(switch.hang_up("c-1"))
        await until(lambda: switch._ami._pending)
        [future] = switch._ami._pending
        future.set_result({"Response": "Success"})
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


def test_a_connection_that_is_lost_before_it_was_taken_over_is_no_error() -> None:
    protocol = _WholeMessages()
    protocol.connection_made(asyncio.Transport())
    protocol.connection_lost(None)
