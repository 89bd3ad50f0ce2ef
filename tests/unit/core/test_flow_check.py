"""What flow_check refuses, with node and remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.flow_check import LETTERS_BEFORE_IDENTITY, Problem, check
from ivr.core.flow_model import (
    RETURN,
    Case,
    Clip,
    Flow,
    Node,
    NodeKind,
    Option,
    Otherwise,
    When,
)
from ivr.core.model import FlowId, NodeId
from ivr.core.say import prompt_texts
from tests.fakes.flow_files import HELLO, flow, hang_up, menu, node, play

YES_NO = {"1": "yes", "2": "no"}
STOP = node("stop", NodeKind.OPT_OUT, next="bye")


def good(*nodes: Node, **given: object) -> Flow:
    """A flow that says who calls, has a way to opt out, and then `nodes`."""
    first = nodes[0].node_id if nodes else "bye"
    hello = play(to=first)
    settings = {"opt_out_node": NodeId("stop"), **given}
    return flow(hello, *nodes, STOP, hang_up(), **settings)


def problems(*nodes: Node, **given: object) -> list[str]:
    return [str(problem) for problem in check(good(*nodes, **given))]


def one(*nodes: Node, **given: object) -> str:
    """The one problem there is."""
    found = problems(*nodes, **given)
    assert len(found) == 1, found
    return found[0]


def test_a_good_flow_has_no_problem() -> None:
    assert problems(menu("q", YES_NO, next="bye")) == []


def test_a_problem_is_told_with_flow_node_and_remedy() -> None:
    assert str(Problem(FlowId("f"), "n", "is bad", "mend it")) == (
        "f, node n: is bad (mend it)"
    )
    assert str(Problem(FlowId("f"), "", "is bad", "mend it")) == "f: is bad (mend it)"


# Ways


def test_a_target_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    assert 'did you mean "bye"' in one(menu("q", YES_NO, next="bie"))
    assert "name a node" in one(menu("q", YES_NO, next="xxxxxx"))


def test_the_flows_own_targets_must_exist() -> None:
    assert "opt_out leads to 'gone'" in one(
        menu("q", {"1": "stop>stop"}, next="bye"), opt_out_node=NodeId("gone")
    )
    assert "telecaller leads to" in one(telecaller_node=NodeId("gone"))
    lost = replace(good(), start=NodeId("gone"))
    assert any("start leads to" in str(p) for p in check(lost))


@pytest.mark.parametrize(
    "kind", [NodeKind.PLAY, NodeKind.COLLECT, NodeKind.RATING, NodeKind.RECORD]
)
def test_a_node_that_leads_nowhere_is_refused(kind: NodeKind) -> None:
    assert "next is missing" in one(node("q", kind, say="कुछ"))


def test_a_menu_needs_no_next_when_every_way_is_given() -> None:
    every = {"1": "yes>bye"}
    assert problems(menu("q", every, on_invalid="bye", on_silence="bye")) == []
    assert "next is missing" in one(menu("q", every, on_invalid="bye"))


def test_a_node_nobody_comes_to_is_refused() -> None:
    assert "no call ever comes here" in one(
        menu("q", YES_NO, next="bye"), menu("lost", YES_NO, next="bye")
    )


def test_nodes_behind_keys_9_and_0_are_reachable() -> None:
    person = node("person", NodeKind.TELECALLER, otherwise="bye", next="bye")
    assert problems(person, telecaller_node=NodeId("person")) == []


def test_a_round_without_an_answer_is_refused() -> None:
    assert "q -> q" in one(menu("q", YES_NO, next="bye", on_silence="q"))
    a = node("a", NodeKind.SET, values={"x": "1"}, next="b")
    b = node("b", NodeKind.BRANCH, next="a")
    found = problems(a, b)
    assert any("goes round for ever" in p for p in found)
    assert any("cannot end" in p for p in found)


def test_a_round_that_only_an_answer_takes_is_allowed() -> None:
    assert problems(menu("q", {"1": "again>q", "2": "no"}, next="bye")) == []


def test_a_round_over_a_busy_telecaller_is_refused() -> None:
    person = node("person", NodeKind.TELECALLER, otherwise="person", next="bye")
    assert "person -> person" in one(person)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "when no telecaller is free"),
        ({"otherwise": Otherwise.CONTINUE}, "without one"),
        ({"otherwise": Otherwise.WAIT, "when": When.SOON}, "says nothing"),
        ({"otherwise": Otherwise.CALLBACK, "when": When.SOON}, "says nothing"),
        ({"otherwise": "bye", "otherwise_say": "रुकिए"}, "never said"),
        (
            {"otherwise": "bye", "offer_say": "शून्य दबाएँ", "telecaller_key": False},
            "not here",
        ),
    ],
)
def test_a_telecaller_node_says_what_becomes_of_whom_nobody_takes(
    given: dict[str, object], problem: str
) -> None:
    person = node("person", NodeKind.TELECALLER, next="bye", **given)
    assert problem in one(person, telecaller_node=NodeId("person"))


@pytest.mark.parametrize("otherwise", list(Otherwise))
def test_each_word_of_else_is_sound_with_what_it_says(otherwise: Otherwise) -> None:
    say = {} if otherwise is Otherwise.CONTINUE else {"otherwise_say": "रुकिए"}
    person = node(
        "person",
        NodeKind.TELECALLER,
        when=When.SOON,
        otherwise=otherwise,
        next="bye",
        **say,
    )
    assert problems(person, telecaller_node=NodeId("person")) == []


def test_a_node_may_not_be_called_as_a_word_of_else() -> None:
    person = node(
        "person",
        NodeKind.TELECALLER,
        when=When.SOON,
        otherwise=Otherwise.CONTINUE,
        next="continue",
    )
    found = problems(person, play("continue"), telecaller_node=NodeId("person"))
    assert any("a word of its own" in problem for problem in found)


def test_a_round_over_offers_that_are_never_made_is_refused() -> None:
    ask = node(
        "ask",
        NodeKind.TELECALLER,
        when=When.SOON,
        otherwise=Otherwise.CONTINUE,
        next="ask",
    )
    assert any("ask -> ask" in problem for problem in problems(ask))
    declined = node(
        "ask", NodeKind.TELECALLER, offer_say="शून्य?", otherwise="bye", next="ask"
    )
    assert any("ask -> ask" in problem for problem in problems(declined))


def test_a_flow_that_can_only_be_left_by_hanging_up_is_refused() -> None:
    q = menu("q", {"1": "x>r"}, on_invalid="r", on_silence="r")
    r = menu("r", {"1": "x>q"}, on_invalid="q", on_silence="q")
    assert sum("cannot end" in p for p in problems(q, r)) >= 2


def test_a_recording_goes_on_in_silence_too() -> None:
    tell = node("tell", NodeKind.RECORD, say="बोलिए", next="bye", on_silence="tell")
    assert "tell -> tell" in one(tell)


def test_only_a_part_can_return() -> None:
    assert "nothing entered this flow" in one(menu("q", YES_NO, next=RETURN))
    part = flow(menu("q", YES_NO, next=RETURN), is_part=True)
    assert check(part) == []


def test_return_is_no_name_for_a_node() -> None:
    found = problems(menu("return", YES_NO, next="bye"))
    assert any("cannot be a node" in p for p in found)


# Parts


def with_part(part: Flow, **given: object) -> Flow:
    enter = node("enter", NodeKind.SUB_FLOW, flow=part.flow_id, **given)
    return good(enter, parts=[part])


RETURNS = flow(menu("sure", YES_NO, next=RETURN), name="part", is_part=True)
ENDS = flow(hang_up("end"), name="part", is_part=True)


def test_a_part_that_returns_needs_somewhere_to_return_to() -> None:
    assert check(with_part(RETURNS, next="bye")) == []
    assert "next is missing" in str(check(with_part(RETURNS))[0])


def test_a_part_that_ends_the_call_needs_no_next() -> None:
    assert check(with_part(ENDS)) == []


def test_a_part_is_checked_under_its_own_name() -> None:
    part = flow(menu("sure", YES_NO, next="gone"), name="part", is_part=True)
    assert [p.flow for p in check(with_part(part))] == ["part"]


def test_a_part_that_does_not_exist_is_refused() -> None:
    gone = node("enter", NodeKind.SUB_FLOW, flow="gone", next="bye")
    assert "enters 'gone'" in one(gone)


def test_a_flow_that_enters_itself_is_refused() -> None:
    again = flow(hang_up("end"), name="part", is_part=True)
    part = flow(
        node("in", NodeKind.SUB_FLOW, flow="part", next=RETURN),
        name="part",
        is_part=True,
        parts=[again],
    )
    found = [str(p) for p in check(with_part(part, next="bye"))]
    assert any("enters itself" in p for p in found)


# The law


def test_a_flow_without_a_way_to_opt_out_is_refused() -> None:
    assert "no way to opt out" in str(check(flow(play(), hang_up()))[0])


def test_the_first_words_say_who_calls() -> None:
    late = {"hi": "क" * (LETTERS_BEFORE_IDENTITY + 1) + " {organisation}"}
    for say in ({"hi": "नमस्ते"}, {"hi": "{name} जी"}, late):
        call = flow(play(say=say), STOP, hang_up(), opt_out_node=NodeId("stop"))
        assert "who is calling" in str(check(call)[0])


def test_the_first_words_are_found_behind_silent_nodes_and_in_parts() -> None:
    quiet = flow(hang_up("end", say="नमस्ते"), name="part", is_part=True)
    enter = node("enter", NodeKind.SUB_FLOW, flow="part")
    b = node(
        "b",
        NodeKind.BRANCH,
        cases=(Case({"time.hour": ("9",)}, NodeId("hello")),),
        next="enter",
    )
    again = node("again", NodeKind.SET, values={"x": "1"}, next="b")
    call = flow(
        again,
        b,
        enter,
        play(),
        STOP,
        hang_up(),
        parts=[quiet],
        opt_out_node=NodeId("stop"),
    )
    assert [(p.flow, p.node) for p in check(call)] == [("part", "end")]


def test_key_9_works_from_the_first_word() -> None:
    call = flow(play(opt_out_key=False), STOP, hang_up(), opt_out_node=NodeId("stop"))
    assert "key 9 does not work" in str(check(call)[0])


def test_a_flow_cannot_say_that_somebody_else_calls() -> None:
    lie = node("lie", NodeKind.SET, values={"organisation": "x"}, next="bye")
    assert "which the campaign says" in one(lie)


def test_a_telecaller_node_says_what_happens_when_nobody_is_free() -> None:
    assert "no telecaller is free" in one(node("p", NodeKind.TELECALLER, next="bye"))


# Texts


@pytest.mark.parametrize("kind", [NodeKind.PLAY, NodeKind.COLLECT, NodeKind.RECORD])
def test_a_node_that_must_speak_says_something(kind: NodeKind) -> None:
    assert "says nothing" in one(node("q", kind, next="bye"))


def test_every_text_is_there_in_every_language() -> None:
    found = check(good(languages=("hi", "en")))
    assert "is not there in en" in str(found[0])


def test_a_part_speaks_the_languages_of_its_flow() -> None:
    root = with_part(RETURNS, next="bye")
    hello = play(to="enter", say={**HELLO, "en": "From {organisation}"})
    both = replace(
        root, languages=("hi", "en"), nodes={**root.nodes, hello.node_id: hello}
    )
    assert [p.flow for p in check(both)] == ["part"]


def test_a_long_text_is_quoted_by_its_beginning() -> None:
    q = menu("q", YES_NO, next="bye", say={"en": "x" * 50})
    assert "“" + "x" * 29 + "…”" in one(q)


def test_placeholders_that_cannot_work_are_refused() -> None:
    assert "district_name" in one(menu("q", YES_NO, say="{district}", next="bye"))
    assert "only after the keys" in one(menu("q", YES_NO, say="{keys}", next="bye"))
    ref = node(
        "ref",
        NodeKind.COLLECT,
        say="अंक",
        read_back=True,
        read_back_say="सही है?",
        next="bye",
    )
    assert "does not say the digits" in one(ref)


# Keys and ranges


def test_a_menu_without_options_is_refused() -> None:
    assert "has no options" in one(menu("q", {}, next="bye"))


def test_one_key_has_one_meaning() -> None:
    twice = (Option("1", "yes"), Option("1", "no"))
    q = node("q", NodeKind.MENU, say="सवाल", options=twice, next="bye")
    assert "key 1 is given 2 times" in one(q)


@pytest.mark.parametrize("key", ["#", "12", "a"])
def test_an_option_is_one_key_of_the_telephone(key: str) -> None:
    assert "is no single key" in one(menu("q", {key: "yes"}, next="bye"))


def test_key_9_as_an_answer_must_be_meant() -> None:
    assert "also opts out" in one(menu("q", {"9": "nine"}, next="bye"))
    assert problems(menu("q", {"9": "nine"}, next="bye", opt_out_key=False)) == []
    stars = node("s", NodeKind.RATING, say="अंक", max_value=9, next="bye")
    assert "also opts out" in one(stars)


def test_key_0_as_an_answer_must_be_meant_where_it_asks_for_a_person() -> None:
    q = menu("q", {"0": "zero"}, next="bye")
    assert problems(q) == []
    person = node("person", NodeKind.TELECALLER, otherwise="bye", next="bye")
    found = problems(q, person, telecaller_node=NodeId("person"))
    assert len(found) == 1
    assert "also asks for a person" in found[0]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"min_digits": 5, "max_digits": 4}, "cannot be pressed"),
        ({"min_digits": 0, "max_digits": 4}, "cannot be pressed"),
        ({"max_digits": 2, "min_value": 100}, "no 2 digits are a number"),
        ({"max_digits": 2, "min_value": 9, "max_value": 3}, "no 2 digits"),
        ({"max_digits": 2, "max_value": -1}, "no 2 digits"),
    ],
)
def test_digits_that_cannot_be_are_refused(given: dict[str, int], problem: str) -> None:
    q = node("q", NodeKind.COLLECT, say="अंक", next="bye", **given)
    assert problem in one(q)


@pytest.mark.parametrize(("low", "high"), [(5, 5), (3, 1), (1, 10), (-1, 3)])
def test_a_scale_that_cannot_be_is_refused(low: int, high: int) -> None:
    q = node(
        "q",
        NodeKind.RATING,
        say="अंक",
        next="bye",
        min_value=low,
        max_value=high,
        opt_out_key=False,
    )
    assert "no scale runs from" in one(q)


# Languages and branches


def test_a_language_node_chooses_a_language_of_the_flow() -> None:
    def choosing(**given: object) -> Node:
        return node("c", NodeKind.LANGUAGE, next="bye", **given)

    assert "chooses no language" in one(choosing())
    assert problems(choosing(language="hi")) == []
    assert "'en', which is no language" in one(choosing(language="en"))
    english = (Option("1", "en"),)
    assert "'en', which is no" in one(choosing(say="भाषा", options=english))
    hindi = (Option("1", "hi"),)
    assert "says nothing" in one(choosing(options=hindi))
    assert problems(choosing(say={"en": "Hindi"}, options=hindi)) == []


def branching(subject: str, *values: str) -> tuple[Node, ...]:
    arm = Case({subject: values}, NodeId("bye"))
    return (
        menu("q", YES_NO, next="stars"),
        node("stars", NodeKind.RATING, say="अंक", next="x"),
        node("x", NodeKind.SET, values={"x": "1"}, next="b"),
        node("b", NodeKind.BRANCH, cases=(arm,), next="bye"),
    )


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("answer.q", "yes"),
        ("answer.q", "*"),
        ("answer.stars", "4-5"),
        ("var.x", "1"),
        ("contact.anything", "x"),
        ("time.hour", "9-17"),
        ("time.weekday", "monday"),
    ],
)
def test_conditions_that_make_sense(subject: str, value: str) -> None:
    assert problems(*branching(subject, value)) == []


@pytest.mark.parametrize(
    ("subject", "value", "problem"),
    [
        ("answer.qq", "yes", "no question is named 'qq'"),
        ("answer.x", "yes", "no question is named 'x'"),
        ("answer.q", "maybe", "maybe is no answer to q"),
        ("var.y", "1", "nothing sets var.y"),
        ("time.minute", "1", "there is no time.minute"),
        ("time.hour", "17-9", "is an empty range"),
        ("time.weekday", "somvar", "somvar is no weekday"),
        ("district", "SEH", "is nothing that can be asked"),
        ("contact", "SEH", "is nothing that can be asked"),
    ],
)
def test_conditions_that_make_none(subject: str, value: str, problem: str) -> None:
    assert problem in one(*branching(subject, value))


def test_a_branch_may_ask_about_a_part() -> None:
    arm = Case({"answer.part.sure": ("yes",)}, NodeId("bye"))
    b = node("b", NodeKind.BRANCH, cases=(arm,), next="bye")
    enter = node("enter", NodeKind.SUB_FLOW, flow="part", next="b")
    assert problems(enter, b, parts=[RETURNS]) == []


# Audio


def test_every_fixed_clip_must_have_audio() -> None:
    call = good(menu("q", YES_NO, say="राशि {x:rupees}", next="bye"))
    assert check(call, available=prompt_texts(call)) == []
    found = [str(p) for p in check(call, available=set())]
    assert any("no audio for “राशि” in hi" in p for p in found)
    assert any("number blocks (अक्टूबर" in p for p in found)
    assert all("prompts build" in p for p in found)


def test_the_organisations_name_must_have_audio() -> None:
    call = good()
    have = prompt_texts(call)
    found = check(call, available=have, organisation=" जन संवाद ")
    assert "“जन संवाद”" in str(found[0])
    have.add(Clip("hi", "जन संवाद"))
    assert (
        check(call, available=lambda clip: clip in have, organisation="जन संवाद") == []
    )
