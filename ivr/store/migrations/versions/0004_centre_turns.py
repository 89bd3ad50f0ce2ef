"""The queue knows whose people it holds, so that a pool can call each centre's in turn.

The centre is the contact's when it was enrolled: it says whose list comes next, not
who serves the person.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DUE = "state = 'due' AND centre IS NOT NULL"


def upgrade() -> None:
    op.add_column("campaign_contacts", sa.Column("centre", sa.Text()))
    op.execute(
        "UPDATE campaign_contacts SET centre = (SELECT contacts.centre FROM contacts"
        " WHERE contacts.contact_id = campaign_contacts.contact_id)"
    )
    op.create_index(
        "ix_campaign_contacts_centre_turn",
        "campaign_contacts",
        ["campaign_id", "centre", "priority", "due_at", "contact_id"],
        sqlite_where=sa.text(DUE),
        postgresql_where=sa.text(DUE),
    )
