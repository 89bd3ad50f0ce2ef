"""Those who sign in: users, failed tries, sessions, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from ivr.store.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")
AUTO_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON_TEXT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("telecaller_id", sa.Text()),
        sa.Column(
            "language", sa.Text(), nullable=False, server_default=sa.text("'hi'")
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.ForeignKeyConstraint(["centre"], ["centres.code"], name="fk_users_centre"),
        sa.ForeignKeyConstraint(
            ["telecaller_id"],
            ["telecallers.telecaller_id"],
            name="fk_users_telecaller_id",
        ),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_sign_in_tries"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("browser", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("key", name="pk_web_sessions"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name="fk_web_sessions_user_id"
        ),
    )
    op.create_index("ix_web_sessions_user_id", "web_sessions", ["user_id"])
    op.create_table(
        "audit_log",
        sa.Column("entry_id", AUTO_ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("centre", sa.Text()),
        sa.Column("address", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("detail", JSON_TEXT, nullable=False, server_default=sa.text("'{}'")),
        sa.PrimaryKeyConstraint("entry_id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_centre_entry_id", "audit_log", ["centre", "entry_id"])
