"""The flows that ship: sound, short, and right on every way a voter may take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.flow import start, step
from ivr.core.flow_check import check
from ivr.core.flow_model import (
    Ask,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    HangUp,
    KeepAnswer,
    KeysPressed,
    MayOffer,
    OfferAllowed,
    OfferHeld,
    OptOut,
    Record,
    RequestCallback,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_walk import MAX_STEPS
from ivr.core.say import prompt_texts
from ivr.settings.flows import load_flow, load_flows

FLOWS = Path("config/flows")
SHIPPED = load_flows(FLOWS)
LETTERS_PER_S = 13  # of the Hindi voice
ENDS = (Ask, Record, MayOffer, ConnectTelecaller, HangUp)

KEYS = st.text("0123456789*", max_size=4)
EVENTS = st.tuples(
    KEYS,
    st.booleans(),  # ended by '#'; or, a telecaller is free
    st.floats(0, 60),
    st.sampled_from(["", "#", "0", "1", "9"]),
)
FACTS = st.builds(
    FlowFacts,
    st.fixed_dictionaries(
        {"organisation": st.just("जन संवाद केंद्र")},
        optional={
            "name": st.text(max_size=20),
            "district_name": st.sampled_from(["सीहोर", ""]),
            "amount": st.sampled_from(["6000", "₹1,200.50", "NA", ""]),
            "paid_on": st.sampled_from(["2026-11-15", "15/11/2026", "कल", ""]),
            "camp_date": st.sampled_from(["2026-12-20", "x", ""]),
            "caller_id": st.just("+917552550100"),
        },
    ),
    language=st.sampled_from(["hi", "en", "bns"]),
    now=st.datetimes(timezones=st.just(UTC)),
)
ANY_FLOW = st.sampled_from(sorted(SHIPPED))

Drawn = tuple[str, bool, float, str]


def event_for(command: FlowCommand, drawn: Drawn) -> FlowEvent:
    """Return what a voter may do after `command`."""
    keys, flag, seconds, stop_key = drawn
    if isinstance(command, Record):
        return SpeechRecorded("a.wav" if seconds else "", seconds, "key", stop_key)
    if isinstance(command, MayOffer):
        return OfferAllowed() if flag else OfferHeld()
    if isinstance(command, ConnectTelecaller):
        return TelecallerTalked(seconds) if flag else TelecallerUnavailable()
    assert isinstance(command, Ask)
    return KeysPressed(keys[: command.max_digits], terminated=flag)


def silence_for(command: FlowCommand) -> FlowEvent:
    if isinstance(command, Record):
        return SpeechRecorded("", 0.0)
    if isinstance(command, MayOffer):
        return OfferHeld()
    if isinstance(command, ConnectTelecaller):
        return TelecallerUnavailable()
    return KeysPressed("")


def keys_of(event: FlowEvent) -> str:
    if isinstance(event, KeysPressed):
        return event.keys
    key = event.key if isinstance(event, SpeechRecorded) else ""
    return "" if key == "#" else key


def test_five_flows_ship_and_each_is_sound() -> None:
    assert sorted(SHIPPED) == [
        "beneficiary-check",
        "information",
        "scheme-feedback",
        "short-feedback",
        "survey-and-person",
    ]
    for path in FLOWS.glob("*.yaml"):
        assert check(load_flow(path, FLOWS)) == [], path


@settings(max_examples=300)
@given(ANY_FLOW, FACTS, st.lists(EVENTS, max_size=60))
def test_whatever_a_voter_does_every_key_is_kept_and_each_turn_ends_rightly(
    name: str, facts: FlowFacts, drawn: list[Drawn]
) -> None:
    flow = SHIPPED[name]
    state, commands = start(flow, facts)
    opted_out = 0
    for one in drawn:
        if state.ended:
            break
        event = event_for(commands[-1], one)
        opt_out_wanted = keys_of(event) == "9" and not state.opted_out
        state, commands = step(flow, state, event, facts)
        kept = [c for c in commands if isinstance(c, KeepAnswer) and c.kind != "speech"]
        assert [k.value for k in kept if k.value != "#"] == [
            k for k in [keys_of(event)] if k
        ]
        assert_keys_come_first(commands)
        assert isinstance(commands[-1], ENDS)
        assert not any(isinstance(c, ENDS) for c in commands[:-1])
        opted_out += sum(isinstance(c, OptOut) for c in commands)
        if opt_out_wanted:
            assert state.opted_out
    assert opted_out <= 1


def assert_keys_come_first(commands: list[FlowCommand]) -> None:
    rest = [c for c in commands if not isinstance(c, KeepAnswer)]
    kept = [c for c in commands if isinstance(c, KeepAnswer)]
    assert commands == [*kept, *rest]


@settings(max_examples=100)
@given(ANY_FLOW, FACTS, st.lists(EVENTS, max_size=30))
def test_whoever_falls_silent_is_let_go_before_long(
    name: str, facts: FlowFacts, drawn: list[Drawn]
) -> None:
    flow = SHIPPED[name]
    state, commands = start(flow, facts)
    for one in drawn:
        if not state.ended:
            event = event_for(commands[-1], one)
            state, commands = step(flow, state, event, facts)
    turns = 0
    while not state.ended:
        state, commands = step(flow, state, silence_for(commands[-1]), facts)
        turns += 1
    assert turns <= 30


@settings(max_examples=60)
@given(ANY_FLOW, FACTS, st.lists(EVENTS, min_size=1, max_size=4))
def test_every_call_ends_even_if_the_voter_never_tires(
    name: str, facts: FlowFacts, drawn: list[Drawn]
) -> None:
    flow = SHIPPED[name]
    state, commands = start(flow, facts)
    turns = 0
    while not state.ended:
        event = event_for(commands[-1], drawn[turns % len(drawn)])
        state, commands = step(flow, state, event, facts)
        turns += 1
    assert turns <= MAX_STEPS


@settings(max_examples=100)
@given(ANY_FLOW, FACTS, st.lists(EVENTS, max_size=20))
def test_every_clip_said_is_fixed_or_a_field(
    name: str, facts: FlowFacts, drawn: list[Drawn]
) -> None:
    flow = SHIPPED[name]
    built = prompt_texts(flow, "जन संवाद केंद्र")
    state, commands = start(flow, facts)
    for one in [*drawn, None]:
        last = commands[-1]
        if not isinstance(last, HangUp | MayOffer):
            assert all(c in built or c.kind == "field" for c in last.clips)
        if state.ended or one is None:
            break
        event = event_for(last, one)
        state, commands = step(flow, state, event, facts)


CALLED = FlowFacts(
    {"organisation": "जन संवाद केंद्र", "caller_id": "+917552550100"},
    now=datetime(2026, 11, 24, 12, tzinfo=UTC),
)


def walked(flow: Flow, *keys: str, **fields: str) -> list[FlowCommand]:
    """Return every command of a call with these events; plain text presses keys."""
    facts = FlowFacts(
        {"organisation": "जन संवाद केंद्र", "caller_id": "+917552550100", **fields},
        now=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )
    state, commands = start(flow, facts)
    done = list(commands)
    for key in keys:
        event: FlowEvent = KeysPressed(key.removesuffix("#"), key.endswith("#"))
        if key == "speaks":
            event = SpeechRecorded("s.wav", 8.0)
        elif key in ("talks", "nobody"):
            event = (
                TelecallerTalked(60.0) if key == "talks" else TelecallerUnavailable()
            )
        state, commands = step(flow, state, event, facts)
        done += commands
    return done


def answers(commands: list[FlowCommand]) -> dict[str, str]:
    return {
        c.node: c.meaning for c in commands if isinstance(c, KeepAnswer) and c.accepted
    }


def test_a_whole_feedback_call_with_five_answers_a_rating_and_a_suggestion() -> None:
    call = walked(
        SHIPPED["scheme-feedback"],
        *("", "", "1", "2", "1", "5", "3", "4", "1", "speaks", "1", "talks", ""),
    )
    assert answers(call) == {
        "benefit": "yes",
        "on_time": "late",
        "behaviour": "good",
        "need": "jobs",
        "source": "mobile",
        "stars": "4",
        "may_record": "yes",
        "suggestion": "8.0 s",
        "talk": "yes",
    }
    assert call[-1] == HangUp("thanks", completed=True)


def test_a_beneficiary_hears_amount_and_date_and_confirms_the_reference() -> None:
    call = walked(
        SHIPPED["beneficiary-check"],
        *("", "", "1", "1", "1", "1", "4567", "1", "2", "", ""),
        name="सीता बाई",
        district_name="सीहोर",
        amount="6000",
        paid_on="15/11/2026",
    )
    assert answers(call) == {
        "who": "self",
        "district": "right",
        "received": "full",
        "amount_and_date": "right",
        "reference": "confirm",
        "problem": "call_later",
    }
    assert any(isinstance(c, RequestCallback) for c in call)
    said = [c for c in call if isinstance(c, Ask) and c.node == "amount_and_date"]
    words = " ".join(clip.text for clip in said[0].clips)
    assert "छह हज़ार रुपये" in words
    assert "पंद्रह नवंबर दो हज़ार छब्बीस" in words


def test_a_beneficiary_without_details_is_asked_only_what_makes_sense() -> None:
    call = walked(SHIPPED["beneficiary-check"], *("", "", "1", "1", "#", "3", ""))
    assert answers(call) == {
        "who": "self",
        "received": "full",
        "problem": "no_problem",
    }
    assert isinstance(call[-1], HangUp)


def test_the_information_is_repeated_with_its_date() -> None:
    call = walked(SHIPPED["information"], "", "", "1", "", "2", "1", "")
    told = [c for c in call if isinstance(c, Ask) and c.node == "message"]
    assert len(told) == 2
    assert "छह दिसंबर" in " ".join(clip.text for clip in told[0].clips)
    assert call[-1] == HangUp("thanks", completed=True)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_with_nobody_free_the_caller_is_named_and_9_and_1_are_offered(
    name: str,
) -> None:
    flow = SHIPPED[name]
    busy = with_nobody_free(flow)[-1]
    assert isinstance(busy, Ask)
    words = " ".join(clip.text for clip in busy.clips)
    assert "जन संवाद केंद्र" in words
    assert "सात पाँच पाँच" in words  # the number to call
    back = with_nobody_free(flow, "1", "")
    assert any(isinstance(c, RequestCallback) for c in back)
    out = with_nobody_free(flow, "9", "")
    assert any(isinstance(c, OptOut) for c in out)
    assert isinstance(out[-1], HangUp)


def with_nobody_free(flow: Flow, *keys: str) -> list[FlowCommand]:
    """Return every command of a call that asks for a person and finds none.

    `keys` are what is pressed at the apology.
    """
    state, commands = start(flow, CALLED)
    state, commands = step(flow, state, KeysPressed("0"), CALLED)
    while not isinstance(commands[-1], ConnectTelecaller):  # a gate, a message
        event = silence_for(commands[-1])
        state, commands = step(flow, state, event, CALLED)
    state, commands = step(flow, state, TelecallerUnavailable(), CALLED)
    done = list(commands)
    for key in keys:
        state, commands = step(flow, state, KeysPressed(key), CALLED)
        done += commands
    return done


def test_who_takes_an_offer_and_finds_nobody_hears_a_question_and_is_joined() -> None:
    flow = SHIPPED["survey-and-person"]
    state, commands = start(flow, CALLED)

    def then(event: FlowEvent) -> FlowCommand:
        nonlocal state, commands
        state, commands = step(flow, state, event, CALLED)
        return commands[-1]

    assert isinstance(then(KeysPressed("")), MayOffer)
    asked = then(OfferAllowed())
    assert isinstance(asked, Ask) and asked.node == "offer_1"
    assert isinstance(then(KeysPressed("0")), ConnectTelecaller)
    question = then(TelecallerUnavailable())
    assert isinstance(question, Ask) and question.node == "benefit"
    assert isinstance(then(KeysPressed("1")), MayOffer)
    assert isinstance(then(OfferAllowed()), ConnectTelecaller)  # not asked again
    assert isinstance(then(TelecallerTalked(60.0)), MayOffer | Ask | HangUp)


def test_where_no_desk_is_free_soon_nobody_is_offered_one() -> None:
    flow = SHIPPED["survey-and-person"]
    state, commands = start(flow, CALLED)
    said = []
    while not state.ended:
        state, commands = step(flow, state, silence_for(commands[-1]), CALLED)
        said += [c.node for c in commands if isinstance(c, Ask)]
    assert not [node for node in said if "offer" in node]


def test_prompts_are_short() -> None:
    texts = set().union(*(prompt_texts(flow) for flow in SHIPPED.values()))
    prompts = [clip.text for clip in texts if clip.kind == "prompt"]
    assert max(map(len, prompts)) <= 12 * LETTERS_PER_S
    assert sum(map(len, prompts)) <= 360 * LETTERS_PER_S
