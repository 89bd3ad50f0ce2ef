"""The tables of the workshop: drafts of campaigns, makers and approvals of prompts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Named, Table, Text, TypedColumns

from ivr.store.columns import UtcDateTime
from ivr.store.tables import EMPTY, metadata


class _CampaignDrafts(TypedColumns):
    draft_id = Column(Text, primary_key=True)
    made_by = Column(Text, nullable=False)  # no key: it may outlive the user
    centre = Column(Text, nullable=False)  # of who made it
    edits = Column(Text, nullable=False, server_default=EMPTY)  # which campaign
    found = Column(Text, nullable=False, server_default=EMPTY)  # hash of its text then
    document = Column(Text, nullable=False)  # JSON: a campaign file's keys and values
    updated_at: Named[datetime] = Column(UtcDateTime)


class _PromptPapers(TypedColumns):
    """One row for each sound that somebody made or approved, by the sound's hash."""

    audio_sha256 = Column(Text, primary_key=True)
    language = Column(Text, nullable=False)
    text = Column(Text, nullable=False)
    made_by = Column(Text, nullable=False, server_default=EMPTY)  # "": it shipped
    made_at: Named[datetime | None] = Column(UtcDateTime)
    approved_by = Column(Text, nullable=False, server_default=EMPTY)
    approved_at: Named[datetime | None] = Column(UtcDateTime)
    certificate = Column(Text, nullable=False, server_default=EMPTY)


campaign_drafts = Table(
    "campaign_drafts", metadata, _CampaignDrafts, Index(None, "updated_at")
)
prompt_papers = Table("prompt_papers", metadata, _PromptPapers)
