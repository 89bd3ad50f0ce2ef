"""Moves a call from node to node and says what is to be done there.

Used by `core.flow`, which decides what a key press means. A `Walk` gathers the
commands of one step and is then thrown away; all that lasts is its `state`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from ivr.core.conditions import holds
from ivr.core.flow_model import (
    RETURN,
    Ask,
    Clip,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowFacts,
    HangUp,
    KeepAnswer,
    MayOffer,
    Node,
    NodeKind,
    OfferAnswered,
    OptOut,
    Otherwise,
    Record,
    RequestCallback,
    When,
)
from ivr.core.flow_state import FlowState, Waiting, called, flow_at, node_at
from ivr.core.model import NodeId
from ivr.core.offer import KEEP_S
from ivr.core.say import KEYS, READ_BACK_SAY, clips
from ivr.errors import OurBug

MAX_SILENT = 100  # nodes entered in one step: flow_check proves there are fewer
MAX_STEPS = 100  # events in one call: a person who asks to repeat for ever
MESSAGE_TIMEOUT_S = 0.1  # after a message: a key in flight is still caught


class Walk:
    """One step through a flow."""

    def __init__(self, flow: Flow, facts: FlowFacts, state: FlowState) -> None:
        self.root = flow
        self.facts = facts
        self.state = state
        self.commands: list[FlowCommand] = []
        self.entered = 0

    @property
    def node(self) -> Node:
        return node_at(self.root, self.state)

    @property
    def name(self) -> NodeId:
        return called(self.root, self.state)

    # Going from node to node

    def go(self, target: NodeId | None) -> None:
        """Go on to `target`; RETURN leads back to the flow that entered the part."""
        while target == RETURN and self.state.stack:
            *outer, back = self.state.stack
            self.state = replace(self.state, stack=tuple(outer), node=back)
            target = self.node.next
        if target is None or target == RETURN:
            raise OurBug(f"node {self.name} of flow {self.root.flow_id} leads nowhere")
        self.enter(target)

    def home_of(self, key_node: str) -> tuple[tuple[NodeId, ...], NodeId] | None:
        """Return where key 9 or 0 leads: in the innermost flow that says so."""
        stack = self.state.stack
        for depth in range(len(stack), -1, -1):
            flow = flow_at(self.root, stack[:depth])
            opt_out = key_node == "opt_out"
            target = flow.opt_out_node if opt_out else flow.telecaller_node
            if target is not None:
                return stack[:depth], target
        return None

    def jump(self, home: tuple[tuple[NodeId, ...], NodeId]) -> None:
        """Leave the parts behind and go there."""
        stack, target = home
        self.state = replace(self.state, stack=stack)
        self.enter(target)

    def enter(self, target: NodeId) -> None:
        self.entered += 1
        if self.entered > MAX_SILENT:
            raise OurBug(f"flow {self.root.flow_id} goes round in silence at {target}")
        self.state = replace(self.state, node=target, tries=0, pending="")
        node = self.node
        match node.kind:
            case NodeKind.MENU | NodeKind.COLLECT | NodeKind.RATING:
                self.ask(())
            case NodeKind.PLAY | NodeKind.HANG_UP:
                self.speak(node)
            case NodeKind.RECORD:
                self.record(node)
            case NodeKind.TELECALLER:
                self.enter_telecaller(node)
            case NodeKind.OPT_OUT:
                self.opt_out()
                self.speak(node)
            case NodeKind.CALLBACK:
                self.commands.append(RequestCallback(self.name, node.delay_s))
                self.speak(node)
            case NodeKind.LANGUAGE:
                self.enter_language(node)
            case NodeKind.SUB_FLOW:
                self.state = replace(self.state, stack=(*self.state.stack, target))
                self.enter(flow_at(self.root, self.state.stack).start)
            case NodeKind.SET:
                variables = {**self.state.variables, **node.values}
                self.state = replace(self.state, variables=variables)
                self.go(node.next)
            case NodeKind.BRANCH:
                self.go(self.branch(node))
            case _:  # pragma: no cover - mypy proves that there is no other
                assert_never(node.kind)

    def enter_language(self, node: Node) -> None:
        if node.options:
            self.ask(())
            return
        self.state = replace(
            self.state, language=node.language or self.root.languages[0]
        )
        self.go(node.next)

    # Telecallers

    def enter_telecaller(self, node: Node) -> None:
        """Ask whether a telecaller may be offered; or go on, if that was declined."""
        if self.asks_first(node) and self.state.declined:
            self.go(node.next)
        elif node.when is When.ALWAYS:
            self.offer(node)
        else:
            self.commands.append(
                MayOffer(self.name, node.when, asks=self.asks_first(node))
            )
            self.state = replace(self.state, waiting=Waiting.OFFER)

    def asks_first(self, node: Node) -> bool:
        """Who was promised a telecaller is not asked for their wish again."""
        return bool(node.offer_say) and not self.state.wants

    def offer(self, node: Node) -> None:
        """Offer a telecaller, as is allowed; or hand over at once."""
        if not self.asks_first(node):
            self.connect(node)
            return
        said = self.said(node.offer_say)
        self.commands.append(Ask(self.name, said, first_timeout_s=node.timeout_s))
        self.state = replace(self.state, waiting=Waiting.OFFERED)

    def connect(self, node: Node) -> None:
        gated = node.when is not When.ALWAYS
        again = node.otherwise in (Otherwise.CONTINUE, Otherwise.WAIT)
        command = ConnectTelecaller(
            self.name,
            self.said(node.say),
            keep_s=KEEP_S if gated else None,
            tries_again=gated and again,
        )
        self.commands.append(command)
        self.state = replace(self.state, waiting=Waiting.TELECALLER, wants=True)

    def answer_offer(self, *, accepted: bool) -> None:
        """Keep what the voter said to an offer, and act on it."""
        node = self.node
        self.commands.append(OfferAnswered(self.name, accepted))
        if accepted:
            self.connect(node)
        else:
            self.state = replace(self.state, declined=True)
            self.go(node.next)

    def held_back(self, node: Node) -> None:
        """The gate says no: whom it would have asked first has not asked for anybody.

        They are neither kept waiting nor called back, but go on.
        """
        if self.asks_first(node):
            self.go(node.next)
        else:
            self.nobody_free(node)

    def nobody_free(self, node: Node) -> None:
        """Do with whom no telecaller takes now what the node's `else` says."""
        match node.otherwise:
            case Otherwise.WAIT if self.may_try():
                self.keep_waiting(node)
            case Otherwise.CALLBACK:
                self.commands.append(RequestCallback(self.name, node.delay_s))
                self.state = replace(self.state, wants=False)
                self.speak(replace(node, say=node.otherwise_say))
            case Otherwise() | None:
                self.go(node.next)
            case target:
                self.go(target)

    def keep_waiting(self, node: Node) -> None:
        said = self.said(node.otherwise_say)
        self.commands.append(Ask(self.name, said, first_timeout_s=MESSAGE_TIMEOUT_S))
        self.state = replace(self.state, waiting=Waiting.HELD)

    def branch(self, node: Node) -> NodeId | None:
        answers = dict(self.state.answers)
        if self.state.stack:  # inside a part its own name may be left out
            own = f"{flow_at(self.root, self.state.stack).flow_id}."
            answers |= {
                name.removeprefix(own): meaning
                for name, meaning in self.state.answers.items()
                if name.startswith(own)
            }
        for case in node.cases:
            if holds(
                case,
                answers=answers,
                variables=self.state.variables,
                facts=replace(self.facts, language=self.state.language),
            ):
                return case.goto
        return node.next

    def leave(self, node: Node) -> None:
        """Go on from a node that has said what it had to say."""
        if node.kind is NodeKind.HANG_UP:
            self.hang_up(completed=node.result == "completed")
        else:
            self.go(node.next)

    def hang_up(self, *, completed: bool) -> None:
        self.commands.append(HangUp(self.name, completed))
        self.state = replace(self.state, waiting=Waiting.NOTHING, completed=completed)

    def cut_short(self) -> None:
        """End instead of what the flow would wait for next; what was said is kept."""
        self.commands.pop()
        self.hang_up(completed=False)

    # Commands

    def speak(self, node: Node) -> None:
        """Say the node's message, if it has one, and then leave it."""
        said = self.said(node.say)
        if not said:
            self.leave(node)
            return
        ask = Ask(self.name, said, max_digits=1, first_timeout_s=MESSAGE_TIMEOUT_S)
        self.commands.append(ask)
        self.state = replace(self.state, waiting=Waiting.SPOKEN)

    def ask(self, first: tuple[Clip, ...]) -> None:
        """Ask the node's question, after `first` (what was wrong the last time)."""
        node = self.node
        self.commands.append(
            Ask(
                self.name,
                first + self.question(node),
                max_digits=node.max_digits if node.kind is NodeKind.COLLECT else 1,
                first_timeout_s=node.timeout_s,
                terminator=node.terminator,
            )
        )
        self.state = replace(self.state, waiting=Waiting.QUESTION)

    def question(self, node: Node) -> tuple[Clip, ...]:
        if node.kind is not NodeKind.LANGUAGE:
            return self.said(node.say)
        # Each language invites in its own words, whatever the call's language.
        said: tuple[Clip, ...] = ()
        for language in self.root.languages:
            if language in node.say:
                said += self.said({language: node.say[language]})
        return said

    def read_back(self) -> None:
        node = self.node
        say = node.read_back_say or READ_BACK_SAY
        said = self.said(say, {KEYS: self.state.pending})
        self.commands.append(Ask(self.name, said, first_timeout_s=node.timeout_s))
        self.state = replace(self.state, waiting=Waiting.READ_BACK)

    def record(self, node: Node) -> None:
        said = self.said(node.say)
        self.commands.append(
            Record(self.name, said, node.max_s, node.silence_s, node.beep)
        )
        self.state = replace(self.state, waiting=Waiting.RECORDING)

    def opt_out(self) -> None:
        if not self.state.opted_out:
            self.commands.append(OptOut(self.name))
            self.state = replace(self.state, opted_out=True)

    def keep(self, kind: str, value: str, *, accepted: bool, meaning: str = "") -> None:
        self.commands.append(KeepAnswer(self.name, kind, value, accepted, meaning))

    def accept(self, kind: str, value: str, meaning: str, answer: str) -> None:
        """Keep an answer and remember it, as `answer`, for branches."""
        self.keep(kind, value, accepted=True, meaning=meaning)
        answers = {**self.state.answers, self.name: answer}
        self.state = replace(self.state, answers=answers)

    def forget(self) -> None:
        """Take back the answer to this node: the person called it wrong."""
        answers = {k: v for k, v in self.state.answers.items() if k != self.name}
        self.state = replace(self.state, answers=answers, pending="")

    def may_try(self) -> bool:
        """Count a failed try; return whether there may be another."""
        tries = self.state.tries + 1
        self.state = replace(self.state, tries=tries)
        return tries <= self.node.retries

    def said(
        self, say: Mapping[str, str], extra: Mapping[str, str] | None = None
    ) -> tuple[Clip, ...]:
        fields = {**self.facts.fields, **self.state.variables, **(extra or {})}
        return clips(say, fields, self.state.language)
