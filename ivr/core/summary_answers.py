"""What voters said and where they left, of what the database counted. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import tzinfo

from ivr.core.flow import scale
from ivr.core.flow_model import Flow, Node, NodeKind
from ivr.core.flow_questions import nodes_by_name
from ivr.core.results import (
    Choice,
    Counted,
    Drop,
    GroupAnswers,
    QuestionResult,
    Recording,
    Spoken,
    Words,
    WrongKeys,
)
from ivr.core.shares import Mean, mean_of, share_of
from ivr.core.summary_groups import (
    NO_GROUP,
    district_words,
    division_of,
    division_words,
    scheme_words,
    tags_of,
)
from ivr.core.tallies import AnswerCount, KeyCount, Names, Tallies
from ivr.core.withholding import too_few, withheld_within

ASKING = (NodeKind.MENU, NodeKind.RATING, NodeKind.COLLECT)
# At these the flow itself says goodbye: who hangs up here has not left early.
GOODBYE = (NodeKind.HANG_UP, NodeKind.OPT_OUT, NodeKind.CALLBACK)


def questions(tallies: Tallies, names: Names) -> tuple[QuestionResult, ...]:
    """Every question of the flow in its order, those nobody answered too."""
    return tuple(
        _question(name, node, tallies, names)
        for name, node in nodes_by_name(tallies.flow).items()
        if node.kind in ASKING
    )


def languages(tallies: Tallies) -> QuestionResult | None:
    """Return which language was asked for, if the flow offers a choice."""
    for name, node in nodes_by_name(tallies.flow).items():
        if node.kind is NodeKind.LANGUAGE and node.options:
            return _counts(name, node, _chosen(tallies.answers_by_district, name))
    return None


def words_of(flow: Flow, name: str) -> Words:
    """Return what a node asks or says; its name when the flow has no such node."""
    node = nodes_by_name(flow).get(name)
    return _words(name, node) if node else Words(name, name)


def _words(name: str, node: Node) -> Words:
    hi = node.question_hi or _as_text(node.say.get("hi", "")) or name
    return Words(hi, node.question_en or _as_text(node.say.get("en", "")) or hi)


def _as_text(template: str) -> str:
    """Leave out what differs from person to person: {name}, {amount:rupees}."""
    return re.sub(r"\{[^{}]*\}", "…", template)


def _chosen(rows: Iterable[AnswerCount], name: str) -> Counter[str]:
    chosen: Counter[str] = Counter()
    for row in rows:
        if row.node == name:
            chosen[row.choice] += row.count
    return chosen


def _counts(name: str, node: Node, chosen: Counter[str]) -> QuestionResult:
    total = chosen.total()
    return QuestionResult(
        node=name,
        kind=node.kind,
        words=_words(name, node),
        of=total,
        choices=tuple(
            Choice(code, words, share_of(chosen[code], total))
            for code, words in _choices(node, chosen)
        ),
        mean=_mean(node.kind, chosen),
    )


def _choices(node: Node, chosen: Counter[str]) -> list[tuple[str, Words]]:
    """Return the choices there are, and those of older versions of the flow."""
    if node.kind is NodeKind.COLLECT:
        return []
    if node.kind is NodeKind.RATING:
        lowest, highest = scale(node)
        there = {str(n): Words(str(n), str(n)) for n in range(lowest, highest + 1)}
    else:
        there = {
            option.meaning: Words(
                option.label_hi or option.meaning,
                option.label_en or option.label_hi or option.meaning,
            )
            for option in node.options
        }
    for code in sorted(chosen):
        there.setdefault(code, Words(code, code))
    return list(there.items())


def _mean(kind: NodeKind, chosen: Counter[str]) -> Mean | None:
    if kind is not NodeKind.RATING:
        return None
    return mean_of({int(c): n for c, n in chosen.items() if n and c.isdecimal()})


def _question(name: str, node: Node, tallies: Tallies, names: Names) -> QuestionResult:
    whole = _counts(name, node, _chosen(tallies.answers_by_district, name))
    if not whole.choices:
        return whole

    districts = _groups(tallies.answers_by_district, name, lambda code: (code,))
    divisions = _groups(
        tallies.answers_by_district, name, lambda code: (division_of(names, code),)
    )
    schemes = _groups(tallies.answers_by_schemes, name, tags_of)
    hidden_divisions, hidden_districts = withheld_within(
        _sizes(districts), lambda code: division_of(names, code)
    )
    return replace(
        whole,
        divisions=_shown(divisions, hidden_divisions, whole, names, division_words),
        districts=_shown(districts, hidden_districts, whole, names, district_words),
        # Schemes overlap, so their sizes add up to nothing that is shown.
        schemes=_shown(schemes, too_few(_sizes(schemes)), whole, names, scheme_words),
    )


Groups = dict[str, Counter[str]]


def _groups(
    rows: Iterable[AnswerCount], node: str, groups_of: Callable[[str], tuple[str, ...]]
) -> Groups:
    """Return what was chosen at `node`, by group."""
    chosen: Groups = {}
    for row in rows:
        for code in groups_of(row.group) if row.node == node else ():
            chosen.setdefault(code, Counter())[row.choice] += row.count
    return chosen


def _sizes(groups: Groups) -> dict[str, int]:
    return {code: chosen.total() for code, chosen in groups.items()}


def _shown(
    groups: Groups,
    hidden: frozenset[str],
    whole: QuestionResult,
    names: Names,
    named: Callable[[Names, str], Words],
) -> tuple[GroupAnswers, ...]:
    """Return the groups, the largest first; the hidden ones in no telling order."""
    answers = [
        GroupAnswers(code, named(names, code), None, (), None)
        if code in hidden
        else _group(code, named(names, code), whole, chosen)
        for code, chosen in groups.items()
    ]
    answers.sort(key=lambda g: (g.code == NO_GROUP, -(g.of or 0), g.code))
    return tuple(answers)


def _group(
    code: str, words: Words, whole: QuestionResult, chosen: Counter[str]
) -> GroupAnswers:
    of = chosen.total()
    shares = tuple(share_of(chosen[choice.code], of) for choice in whole.choices)
    return GroupAnswers(code, words, of, shares, _mean(whole.kind, chosen))


def drops(tallies: Tallies) -> tuple[Drop, ...]:
    """Where people hung up on their way, in the order of the flow."""
    nodes = nodes_by_name(tallies.flow)
    answered = sum(row.count for row in tallies.attempts if row.answered)
    order = {name: place for place, name in enumerate(nodes)}
    return tuple(
        Drop(
            node=name,
            kind=nodes[name].kind if name in nodes else None,
            words=words_of(tallies.flow, name),
            share=share_of(count, answered),
        )
        for name, count in sorted(
            tallies.hung_up_at.items(),
            key=lambda item: (order.get(item[0], len(order)), item[0]),
        )
        if name not in nodes or nodes[name].kind not in GOODBYE
    )


def spoken(tallies: Tallies, zone: tzinfo) -> Spoken:
    return Spoken(
        count=sum(row.count for row in tallies.spoken),
        total_s=sum(row.count * _seconds(row.length) for row in tallies.spoken),
        files=tuple(
            Recording(
                question=words_of(tallies.flow, row.node),
                file=row.file,
                length_s=_seconds(row.length),
                at=row.at and row.at.astimezone(zone),
            )
            for row in tallies.spoken_files
        ),
    )


def _seconds(length: str) -> float:
    """Read "12.3 s", as core.flow writes it."""
    try:
        return float(length.removesuffix(" s"))
    except ValueError:
        return 0.0


def opt_out_prompts(tallies: Tallies) -> tuple[Counted, ...]:
    counts: Counter[str] = Counter()
    for row in tallies.keys:
        if row.accepted and row.meaning == "opt_out":
            counts[row.node] += row.calls
    total = counts.total()
    return tuple(
        Counted(node, share_of(count, total)) for node, count in counts.most_common()
    )


def wrong_keys(tallies: Tallies) -> tuple[WrongKeys, ...]:
    """Prompts at which people pressed what had no meaning there, the worst first."""
    by_node: dict[str, list[KeyCount]] = {}
    for row in tallies.keys:
        if not row.accepted or row.meaning == "again":
            by_node.setdefault(row.node, []).append(row)
    result = [_wrong(tallies.flow, node, rows) for node, rows in by_node.items()]
    result.sort(key=lambda wrong: (-wrong.presses, wrong.node))
    return tuple(result)


def _wrong(flow: Flow, node: str, rows: list[KeyCount]) -> WrongKeys:
    wrong: Counter[str] = Counter()
    for row in rows:
        if not row.accepted and row.meaning != "skipped":
            wrong[row.key] += row.count
    return WrongKeys(
        node=node,
        words=words_of(flow, node),
        keys=tuple(wrong.most_common()),
        presses=wrong.total(),
        taken_back=sum(r.count for r in rows if r.accepted and r.meaning == "again"),
        skipped=sum(r.count for r in rows if r.meaning == "skipped"),
    )
