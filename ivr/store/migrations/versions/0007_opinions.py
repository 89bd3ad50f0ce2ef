"""Opinions in blocks of 20 people or more, and notes on spoken answers.

Nothing is counted here: campaigns that were dialled before are caught up with when
their results are next looked at.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WAITING = "block_id IS NULL"
AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _progress()
    _blocks()
    _voices()
    op.create_table(
        "spoken_notes",
        sa.Column("note_id", AUTO_ID, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("note_id", name="pk_spoken_notes"),
        sa.ForeignKeyConstraint(
            ["call_id", "seq"],
            ["answers.call_id", "answers.seq"],
            name="fk_spoken_notes_call_id_seq",
        ),
    )
    op.create_index("ix_spoken_notes_call_id_seq", "spoken_notes", ["call_id", "seq"])


def _progress() -> None:
    op.create_table(
        "opinion_progress",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("seen_to", UtcDateTime()),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_opinion_progress"),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name="fk_opinion_progress_campaign_id",
        ),
    )


def _blocks() -> None:
    op.create_table(
        "opinion_blocks",
        sa.Column("block_id", AUTO_ID, nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("schemes", sa.Text()),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("block_id", name="pk_opinion_blocks"),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name="fk_opinion_blocks_campaign_id",
        ),
    )
    op.create_index("ix_opinion_blocks_campaign_id", "opinion_blocks", ["campaign_id"])
    op.create_table(
        "opinion_counts",
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("block_id", "choice", name="pk_opinion_counts"),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["opinion_blocks.block_id"],
            name="fk_opinion_counts_block_id",
        ),
        sqlite_with_rowid=False,
    )


def _voices() -> None:
    op.create_table(
        "opinion_voices",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("block_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "campaign_id", "node", "contact_id", name="pk_opinion_voices"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name="fk_opinion_voices_campaign_id",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.contact_id"],
            name="fk_opinion_voices_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["opinion_blocks.block_id"],
            name="fk_opinion_voices_block_id",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_opinion_voices_waiting",
        "opinion_voices",
        ["campaign_id", "node"],
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )
