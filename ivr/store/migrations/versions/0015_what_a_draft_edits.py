"""A draft that changes a campaign knows as what it found that campaign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "campaign_drafts",
        sa.Column("found", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
