"""What pacing learned is kept, so that a restart need not learn it again.

One row for each campaign, and one for each abandonment account of a centre.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("about", name=op.f("pk_learned")),
    )
