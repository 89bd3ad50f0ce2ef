"""Flows made in the browser: drafts, every save of them, and what was released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")
AUTO_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
OPEN_DRAFT = sa.text("state NOT IN ('published', 'discarded')")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "flow_drafts",
        sa.Column("draft_id", AUTO_ID, nullable=False),
        _text("flow_id"),
        _text("state"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("base"),
        _text("authors"),
        _text("saved_by"),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("note", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("draft_id", name="pk_flow_drafts"),
    )
    op.create_index(
        "uq_flow_drafts_open",
        "flow_drafts",
        ["flow_id"],
        unique=True,
        sqlite_where=OPEN_DRAFT,
        postgresql_where=OPEN_DRAFT,
    )
    op.create_table(
        "flow_saves",
        sa.Column("draft_id", AUTO_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("text_given"),
        _text("layout"),
        _text("saved_by"),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "revision", name="pk_flow_saves"),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["flow_drafts.draft_id"], name="fk_flow_saves_draft_id"
        ),
    )
    op.create_table(
        "flow_releases",
        _text("flow_id"),
        _text("version"),
        _text("layout"),
        _text("authors"),
        _text("approved_by"),
        _text("published_by"),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("flow_id", "version", name="pk_flow_releases"),
    )
