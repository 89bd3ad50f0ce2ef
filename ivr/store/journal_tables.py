"""The tables of the journal: its entries, and where it ends. No queries here."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
)

from ivr.store.tables import AUTO_ID, metadata


class _Journal(TypedColumns):
    """core.journal.Entry. Rows are only ever added, by ivr/store/journal.py."""

    # Counted by us, without gaps: the database's own counting leaves some.
    seq: Named[int] = Column(AUTO_ID, primary_key=True, autoincrement=False)
    at = Column(Text, nullable=False)  # UTC, to the microsecond, ends in Z
    kind = Column(Text, nullable=False)
    key = Column(Text, nullable=False)
    digest: Named[bytes | None] = Column(LargeBinary)
    hash: Named[bytes] = Column(LargeBinary, nullable=False)


class _JournalHead(TypedColumns):
    """One row. Who appends holds it, so that the chain has one end."""

    head_id = Column(Integer, primary_key=True, autoincrement=False)
    seq: Named[int] = Column(BigInteger, nullable=False)
    at = Column(Text, nullable=False)
    hash: Named[bytes] = Column(LargeBinary, nullable=False)


journal = Table("journal", metadata, _Journal)
journal_head = Table("journal_head", metadata, _JournalHead)
