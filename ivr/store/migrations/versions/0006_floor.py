"""The floor: who stopped the dialling and why, and messages to telecallers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "dial_stops",
        sa.Column("stop_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("stop_id", name="pk_dial_stops"),
    )
    op.create_table(
        "desk_messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("telecaller_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("message_id", name="pk_desk_messages"),
        sa.ForeignKeyConstraint(
            ["telecaller_id"],
            ["telecallers.telecaller_id"],
            name="fk_desk_messages_telecaller_id",
        ),
    )
    op.create_index(
        "ix_desk_messages_telecaller_id_at", "desk_messages", ["telecaller_id", "at"]
    )
