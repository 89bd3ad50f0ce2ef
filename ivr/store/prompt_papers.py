"""Who made and who approved which sound, by the sound's hash."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from ivr.core.prompt_papers import Paper
from ivr.store.upsert import insert_or_update
from ivr.store.workshop_tables import prompt_papers

_FIELDS = (
    "audio_sha256",
    "language",
    "text",
    "made_by",
    "made_at",
    "approved_by",
    "approved_at",
    "certificate",
)
_KEPT = insert_or_update(
    prompt_papers, lambda new: {name: new.excluded[name] for name in _FIELDS[1:]}
)


def keep_paper(connection: Connection, paper: Paper) -> None:
    row = {name: getattr(paper, name) for name in _FIELDS}
    connection.execute(_KEPT.on(connection), row)


def papers(connection: Connection, sounds: Sequence[str] = ()) -> dict[str, Paper]:
    """Return what is written down, by hash: of these sounds, or of all."""
    query = select(prompt_papers)
    if sounds:
        query = query.where(prompt_papers.c.audio_sha256.in_(sounds))
    return {
        row["audio_sha256"]: Paper(**{name: row[name] for name in _FIELDS})
        for row in connection.execute(query).mappings()
    }
