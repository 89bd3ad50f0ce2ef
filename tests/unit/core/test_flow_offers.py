"""Telecaller nodes that offer only when somebody is free, and what comes otherwise."""

from __future__ import annotations

import pytest

from ivr.core.flow import start, step
from ivr.core.flow_model import (
    Ask,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowEvent,
    HangUp,
    KeepAnswer,
    KeysPressed,
    MayOffer,
    NodeKind,
    OfferAllowed,
    OfferAnswered,
    OfferHeld,
    OptOut,
    Otherwise,
    RequestCallback,
    TelecallerTalked,
    TelecallerUnavailable,
    When,
)
from ivr.core.flow_state import FlowState
from ivr.core.model import NodeId
from ivr.core.offer import KEEP_S
from ivr.errors import UnexpectedEvent
from tests.fakes.flow_files import FACTS, flow, hang_up, menu, node

PERSON = NodeId("person")
OFFER = "साथी से बात के लिए शून्य दबाएँ।"
WAIT = "एक पल रुकिए।"


class Voter:
    def __init__(self, of: Flow) -> None:
        self.flow = of
        self.state: FlowState
        self.state, self.commands = start(of, FACTS)

    def does(self, *events: FlowEvent) -> list[FlowCommand]:
        for event in events:
            self.state, self.commands = step(self.flow, self.state, event, FACTS)
        return self.commands


def survey(**given: object) -> Voter:
    """An offer, a question, and the same offer again."""
    told: dict[str, object] = {"when": When.SOON, "otherwise": Otherwise.CONTINUE}
    first = node("person", NodeKind.TELECALLER, **{**told, **given, "next": "q"})
    again = node("later", NodeKind.TELECALLER, **{**told, **given, "next": "bye"})
    question = menu("q", {"1": "yes"}, next="later", retries=0)
    return Voter(flow(first, question, again, hang_up(), hang_up("sorry")))


PRESSED_0, NOTHING = KeysPressed("0"), KeysPressed("")
CONNECT = ConnectTelecaller(PERSON, keep_s=KEEP_S, tries_again=True)


@pytest.mark.parametrize("when", [When.FREE, When.SOON])
def test_the_gate_is_asked_before_anything_is_said(when: When) -> None:
    assert survey(when=when).commands == [MayOffer(PERSON, when)]
    asks = survey(when=when, offer_say=OFFER)
    assert asks.commands == [MayOffer(PERSON, when, asks=True)]


def test_always_asks_no_gate_and_waits_as_long_as_the_campaign_says() -> None:
    voter = survey(when=When.ALWAYS, otherwise="sorry")
    assert voter.commands == [ConnectTelecaller(PERSON)]
    assert voter.does(TelecallerUnavailable())[-1] == HangUp(NodeId("sorry"), True)


def test_whom_the_gate_lets_through_is_handed_over() -> None:
    assert survey().does(OfferAllowed()) == [CONNECT]


def test_whom_the_gate_holds_hears_the_next_question_and_is_tried_again() -> None:
    voter = survey()
    [question] = voter.does(OfferHeld())
    assert question.node == "q"
    assert voter.does(KeysPressed("1"))[-1] == MayOffer(NodeId("later"), When.SOON)


def test_key_0_takes_an_offer() -> None:
    voter = survey(offer_say=OFFER)
    [ask] = voter.does(OfferAllowed())
    assert isinstance(ask, Ask)
    assert voter.does(PRESSED_0) == [
        KeepAnswer(PERSON, "key", "0", accepted=True, meaning="telecaller"),
        OfferAnswered(PERSON, accepted=True),
        CONNECT,
    ]


@pytest.mark.parametrize("keys", ["", "5"])
def test_who_declines_an_offer_is_not_asked_again(keys: str) -> None:
    voter = survey(offer_say=OFFER)
    commands = voter.does(OfferAllowed(), KeysPressed(keys))
    assert OfferAnswered(PERSON, accepted=False) in commands
    assert commands[-1].node == "q"
    assert voter.does(KeysPressed("1"))[-1] == HangUp(NodeId("bye"), True)


def test_key_9_opts_out_of_an_offer() -> None:
    commands = survey(offer_say=OFFER).does(OfferAllowed(), KeysPressed("9"))
    assert OptOut(PERSON) in commands
    assert not [one for one in commands if isinstance(one, OfferAnswered)]


def test_who_accepted_and_found_nobody_hears_the_next_question_and_is_joined() -> None:
    voter = survey(offer_say=OFFER)
    commands = voter.does(OfferAllowed(), PRESSED_0, TelecallerUnavailable())
    assert commands[-1].node == "q"
    # Nobody asks them again whether they want to: only whether somebody is free.
    later = NodeId("later")
    assert voter.does(KeysPressed("1"))[-1] == MayOffer(later, When.SOON)
    assert voter.does(OfferAllowed()) == [
        ConnectTelecaller(later, keep_s=KEEP_S, tries_again=True)
    ]
    assert voter.does(TelecallerTalked(60.0))[-1] == HangUp(NodeId("bye"), True)
    assert not voter.state.wants


def test_who_waits_hears_a_message_and_is_tried_again_so_often_as_is_said() -> None:
    voter = survey(otherwise=Otherwise.WAIT, otherwise_say=WAIT, retries=2)
    voter.does(OfferAllowed(), TelecallerUnavailable())
    for _ in range(2):
        assert isinstance(voter.commands[-1], Ask)
        assert voter.commands[-1].clips[0].text == WAIT
        assert voter.does(NOTHING) == [MayOffer(PERSON, When.SOON)]
        voter.does(OfferHeld())
    assert voter.commands[-1].node == "q"


@pytest.mark.parametrize("otherwise", [*Otherwise, "sorry"])
def test_whom_the_gate_would_not_ask_is_neither_kept_waiting_nor_called_back(
    otherwise: Otherwise | str,
) -> None:
    voter = survey(offer_say=OFFER, otherwise=otherwise, otherwise_say=WAIT)
    [question] = voter.does(OfferHeld())
    assert question.node == "q"


def test_who_accepted_and_found_nobody_is_called_back_if_the_flow_says_so() -> None:
    voter = survey(offer_say=OFFER, otherwise=Otherwise.CALLBACK, otherwise_say=WAIT)
    commands = voter.does(OfferAllowed(), PRESSED_0, TelecallerUnavailable())
    assert [one for one in commands if isinstance(one, RequestCallback)]


def test_who_waits_may_opt_out_and_other_keys_are_kept() -> None:
    def waiting() -> Voter:
        voter = survey(otherwise=Otherwise.WAIT, otherwise_say=WAIT)
        voter.does(OfferHeld())
        return voter

    assert OptOut(PERSON) in waiting().does(KeysPressed("9"))
    assert waiting().does(PRESSED_0) == [
        KeepAnswer(PERSON, "key", "0", accepted=False),
        MayOffer(PERSON, When.SOON),
    ]


def test_a_call_back_is_asked_for_and_said() -> None:
    voter = survey(otherwise=Otherwise.CALLBACK, otherwise_say=WAIT, delay_s=600.0)
    callback, said = voter.does(OfferAllowed(), TelecallerUnavailable())
    assert callback == RequestCallback(PERSON, 600.0)
    assert isinstance(said, Ask)
    assert voter.does(NOTHING)[-1].node == "q"
    # A promise that was turned into a call back is none any more.
    assert not voter.state.wants


def test_a_node_named_for_those_whom_nobody_takes_is_gone_to() -> None:
    assert survey(otherwise="sorry").does(OfferHeld())[-1].node == "sorry"


def test_an_offer_waits_for_its_own_event() -> None:
    with pytest.raises(UnexpectedEvent):
        survey().does(TelecallerUnavailable())
