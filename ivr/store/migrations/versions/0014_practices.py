"""Practices: what telecallers did with a virtual voter. Apart from all calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from ivr.store.columns import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON_TEXT = sa.JSON().with_variant(JSONB(), "postgresql")
EMPTY = sa.text("''")
ZERO = sa.text("0")
NO_ANSWERS = sa.text("'{}'")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _perhaps(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=EMPTY)


def upgrade() -> None:
    op.create_table(
        "practices",
        *map(
            _text,
            ("practice_id", "telecaller_id", "scenario_id", "title_hi", "title_en"),
        ),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("noted_at", UtcDateTime()),
        _perhaps("ended_by"),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("lines_heard", sa.Integer(), nullable=False, server_default=ZERO),
        sa.Column("first_word_s", sa.Float()),
        sa.Column("spoke_s", sa.Float(), nullable=False, server_default=ZERO),
        sa.Column("heard_s", sa.Float(), nullable=False, server_default=ZERO),
        sa.Column("expected", JSON_TEXT, nullable=False, server_default=NO_ANSWERS),
        sa.Column("answers", JSON_TEXT, nullable=False, server_default=NO_ANSWERS),
        *map(_perhaps, ("expected_outcome", "outcome", "notes")),
        sa.PrimaryKeyConstraint("practice_id", name="pk_practices"),
        sa.ForeignKeyConstraint(
            ["telecaller_id"],
            ["telecallers.telecaller_id"],
            name="fk_practices_telecaller_id",
        ),
    )
    op.create_index(
        "ix_practices_telecaller_id_began_at",
        "practices",
        ["telecaller_id", "began_at"],
    )
