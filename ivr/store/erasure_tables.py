"""The tables of erasures, and of the numbers that never come back. No queries here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
    text,
)

from ivr.store.columns import UtcDateTime, new_salt
from ivr.store.tables import AUTO_ID, EMPTY, metadata


class _Erasures(TypedColumns):
    """core.erasure.Erasure. `number` is there only until it is masked."""

    request_id: Named[int] = Column(AUTO_ID, primary_key=True)
    state = Column(Text, nullable=False)  # core.erasure.ErasureState
    number: Named[str | None] = Column(Text)
    shown = Column(Text, nullable=False, server_default=EMPTY)
    reason = Column(Text, nullable=False)
    asked_by = Column(Text, nullable=False)  # user id; no key: it outlives the user
    asked_at: Named[datetime] = Column(UtcDateTime)
    centre: Named[str | None] = Column(Text)
    masked_at: Named[datetime | None] = Column(UtcDateTime)
    done_at: Named[datetime | None] = Column(UtcDateTime)
    # What was taken away, sealed by a key that lies elsewhere (ivr/vault).
    sealed = Column(Text, nullable=False, server_default=EMPTY)
    recordings = Column(Text, nullable=False, server_default=text("''"))  # file names
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _ErasedNumbers(TypedColumns):
    """For ever: whose number this is, no longer known to anybody."""

    number_hash = Column(Text, primary_key=True)
    key_id = Column(Text, nullable=False)  # by which key it was hashed
    since: Named[datetime] = Column(UtcDateTime)


class _SoughtNumbers(TypedColumns):
    """Erased, and new to this database: an older backup, which may have them again."""

    number_hash = Column(Text, primary_key=True)


erasures = Table("erasures", metadata, _Erasures, Index(None, "state"))
erased_numbers = Table(
    "erased_numbers", metadata, _ErasedNumbers, sqlite_with_rowid=False
)
sought_numbers = Table(
    "sought_numbers", metadata, _SoughtNumbers, sqlite_with_rowid=False
)
