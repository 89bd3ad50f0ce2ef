"""The workshop: drafts of campaigns, and who made and approved which sound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "campaign_drafts",
        sa.Column("draft_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("edits", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_campaign_drafts"),
    )
    op.create_index("ix_campaign_drafts_updated_at", "campaign_drafts", ["updated_at"])
    op.create_table(
        "prompt_papers",
        sa.Column("audio_sha256", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("made_at", UtcDateTime()),
        sa.Column("approved_by", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("approved_at", UtcDateTime()),
        sa.Column("certificate", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("audio_sha256", name="pk_prompt_papers"),
    )
