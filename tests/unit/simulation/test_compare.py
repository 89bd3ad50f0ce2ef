from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.call import Call, CallState
from ivr.core.model import (
    Answer,
    CallId,
    CampaignId,
    ContactId,
    Disposition,
    FlowId,
    NodeId,
    PhoneNumber,
    TrunkName,
)
from ivr.simulation.agreement import CheckLine, KnownCall, Talk
from ivr.simulation.compare import compare
from ivr.simulation.compare_keys import align
from ivr.simulation.lived import Lived, PressedKey, SpokenWords, lived_calls
from ivr.simulation.population import Kind
from ivr.simulation.truth import Happening, TruthLine

T0 = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NUMBER = PhoneNumber("+919827012345")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def a_life(*keys: str, number: PhoneNumber = NUMBER, began: float = 0) -> Lived:
    return Lived(
        call=f"sip-{number}-{began}",
        number=number,
        attempt=1,
        invited_at=at(began + 0.1),
        rang_at=at(began + 0.2),
        answered_at=at(began + 2),
        ended_at=at(began + 60),
        voices=1,
        keys=[PressedKey(k, at(began + 5 + 5 * n), True) for n, k in enumerate(keys)],
    )


def a_call(*keys: str, number: PhoneNumber = NUMBER, began: float = 0) -> KnownCall:
    call_id = CallId(f"c-{number}-{began}")
    call = Call(
        call_id=call_id,
        campaign_id=CampaignId("demo"),
        contact_id=ContactId(1),
        number=number,
        caller_id=PhoneNumber("+917552550100"),
        trunk=TrunkName("carrier"),
        flow_id=FlowId("f"),
        flow_version="1",
        attempt_no=1,
        placed_at=at(began),
        state=CallState.ENDED,
        answered_at=at(began + 2),
        ended_at=at(began + 60),
    )
    answers = tuple(
        Answer(
            call_id,
            n,
            NodeId(f"q{n}"),
            "key",
            key,
            True,
            at=at(began + 5.3 + 5 * (n - 1)),
        )
        for n, key in enumerate(keys, 1)
    )
    return KnownCall(call, Disposition.COMPLETED, answers)


def wrong(lines: list[CheckLine]) -> set[str]:
    return {line.name for line in lines if not line.ok}


ANSWERED = "Every answered call is known"
SPOKEN_TO = "Everyone who picked up was spoken to"
LOST = "No key press is lost"
MADE_UP = "No key press is made up"
QUESTION = "Every key press is with its question"
DOUBLE = "One INVITE for each attempt"
OPT_OUT = "Opt-outs are honoured"
TELECALLER = "Everyone connected heard exactly one telecaller"
OUTCOME = "Unanswered calls ended as stored"
SPEECH = "Spoken answers are recorded"


def test_two_sides_that_agree_have_nothing_wrong() -> None:
    lines = compare([a_life("1", "2")], [a_call("1", "2")])
    assert wrong(lines) == set()
    assert {line.name: line.found for line in lines}[LOST] == 2


def test_an_answered_call_that_is_not_stored_is_found() -> None:
    assert ANSWERED in wrong(compare([a_life()], []))


def test_an_answered_call_stored_as_unanswered_is_found() -> None:
    known = a_call()
    known = replace(known, call=replace(known.call, answered_at=None))
    assert wrong(compare([a_life()], [known])) == {ANSWERED}


def test_a_call_stored_as_answered_that_was_not_is_found() -> None:
    life = a_life()
    life.answered_at = None
    life.kind, life.refused_with = Kind.BUSY, 486
    assert ANSWERED in wrong(compare([life], [a_call()]))


def test_a_person_left_in_silence_is_found() -> None:
    life = a_life()
    life.voices = 0
    assert wrong(compare([life], [a_call()])) == {SPOKEN_TO}


def test_a_lost_key_is_found_and_named() -> None:
    lines = compare([a_life("1", "2", "3")], [a_call("1", "3")])
    assert LOST in wrong(lines)
    (lost,) = (line for line in lines if line.name == LOST)
    assert (lost.expected, lost.found) == (3, 2)
    assert "key 2 of 3 (2)" in lost.examples[0]


def test_a_made_up_key_is_found() -> None:
    assert MADE_UP in wrong(compare([a_life("1")], [a_call("1", "4")]))


def test_keys_stored_in_another_order_are_found() -> None:
    found = wrong(compare([a_life("1", "2")], [a_call("2", "1")]))
    assert {LOST, MADE_UP} <= found


def test_a_key_in_the_last_breath_may_be_stored_or_not() -> None:
    life = a_life("1", "2")
    life.keys[1] = replace(life.keys[1], is_sure=False)
    assert wrong(compare([life], [a_call("1")])) == set()
    assert wrong(compare([life], [a_call("1", "2")])) == set()


def test_a_sure_key_may_not_hide_behind_an_unsure_one() -> None:
    life = a_life("1", "1")
    life.keys[1] = replace(life.keys[1], is_sure=False)
    assert wrong(compare([life], [a_call("1")])) == set()
    assert LOST in wrong(compare([life], [a_call()]))


def test_many_digits_of_one_answer_are_so_many_keys() -> None:
    known = a_call("1")
    digits = replace(known.answers[0], kind="digits", value="4620")
    life = a_life("4", "6", "2", "0")
    known = replace(known, answers=(replace(digits, at=at(9)),))
    assert LOST not in wrong(compare([life], [known]))


def test_a_key_stored_under_another_question_is_found() -> None:
    life = a_life("1")
    life.keys[0] = replace(life.keys[0], node="q7")
    assert wrong(compare([life], [a_call("1")])) == {QUESTION}


def test_a_key_between_two_questions_may_be_for_either() -> None:
    life = a_life("1")
    life.keys[0] = replace(life.keys[0], node="q0")
    life.prompts = [(at(1), "q0"), (at(5.3), "q1")]
    assert wrong(compare([life], [a_call("1")])) == set()


def test_a_key_after_long_hesitation_may_fall_into_the_next_question() -> None:
    life = a_life("1")
    life.keys[0] = replace(life.keys[0], node="q0", waited_s=1.5)
    life.prompts = [(at(1), "q0")]
    assert wrong(compare([life], [a_call("1")])) == set()
    life.prompts = [(at(0), "q1"), (at(1), "q0")]  # that one was long over
    assert wrong(compare([life], [a_call("1")])) == {QUESTION}


def test_a_key_stored_long_after_it_was_pressed_is_found() -> None:
    known = a_call("1")
    late = replace(known.answers[0], at=at(50))
    assert wrong(compare([a_life("1")], [replace(known, answers=(late,))])) == {
        QUESTION
    }


def test_a_second_invite_for_one_attempt_is_found() -> None:
    again = a_life(began=1)
    assert DOUBLE in wrong(compare([a_life(), again], [a_call()]))


def test_two_calls_to_one_person_at_a_time_are_found() -> None:
    lives = [a_life(), a_life(began=30)]
    calls = [a_call(), a_call(began=30)]
    assert wrong(compare(lives, calls)) == {DOUBLE}


def test_a_later_attempt_is_no_double_dial() -> None:
    lives = [a_life(), a_life(began=100)]
    assert wrong(compare(lives, [a_call(), a_call(began=100)])) == set()


def test_an_attempt_that_never_left_us_needs_no_invite() -> None:
    known = a_call()
    failed = KnownCall(replace(known.call, answered_at=None), Disposition.FAILED)
    assert wrong(compare([], [failed])) == set()


def test_an_attempt_said_to_be_busy_that_was_never_dialled_is_found() -> None:
    known = a_call()
    busy = KnownCall(replace(known.call, answered_at=None), Disposition.BUSY)
    assert wrong(compare([], [busy])) == {DOUBLE}


def test_an_opt_out_that_is_not_on_do_not_call_is_found() -> None:
    assert wrong(compare([a_life("9")], [a_call("9")])) == {OPT_OUT}
    ok = compare([a_life("9")], [a_call("9")], do_not_call=frozenset({NUMBER}))
    assert wrong(ok) == set()


def test_dialling_again_after_an_opt_out_is_found() -> None:
    lives = [a_life("9"), a_life(began=100)]
    calls = [a_call("9"), a_call(began=100)]
    found = wrong(compare(lives, calls, do_not_call=frozenset({NUMBER})))
    assert found == {OPT_OUT}


def with_talk(known: KnownCall, who: str, seconds: float = 10) -> KnownCall:
    talk = Talk(who, at(20), at(20 + seconds))
    return replace(known, talks=(*known.talks, talk))


def test_hearing_the_stored_telecaller_is_right() -> None:
    life = a_life()
    life.talks = {1: ["tc-101"]}
    assert wrong(compare([life], [with_talk(a_call(), "tc-101")])) == set()


@pytest.mark.parametrize("stored", [(), ("tc-102",), ("tc-101", "tc-102")])
def test_hearing_another_telecaller_than_stored_is_found(
    stored: tuple[str, ...],
) -> None:
    life, known = a_life(), a_call()
    life.talks = {1: ["tc-101"]}
    for who in stored:
        known = with_talk(known, who)
    assert wrong(compare([life], [known])) == {TELECALLER}


def test_two_telecallers_in_one_conversation_are_found() -> None:
    life = a_life()
    life.talks = {1: ["tc-101", "tc-102"]}
    assert wrong(compare([life], [with_talk(a_call(), "tc-101")])) == {TELECALLER}


def test_a_stored_conversation_that_nobody_heard_is_found() -> None:
    assert wrong(compare([a_life()], [with_talk(a_call(), "tc-101")])) == {TELECALLER}


def test_a_conversation_too_short_to_hear_is_no_fault() -> None:
    known = with_talk(a_call(), "tc-101", seconds=0.5)
    assert wrong(compare([a_life()], [known])) == set()


@pytest.mark.parametrize(
    ("kind", "code", "right", "other"),
    [
        (Kind.BUSY, 486, Disposition.BUSY, Disposition.NO_ANSWER),
        (Kind.UNALLOCATED, 404, Disposition.INVALID_NUMBER, Disposition.UNREACHABLE),
        (Kind.SWITCHED_OFF, 480, Disposition.UNREACHABLE, Disposition.NO_ANSWER),
        (Kind.NETWORK_FULL, 503, Disposition.CONGESTION, Disposition.FAILED),
        (Kind.DECLINED, 403, Disposition.REJECTED, Disposition.BUSY),
        (Kind.RINGS_OUT, None, Disposition.NO_ANSWER, Disposition.BUSY),
    ],
)
def test_an_outcome_that_is_not_the_fate_is_found(
    kind: Kind, code: int | None, right: Disposition, other: Disposition
) -> None:
    life = a_life()
    life.answered_at, life.kind, life.refused_with = None, kind, code
    known = a_call()
    unanswered = replace(known.call, answered_at=None)
    assert wrong(compare([life], [KnownCall(unanswered, right)])) == set()
    assert wrong(compare([life], [KnownCall(unanswered, other)])) == {OUTCOME}


def test_words_that_were_not_stored_are_found() -> None:
    life = a_life()
    life.speeches = [SpokenWords("answer-1", at(30), 4.0, True)]
    assert wrong(compare([life], [a_call()])) == {SPEECH}


def test_alignment_names_what_is_lost_and_what_is_extra() -> None:
    pressed = [PressedKey(k, T0, True) for k in "1223"]
    pairs, lost, made_up = align(pressed, list("1234"))
    assert [pressed[i].key for i, _ in pairs] == ["1", "2", "3"]
    assert len(lost) == 1
    assert made_up == [3]


def test_a_call_is_put_together_from_its_lines() -> None:
    def line(second: float, event: Happening, **facts: str | int | bool) -> TruthLine:
        return TruthLine(at(second), "sip-1", NUMBER, 1, event, facts)

    (life,) = lived_calls(
        [
            line(0, Happening.INVITED, kind="person"),
            line(1, Happening.RANG),
            line(2, Happening.ANSWERED),
            line(5, Happening.KEY, key="1", sure=True, node="q1"),
            line(9, Happening.TELECALLER, telecaller="tc-101", talk=1),
            line(20, Happening.ENDED, by="voter"),
        ]
    )
    assert life.answered_at == at(2)
    assert life.keys == [PressedKey("1", at(5), True, "q1")]
    assert life.talks == {1: ["tc-101"]}
    assert life.ended_at == at(20)
