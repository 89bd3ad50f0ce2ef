"""A voter's way through a flow: what each key does, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from ivr.core.flow import start, step
from ivr.core.flow_model import (
    RETURN,
    Ask,
    Case,
    Clip,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    HangUp,
    KeepAnswer,
    KeysPressed,
    NodeKind,
    Option,
    OptOut,
    Record,
    RequestCallback,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_state import FlowState, Waiting, flow_at, node_at
from ivr.core.flow_walk import MAX_STEPS, MESSAGE_TIMEOUT_S
from ivr.core.model import FlowId, NodeId
from ivr.errors import OurBug, UnexpectedEvent
from tests.fakes.flow_files import FACTS, flow, hang_up, menu, node, play

YES_NO = {"1": "yes", "2": "no"}
STOP = node("stop", NodeKind.OPT_OUT, say="आपका नंबर हटा दिया गया है।", next="bye")
PERSON = node("person", NodeKind.TELECALLER, otherwise="sorry", next="bye")
SORRY = menu("sorry", {"1": "callback>later"}, telecaller_key=False, next="bye")
LATER = node("later", NodeKind.CALLBACK, next="bye", delay_s=3600.0)
HELP = {"opt_out_node": NodeId("stop"), "telecaller_node": NodeId("person")}
HELPERS = (STOP, PERSON, SORRY, LATER)


@dataclass
class Voter:
    """One call, for tests to talk to."""

    flow: Flow
    facts: FlowFacts = FACTS

    def __post_init__(self) -> None:
        self.state, self.commands = start(self.flow, self.facts)

    def does(self, event: FlowEvent) -> list[FlowCommand]:
        self.state, self.commands = step(self.flow, self.state, event, self.facts)
        return self.commands

    def presses(self, *keys: str) -> list[FlowCommand]:
        for key in keys:
            self.does(KeysPressed(key.removesuffix("#"), key.endswith("#")))
        return self.commands

    @property
    def last(self) -> FlowCommand:
        return self.commands[-1]

    @property
    def at(self) -> str:
        return self.last.node

    def heard(self) -> str:
        assert isinstance(self.last, Ask | Record | ConnectTelecaller)
        return " ".join(clip.text for clip in self.last.clips)


def asked(*, options: dict[str, str] | None = None, **given: object) -> Voter:
    """A voter at a menu of a flow with keys 9 and 0."""
    question = menu("q", options or YES_NO, **{"next": "bye", **given})
    return Voter(flow(question, *HELPERS, hang_up(), **HELP))


# Messages


def test_a_message_is_asked_with_one_key_and_hardly_any_patience() -> None:
    voter = Voter(flow(play(), hang_up()))
    assert voter.commands == [
        Ask(
            NodeId("hello"),
            (
                Clip("hi", "नमस्ते।"),
                Clip("hi", "जन संवाद केंद्र"),
                Clip("hi", "की ओर से कॉल है।"),
            ),
            max_digits=1,
            first_timeout_s=MESSAGE_TIMEOUT_S,
        )
    ]


def test_after_a_message_the_flow_goes_on_by_itself() -> None:
    voter = Voter(flow(play(to="q"), menu("q", YES_NO, next="bye"), hang_up()))
    assert voter.presses("") == [
        Ask(NodeId("q"), (Clip("hi", "सवाल"),), first_timeout_s=5.0)
    ]


@pytest.mark.parametrize("key", ["5", "*", "#"])
def test_a_key_during_a_message_is_kept_and_the_flow_goes_on(key: str) -> None:
    voter = Voter(flow(play(to="q"), menu("q", YES_NO, next="bye"), hang_up()))
    kept, ask = voter.presses(key)
    assert kept == KeepAnswer(NodeId("hello"), "key", key, accepted=False)
    assert isinstance(ask, Ask)
    assert ask.node == "q"


def test_a_last_message_is_said_before_the_hang_up() -> None:
    voter = Voter(flow(play(), hang_up(say="धन्यवाद")))
    voter.presses("")
    assert voter.heard() == "धन्यवाद"
    assert voter.presses("") == [HangUp(NodeId("bye"), completed=True)]
    assert voter.state.ended
    assert voter.state.completed


def test_an_end_may_say_that_the_flow_was_not_completed() -> None:
    voter = Voter(flow(play(), hang_up(result="partial")))
    assert voter.presses("") == [HangUp(NodeId("bye"), completed=False)]


# Menus


def test_a_valid_key_is_kept_with_its_meaning_before_anything_else() -> None:
    voter = asked()
    kept, end = voter.presses("1")
    assert kept == KeepAnswer(NodeId("q"), "key", "1", accepted=True, meaning="yes")
    assert end == HangUp(NodeId("bye"), completed=True)
    assert voter.state.answers == {"q": "yes"}


def test_an_option_may_lead_elsewhere() -> None:
    voter = asked(options={"1": "yes", "2": "later>later"})
    assert voter.presses("2")[1:] == [
        RequestCallback(NodeId("later"), 3600.0),
        HangUp(NodeId("bye"), completed=True),
    ]


def test_a_wrong_key_is_kept_said_to_be_wrong_and_the_question_comes_again() -> None:
    voter = asked(invalid_say="गलत बटन")
    kept, _ = voter.presses("7")
    assert kept == KeepAnswer(NodeId("q"), "key", "7", accepted=False)
    assert voter.heard() == "गलत बटन सवाल"


def test_silence_is_said_and_the_question_comes_again() -> None:
    voter = asked(silence_say="उत्तर नहीं मिला")
    assert len(voter.presses("")) == 1
    assert voter.heard() == "उत्तर नहीं मिला सवाल"


@pytest.mark.parametrize(
    ("keys", "end"), [("7", "wrong"), ("", "silent"), ("#", "wrong")]
)
def test_after_the_last_try_the_flow_goes_where_the_node_says(
    keys: str, end: str
) -> None:
    question = menu("q", YES_NO, retries=1, on_invalid="wrong", on_silence="silent")
    voter = Voter(flow(question, hang_up("wrong"), hang_up("silent")))
    voter.presses(keys)
    assert not voter.state.ended
    voter.presses(keys)
    assert voter.at == end


def test_after_the_last_try_the_flow_goes_on_if_the_node_says_nothing() -> None:
    voter = asked(retries=0)
    assert voter.presses("")[-1] == HangUp(NodeId("bye"), completed=True)
    assert asked(retries=0).presses("7")[-1] == HangUp(NodeId("bye"), completed=True)


def test_tries_are_counted_anew_at_each_question() -> None:
    two = flow(
        menu("a", YES_NO, retries=1, next="b"),
        menu("b", YES_NO, retries=1, next="bye"),
        hang_up(),
    )
    voter = Voter(two)
    voter.presses("", "", "")
    assert voter.at == "b"
    assert not voter.state.ended


# Keys 9 and 0


def test_key_9_is_kept_and_opts_out_before_a_word_is_said() -> None:
    voter = asked()
    kept, out, ask = voter.presses("9")
    assert kept == KeepAnswer(NodeId("q"), "key", "9", True, "opt_out")
    assert out == OptOut(NodeId("q"))
    assert isinstance(ask, Ask)
    assert voter.heard() == "आपका नंबर हटा दिया गया है।"


def test_key_9_opts_out_during_a_message_too() -> None:
    voter = Voter(flow(play(), STOP, hang_up(), opt_out_node=NodeId("stop")))
    assert voter.presses("9")[1] == OptOut(NodeId("hello"))


def test_a_person_opts_out_once() -> None:
    voter = asked()
    voter.presses("9")
    assert voter.presses("9") == [
        KeepAnswer(NodeId("stop"), "key", "9", accepted=False),
        HangUp(NodeId("bye"), completed=True),
    ]


def test_without_an_opt_out_node_key_9_opts_out_and_ends_the_call() -> None:
    voter = Voter(flow(menu("q", YES_NO, next="bye"), hang_up()))
    assert voter.presses("9")[1:] == [
        OptOut(NodeId("q")),
        HangUp(NodeId("q"), completed=False),
    ]


def test_an_opt_out_node_opts_out_of_itself() -> None:
    voter = asked(options={"1": "stop>stop"})
    assert OptOut(NodeId("stop")) in voter.presses("1")


def test_key_9_is_a_wrong_key_where_the_node_says_so() -> None:
    voter = asked(opt_out_key=False)
    assert voter.presses("9")[0] == KeepAnswer(NodeId("q"), "key", "9", False)


def test_key_9_is_an_answer_where_the_menu_says_so() -> None:
    voter = asked(options={"9": "nine"})
    assert voter.presses("9")[0] == KeepAnswer(NodeId("q"), "key", "9", True, "nine")


def test_key_0_asks_for_a_person() -> None:
    assert asked().presses("0") == [
        KeepAnswer(NodeId("q"), "key", "0", accepted=True, meaning="telecaller"),
        ConnectTelecaller(NodeId("person")),
    ]


def test_key_0_is_a_wrong_key_where_nobody_can_be_asked_for() -> None:
    no_one = Voter(flow(menu("q", YES_NO, next="bye"), hang_up()))
    assert no_one.presses("0")[0] == KeepAnswer(NodeId("q"), "key", "0", False)
    not_here = asked(telecaller_key=False)
    assert not_here.presses("0")[0] == KeepAnswer(NodeId("q"), "key", "0", False)


# Telecallers


def test_after_the_talk_the_flow_goes_on() -> None:
    voter = asked()
    voter.presses("0")
    assert voter.does(TelecallerTalked(60.0)) == [HangUp(NodeId("bye"), True)]


def test_with_nobody_free_the_person_chooses() -> None:
    voter = asked()
    voter.presses("0")
    voter.does(TelecallerUnavailable())
    assert voter.at == "sorry"
    assert voter.presses("1")[1] == RequestCallback(NodeId("later"), 3600.0)


def test_with_nobody_free_and_nothing_said_about_it_the_flow_goes_on() -> None:
    call = flow(node("person", NodeKind.TELECALLER, next="bye"), hang_up())
    assert Voter(call).does(TelecallerUnavailable()) == [HangUp(NodeId("bye"), True)]


# Digits and ratings


def digits(**given: object) -> Voter:
    ref = node(
        "ref",
        NodeKind.COLLECT,
        **{"say": "अंक", "min_digits": 4, "max_digits": 4, "next": "bye", **given},
    )
    return Voter(flow(ref, *HELPERS, hang_up(), **HELP))


def test_digits_are_asked_for_with_their_length() -> None:
    voter = digits(timeout_s=7.0)
    assert voter.commands == [
        Ask(NodeId("ref"), (Clip("hi", "अंक"),), max_digits=4, first_timeout_s=7.0)
    ]


def test_digits_of_the_right_length_are_an_answer() -> None:
    voter = digits()
    kept, _ = voter.presses("4567")
    assert kept == KeepAnswer(NodeId("ref"), "digits", "4567", True, "4567")
    assert voter.state.answers == {"ref": "4567"}


@pytest.mark.parametrize("keys", ["456", "45*7", "456#"])
def test_digits_of_another_form_are_kept_and_asked_for_again(keys: str) -> None:
    voter = digits(invalid_say="चार अंक")
    kept, _ = voter.presses(keys)
    assert kept == KeepAnswer(NodeId("ref"), "digits", keys.removesuffix("#"), False)
    assert voter.heard() == "चार अंक अंक"


@pytest.mark.parametrize(
    ("keys", "accepted"), [("17", False), ("18", True), ("99", True), ("100", False)]
)
def test_digits_may_have_a_range(keys: str, accepted: bool) -> None:
    voter = digits(min_digits=1, max_digits=3, min_value=18, max_value=99)
    kept = voter.presses(keys)[0]
    assert isinstance(kept, KeepAnswer)
    assert kept.accepted is accepted


def test_where_one_key_cannot_be_the_answer_9_still_opts_out() -> None:
    assert digits().presses("9")[1] == OptOut(NodeId("ref"))


def test_where_one_key_can_be_the_answer_9_is_a_digit() -> None:
    kept, _ = digits(min_digits=1).presses("9")
    assert kept == KeepAnswer(NodeId("ref"), "digits", "9", True, "9")


def test_hash_alone_skips_where_that_is_allowed() -> None:
    assert digits(may_skip=True).presses("#") == [
        KeepAnswer(NodeId("ref"), "key", "#", accepted=False, meaning="skipped"),
        HangUp(NodeId("bye"), completed=True),
    ]
    assert digits().presses("#")[0] == KeepAnswer(NodeId("ref"), "digits", "#", False)


def test_digits_are_read_back_and_confirmed() -> None:
    voter = digits(read_back=True)
    voter.presses("4567")
    assert voter.heard() == "आपने दबाया चार पाँच छह सात सही है तो एक, गलत है तो दो दबाएँ।"
    assert voter.presses("1") == [
        KeepAnswer(NodeId("ref"), "key", "1", accepted=True, meaning="confirm"),
        HangUp(NodeId("bye"), completed=True),
    ]
    assert voter.state.answers == {"ref": "4567"}


def test_digits_called_wrong_are_forgotten_and_asked_for_again() -> None:
    voter = digits(read_back=True, read_back_say="{keys:digits}?", retries=1)
    voter.presses("4567")
    kept, _ = voter.presses("2")
    assert kept == KeepAnswer(NodeId("ref"), "key", "2", True, "again")
    assert voter.heard() == "अंक"
    assert voter.state.answers == {}
    voter.presses("4568", "2")
    assert voter.state.ended
    assert voter.state.answers == {}


def test_digits_that_nobody_calls_wrong_stand() -> None:
    voter = digits(read_back=True, retries=1)
    voter.presses("4567")
    kept, _ = voter.presses("5")
    assert kept == KeepAnswer(NodeId("ref"), "key", "5", accepted=False)
    assert voter.presses("") == [HangUp(NodeId("bye"), completed=True)]
    assert voter.state.answers == {"ref": "4567"}


def test_key_9_opts_out_during_a_read_back() -> None:
    voter = digits(read_back=True)
    voter.presses("4567")
    assert OptOut(NodeId("ref")) in voter.presses("9")


def test_a_rating_is_one_key_of_its_scale() -> None:
    stars = node("stars", NodeKind.RATING, say="अंक", next="bye")
    voter = Voter(flow(stars, hang_up()))
    assert voter.presses("6")[0] == KeepAnswer(NodeId("stars"), "rating", "6", False)
    assert voter.presses("5")[0] == KeepAnswer(
        NodeId("stars"), "rating", "5", accepted=True, meaning="5"
    )
    assert voter.state.answers == {"stars": "5"}


def test_a_scale_may_be_another() -> None:
    stars = node("s", NodeKind.RATING, say="अंक", next="bye", min_value=0, max_value=3)
    assert Voter(flow(stars, hang_up())).presses("0")[0] == KeepAnswer(
        NodeId("s"), "rating", "0", accepted=True, meaning="0"
    )


# Speech


def speech(**given: object) -> Voter:
    tell = node("tell", NodeKind.RECORD, **{"say": "बोलिए", "next": "bye", **given})
    return Voter(flow(tell, *HELPERS, hang_up(), hang_up("quiet"), **HELP))


def test_a_recording_is_asked_for_with_its_limits() -> None:
    voter = speech(max_s=30.0, silence_s=2.0, beep=False)
    assert voter.commands == [
        Record(NodeId("tell"), (Clip("hi", "बोलिए"),), 30.0, 2.0, beep=False)
    ]


def test_a_recording_is_kept_with_its_length() -> None:
    voter = speech()
    kept, _ = voter.does(SpeechRecorded("a.wav", 12.34))
    assert kept == KeepAnswer(NodeId("tell"), "speech", "a.wav", True, "12.3 s")
    assert voter.state.answers == {"tell": "a.wav"}


def test_silence_is_no_answer_but_its_file_is_kept() -> None:
    voter = speech(on_silence="quiet")
    kept, end = voter.does(SpeechRecorded("a.wav", 0.0))
    assert kept == KeepAnswer(NodeId("tell"), "speech", "a.wav", False, "0.0 s")
    assert end.node == "quiet"
    assert speech().does(SpeechRecorded("", 0.0)) == [HangUp(NodeId("bye"), True)]


def test_hash_only_ends_a_recording() -> None:
    commands = speech().does(SpeechRecorded("a.wav", 3.0, "key", "#"))
    assert [type(c) for c in commands] == [KeepAnswer, HangUp]


def test_another_key_that_ends_a_recording_is_kept() -> None:
    commands = speech().does(SpeechRecorded("a.wav", 3.0, "key", "4"))
    assert commands[1] == KeepAnswer(NodeId("tell"), "key", "4", accepted=False)


def test_9_and_0_act_after_the_recording_is_kept() -> None:
    out = speech().does(SpeechRecorded("a.wav", 3.0, "key", "9"))
    assert [type(c) for c in out] == [KeepAnswer, KeepAnswer, OptOut, Ask]
    person = speech().does(SpeechRecorded("", 0.0, "key", "0"))
    assert person[-1] == ConnectTelecaller(NodeId("person"))


# Languages


def bilingual(**given: object) -> Flow:
    choose = node(
        "choose",
        NodeKind.LANGUAGE,
        say={"hi": "{organisation} की कॉल", "en": "For English press two"},
        options=(Option("2", "en"),),
        retries=0,
        next="q",
    )
    ask = menu("q", YES_NO, say={"hi": "सवाल", "en": "Question"}, next="bye")
    return flow(choose, ask, hang_up(), languages=("hi", "en"), **given)


def test_each_language_invites_in_its_own_words() -> None:
    voter = Voter(bilingual())
    assert isinstance(voter.last, Ask)
    assert [(c.language, c.text) for c in voter.last.clips] == [
        ("hi", "जन संवाद केंद्र"),
        ("hi", "की कॉल"),
        ("en", "For English press two"),
    ]


def test_the_chosen_language_is_spoken_from_then_on() -> None:
    voter = Voter(bilingual())
    kept, _ = voter.presses("2")
    assert kept == KeepAnswer(NodeId("choose"), "key", "2", True, "en")
    assert voter.heard() == "Question"


def test_without_a_choice_the_call_stays_in_its_language() -> None:
    voter = Voter(bilingual())
    voter.presses("")
    assert voter.heard() == "सवाल"


def test_a_contact_is_spoken_to_in_their_language_if_the_flow_has_it() -> None:
    ask = menu("q", YES_NO, say={"hi": "सवाल", "en": "Question"}, next="bye")
    spoken = flow(ask, hang_up(), languages=("hi", "en"))
    assert Voter(spoken, replace(FACTS, language="en")).heard() == "Question"
    assert Voter(spoken, replace(FACTS, language="ta")).heard() == "सवाल"


def test_a_flow_may_set_the_language_itself() -> None:
    fixed = node("to_en", NodeKind.LANGUAGE, language="en", next="q")
    ask = menu("q", YES_NO, say={"hi": "सवाल", "en": "Question"}, next="bye")
    voter = Voter(flow(fixed, ask, hang_up(), languages=("hi", "en")))
    assert voter.heard() == "Question"


def test_an_invitation_speaks_only_the_languages_it_has() -> None:
    choose = node(
        "c", NodeKind.LANGUAGE, say="हिंदी", options=(Option("1", "hi"),), next="bye"
    )
    voter = Voter(flow(choose, hang_up(), languages=("hi", "en")))
    assert voter.heard() == "हिंदी"


# Branches, variables, parts


def test_a_branch_goes_by_the_first_arm_that_holds() -> None:
    branch = node(
        "b",
        NodeKind.BRANCH,
        cases=(
            Case({"answer.q": ("no",)}, NodeId("sad")),
            Case({"contact.name": ("*",), "time.hour": ("9-17",)}, NodeId("glad")),
        ),
        next="bye",
    )
    ask = menu("q", YES_NO, next="b")
    call = flow(ask, branch, hang_up("sad"), hang_up("glad"), hang_up())
    morning = replace(FACTS, now=datetime(2026, 11, 24, 10, tzinfo=UTC))
    night = replace(FACTS, now=datetime(2026, 11, 24, 20, tzinfo=UTC))
    for key, facts, end in (
        ("2", morning, "sad"),
        ("1", morning, "glad"),
        ("1", night, "bye"),
    ):
        voter = Voter(call, facts)
        voter.presses(key)
        assert voter.at == end


def test_variables_are_spoken_and_branched_on() -> None:
    day = node("day", NodeKind.SET, values={"camp": "2026-12-06"}, next="b")
    arms = (Case({"var.camp": ("*date",)}, NodeId("hello")),)
    branch = node("b", NodeKind.BRANCH, cases=arms, next="bye")
    tell = play(say="तारीख़ {camp:date}")
    voter = Voter(flow(day, branch, tell, hang_up()))
    assert voter.heard() == "तारीख़ छह दिसंबर दो हज़ार छब्बीस"


PART = flow(
    menu("sure", {"1": "yes>b", "2": "no"}, next=RETURN),
    node(
        "b",
        NodeKind.BRANCH,
        cases=(Case({"answer.sure": ("yes",)}, RETURN),),
        next="end",
    ),
    hang_up("end"),
    name="part",
    is_part=True,
)


def with_part(part: Flow = PART, **given: object) -> Voter:
    enter = node("enter", NodeKind.SUB_FLOW, flow=part.flow_id, next="after")
    root = flow(
        enter,
        menu("after", YES_NO, next="bye"),
        *HELPERS,
        hang_up(),
        parts=[part],
        **given,
    )
    return Voter(root)


def test_a_part_speaks_under_its_own_name_and_returns() -> None:
    voter = with_part()
    assert voter.at == "part.sure"
    kept, ask = voter.presses("1")
    assert kept == KeepAnswer(NodeId("part.sure"), "key", "1", True, "yes")
    assert ask.node == "after"
    assert voter.state.stack == ()


def test_a_part_inside_a_part_returns_step_by_step() -> None:
    middle = flow(
        node("in", NodeKind.SUB_FLOW, flow="part", next=RETURN),
        name="middle",
        is_part=True,
        parts=[PART],
    )
    voter = with_part(middle)
    assert voter.at == "part.sure"
    assert voter.state.stack == ("enter", "in")
    voter.presses("2")
    assert voter.at == "after"


def test_keys_9_and_0_lead_out_of_a_part() -> None:
    voter = with_part(**HELP)
    voter.presses("9")
    assert voter.at == "stop"
    assert voter.state.stack == ()


def test_a_part_may_have_its_own_way_to_opt_out() -> None:
    own = replace(PART, opt_out_node=NodeId("end"))
    voter = with_part(own, **HELP)
    assert voter.presses("9")[-1] == HangUp(NodeId("part.end"), completed=True)


# What must not happen


@pytest.mark.parametrize(
    "event",
    [SpeechRecorded("a.wav", 1.0), TelecallerTalked(1.0), TelecallerUnavailable()],
)
def test_an_event_nobody_waits_for_is_refused_and_changes_nothing(
    event: FlowEvent,
) -> None:
    voter = asked()
    before = voter.state
    with pytest.raises(UnexpectedEvent):
        voter.does(event)
    assert voter.state == before


def test_after_the_end_every_event_is_refused() -> None:
    voter = asked()
    voter.presses("1")
    with pytest.raises(UnexpectedEvent):
        voter.presses("1")


@pytest.mark.parametrize("to", [None, RETURN, "nowhere"])
def test_a_way_that_leads_nowhere_is_our_bug(to: str | None) -> None:
    with pytest.raises(OurBug):
        Voter(flow(play(to=to))).presses("")


def test_going_round_in_silence_is_our_bug() -> None:
    a = node("a", NodeKind.SET, values={"x": "1"}, next="b")
    b = node("b", NodeKind.BRANCH, next="a")
    with pytest.raises(OurBug, match="round"):
        Voter(flow(a, b))


def test_a_part_that_is_not_there_is_our_bug() -> None:
    with pytest.raises(OurBug, match="no known part"):
        Voter(flow(node("enter", NodeKind.SUB_FLOW, flow="gone", next="bye")))
    lost = FlowState(NodeId("x"), "hi", stack=(NodeId("bye"),))
    with pytest.raises(OurBug):
        flow_at(flow(hang_up()), lost.stack)
    with pytest.raises(OurBug):
        node_at(flow(hang_up()), FlowState(NodeId("x"), "hi"))


def test_a_person_who_repeats_for_ever_is_let_go() -> None:
    ask = menu("q", {"1": "again>q"}, next="bye")
    voter = Voter(flow(ask, hang_up()))
    steps = 0
    while not voter.state.ended:
        voter.presses("1")
        steps += 1
    assert steps == MAX_STEPS
    assert voter.last == HangUp(NodeId("q"), completed=False)


def test_state_says_what_it_waits_for() -> None:
    assert asked().state.waiting is Waiting.QUESTION
    assert FlowId("trial") == asked().flow.flow_id
