"""Which silences are because of us."""

from __future__ import annotations

from ivr.chaos.kinds import Kind
from ivr.chaos.silences import too_long
from ivr.simulation.lived import Lived
from tests.unit.chaos.made_up_lives import at, broken, key, lived, quiet

K = Kind


def after_answer(lasted_s: float) -> Lived:
    return lived(silences=[quiet(1.1, lasted_s)], prompts=[])


def after_key(lasted_s: float) -> Lived:
    return lived(keys=[key("1", 4)], silences=[quiet(3.5, 0.5 + lasted_s)])


def test_two_seconds_after_the_answer_are_allowed() -> None:
    assert too_long(after_answer(2.0), []) == ""
    assert too_long(after_answer(3.0), []) == "silence of 3.1 s after the answer"


def test_two_seconds_after_a_key_are_allowed_and_pondering_is_the_voters() -> None:
    pondered = lived(keys=[key("1", 6)], silences=[quiet(2.0, 5.5)])
    assert too_long(pondered, []) == ""
    assert too_long(after_key(2.3), []) == ""
    assert too_long(after_key(2.6), []) == "silence of 2.6 s after a key"


def test_a_question_may_wait_for_its_key() -> None:
    assert too_long(lived(silences=[quiet(3, 6)]), []) == ""
    assert (
        too_long(lived(silences=[quiet(3, 8)]), [])
        == "silence of 8.0 s waiting for a key"
    )


def test_a_controller_that_is_dead_or_stands_still_is_no_excuse() -> None:
    for kind in (K.KILL_CONTROLLER, K.PAUSE_CONTROLLER, K.CUT_AGI, K.FULL_DISK):
        assert too_long(after_key(4), [broken(kind, 3.9, 4)])


def test_a_switch_that_died_has_nobody_to_speak_to_whom_it_had() -> None:
    assert too_long(after_key(6), [broken(K.KILL_ASTERISK, 5)]) == ""
    # That call came after it.
    assert too_long(after_key(6), [broken(K.KILL_ASTERISK, -9)])
    # The word of this one was on its way when it died; that is no excuse for later.
    on_its_way = lived(silences=[quiet(1.1, 9)], prompts=[])
    assert too_long(on_its_way, [broken(K.KILL_ASTERISK, -0.6)]) == ""
    assert too_long(on_its_way, [broken(K.KILL_ASTERISK, -1.2)])
    # And that silence was over before.
    assert too_long(after_key(3), [broken(K.KILL_ASTERISK, 9)])


def test_a_telecallers_phone_that_died_with_the_carrier_is_silent_for_a_while() -> None:
    talking = lived(keys=[key("0", 4)], silences=[quiet(3.5, 5)])
    assert too_long(talking, [broken(K.KILL_CARRIER, -2)]) == ""
    assert too_long(talking, [broken(K.KILL_CARRIER, -5)])
    assert too_long(after_key(4.5), [broken(K.KILL_CARRIER, -2)])
    assert too_long(talking, [broken(K.KILL_ASTERISK, -2)])


def test_a_switch_that_stands_still_excuses_as_long_as_it_does() -> None:
    assert too_long(after_key(5), [broken(K.PAUSE_ASTERISK, 4, 3)]) == ""
    assert too_long(after_key(8), [broken(K.PAUSE_ASTERISK, 4, 3)])


def test_who_answered_while_the_network_stood_still_missed_the_first_question() -> None:
    assert too_long(after_answer(4.4), [broken(K.PAUSE_CARRIER, -1, 1.5)]) == ""
    assert too_long(after_answer(4.4), [broken(K.PAUSE_CARRIER, -4, 2)])
    assert too_long(after_answer(9), [broken(K.PAUSE_CARRIER, -1, 1.5)])


def test_a_late_network_excuses_only_the_beginning_of_a_call() -> None:
    assert too_long(after_answer(4), [broken(K.DROP_SIP, 0.5, 2)]) == ""
    assert too_long(after_key(4), [broken(K.DROP_SIP, 3, 5)])
    assert too_long(after_answer(4), [broken(K.DROP_SIP, -20, 2)])
    assert at(0) < at(1)
