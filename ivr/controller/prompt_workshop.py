"""Prompts as they are heard, made and approved in the browser, as one Protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.core.access import User
from ivr.core.prompt_papers import Paper

MOST_SECONDS = 60.0  # of one recording
MOST_BYTES = 12_000_000  # a minute of stereo at 48 kHz


@dataclass(frozen=True, slots=True)
class Prompt:
    """One finished sound. `key` stands for its words, and stays when it changes."""

    key: str
    language: str
    kind: str  # prompt, block, field, system
    text: str
    voice: str
    duration_s: float
    level_lufs: float
    peak_db: float
    synthetic: bool
    is_own: bool  # made by this installation
    audio_sha256: str
    used_in: tuple[str, ...]  # flows
    paper: Paper | None


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    name: str
    why_not: str  # "": it can speak here


class PromptWorkshop(Protocol):
    """Raises BadInput; SetupFailed where a voice does not work."""

    async def prompts(self) -> Sequence[Prompt]: ...

    async def prompt(self, key: str) -> Prompt | None: ...

    async def sound(self, key: str) -> bytes | None:
        """Return the WAV of a prompt that is there."""

    async def voices(self, language: str) -> list[VoiceChoice]: ...

    async def say(self, text: str, language: str, voice: str) -> bytes:
        """Return the text as callers would hear it; keeps nothing."""

    async def keep_said(self, by: User, text: str, language: str, voice: str) -> Prompt:
        """Let a voice say it and use that from now on."""

    async def keep_recorded(
        self, by: User, text: str, language: str, wav: bytes
    ) -> Prompt:
        """Put a recording's level and format right, and use it from now on."""

    async def approve(
        self, by: User, key: str, certificate: str, *, heard: str
    ) -> Prompt:
        """Certify the sound whose hash is `heard`, if it is the prompt's still."""
