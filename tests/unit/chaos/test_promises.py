"""Each promise is judged by what both sides tell, and nothing is let pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.chaos.facts import Asked, Facts, OptedOut, Span
from ivr.chaos.kinds import Kind
from ivr.chaos.promises import judge
from ivr.core.model import CallId, Disposition
from tests.unit.chaos.made_up_lives import (
    NOON,
    NUMBER,
    at,
    broken,
    facts,
    key,
    known,
    lived,
    standing,
)

D = Disposition
WENT_ON = [(at(1.2), "first"), (at(4.3), "second")]


def wrong(number: int, of: Facts) -> list[str]:
    return [item.wrong for item in judge(of)[number] if item.wrong]


def checked(number: int, of: Facts) -> int:
    return len(judge(of)[number])


# 1


def test_an_answer_that_was_acknowledged_and_stored_is_fine() -> None:
    one = facts(
        [lived(keys=[key("1", 4)], prompts=WENT_ON)], [known(keys=[("first", "1")])]
    )
    assert checked(1, one) == 1
    assert wrong(1, one) == []


def test_an_answer_that_was_acknowledged_and_is_not_stored_is_lost() -> None:
    one = facts([lived(keys=[key("1", 4)], prompts=WENT_ON)], [known()])
    assert wrong(1, one) == ["key 1 at first was answered, is not stored"]


def test_what_is_heard_on_a_line_whose_switch_has_died_acknowledges_nothing() -> None:
    pressed = [lived(keys=[key("1", 4)], prompts=WENT_ON)]
    died = [broken(Kind.KILL_ASTERISK, 4)]
    assert wrong(1, facts(pressed, [known()], broken=died)) == []
    later = [broken(Kind.KILL_ASTERISK, 9)]
    assert wrong(1, facts(pressed, [known()], broken=later)) != []


def test_an_answer_of_a_call_that_nobody_knows_is_lost() -> None:
    one = facts([lived(keys=[key("1", 4)], prompts=WENT_ON)])
    assert wrong(1, one) == ["key 1 at first was answered, is not stored"]


def test_an_answer_after_which_nothing_of_the_flow_was_heard_was_not_acknowledged() -> (
    None
):
    apology = lived(keys=[key("1", 4)])
    by_itself = lived(
        keys=[key("1", 4)], prompts=[(at(1.2), "first"), (at(9), "second")]
    )
    unsure = lived(keys=[key("1", 4, sure=False)], prompts=WENT_ON)
    again = lived(keys=[key("1", 4)], prompts=[(at(1.2), "first"), (at(4.3), "first")])
    for one in (apology, by_itself, unsure, again):
        assert checked(1, facts([one], [known()])) == 0


def test_a_network_that_died_hears_of_the_same_call_again() -> None:
    twice = [lived(invites=2)]
    died = broken(Kind.KILL_CARRIER, 0.1)
    assert wrong(2, facts(twice, [known()])) == ["rang 2 times in one call"]
    assert wrong(2, facts(twice, [known()], broken=[died])) == []
    thrice = facts([lived(invites=3)], [known()], broken=[died])
    assert wrong(2, thrice) == ["rang 3 times in one call"]
    before = facts(twice, [known()], broken=[broken(Kind.KILL_CARRIER, -5.0)])
    assert wrong(2, before) == ["rang 2 times in one call"]


def test_a_key_may_be_stored_after_a_later_one_and_no_more_than_once() -> None:
    one = lived(
        keys=[key("0", 4, node=""), key("1", 6)],
        prompts=[(at(1.2), "first"), (at(4.4), "first"), (at(6.3), "second")],
    )
    late = facts([one], [known(keys=[("first", "1"), ("first", "0")])])
    assert wrong(1, late) == [] and checked(1, late) == 2
    twice = facts([one], [known(keys=[("first", "1"), ("first", "0"), ("bye", "0")])])
    assert wrong(1, twice) == ["key 0 at first is stored, was never pressed"]


def test_an_answer_that_is_stored_as_another_is_lost_and_another_is_made_up() -> None:
    one = facts(
        [lived(keys=[key("1", 4)], prompts=WENT_ON)], [known(keys=[("first", "2")])]
    )
    assert wrong(1, one) == [
        "key 1 at first was answered, is not stored",
        "key 2 at first is stored, was never pressed",
    ]


def test_an_answer_at_another_question_is_wrong_unless_the_questions_changed() -> None:
    pressed = key("1", 4, node="first")
    late = lived(keys=[pressed], prompts=[(at(1.2), "first"), (at(5.5), "second")])
    assert wrong(1, facts([late], [known(keys=[("second", "1")])])) == [
        "key 1 at first is stored at second"
    ]
    turn = lived(keys=[pressed], prompts=[*WENT_ON, (at(5), "third")])
    assert wrong(1, facts([turn], [known(keys=[("second", "1")])])) == []


def test_a_key_that_was_pressed_before_in_vain_takes_no_others_place() -> None:
    heard = [(at(1.2), "first"), (at(8), "first"), (at(10.3), "second")]
    again = lived(keys=[key("2", 4), key("2", 10)], prompts=heard)
    assert wrong(1, facts([again], [known(keys=[("first", "2")])])) == []
    spooled = known(keys=[("first", "2"), ("second", "2")])
    later = lived(
        keys=[key("2", 4), key("2", 10, "second")],
        prompts=[*heard[:2], (at(9), "second"), (at(10.4), "third")],
    )
    assert wrong(1, facts([later], [spooled])) == []


# 2


def test_each_attempt_is_one_call() -> None:
    assert wrong(2, facts([lived()], [known()])) == []


def test_two_calls_for_one_attempt_are_told() -> None:
    later = lived(attempt=2, invited_at=at(20), ended_at=at(30))
    assert wrong(2, facts([lived(), later], [known()])) == [
        "a second call for the same attempt"
    ]


def test_a_call_without_an_attempt_is_told() -> None:
    assert wrong(2, facts([lived()])) == ["no attempt is stored for this call"]
    assert wrong(2, facts([lived("")])) == ["the call carries no attempt's id"]


def test_a_call_while_another_to_the_same_person_is_up_is_told() -> None:
    later = lived("s2", attempt=2, invited_at=at(5), ended_at=at(30))
    busy = [known(disposition=D.BUSY), known("s2", attempt_no=2)]
    assert wrong(2, facts([lived(), later], busy)) == [
        "dialled while a call to the same person was up"
    ]
    # The far end of a line that died notices it late.
    died = [broken(Kind.KILL_ASTERISK, 4)]
    assert wrong(2, facts([lived(), later], busy, broken=died)) == []
    # So does who was not told that we hung up; but not if we had not.
    lost = [broken(Kind.DROP_SIP, 4)]
    assert wrong(2, facts([lived(), later], busy, broken=lost)) != []
    hung_up = replace(busy[0], call=replace(busy[0].call, ended_at=NOON))
    told = facts([lived(), later], [hung_up, busy[1]], broken=lost)
    assert wrong(2, told) == []


def test_who_was_done_is_not_dialled_again() -> None:
    later = lived("s2", attempt=2, invited_at=at(20), ended_at=at(30))
    assert wrong(2, facts([lived(), later], [known(), known("s2", attempt_no=2)])) == [
        "dialled again after completed"
    ]


# 3


def test_an_attempt_that_was_never_closed_is_told() -> None:
    assert wrong(3, facts([lived()], [known(disposition=None)])) == [
        "the attempt was never closed"
    ]


def test_an_attempt_may_be_open_for_30_seconds_after_what_was_broken_is_back() -> None:
    span = {CallId("s1"): Span(at(0.5), at(50))}
    late = facts([lived()], [known()], open_spans=span)
    assert wrong(3, late) == ["the attempt was open 40 s after it was over"]
    outage = [Span(at(8), at(25))]
    assert wrong(3, facts([lived()], [known()], open_spans=span, outages=outage)) == []


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        (standing("claimed"), "the contact is left claimed"),
        (standing("dialling"), "the contact is left dialling"),
        (standing("due", is_timed=False), "the contact is due, at no time"),
        (standing("due", reason=""), "the contact is due again for no reason"),
        (
            standing(last=D.BUSY),
            "the contact says busy, its last attempt completed",
        ),
    ],
)
def test_a_contact_that_is_stuck_or_without_a_reason_is_told(
    stands: object, why: str
) -> None:
    assert wrong(3, facts([lived()], [known()], standing=[stands])) == [why]


def test_a_contact_that_is_done_or_due_again_is_fine() -> None:
    for stands in (standing(), standing("due"), standing("refused")):
        one = facts([lived()], [known()], standing=[stands])
        assert wrong(3, one) == [] and checked(3, one) == 2


# 5


def test_who_opted_out_by_key_is_on_do_not_call_and_never_dialled_again() -> None:
    first = lived(keys=[key("9", 4)], prompts=[(at(1.2), "first"), (at(4.3), "stop")])
    kept = frozenset({NUMBER})
    memory = [known(disposition=D.OPTED_OUT, opted_out=True)]
    assert wrong(5, facts([first], memory, do_not_call=kept)) == []
    assert wrong(5, facts([first], memory)) == ["opted out, is not on do-not-call"]
    again = lived("s2", invited_at=at(20), ended_at=at(22))
    assert wrong(5, facts([first, again], memory, do_not_call=kept)) == [
        "dialled 15.7 s after"
    ]


def test_a_letter_that_was_taken_holds_and_a_dial_on_its_way_is_no_breach() -> None:
    kept = frozenset({NUMBER})
    letter = [OptedOut(NUMBER, at(2))]
    on_its_way = lived(invited_at=at(2.5))
    assert wrong(5, facts([on_its_way], do_not_call=kept, opt_outs=letter)) == []
    later = lived(invited_at=at(4))
    assert wrong(5, facts([later], do_not_call=kept, opt_outs=letter)) == [
        "dialled 2.0 s after"
    ]


def test_a_call_that_says_opted_out_is_on_do_not_call() -> None:
    one = facts([lived()], [known(opted_out=True)])
    assert wrong(5, one) == ["the call says opted out, do-not-call does not"]


# 6 and 7


def test_a_stranger_who_was_answered_is_told() -> None:
    asked = [Asked(at(1), "nobody asks", (401,), 401), Asked(at(2), "x", (401,), 200)]
    assert wrong(6, facts(asked=asked)) == ["x: answered 200"]


def test_a_journal_that_is_not_there_was_not_looked_at() -> None:
    assert checked(7, facts()) == 0
    assert wrong(7, facts(journal=True)) == []
    assert wrong(7, facts(journal=False, journal_said="entry 7")) == [
        "the journal does not verify: entry 7"
    ]
