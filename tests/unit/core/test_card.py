"""The card of a person: what a telecaller sees, and what they do not."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.card import facts_of, number_shown, script_values, told, village_of
from ivr.core.desk_script import paragraphs
from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.model import Contact, ContactId, FlowId, ListName, NodeId, PhoneNumber

SITA = Contact(
    ContactId(1),
    ListName("people"),
    PhoneNumber("+919827112345"),
    name="सीता बाई",
    fields={"ग्राम / वार्ड": "गंगाखेड़ी", "राशि": "2000", "आयु": ""},
)


def test_the_number_is_masked() -> None:
    assert number_shown(SITA) == "98•••••345"


def test_the_village_is_found_under_the_names_that_lists_use() -> None:
    assert village_of(SITA) == "गंगाखेड़ी"
    assert village_of(replace(SITA, fields={"village": "मोहनगढ़"})) == "मोहनगढ़"
    assert village_of(replace(SITA, fields={})) == ""


def test_other_columns_are_shown_when_they_say_something() -> None:
    assert facts_of(SITA) == (("राशि", "2000"),)


def test_the_script_names_person_place_and_telecaller() -> None:
    values = script_values(SITA, district="भिंड", telecaller="सुनीता")
    script = "नमस्ते {name} जी, मैं {telecaller}।\n\n{village}, {district}"
    assert paragraphs(script, values) == (
        "नमस्ते सीता बाई जी, मैं सुनीता।",
        "गंगाखेड़ी, भिंड",
    )


def test_a_columns_name_never_takes_the_place_of_the_persons() -> None:
    odd = replace(SITA, fields={"name": "दूसरा"})
    assert script_values(odd, district="", telecaller="")["name"] == "सीता बाई"


def test_answers_are_told_in_the_flows_own_words() -> None:
    menu = Node(
        NodeId("benefit"),
        NodeKind.MENU,
        say={"hi": "क्या आपको लाभ मिला?"},
        question_en="Did you get the benefit?",
        options=(Option("1", "yes", "हाँ", "Yes"), Option("2", "no")),
    )
    flow = Flow(FlowId("f"), "1", "राय", "Opinion", menu.node_id, {menu.node_id: menu})
    first, second, third = told(
        flow, [("benefit", "yes"), ("benefit", "no"), ("gone", "4")]
    )
    assert (first.question.hi, first.answer.hi) == ("क्या आपको लाभ मिला?", "हाँ")
    assert (first.question.en, first.answer.en) == ("Did you get the benefit?", "Yes")
    assert second.answer.hi == "no"
    assert (third.question.hi, third.answer.hi) == ("gone", "4")
