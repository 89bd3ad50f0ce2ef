"""Persons who asked to be erased, and the hashes of their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

AUTO_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("request_id", AUTO_ID, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("shown", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("centre", sa.Text),
        sa.Column("masked_at", UtcDateTime),
        sa.Column("done_at", UtcDateTime),
        sa.Column("sealed", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("recordings", sa.Text, nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("request_id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_state", "erasures", ["state"])
    op.create_table(
        "erased_numbers",
        sa.Column("number_hash", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name="pk_erased_numbers"),
        sqlite_with_rowid=False,
    )
    has_second = sa.text("alt_number IS NOT NULL")
    op.create_index(
        "ix_contacts_alt_number",
        "contacts",
        ["alt_number"],
        sqlite_where=has_second,
        postgresql_where=has_second,
    )
