"""The tables of opinions in blocks and of notes on spoken answers. No queries here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
    text,
)

from ivr.store.columns import UtcDateTime, new_salt
from ivr.store.tables import AUTO_ID, metadata

WAITING = "block_id IS NULL"


class _OpinionProgress(TypedColumns):
    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), primary_key=True)
    # Calls placed until then are over, and what was said in them is in the voices.
    seen_to: Named[datetime | None] = Column(UtcDateTime)


class _OpinionBlocks(TypedColumns):
    """People who are shown together; null: they differ in it (core.opinion_blocks)."""

    block_id: Named[int] = Column(AUTO_ID, primary_key=True)
    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), nullable=False)
    node = Column(Text, nullable=False)
    kind = Column(Text, nullable=False)
    centre: Named[str | None] = Column(Text)
    district: Named[str | None] = Column(Text)
    schemes: Named[str | None] = Column(Text)
    first_at: Named[datetime] = Column(UtcDateTime)
    last_at: Named[datetime] = Column(UtcDateTime)


class _OpinionCounts(TypedColumns):
    block_id: Named[int] = Column(
        BigInteger, ForeignKey("opinion_blocks.block_id"), primary_key=True
    )
    choice = Column(Text, primary_key=True)
    people = Column(Integer, nullable=False)


class _OpinionVoices(TypedColumns):
    """One person's answer to one question; without a block it is not shown."""

    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), primary_key=True)
    node = Column(Text, primary_key=True)
    contact_id: Named[int] = Column(
        BigInteger,
        ForeignKey("contacts.contact_id"),
        primary_key=True,
        autoincrement=False,
    )
    kind = Column(Text, nullable=False)
    choice = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    block_id: Named[int | None] = Column(
        BigInteger, ForeignKey("opinion_blocks.block_id")
    )


class _SpokenNotes(TypedColumns):
    """What somebody wrote down of a spoken answer; the newest is shown first."""

    note_id: Named[int] = Column(AUTO_ID, primary_key=True)
    call_id = Column(Text, nullable=False)
    seq = Column(Integer, nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    noted_by = Column(Text, nullable=False)  # user id
    note = Column(Text, nullable=False)
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


opinion_progress = Table("opinion_progress", metadata, _OpinionProgress)
opinion_blocks = Table(
    "opinion_blocks", metadata, _OpinionBlocks, Index(None, "campaign_id")
)
opinion_counts = Table(
    "opinion_counts", metadata, _OpinionCounts, sqlite_with_rowid=False
)
opinion_voices = Table(
    "opinion_voices",
    metadata,
    _OpinionVoices,
    Index(
        "ix_opinion_voices_waiting",
        "campaign_id",
        "node",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    sqlite_with_rowid=False,
)
spoken_notes = Table(
    "spoken_notes",
    metadata,
    _SpokenNotes,
    ForeignKeyConstraint(["call_id", "seq"], ["answers.call_id", "answers.seq"]),
    Index(None, "call_id", "seq"),
)
