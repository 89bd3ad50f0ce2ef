"""What voters answered, counted; each person's latest answer to a question counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Connection, and_, case, func, or_, select

from ivr.core.flow import OPT_OUT_KEY, TELECALLER_KEY
from ivr.core.flow_model import Flow
from ivr.core.flow_questions import collecting, with_own_key
from ivr.core.model import CampaignId
from ivr.core.tallies import AnswerCount, KeyCount, SpokenCount, SpokenFile
from ivr.store.cards import FORM
from ivr.store.tables import answers, attempts, contacts

MOST_FILES = 200  # named in a report; all of them are in the recordings folder

_S, _A = answers.c, attempts.c


@dataclass(frozen=True, slots=True)
class Said:
    by_district: tuple[AnswerCount, ...]
    by_schemes: tuple[AnswerCount, ...]
    spoken: tuple[SpokenCount, ...]
    files: tuple[SpokenFile, ...]
    keys: tuple[KeyCount, ...]


def count(connection: Connection, campaign_id: CampaignId, flows: list[Flow]) -> Said:
    """Count the campaign's answers; `flows` are the versions it was dialled with."""
    last_words = latest(campaign_id, flows)
    return Said(
        by_district=_by(connection, last_words, contacts.c.district),
        by_schemes=_by(connection, last_words, contacts.c.schemes),
        spoken=_spoken(connection, campaign_id),
        files=_files(connection, campaign_id),
        keys=_keys(connection, campaign_id, flows),
    )


def latest(
    campaign_id: CampaignId, flows: list[Flow], *only: ColumnElement[bool]
) -> CTE:
    """Each person's last word at each node: the newest call's, and in it the last.

    What a telecaller filled in is none, though a question may be called as a node is.
    `only` says which attempts count.
    """
    newest_first = (_A.placed_at.desc(), _A.call_id.desc(), _S.seq.desc())
    taken_back = _at_read_back(flows, "again")
    said = (
        select(
            _A.contact_id,
            _A.placed_at,
            _S.node,
            _S.kind,
            case(
                (_S.kind == "key", _S.meaning),
                (_S.kind == "rating", _S.value),
                else_="",
            ).label("choice"),
            case((taken_back, 1), else_=0).label("taken_back"),
            func.row_number()
            .over(partition_by=(_A.contact_id, _S.node), order_by=newest_first)
            .label("place"),
        )
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .where(_A.campaign_id == campaign_id, _A.answered_at.is_not(None), *only)
        .where(_S.accepted, _S.kind.not_in(("speech", FORM)))
        .where(~_at_read_back(flows, "confirm"), ~_leads_away(flows))
        .subquery()
    )
    c = said.c
    return (
        select(c.contact_id, c.placed_at, c.node, c.kind, c.choice)
        .where(said.c.place == 1, said.c.taken_back == 0)
        .cte("latest")
    )


def _at_read_back(flows: Iterable[Flow], meaning: str) -> ColumnElement[bool]:
    """A key that speaks of the digits just read out; elsewhere the word is free."""
    nodes = frozenset[str]().union(*(collecting(flow) for flow in flows))
    return and_(_S.kind == "key", _S.meaning == meaning, _S.node.in_(sorted(nodes)))


def _leads_away(flows: Iterable[Flow]) -> ColumnElement[bool]:
    """Key 9 or 0 at a question that did not ask for it: no answer to it."""
    keys = ((OPT_OUT_KEY, "opt_out"), (TELECALLER_KEY, "telecaller"))
    return or_(
        *(
            and_(
                _S.kind == "key",
                _S.value == key,
                _S.meaning == meaning,
                _S.node.not_in(sorted(_owners(flows, key))),
            )
            for key, meaning in keys
        )
    )


def _owners(flows: Iterable[Flow], key: str) -> frozenset[str]:
    return frozenset[str]().union(*(with_own_key(flow, key) for flow in flows))


def _by(
    connection: Connection, last_words: CTE, group: ColumnElement[str]
) -> tuple[AnswerCount, ...]:
    said = last_words.c
    facts = (group, said.node, said.kind, said.choice)
    found = connection.execute(
        select(*facts, func.count())
        .join_from(last_words, contacts, contacts.c.contact_id == said.contact_id)
        .group_by(*facts)
        .order_by(*facts)
    )
    return tuple(AnswerCount(*row) for row in found)


def _spoken(connection: Connection, campaign_id: CampaignId) -> tuple[SpokenCount, ...]:
    found = connection.execute(
        select(_S.node, _S.meaning, func.count())
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .where(_A.campaign_id == campaign_id, _S.kind == "speech", _S.accepted)
        .group_by(_S.node, _S.meaning)
        .order_by(_S.node, _S.meaning)
    )
    return tuple(SpokenCount(*row) for row in found)


def _files(connection: Connection, campaign_id: CampaignId) -> tuple[SpokenFile, ...]:
    found = connection.execute(
        select(_S.node, _S.value, _S.meaning, _S.at)
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .where(_A.campaign_id == campaign_id, _S.kind == "speech", _S.accepted)
        .order_by(_S.at.desc(), _S.value)
        .limit(MOST_FILES)
    )
    return tuple(SpokenFile(*row) for row in found)


def _keys(
    connection: Connection, campaign_id: CampaignId, flows: list[Flow]
) -> tuple[KeyCount, ...]:
    """Count keys that were wrong, skipped, took an answer back, or led away."""
    pressed = (
        select(
            _S.node,
            _S.kind,
            case((_S.kind == "digits", ""), else_=_S.value).label("key"),
            _S.meaning,
            _S.accepted,
            _S.call_id,
        )
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .where(_A.campaign_id == campaign_id, _S.kind != "speech")
        .where(or_(~_S.accepted, _at_read_back(flows, "again"), _leads_away(flows)))
        .subquery()
        .c
    )
    facts = (
        pressed.node,
        pressed.kind,
        pressed.key,
        pressed.meaning,
        pressed.accepted,
    )
    found = connection.execute(
        select(*facts, func.count(), func.count(pressed.call_id.distinct()))
        .group_by(*facts)
        .order_by(*facts)
    )
    return tuple(
        KeyCount(node, kind, pressed, meaning, bool(accepted), presses, calls)
        for node, kind, pressed, meaning, accepted, presses, calls in found
    )
