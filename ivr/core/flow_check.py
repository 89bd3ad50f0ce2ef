"""Refuses flows that would go wrong on a call, before there is a call.

Every problem names the node, what is wrong and what to do. Pure: which prompts
exist is told by the caller.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ivr.core.flow_check_nodes import Fault, faults, short
from ivr.core.flow_graph import (
    edges,
    first_spoken,
    never_ending,
    reachable,
    silent_loops,
)
from ivr.core.flow_model import RETURN, Clip, Flow, Node
from ivr.core.model import FlowId, NodeId
from ivr.core.say import ORGANISATION, Slot, all_says, fixed_clips, parse, with_parts

# Identity within 5 s (FCC 47 CFR 64.1200(b); docs/compliance.md). Hindi is spoken
# at 13 letters a second; a name of 25 letters leaves 40 before it.
LETTERS_BEFORE_IDENTITY = 40

Available = Callable[[Clip], bool] | Collection[Clip] | None


@dataclass(frozen=True, slots=True)
class Problem:
    """`node` is "" when the flow as a whole is meant."""

    flow: FlowId
    node: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.flow}, node {self.node}" if self.node else self.flow
        return f"{place}: {self.problem} ({self.remedy})"


def check(
    flow: Flow, *, available: Available = None, organisation: str | None = None
) -> list[Problem]:
    """Return what is wrong with `flow` and its parts; nothing means it may be used.

    `available` tells which clips have audio; None leaves audio unchecked. With
    `organisation`, its name's audio is asked for too.
    """
    problems = list(_check_flow(flow, flow.languages, ()))
    if not flow.is_part:
        problems += _check_law(flow)
    if available is not None:
        problems += _check_audio(flow, available, organisation)
    return list(dict.fromkeys(problems))


def _check_flow(
    flow: Flow, languages: tuple[str, ...], above: tuple[Flow, ...]
) -> Iterator[Problem]:
    """Check one flow, then its parts; `above` are the flows that entered it."""
    if any(outer.flow_id == flow.flow_id for outer in above):
        yield Problem(flow.flow_id, "", "it enters itself", "take a sub_flow node out")
        return
    on_call = (*above, flow)
    yield from _check_ways(flow, is_part=flow.is_part or bool(above))
    for node in flow.nodes.values():
        for problem, remedy in faults(node, languages, on_call):
            yield Problem(flow.flow_id, node.node_id, problem, remedy)
    for part in flow.sub_flows.values():
        yield from _check_flow(part, languages, on_call)


def _check_ways(flow: Flow, *, is_part: bool) -> Iterator[Problem]:
    """Unknown targets, missing ways on, unreachable nodes, loops."""
    for key, target in (
        ("start", flow.start),
        ("opt_out", flow.opt_out_node),
        ("telecaller", flow.telecaller_node),
    ):
        if target is not None and target not in flow.nodes:
            yield Problem(flow.flow_id, "", *_unknown(flow, key, target))
    if RETURN in flow.nodes:
        yield Problem(
            flow.flow_id,
            RETURN,
            "“return” leads back from a part and cannot be a node",
            "give the node another name",
        )
    for node in flow.nodes.values():
        for problem, remedy in dict.fromkeys(_check_edges(flow, node, is_part)):
            yield Problem(flow.flow_id, node.node_id, problem, remedy)
    for node_id in sorted(set(flow.nodes) - reachable(flow)):
        yield Problem(
            flow.flow_id,
            node_id,
            "no call ever comes here",
            "lead a next or goto to it, or take it out",
        )
    for loop in silent_loops(flow):
        yield Problem(
            flow.flow_id,
            loop[0],
            f"goes round for ever while nobody answers: {' -> '.join(loop)}",
            "lead on_silence, on_invalid or next of one of them onward",
        )
    for node_id in sorted(never_ending(flow)):
        yield Problem(
            flow.flow_id,
            node_id,
            "the call cannot end from here",
            "lead one of its ways to a hang_up node",
        )


def _check_edges(flow: Flow, node: Node, is_part: bool) -> Iterator[Fault]:
    for edge in edges(flow, node):
        if edge.target is None:
            yield "leads nowhere: next is missing", "add next: and a node's name"
        elif edge.target == RETURN:
            if not is_part:
                yield (
                    f"{edge.by} returns, but nothing entered this flow",
                    "lead it to a hang_up node, or mark the flow part: true",
                )
        elif edge.target not in flow.nodes:
            yield _unknown(flow, edge.by, edge.target)


def _unknown(flow: Flow, key: str, target: NodeId) -> Fault:
    near = difflib.get_close_matches(target, flow.nodes, n=1)
    remedy = f'did you mean "{near[0]}"?' if near else "name a node of this flow"
    return f"{key} leads to {target!r}, which is no node", remedy


def _check_law(flow: Flow) -> Iterator[Problem]:
    """Who calls is said at once, and key 9 works from the first word."""
    if flow.opt_out_node is None:
        yield Problem(
            flow.flow_id,
            "",
            "there is no way to opt out",
            "add opt_out: and the node that key 9 leads to",
        )
    for inside, node in first_spoken(flow):
        if not _names_the_caller(node, flow.languages[0]):
            yield Problem(
                inside.flow_id,
                node.node_id,
                "the first words do not say who is calling",
                "put {organisation} into the first 5 seconds of the first prompt",
            )
        if not node.opt_out_key:
            yield Problem(
                inside.flow_id,
                node.node_id,
                "key 9 does not work during the first prompt",
                "take opt_out_key: false out",
            )


def _names_the_caller(node: Node, language: str) -> bool:
    letters = 0
    for part in parse(node.say.get(language, "")):
        if isinstance(part, Slot):
            if part.name == ORGANISATION:
                return letters <= LETTERS_BEFORE_IDENTITY
        else:
            letters += len(part)
    return False


def _check_audio(
    flow: Flow, available: Available, organisation: str | None
) -> Iterator[Problem]:
    for inside in with_parts(flow):
        for node in inside.nodes.values():
            wanted = {
                clip
                for say in all_says(node)
                for clip in fixed_clips(say, flow.languages)
            }
            yield from _missing(inside, node.node_id, wanted, available)
    if organisation:
        yield from _missing(flow, "", {Clip("hi", organisation.strip())}, available)


def _missing(
    flow: Flow, node: str, wanted: set[Clip], available: Available
) -> Iterator[Problem]:
    missing = sorted(
        (clip for clip in wanted if not _is_there(clip, available)),
        key=lambda clip: (clip.kind, clip.language, clip.text),
    )
    build = "make its sound on the page of prompts, or run: dialer.py prompts build"
    blocks = [clip for clip in missing if clip.kind == "block"]
    for clip in missing:
        if clip.kind != "block":
            said = f"no audio for {short(clip.text)} in {clip.language}"
            yield Problem(flow.flow_id, node, said, build)
    if blocks:
        some = ", ".join(clip.text for clip in blocks[:3])
        said = f"no audio for {len(blocks)} number blocks ({some} ...)"
        yield Problem(flow.flow_id, node, said, build)


def _is_there(clip: Clip, available: Available) -> bool:
    if callable(available):
        return available(clip)
    return available is None or clip in available
