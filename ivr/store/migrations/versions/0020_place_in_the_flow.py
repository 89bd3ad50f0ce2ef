"""An attempt knows its place in the flow: another controller can go on there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    place = sa.Column("place", sa.Text, nullable=False, server_default=sa.text("''"))
    op.add_column("attempts", place)
