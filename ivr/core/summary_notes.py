"""What a reader must know about the data before trusting it. Pure.

A note is a code with its numbers; ivr/report says it in words.
"""

from __future__ import annotations

from collections.abc import Iterable

from ivr.core.flow_questions import nodes_by_name
from ivr.core.model import Disposition
from ivr.core.results import Note, QuestionResult
from ivr.core.tallies import Tallies

FEW = 100  # people; below this the margins are wider than ten points each way
SHORT_S, SHORT_SHARE = 6, 0.4  # docs/compliance.md: operators flag short calls


def notes(tallies: Tallies, questions: Iterable[QuestionResult]) -> tuple[Note, ...]:
    """Return the notes that have something to say; `amd_off` always does."""
    calls = sum(row.count for row in tallies.attempts)
    answered = sum(row.count for row in tallies.attempts if row.answered)
    spoke = sum(row.count for row in tallies.by_district if row.furthest > 1)
    tried = sum(row.count for row in tallies.by_district)
    short = tallies.calls.under(SHORT_S)
    found = (
        Note("no_calls", int(calls == 0)),
        Note("live", _ended(tallies, None), calls),
        Note("interrupted", _ended(tallies, Disposition.INTERRUPTED), calls),
        Note("few", spoke if 0 < spoke < FEW else 0),
        Note("short_calls", short if short > SHORT_SHARE * answered else 0, answered),
        Note("versions", len(tallies.flow_versions) * (len(tallies.flow_versions) > 1)),
        Note("unknown_questions", _unknown(tallies)),
        Note("no_district", _without(tallies), tried),
        Note("not_enrolled", tallies.funnel.get("not_enrolled", 0)),
        Note("same_number", tallies.funnel.get("same_number", 0)),
        Note("open_talks", sum(talk.open for talk in tallies.talks)),
        Note("withheld", _withheld(questions)),
    )
    return (*(note for note in found if note.count), Note("amd_off"))


def _ended(tallies: Tallies, disposition: Disposition | None) -> int:
    return sum(r.count for r in tallies.attempts if r.disposition is disposition)


def _without(tallies: Tallies) -> int:
    return sum(row.count for row in tallies.by_district if not row.group)


def _unknown(tallies: Tallies) -> int:
    """Answers to questions that the present version of the flow does not ask."""
    nodes = nodes_by_name(tallies.flow)
    return sum(r.count for r in tallies.answers_by_district if r.node not in nodes)


def _withheld(questions: Iterable[QuestionResult]) -> int:
    """Groups whose opinions are not shown because they are too few people."""
    return len(
        {
            (axis, group.code)
            for question in questions
            for axis in ("divisions", "districts", "schemes")
            for group in getattr(question, axis)
            if group.of is None
        }
    )
