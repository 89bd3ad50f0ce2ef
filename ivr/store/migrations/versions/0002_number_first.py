"""Contacts are found by number and by list with one random index, not two.

Half the time of a long import went into two indexes over the same numbers. Now the
unique one begins with the number, and lists have one that only grows at its end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BEFORE = "CONSTRAINT uq_contacts_list_name_number UNIQUE (list_name, number)"
AFTER = "CONSTRAINT uq_contacts_number_list_name UNIQUE (number, list_name)"


def upgrade() -> None:
    op.drop_index(op.f("ix_contacts_number"), "contacts")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        op.drop_constraint(op.f("uq_contacts_list_name_number"), "contacts")
        op.create_unique_constraint(
            op.f("uq_contacts_number_list_name"), "contacts", ["number", "list_name"]
        )
    op.create_index(op.f("ix_contacts_list_name"), "contacts", ["list_name"])


def _rebuild() -> None:
    """Make the table anew: SQLite cannot change a constraint.

    Its keys are checked at the end, when every contact is back. A rename would not do:
    only rows that come in settle what was owed to those that went.
    """
    table = op.get_bind().execute(
        sa.text("SELECT sql FROM sqlite_master WHERE name = 'contacts'")
    )
    made_with = str(table.scalar_one())
    assert BEFORE in made_with
    # Without these, each contact that goes would be sought in whole tables.
    op.create_index("passing_queue", "campaign_contacts", ["contact_id"])
    op.create_index("passing_attempts", "attempts", ["contact_id"])
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE passing_contacts AS SELECT * FROM contacts")
    op.execute("DROP TABLE contacts")
    op.execute(sa.text(made_with.replace(BEFORE, AFTER).replace(":", r"\:")))
    op.execute("INSERT INTO contacts SELECT * FROM passing_contacts")
    op.execute("DROP TABLE passing_contacts")
    op.drop_index("passing_queue", "campaign_contacts")
    op.drop_index("passing_attempts", "attempts")
