"""The journal: its entries and its head, a salt for rows that tell of a person.

What is in the tables already is taken into the journal afterwards (store/migrate.py).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0021"
branch_labels = None
depends_on = None

SALTED = (
    "attempts",
    "answers",
    "conversations",
    "do_not_call",
    "spoken_notes",
    "audit_log",
)


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("at", "kind", "key")),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_table(
        "journal_head",
        sa.Column("head_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("head_id", name="pk_journal_head"),
    )
    op.add_column("lists", sa.Column("people_sum", sa.LargeBinary()))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # gen_random_uuid has 122 random bits; pgcrypto need not be installed.
    salt = "randomblob(16)" if is_sqlite else "uuid_send(gen_random_uuid())"
    for table in SALTED:
        op.add_column(table, sa.Column("salt", sa.LargeBinary()))
        op.execute(f"UPDATE {table} SET salt = {salt}")
