"""Erased persons whom an older backup may have brought back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sought_numbers",
        sa.Column("number_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name="pk_sought_numbers"),
        sqlite_with_rowid=False,
    )
