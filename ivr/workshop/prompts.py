"""Prompts in the browser: controller.prompt_workshop.PromptWorkshop.

What is made here lies in HOME/audio, which comes before the shipped sounds; each
recording has a file of its own, so that a call that plays the old one is not cut.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ivr.controller.prompt_workshop import (
    MOST_SECONDS,
    Prompt,
    VoiceChoice,
)
from ivr.core.access import User
from ivr.core.flow_model import Clip
from ivr.core.model import FlowId
from ivr.core.prompt_papers import Paper, may_approve
from ivr.core.say import prompt_texts
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import levels, manifest
from ivr.prompts.build import Wanted, write_sound
from ivr.prompts.listening import LANGUAGES, MOST_LETTERS
from ivr.prompts.lookup import AudioLibrary
from ivr.prompts.manifest import ClipRecord
from ivr.prompts.providers import Voice, tidy
from ivr.settings.config import Settings
from ivr.settings.flow_folder import flow_folders
from ivr.settings.flows import load_flows
from ivr.store import prompt_papers
from ivr.store.store import SqlStore

RATES = range(8000, 192_001)  # Hz, of what comes in
Voices = Callable[[str], Sequence[Voice]]  # "" all, or one engine's


class PromptFiles:
    """The workshop's prompts, of one installation. Sounds are made in threads.

    `making`: held by whoever makes sound or writes a list of sounds; one for all.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        *,
        library: AudioLibrary,
        voices: Voices,
        now: Callable[[], datetime],
        making: threading.Lock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._library = library
        self._voices = voices
        self._now = now
        self._making = making  # one at a time: calls need the machine more

    @property
    def _own(self) -> Path:
        return self._settings.home / "audio"

    async def prompts(self) -> Sequence[Prompt]:
        papers = await self._store.read(prompt_papers.papers)
        used = await asyncio.to_thread(self._used)
        return [
            _prompt(record, used, papers, self._is_own(record))
            for record in self._library.records()
        ]

    async def prompt(self, key: str) -> Prompt | None:
        return next((one for one in await self.prompts() if one.key == key), None)

    async def sound(self, key: str) -> bytes | None:
        for record in self._library.records():
            if _key(record) == key:
                return await asyncio.to_thread(self._file(record).read_bytes)
        return None

    def _is_own(self, record: ClipRecord) -> bool:
        return (self._own / record.file).is_file()

    def _file(self, record: ClipRecord) -> Path:
        own = self._own / record.file
        return own if own.is_file() else self._settings.project / "audio" / record.file

    def _used(self) -> dict[tuple[str, str], tuple[FlowId, ...]]:
        found: dict[tuple[str, str], tuple[FlowId, ...]] = {}
        folders = flow_folders(self._settings.project, self._settings.home)
        for name, flow in load_flows(*folders).items():
            for clip in prompt_texts(flow):
                text = (clip.language, tidy(clip.text))
                found[text] = (*found.get(text, ()), name)
        return found

    # Making

    async def voices(self, language: str) -> list[VoiceChoice]:
        return await asyncio.to_thread(self._choices, language)

    def _choices(self, language: str) -> list[VoiceChoice]:
        return [
            VoiceChoice(_engine(voice), voice.why_not("नमस्ते", language) or "")
            for voice in self._voices("")
            if _engine(voice) != "recorded"
        ]

    async def say(self, text: str, language: str, voice: str) -> bytes:
        clip = _checked(text, language)
        sound, _ = await asyncio.to_thread(self._spoken, clip, voice)
        return levels.wav_bytes(sound)

    async def keep_said(self, by: User, text: str, language: str, voice: str) -> Prompt:
        clip = _checked(text, language)
        sound, name = await asyncio.to_thread(self._spoken, clip, voice)
        return await self._keep(by, clip, sound, name)

    async def keep_recorded(
        self, by: User, text: str, language: str, wav: bytes
    ) -> Prompt:
        clip = _checked(text, language)
        sound = await asyncio.to_thread(put_right, wav)
        return await self._keep(by, clip, sound, "recorded")

    def _spoken(self, clip: Clip, engine: str) -> tuple[levels.Samples, str]:
        with self._making:
            for voice in self._voices(""):
                if _engine(voice) != engine or engine == "recorded":
                    continue
                if reason := voice.why_not(clip.text, clip.language):
                    raise SetupFailed(reason)
                spoken = voice.speak(clip.text, clip.language)
                return levels.for_phone(spoken), voice.name(clip.language)
        raise BadInput("choose a voice", where="voice")

    async def _keep(
        self, by: User, clip: Clip, sound: levels.Samples, voice: str
    ) -> Prompt:
        record = await asyncio.to_thread(self._write, clip, sound, voice)
        known = await self._store.read(prompt_papers.papers, [record.audio_sha256])
        if record.audio_sha256 not in known:  # the very same sound keeps its paper
            paper = Paper(
                audio_sha256=record.audio_sha256,
                language=clip.language,
                text=record.text,
                made_by=by.user_id,
                made_at=self._now(),
            )
            await self._store.change(prompt_papers.keep_paper, paper)
        kept = await self.prompt(_key(record))
        assert kept is not None, "it has just been written"
        return kept

    def _write(self, clip: Clip, sound: levels.Samples, voice: str) -> ClipRecord:
        content = manifest.sha256(levels.wav_bytes(sound))
        with self._making:
            folder = self._own / clip.language
            record = write_sound(
                sound,
                Wanted(clip),
                folder / "prompt" / content[:8],
                within=self._own,
                voice=voice,
                settings=content[:12],
            )
            listed = folder / manifest.FILE
            records = manifest.load(listed)
            records[manifest.key_of_record(record)] = record
            manifest.save(listed, records.values())
            self._library.read_again()
        return record

    async def approve(
        self, by: User, key: str, certificate: str, *, heard: str
    ) -> Prompt:
        prompt = await self.prompt(key)
        if prompt is None:
            raise BadInput("there is no such prompt")
        if prompt.audio_sha256 != heard:
            raise BadInput(
                "the sound was made anew since you heard it",
                remedy="hear the new one to its end, then approve it",
            )
        paper = prompt.paper or Paper(prompt.audio_sha256, prompt.language, prompt.text)
        certificate = " ".join(certificate.split())
        may_approve(paper, by.user_id, certificate)
        paper = replace(
            paper,
            approved_by=by.user_id,
            approved_at=self._now(),
            certificate=certificate,
        )
        await self._store.change(prompt_papers.keep_paper, paper)
        return replace(prompt, paper=paper)


def put_right(wav: bytes) -> levels.Samples:
    """Return a recording fit for the telephone. Raises BadInput."""
    try:
        speech = levels.read_wav(wav)
    except ValueError as exc:
        raise BadInput(f"not a whole WAV file: {exc}") from exc
    if speech.rate not in RATES:
        raise BadInput(f"{speech.rate} Hz is no rate of speech")
    seconds = len(speech.samples) / speech.rate
    if seconds > MOST_SECONDS:
        raise BadInput(f"{seconds:.0f} s: at most {MOST_SECONDS:.0f} s")
    return levels.for_phone(speech)


def _checked(text: str, language: str) -> Clip:
    text = tidy(text)
    if not any(letter.isalnum() for letter in text):
        raise BadInput("there is nothing to say", where="text")
    if len(text) > MOST_LETTERS or "{" in text or "}" in text:
        raise BadInput(
            f"plain words, at most {MOST_LETTERS} letters",
            where="text",
            remedy="what stands in {braces} is spoken from other sounds",
        )
    if language not in LANGUAGES:
        raise BadInput(f"no voice speaks {language!r}", where="language")
    return Clip(language, text)


def _engine(voice: Voice) -> str:
    return voice.name("hi").partition(":")[0]


def _key(record: ClipRecord) -> str:
    words = f"{record.language}\0{record.kind}\0{record.name or record.text}"
    return manifest.sha256(words)[:16]


def _prompt(
    record: ClipRecord,
    used: dict[tuple[str, str], tuple[FlowId, ...]],
    papers: dict[str, Paper],
    is_own: bool,
) -> Prompt:
    return Prompt(
        key=_key(record),
        language=record.language,
        kind=record.kind,
        text=record.text,
        voice=record.voice,
        duration_s=record.duration_s,
        level_lufs=record.level_lufs,
        peak_db=record.peak_db,
        synthetic=record.synthetic,
        is_own=is_own,
        audio_sha256=record.audio_sha256,
        used_in=used.get((record.language, record.text), ()),
        paper=papers.get(record.audio_sha256),
    )
