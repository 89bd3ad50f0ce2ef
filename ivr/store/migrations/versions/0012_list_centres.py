"""The index of a list's contacts knows their centres.

A centre sees how many of its people each list has; without this every count would
walk all contacts of everybody.
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_contacts_list_name_centre", "contacts", ["list_name", "centre"])
    op.drop_index("ix_contacts_list_name", "contacts")


def downgrade() -> None:
    op.create_index("ix_contacts_list_name", "contacts", ["list_name"])
    op.drop_index("ix_contacts_list_name_centre", "contacts")
