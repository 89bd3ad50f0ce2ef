"""Erasures are journaled too; and a list's sum is salted, like what tells of a person.

Erasures that are there are taken into the journal afterwards (store/migrate.py).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lists", sa.Column("salt", sa.LargeBinary()))
    op.add_column("erasures", sa.Column("salt", sa.LargeBinary()))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    salt = "randomblob(16)" if is_sqlite else "uuid_send(gen_random_uuid())"
    op.execute(f"UPDATE erasures SET salt = {salt}")
