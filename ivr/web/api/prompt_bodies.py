"""The shapes of prompts: sounds as they are known, made and approved."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from ivr.web.api.bodies import TEXT, Asked, Code, PageQuery, Sent, Told

Kind = Literal["prompt", "system", "field", "block"]


class PromptsQuery(PageQuery):
    kind: Kind = Field(
        default="prompt",
        description="Sentences of flows, Samvad's own, names, numbers and words.",
    )
    language: str = Field(default="hi", max_length=10, pattern=TEXT)
    q: str = Field(
        default="", max_length=100, pattern=TEXT, description="A part of its text."
    )


class WordsQuery(Asked):
    """A text in an address, which has its limits."""

    text: str = Field(min_length=1, max_length=600, pattern=TEXT)
    language: str = Field(default="hi", max_length=10, pattern=TEXT)


class VoicesQuery(Asked):
    language: Literal["hi", "en"] = "hi"


class SaySent(Sent):
    text: str = Field(min_length=1, max_length=2000, pattern=TEXT)
    language: str = Field(default="hi", max_length=10, pattern=TEXT)
    voice: Code = Field(description="One of /voices that can speak here.")


class ApprovalSent(Sent):
    sound: Code = Field(
        description="The `audio_sha256` of what was heard: it may be another by now."
    )
    certificate: str = Field(
        min_length=3, max_length=60, pattern=TEXT, description="Its number."
    )


class PaperBody(Told):
    """Who made a sound, and who said yes to it."""

    made_by: str = Field(description="Empty: it came with Samvad.")
    made_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    certificate: str
    is_approved: bool


class PromptBody(Told):
    """One finished sound. Its key stands for its words, and stays when it changes."""

    key: str
    language: str
    kind: str
    text: str
    voice: str
    duration_s: float
    level_lufs: float
    peak_db: float
    synthetic: bool
    is_own: bool = Field(description="Made by this installation.")
    audio_sha256: str = Field(description="Approvals are bound to it.")
    used_in: list[str] = Field(description="Flows.")
    paper: PaperBody | None


class VoiceBody(Told):
    name: str
    why_not: str = Field(description="Empty: it can speak here.")
