"""What waits in the spool is read as it was written, by later programs too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.core.call import Call, CallState
from ivr.core.model import (
    Answer,
    CallId,
    CampaignId,
    ContactId,
    DeskState,
    Disposition,
    FlowId,
    NodeId,
    PhoneNumber,
    Refused,
    TelecallerId,
    TrunkName,
)
from ivr.errors import BadInput, SetupFailed
from ivr.store import spool_calls
from ivr.store.spool_calls import (
    KINDS,
    CloseAttempt,
    GiveBack,
    KeepAnswer,
    KeepCallback,
    KeepConversation,
    KeepDeskState,
    KeepFormAnswer,
    KeepLearned,
    KeepOptOut,
    KeepOutcome,
    Refuse,
    SaveCall,
    SpoolCall,
    from_bytes,
    to_bytes,
)

AT = datetime(2026, 11, 24, 6, 30, 0, 123456, tzinfo=UTC)
CALL_ID, ASHA = CallId("c-1"), TelecallerId("asha")
NUMBER = PhoneNumber("+919827100001")
CALL = Call(
    call_id=CALL_ID,
    campaign_id=CampaignId("survey"),
    contact_id=ContactId(7),
    number=NUMBER,
    caller_id=PhoneNumber("+917554000000"),
    trunk=TrunkName("main"),
    flow_id=FlowId("feedback"),
    flow_version="aaaaaaaaaaaa",
    attempt_no=1,
    placed_at=AT,
    state=CallState.TALKING,
    node=NodeId("q1"),
)
ANSWER = Answer(CALL_ID, 1, NodeId("q1"), "key", "1", True, "हाँ", AT)
CALLS: tuple[SpoolCall, ...] = (
    KeepAnswer(ANSWER),
    KeepOptOut(NUMBER, AT, "key 9", CALL_ID),
    KeepOptOut(NUMBER, AT, "a letter", None),
    KeepCallback(CALL_ID, AT, AT),
    SaveCall(CALL),
    CloseAttempt(CALL, Disposition.BUSY, AT, "retry: busy"),
    CloseAttempt(CALL, Disposition.COMPLETED, None, ""),
    GiveBack(CALL),
    Refuse(
        CampaignId("survey"), ContactId(7), Refused("outside_window", "9 to 21", AT)
    ),
    KeepDeskState(ASHA, DeskState.PAUSED, AT, "चाय", None),
    KeepConversation(CALL_ID, ASHA, AT, None),
    KeepOutcome(CALL_ID, ASHA, "promised", 'she said "yes"\n\x1e', AT),
    KeepFormAnswer(CALL_ID, 0, "water", "no", AT),
    KeepLearned("campaign survey", '{"version": 1}', AT),
)
# As the first version wrote them. These lines never change: files of old programs
# hold such. A field that is new has a default, or its kind a new VERSION.
OF_VERSION_1 = r"""
answer 1 {"answer":{"call_id":"c-1","seq":1,"node":"q1","kind":"key","value":"1","accepted":true,"meaning":"हाँ","at":"2026-11-24T06:30:00.123456Z"}}
opt_out 1 {"number":"+919827100001","at":"2026-11-24T06:30:00.123456Z","source":"key 9","call_id":"c-1"}
callback 1 {"call_id":"c-1","due_at":"2026-11-24T06:30:00.123456Z","at":"2026-11-24T06:30:00.123456Z"}
call 1 {"call":{"call_id":"c-1","campaign_id":"survey","contact_id":7,"number":"+919827100001","caller_id":"+917554000000","trunk":"main","flow_id":"feedback","flow_version":"aaaaaaaaaaaa","attempt_no":1,"placed_at":"2026-11-24T06:30:00.123456Z","state":"talking","rang_at":null,"answered_at":null,"wanted_at":null,"joined_at":null,"parted_at":null,"ended_at":null,"telecaller_id":null,"abandoned":false,"unserved":false,"opted_out":false,"callback":false,"completed":false,"answers":0,"keys":0,"node":"q1","cancelled":"","cause":null,"cause_text":"","sip_code":null,"dial_status":""}}
close 1 {"call":{"call_id":"c-1","campaign_id":"survey","contact_id":7,"number":"+919827100001","caller_id":"+917554000000","trunk":"main","flow_id":"feedback","flow_version":"aaaaaaaaaaaa","attempt_no":1,"placed_at":"2026-11-24T06:30:00.123456Z","state":"talking","rang_at":null,"answered_at":null,"wanted_at":null,"joined_at":null,"parted_at":null,"ended_at":null,"telecaller_id":null,"abandoned":false,"unserved":false,"opted_out":false,"callback":false,"completed":false,"answers":0,"keys":0,"node":"q1","cancelled":"","cause":null,"cause_text":"","sip_code":null,"dial_status":""},"disposition":"busy","next_at":"2026-11-24T06:30:00.123456Z","because":"retry: busy"}
give_back 1 {"call":{"call_id":"c-1","campaign_id":"survey","contact_id":7,"number":"+919827100001","caller_id":"+917554000000","trunk":"main","flow_id":"feedback","flow_version":"aaaaaaaaaaaa","attempt_no":1,"placed_at":"2026-11-24T06:30:00.123456Z","state":"talking","rang_at":null,"answered_at":null,"wanted_at":null,"joined_at":null,"parted_at":null,"ended_at":null,"telecaller_id":null,"abandoned":false,"unserved":false,"opted_out":false,"callback":false,"completed":false,"answers":0,"keys":0,"node":"q1","cancelled":"","cause":null,"cause_text":"","sip_code":null,"dial_status":""}}
refuse 1 {"campaign_id":"survey","contact_id":7,"why":{"reason":"outside_window","rule":"9 to 21","retry_at":"2026-11-24T06:30:00.123456Z"}}
desk_state 1 {"telecaller_id":"asha","state":"paused","at":"2026-11-24T06:30:00.123456Z","reason":"चाय","call_id":null}
conversation 1 {"call_id":"c-1","telecaller_id":"asha","joined_at":"2026-11-24T06:30:00.123456Z","parted_at":null}
outcome 1 {"call_id":"c-1","telecaller_id":"asha","outcome":"promised","notes":"she said \"yes\"\n\u001e","at":"2026-11-24T06:30:00.123456Z"}
form_answer 1 {"call_id":"c-1","place":0,"question":"water","value":"no","at":"2026-11-24T06:30:00.123456Z"}
learned 1 {"about":"campaign survey","state":"{\"version\": 1}","at":"2026-11-24T06:30:00.123456Z"}
"""  # noqa: E501


def test_every_kind_has_an_example_here():
    assert {call.name for call in CALLS} == set(KINDS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_call_is_read_as_it_was_written(call: SpoolCall):
    text = to_bytes(call)
    assert b"\x1e" not in text and b"\n" not in text
    assert from_bytes(text) == call


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_call_can_be_written_and_written_again(call: SpoolCall):
    assert call.write().steps and call.write(again=True).steps
    assert call.write().keys == call.write(again=True).keys


def test_half_of_a_character_is_refused_as_the_database_would():
    with pytest.raises(BadInput):
        to_bytes(KeepOutcome(CALL_ID, ASHA, "promised", "\ud800", AT))


def test_what_a_newer_program_wrote_is_left_to_it():
    for text in (b"answer 2 {}", b"of_tomorrow 1 {}"):
        with pytest.raises(SetupFailed, match="newer Samvad"):
            from_bytes(text)


def test_an_older_version_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(KeepLearned, "VERSION", 3)
    renamed = {
        ("learned", 1): lambda old: {"about": old["of"], "text": old["text"]},
        ("learned", 2): lambda old: {
            "about": old["about"],
            "state": old["text"],
            "at": AT.isoformat(),
        },
    }
    monkeypatch.setattr(spool_calls, "OLDER", renamed)
    assert from_bytes(b'learned 1 {"of": "campaign survey", "text": "x"}') == (
        KeepLearned("campaign survey", "x", AT)
    )


def test_what_the_first_version_wrote_is_read():
    lines = OF_VERSION_1.strip().splitlines()
    by_name = {call.name: call for call in reversed(CALLS)}
    assert len(lines) == len(KINDS)
    for line in lines:
        call = from_bytes(line.encode())
        assert call == by_name[call.name]


def test_a_call_of_an_older_program_may_lack_what_came_later():
    text = to_bytes(SaveCall(CALL)).decode()
    older = text.replace('"unserved":false,', "")
    assert older != text
    assert from_bytes(older.encode()) == SaveCall(replace(CALL, unserved=False))
