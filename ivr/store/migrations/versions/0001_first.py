"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ivr.store.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "centres",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_hi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_centres")),
    )
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_do_not_call")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flows",
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("text_given", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("flow_id", "version", name=op.f("pk_flows")),
    )
    op.create_table(
        "lists",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column(
            "origin_kind", sa.Text(), server_default=sa.text("''"), nullable=False
        ),
        sa.Column(
            "state", sa.Text(), server_default=sa.text("'ready'"), nullable=False
        ),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column(
            "rows_read", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "rows_kept", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "rows_duplicate", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "rows_refused", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "rows_blank", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lists")),
    )
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("text_given", sa.Text(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["flow_id", "flow_version"],
            ["flows.flow_id", "flows.version"],
            name=op.f("fk_campaigns_flow_id_flow_version"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "contacts",
        sa.Column(
            "contact_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("alt_number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("district", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("centre", sa.Text(), nullable=True),
        sa.Column(
            "constituency", sa.Text(), server_default=sa.text("''"), nullable=False
        ),
        sa.Column("schemes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "language", sa.Text(), server_default=sa.text("'hi'"), nullable=False
        ),
        sa.Column(
            "timezone",
            sa.Text(),
            server_default=sa.text("'Asia/Kolkata'"),
            nullable=False,
        ),
        sa.Column(
            "fields",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(number) = 13 AND substr(number, 1, 3) = '+91'"
            " AND substr(number, 4, 1) NOT IN ('0', '1')"
            " AND ltrim(substr(number, 2), '0123456789') = ''",
            name=op.f("ck_contacts_number_law"),
        ),
        sa.ForeignKeyConstraint(
            ["list_name"], ["lists.name"], name=op.f("fk_contacts_list_name")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "list_name", "number", name=op.f("uq_contacts_list_name_number")
        ),
    )
    op.create_index(op.f("ix_contacts_number"), "contacts", ["number"], unique=False)
    op.create_table(
        "telecallers",
        sa.Column("telecaller_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre"], ["centres.code"], name=op.f("fk_telecallers_centre")
        ),
        sa.PrimaryKeyConstraint("telecaller_id", name=op.f("pk_telecallers")),
    )
    op.create_table(
        "attempts",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.Text(), nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rang_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("wanted_at", UtcDateTime(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("parted_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("telecaller_id", sa.Text(), nullable=True),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("callback", sa.Boolean(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("keys_pressed", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("cancelled", sa.Text(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("cause_text", sa.Text(), nullable=False),
        sa.Column("sip_code", sa.Integer(), nullable=True),
        sa.Column("dial_status", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name=op.f("fk_attempts_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.contact_id"], name=op.f("fk_attempts_contact_id")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_answered",
        "attempts",
        ["campaign_id", "answered_at", "abandoned", "disposition"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NOT NULL"),
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_attempts_campaign_id_placed_at"),
        "attempts",
        ["campaign_id", "placed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_attempts_number_placed_at"),
        "attempts",
        ["number", "placed_at"],
        unique=False,
    )
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["call_id"],
        unique=False,
        sqlite_where=sa.text("disposition IS NULL"),
        postgresql_where=sa.text("disposition IS NULL"),
    )
    op.create_table(
        "campaign_contacts",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rule", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "attempts", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("last_disposition", sa.Text(), nullable=True),
        sa.Column("callback_at", UtcDateTime(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'claimed', 'dialling', 'done', 'refused')",
            name=op.f("ck_campaign_contacts_state_law"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name=op.f("fk_campaign_contacts_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.contact_id"],
            name=op.f("fk_campaign_contacts_contact_id"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "contact_id", name=op.f("pk_campaign_contacts")
        ),
        sa.UniqueConstraint(
            "campaign_id",
            "number",
            name=op.f("uq_campaign_contacts_campaign_id_number"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_campaign_contacts_turn",
        "campaign_contacts",
        ["campaign_id", "state", "priority", "due_at", "contact_id"],
        unique=False,
    )
    op.create_index(
        "uq_campaign_contacts_busy_number",
        "campaign_contacts",
        ["number"],
        unique=True,
        sqlite_where=sa.text("state IN ('claimed', 'dialling')"),
        postgresql_where=sa.text("state IN ('claimed', 'dialling')"),
    )
    op.create_table(
        "campaign_events",
        sa.Column(
            "event_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
            name=op.f("fk_campaign_events_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_campaign_events")),
    )
    op.create_index(
        op.f("ix_campaign_events_campaign_id_at"),
        "campaign_events",
        ["campaign_id", "at"],
        unique=False,
    )
    op.create_table(
        "desk_states",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("telecaller_id", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["telecaller_id"],
            ["telecallers.telecaller_id"],
            name=op.f("fk_desk_states_telecaller_id"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_desk_states")),
    )
    op.create_index(
        op.f("ix_desk_states_telecaller_id_at"),
        "desk_states",
        ["telecaller_id", "at"],
        unique=False,
    )
    op.create_table(
        "answers",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["attempts.call_id"], name=op.f("fk_answers_call_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_answers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "callbacks",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["attempts.call_id"], name=op.f("fk_callbacks_call_id")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_callbacks")),
    )
    op.create_table(
        "conversations",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("telecaller_id", sa.Text(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("parted_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("outcome_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["attempts.call_id"], name=op.f("fk_conversations_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["telecaller_id"],
            ["telecallers.telecaller_id"],
            name=op.f("fk_conversations_telecaller_id"),
        ),
        sa.PrimaryKeyConstraint(
            "call_id", "telecaller_id", name=op.f("pk_conversations")
        ),
    )


def downgrade() -> None:
    op.drop_table("conversations")
    op.drop_table("callbacks")
    op.drop_table("answers")
    op.drop_table("desk_states")
    op.drop_table("campaign_events")
    op.drop_table("campaign_contacts")
    op.drop_table("attempts")
    op.drop_table("telecallers")
    op.drop_table("contacts")
    op.drop_table("campaigns")
    op.drop_table("lists")
    op.drop_table("flows")
    op.drop_table("do_not_call")
    op.drop_table("centres")
