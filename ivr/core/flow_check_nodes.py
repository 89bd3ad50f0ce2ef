"""What can be wrong with one node of a flow, looked at by itself. Pure.

Used by `core.flow_check`, which looks at the ways between nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ivr.core.conditions import ROOMS, SPECIAL, TIMES, WEEKDAYS, span_of
from ivr.core.flow import OPT_OUT_KEY, TELECALLER_KEY, scale
from ivr.core.flow_graph import ASKING
from ivr.core.flow_model import Flow, Node, NodeKind, Otherwise, When
from ivr.core.model import NodeId
from ivr.core.say import KEYS, ORGANISATION, all_says, slots, with_parts

Fault = tuple[str, str]  # what is wrong, and what to do

SPEAKING = ASKING | {NodeKind.PLAY, NodeKind.RECORD}
ANSWERING = ASKING | {NodeKind.LANGUAGE, NodeKind.RECORD}
# What a flow may not say of itself: who calls, and from where.
NOT_TO_SET = (ORGANISATION, "caller_id")


def faults(
    node: Node, languages: tuple[str, ...], on_call: tuple[Flow, ...]
) -> Iterator[Fault]:
    """Yield what is wrong with `node`; `on_call` are its flow and those around it,
    outermost first."""
    yield from _check_says(node, languages)
    yield from _check_keys(node, on_call)
    match node.kind:
        case NodeKind.COLLECT | NodeKind.RATING:
            yield from _check_ranges(node)
        case NodeKind.LANGUAGE:
            yield from _check_languages(node, languages)
        case NodeKind.MENU if not node.options:
            yield "has no options", "add options: with a meaning for each key"
        case NodeKind.TELECALLER:
            yield from _check_telecaller(node, on_call[-1])
        case NodeKind.SUB_FLOW if node.flow not in on_call[-1].sub_flows:
            yield f"enters {node.flow!r}, which is no flow", "name a flow that exists"
        case NodeKind.SET:
            for name in sorted(set(NOT_TO_SET) & set(node.values)):
                yield f"sets {name}, which the campaign says", f"take {name} out"
        case NodeKind.BRANCH:
            for case in node.cases:
                for subject, values in case.when.items():
                    yield from _check_condition(subject, values, on_call)
        case _:
            pass


def _check_telecaller(node: Node, flow: Flow) -> Iterator[Fault]:
    otherwise = node.otherwise
    if otherwise is None:
        yield (
            "does not say what happens when no telecaller is free",
            "add else: continue, callback, wait, or a node that apologises "
            "and offers keys 9 and 1",
        )
    elif isinstance(otherwise, Otherwise):
        if NodeId(otherwise.value) in flow.nodes:
            yield (
                f"else: {otherwise} is a word of its own, and a node is called so too",
                "give that node another name",
            )
        if otherwise is not Otherwise.CONTINUE and not node.otherwise_say:
            yield (
                f"else: {otherwise} says nothing to who waited for a telecaller",
                "add else_say: with the text",
            )
        if node.when is When.ALWAYS and otherwise is not Otherwise.CALLBACK:
            yield (
                f"else: {otherwise} leaves whom it promised a telecaller without one",
                "add when: soon, or lead else to a node that apologises",
            )
    if node.otherwise_say and otherwise not in (Otherwise.CALLBACK, Otherwise.WAIT):
        yield "else_say is never said", "it belongs to else: callback or wait"
    if node.offer_say and not node.telecaller_key:
        yield "key 0 takes the offer, but not here", "take telecaller_key: false out"


def short(text: str) -> str:
    """Quote the beginning of a text."""
    return f"“{text if len(text) <= 30 else text[:29] + '…'}”"


def _check_says(node: Node, languages: tuple[str, ...]) -> Iterator[Fault]:
    invites = node.kind is NodeKind.LANGUAGE
    if not node.say and (node.kind in SPEAKING or (invites and node.options)):
        yield "says nothing", "add say: with the text"
    for say in all_says(node):
        missing = [code for code in languages if say and code not in say]
        if missing and not invites:
            text = short(next(iter(say.values())))
            yield (
                f"{text} is not there in {', '.join(missing)}",
                "add the text in that language, or take the language out",
            )
        if any(slot.name == "district" for slot in slots(say)):
            yield "{district} is a code", "write {district_name}"
    for say in (node.say, node.invalid_say, node.silence_say):
        if any(slot.name == KEYS for slot in slots(say)):
            yield "{keys} is known only after the keys", "use it in read_back_say"
    if node.read_back_say and KEYS not in {s.name for s in slots(node.read_back_say)}:
        yield "the read-back does not say the digits", "put {keys:digits} in it"


def _check_keys(node: Node, on_call: tuple[Flow, ...]) -> Iterator[Fault]:
    counts = Counter(option.key for option in node.options)
    for key, count in counts.items():
        if count > 1:
            yield f"key {key} is given {count} times", "keep one option for each key"
        if key not in set("0123456789*"):
            yield f"{key!r} is no single key", "use one of 0-9 and *"
    used = set(counts)
    if node.kind is NodeKind.RATING:
        lowest, highest = scale(node)
        used = {str(key) for key in range(lowest, highest + 1)}
    if OPT_OUT_KEY in used and node.opt_out_key:
        yield (
            "key 9 is an answer here, and it also opts out",
            "take another key, or say opt_out_key: false",
        )
    asks_for_person = any(flow.telecaller_node for flow in on_call)
    if TELECALLER_KEY in used and node.telecaller_key and asks_for_person:
        yield (
            "key 0 is an answer here, and it also asks for a person",
            "take another key, or say telecaller_key: false",
        )


def _check_ranges(node: Node) -> Iterator[Fault]:
    if node.kind is NodeKind.RATING:
        lowest, highest = scale(node)
        if not 0 <= lowest < highest <= 9:
            yield f"no scale runs from {lowest} to {highest}", "0 to 9 at most"
        return
    if not 1 <= node.min_digits <= node.max_digits:
        yield (
            f"{node.min_digits} to {node.max_digits} digits cannot be pressed",
            "let min_digits be at least 1 and at most max_digits",
        )
    lowest = 0 if node.min_value is None else node.min_value
    largest = 10**node.max_digits - 1
    highest = largest if node.max_value is None else node.max_value
    if lowest > highest or lowest > largest or highest < 0:
        yield (
            f"no {node.max_digits} digits are a number from {lowest} to {highest}",
            "correct min_value, max_value or max_digits",
        )


def _check_languages(node: Node, languages: tuple[str, ...]) -> Iterator[Fault]:
    chosen = [option.meaning for option in node.options]
    if not chosen and node.language is None:
        yield "chooses no language", "add options:, or language: and a code"
    if not chosen and node.language is not None:
        chosen = [node.language]
    for code in chosen:
        if code not in languages:
            yield (
                f"leads to {code!r}, which is no language of the flow",
                f"add it to languages, or use one of {', '.join(languages)}",
            )


def _check_condition(
    subject: str, values: tuple[str, ...], on_call: tuple[Flow, ...]
) -> Iterator[Fault]:
    room, _, name = subject.partition(".")
    if room not in ROOMS or not name:
        yield (
            f"{subject!r} is nothing that can be asked",
            "write answer.NODE, contact.COLUMN, var.NAME, time.hour or time.weekday",
        )
    elif room == "time" and name not in TIMES:
        yield f"there is no {subject}", "write time.hour or time.weekday"
    elif room == "answer":
        yield from _check_answer(name, values, on_call)
    elif room == "var" and not any(
        name in node.values
        for flow in with_parts(on_call[0])
        for node in flow.nodes.values()
    ):
        yield f"nothing sets {subject}", "add a set node, or correct the name"
    elif subject == "time.weekday" and (wrong := set(values) - set(WEEKDAYS)):
        yield f"{', '.join(sorted(wrong))} is no weekday", "write monday ... sunday"
    for value in values:
        span = span_of(value)
        if span is not None and span[0] > span[1]:
            yield f"{value} is an empty range", "write the smaller number first"


def _check_answer(
    name: str, values: tuple[str, ...], on_call: tuple[Flow, ...]
) -> Iterator[Fault]:
    asked = _questions(on_call).get(name, [])
    if not asked:
        yield f"no question is named {name!r}", "write answer. and a node's name"
        return
    meanings = {option.meaning for node in asked for option in node.options}
    wrong = {value for value in values if value not in meanings | set(SPECIAL)}
    if meanings and wrong:
        yield (
            f"{', '.join(sorted(wrong))} is no answer to {name}",
            f"use one of {', '.join(sorted(meanings))}",
        )


def _questions(on_call: tuple[Flow, ...]) -> dict[str, list[Node]]:
    """Return the questions a branch may ask about, by the names it may use."""
    root, own = on_call[0], on_call[-1]
    named = [(str(n), node) for flow in (root, own) for n, node in flow.nodes.items()]
    for part in with_parts(root):
        named += [(f"{part.flow_id}.{n}", node) for n, node in part.nodes.items()]
    questions: dict[str, list[Node]] = {}
    for name, node in named:
        if node.kind in ANSWERING:
            questions.setdefault(name, []).append(node)
    return questions
