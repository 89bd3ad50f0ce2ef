"""Programs: tokens, answers given to a POST with a key, webhooks and their outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ivr.store.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")
ZERO = sa.text("0")
AUTO_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        *map(_text, ("token_id", "key", "name", "user_id", "centre", "may", "made_by")),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
        sa.UniqueConstraint("key", name="uq_api_tokens_key"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name="fk_api_tokens_user_id"
        ),
        sa.ForeignKeyConstraint(
            ["centre"], ["centres.code"], name="fk_api_tokens_centre"
        ),
    )
    op.create_table(
        "idempotent_answers",
        *map(_text, ("owner", "key", "fingerprint")),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False, server_default=ZERO),
        sa.Column("body", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotent_answers"),
    )
    op.create_index("ix_idempotent_answers_at", "idempotent_answers", ["at"])
    op.create_table(
        "webhooks",
        *map(_text, ("hook_id", "name", "url", "user_id", "centre", "kinds")),
        sa.Column("has_numbers", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hook_id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(
            ["centre"], ["centres.code"], name="fk_webhooks_centre"
        ),
    )
    _outbox()


def _outbox() -> None:
    op.create_table(
        "webhook_outbox",
        sa.Column("delivery_id", AUTO_ID, nullable=False),
        *map(_text, ("hook_id", "event_id", "kind", "body")),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, server_default=sa.text("'waiting'")
        ),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=ZERO),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_webhook_outbox"),
        sa.ForeignKeyConstraint(
            ["hook_id"], ["webhooks.hook_id"], name="fk_webhook_outbox_hook_id"
        ),
    )
    op.create_index(
        "ix_webhook_outbox_state_next_at", "webhook_outbox", ["state", "next_at"]
    )
    op.create_index(
        "ix_webhook_outbox_hook_id_delivery_id",
        "webhook_outbox",
        ["hook_id", "delivery_id"],
    )
