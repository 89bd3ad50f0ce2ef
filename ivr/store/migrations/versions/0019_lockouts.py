"""Addresses that the switch lets in no more, and legs by which trunks were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0019"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lockouts",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
    )
