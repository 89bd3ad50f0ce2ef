"""The table of practices with a virtual voter. No queries; no person's data in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    text,
)

from ivr.store.columns import UtcDateTime
from ivr.store.tables import EMPTY, JSON_TEXT, ZERO, metadata

NO_ANSWERS = text("'{}'")


class _Practices(TypedColumns):
    """core.practice.Practice. Titles and expectations as they were on that day."""

    practice_id = Column(Text, primary_key=True)
    telecaller_id = Column(
        Text, ForeignKey("telecallers.telecaller_id"), nullable=False
    )
    scenario_id = Column(Text, nullable=False)
    title_hi = Column(Text, nullable=False)
    title_en = Column(Text, nullable=False)
    began_at: Named[datetime] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)
    noted_at: Named[datetime | None] = Column(UtcDateTime)
    ended_by = Column(Text, nullable=False, server_default=EMPTY)
    lines: Named[int] = Column(Integer)
    lines_heard = Column(Integer, nullable=False, server_default=ZERO)
    first_word_s: Named[float | None] = Column(Float)
    spoke_s: Named[float] = Column(Float, server_default=ZERO)
    heard_s: Named[float] = Column(Float, server_default=ZERO)
    expected: Named[dict[str, str]] = Column(JSON_TEXT, server_default=NO_ANSWERS)
    answers: Named[dict[str, str]] = Column(JSON_TEXT, server_default=NO_ANSWERS)
    expected_outcome = Column(Text, nullable=False, server_default=EMPTY)
    outcome = Column(Text, nullable=False, server_default=EMPTY)
    notes = Column(Text, nullable=False, server_default=EMPTY)


practices = Table(
    "practices", metadata, _Practices, Index(None, "telecaller_id", "began_at")
)
