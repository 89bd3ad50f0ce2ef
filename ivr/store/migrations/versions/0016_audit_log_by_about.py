"""What was done about a campaign is found without walking through the audit log."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_log_about_entry_id", "audit_log", ["about", "entry_id"])
