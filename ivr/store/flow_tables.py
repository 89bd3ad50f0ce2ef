"""The tables of flows made in the browser: drafts, their saves, releases. No queries.

A released version's YAML is in `flows`, where campaigns find it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    text,
)

from ivr.store.columns import UtcDateTime
from ivr.store.tables import AUTO_ID, EMPTY, metadata

OPEN_DRAFT = "state NOT IN ('published', 'discarded')"


class _FlowDrafts(TypedColumns):
    draft_id: Named[int] = Column(AUTO_ID, primary_key=True)
    flow_id = Column(Text, nullable=False)
    state = Column(Text, nullable=False)  # core.flow_drafts.DraftState
    revision = Column(Integer, nullable=False)
    base = Column(Text, nullable=False)  # of the published file it began from
    authors = Column(Text, nullable=False)  # user ids, space separated
    saved_by = Column(Text, nullable=False)  # no key: it outlives the user
    saved_at: Named[datetime] = Column(UtcDateTime)
    approved_by = Column(Text, nullable=False, server_default=EMPTY)
    note = Column(Text, nullable=False, server_default=EMPTY)


class _FlowSaves(TypedColumns):
    draft_id: Named[int] = Column(
        AUTO_ID, ForeignKey("flow_drafts.draft_id"), primary_key=True
    )
    revision = Column(Integer, primary_key=True)
    text_given = Column(Text, nullable=False)  # the YAML
    layout = Column(Text, nullable=False)  # JSON: node -> [x, y]
    saved_by = Column(Text, nullable=False)
    saved_at: Named[datetime] = Column(UtcDateTime)


class _FlowReleases(TypedColumns):
    flow_id = Column(Text, primary_key=True)
    version = Column(Text, primary_key=True)
    layout = Column(Text, nullable=False)
    authors = Column(Text, nullable=False)
    approved_by = Column(Text, nullable=False)
    published_by = Column(Text, nullable=False)
    published_at: Named[datetime] = Column(UtcDateTime)


flow_drafts = Table(
    "flow_drafts",
    metadata,
    _FlowDrafts,
    # The law that a flow has one open draft: two people edit the same one.
    Index(
        "uq_flow_drafts_open",
        "flow_id",
        unique=True,
        sqlite_where=text(OPEN_DRAFT),
        postgresql_where=text(OPEN_DRAFT),
    ),
)
flow_saves = Table("flow_saves", metadata, _FlowSaves)
flow_releases = Table("flow_releases", metadata, _FlowReleases)
