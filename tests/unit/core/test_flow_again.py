"""A call that changes hands: its place is kept, and so are keys that nobody took."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.flow import resume, start, step
from ivr.core.flow_again import SAID, Untaken, take_keys, untaken
from ivr.core.flow_model import (
    Ask,
    ConnectTelecaller,
    FlowCommand,
    FlowEvent,
    HangUp,
    KeepAnswer,
    KeysPressed,
    MayOffer,
    NodeKind,
    OfferAllowed,
    OptOut,
    Record,
    SpeechRecorded,
    TelecallerUnavailable,
)
from ivr.core.flow_place import place_of, place_text
from ivr.core.flow_state import FlowState, Waiting
from ivr.core.model import Answer, CallId, NodeId
from ivr.settings.flows import load_flow
from tests.fakes.flow_files import FACTS, flow, hang_up, menu, node, play

FLOWS = {
    file.stem: load_flow(file)
    for file in sorted(Path("config/flows").glob("*.yaml"))
    if file.stem not in ("person", "opt-out")
}
SIX = {"max_digits": 6, "min_digits": 6}
YES_NO = {"1": "yes", "2": "no"}
KEYS = st.lists(st.sampled_from([*"0123459#", ""]), max_size=25)


def event_for(command: FlowCommand, key: str) -> FlowEvent:
    match command:
        case Ask():
            keys = key * command.max_digits if key not in ("", "#") else ""
            return KeysPressed(keys, key == "#")
        case Record():
            return SpeechRecorded("a.wav", 2.0)
        case MayOffer():
            return OfferAllowed()
        case _:
            return TelecallerUnavailable()


def kept(commands: list[FlowCommand]) -> list[FlowCommand]:
    return [one for one in commands if isinstance(one, SAID)]


@pytest.mark.parametrize("name", FLOWS)
@given(keys=KEYS, cuts=st.sets(st.integers(0, 24)))
def test_a_voter_whose_call_changes_hands_says_what_they_would_have_said(
    name: str, keys: list[str], cuts: set[int]
) -> None:
    it = FLOWS[name]
    whole, whole_commands = start(it, FACTS)
    cut, cut_commands = whole, whole_commands
    said, said_with_cuts = kept(whole_commands), kept(cut_commands)
    for turn, key in enumerate(keys):
        if whole.ended:
            break
        if turn in cuts:
            found = place_of(place_text(cut))
            assert found == cut
            cut, cut_commands = resume(it, found, FACTS)
            assert kept(cut_commands) == []
        # A gate that was passed is asked again after a cut: follow until both wait
        # for the same.
        while isinstance(cut_commands[-1], MayOffer) and not isinstance(
            whole_commands[-1], MayOffer
        ):
            cut, cut_commands = step(it, cut, OfferAllowed(), FACTS)
        event = event_for(whole_commands[-1], key)
        whole, whole_commands = step(it, whole, event, FACTS)
        cut, cut_commands = step(it, cut, event, FACTS)
        said += kept(whole_commands)
        said_with_cuts += kept(cut_commands)
    assert said_with_cuts == said
    assert (cut.node, cut.answers, cut.waiting) == (
        whole.node,
        whole.answers,
        whole.waiting,
    )


def test_who_waited_for_a_telecaller_waits_for_one_again() -> None:
    person = node("person", NodeKind.TELECALLER, say="जोड़ते हैं", next="bye")
    it = flow(person, hang_up("bye", say="नमस्ते"))
    state, _ = start(it, FACTS)
    _, commands = resume(it, state, FACTS)
    assert isinstance(commands[-1], ConnectTelecaller)


def test_a_flow_that_had_ended_ends_again() -> None:
    it = flow(hang_up("bye", say="नमस्ते"))
    state, _ = start(it, FACTS)
    state, _ = step(it, state, KeysPressed(""), FACTS)
    assert state.ended
    _, commands = resume(it, state, FACTS)
    assert commands == [HangUp(NodeId("bye"), completed=True)]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "{", '{"v":9}', '{"v":1,"node":"a"}', '{"v":1}']
)
def test_a_place_that_is_none_is_told_from_one(text: str) -> None:
    assert place_of(text) is None


def answer(value: str, kind: str = "key", seq: int = 1) -> Answer:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return Answer(CallId("c-1"), seq, NodeId("q"), kind, value, True, "", at)


@pytest.mark.parametrize(
    ("pressed", "values", "left"),
    [
        ("", [], ""),
        ("12", [], "12"),
        ("12", [answer("1")], "2"),
        ("12", [answer("1"), answer("2")], ""),
        ("462001#2", [answer("462001", "digits")], "2"),
        ("462001#2", [answer("462001", "digits"), answer("2")], ""),
        ("1#2", [answer("1"), answer("2")], ""),
        ("#", [answer("#")], ""),
        ("3", [answer("a.wav", "speech")], "3"),
        ("1", [answer("1"), answer("2")], ""),
        ("92", [answer("1")], "92"),
        ("101", [answer("1"), answer("1"), answer("0")], ""),
    ],
)
def test_keys_that_stand_in_no_answer(
    pressed: str, values: list[Answer], left: str
) -> None:
    assert untaken(pressed, values) == Untaken(left)


@pytest.mark.parametrize(
    ("pressed", "values", "left", "passed_over"),
    [
        ("101", [answer("1"), answer("1")], "", "0"),
        ("1012", [answer("1"), answer("1")], "2", "0"),
        ("2112", [answer("1"), answer("1")], "2", "2"),
        ("192", [answer("1"), answer("2")], "9", ""),
        ("1923", [answer("1"), answer("2")], "93", ""),
        ("4692001", [answer("462001", "digits")], "", "9"),
        ("3#1", [answer("1")], "", "3"),
    ],
)
def test_a_key_before_a_later_answer_is_passed_over_but_for_the_opt_out(
    pressed: str, values: list[Answer], left: str, passed_over: str
) -> None:
    over = tuple((NodeId("q"), key) for key in passed_over)
    assert untaken(pressed, values) == Untaken(left, over)


@given(keys=st.text("0129", max_size=8), lost=st.sets(st.integers(0, 7)))
def test_a_key_is_told_of_once_whatever_was_lost(keys: str, lost: set[int]) -> None:
    taken = [answer(key) for place, key in enumerate(keys) if place not in lost]
    left = untaken(keys, taken)
    told = [key for _, key in left.passed_over] + list(left.keys)
    assert sorted([one.value for one in taken] + told) == sorted(keys)
    # Once they are kept too, behind the others, nothing is left.
    assert untaken(keys, taken + [answer(key) for key in told]) == Untaken("")


@given(keys=st.text("0123456789*#", max_size=12), more=st.text("12", max_size=4))
def test_what_was_taken_key_by_key_is_not_taken_again(keys: str, more: str) -> None:
    kept_ones = [answer(key) for key in keys]
    assert untaken(keys + more, kept_ones) == Untaken(more)


def two_questions() -> tuple[object, FlowState, list[FlowCommand]]:
    it = flow(
        menu("first", YES_NO, next="pin", retries=0),
        node("pin", NodeKind.COLLECT, say="पिन", **SIX, next="bye"),
        node("stop", NodeKind.OPT_OUT, say="हटा दिया", next="bye"),
        hang_up("bye", say="नमस्ते"),
    )
    it = replace(it, opt_out_node=NodeId("stop"))
    state, commands = start(it, FACTS)
    return it, state, commands


@pytest.mark.parametrize(
    ("keys", "values"),
    [
        ("", []),
        ("1", ["1"]),
        ("1462001", ["1", "462001"]),
        ("1462001#", ["1", "462001"]),
        ("146", ["1", "46"]),
        ("9", ["9"]),
    ],
)
def test_who_hung_up_meanwhile_is_not_unheard(keys: str, values: list[str]) -> None:
    it, state, commands = two_questions()
    after, said = take_keys(it, state, commands, keys, FACTS)  # type: ignore[arg-type]
    answers = [one for one in said if isinstance(one, KeepAnswer)]
    assert [one.value for one in answers][: len(values)] == values
    assert any(isinstance(one, OptOut) for one in said) == ("9" in keys)
    assert after.opted_out == ("9" in keys)


def test_keys_are_taken_only_as_far_as_the_flow_waits_for_keys() -> None:
    record = node("say", NodeKind.RECORD, say="बोलिए", next="bye", max_s=5.0)
    it = flow(play("hello", next="say"), record, hang_up("bye", say="नमस्ते"))
    state, commands = start(it, FACTS)
    after, said = take_keys(it, state, commands, "12", FACTS)
    assert after.waiting is Waiting.RECORDING
    assert [one.value for one in said if isinstance(one, KeepAnswer)] == ["1"]
