"""Voices: each turns a text into sound, or says why it cannot.

A voice knows nothing of telephone levels, files or manifests. The order of
preference is the builder's caller's: recorded file, Kokoro, gTTS, eSpeak NG.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from ivr.errors import SetupFailed
from ivr.prompts.levels import Speech, read_wav

PROGRAM_TIMEOUT_S = 30.0
ONLINE_PROBE_S = 2.0


class Voice(Protocol):
    """Something that can speak."""

    @property
    def is_online(self) -> bool:
        """True: texts leave this machine, so people's names must not be given."""

    def name(self, language: str) -> str:
        """Return the name kept in the manifest: engine, then speaker."""

    def settings(self, text: str, language: str) -> str:
        """Return whatever else shapes the sound; a change means: build anew."""

    def why_not(self, text: str, language: str) -> str | None:
        """Return why `text` cannot be spoken here, or None."""

    def speak(self, text: str, language: str) -> Speech:
        """Speak. Raises SetupFailed when the engine fails."""


def tidy(text: str) -> str:
    """Return `text` in one spelling: the same letters have the same bytes."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True, slots=True)
class RecordedVoice:
    """A person's own recordings: WAV files listed by text in an index."""

    folder: Path
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    is_online: bool = False

    def name(self, language: str) -> str:
        return "recorded"

    def settings(self, text: str, language: str) -> str:
        path = self._path(text, language)
        if path is None or not path.is_file():
            return ""
        seen = path.stat()
        return f"{path.name} {seen.st_size}"

    def why_not(self, text: str, language: str) -> str | None:
        path = self._path(text, language)
        if path is None:
            return "nobody has recorded this text"
        return None if path.is_file() else f"{path} is listed but not there"

    def speak(self, text: str, language: str) -> Speech:
        path = self._path(text, language)
        if path is None:
            raise SetupFailed("nobody has recorded this text")
        return read_wav(path)

    def _path(self, text: str, language: str) -> Path | None:
        name = self.files.get((language, tidy(text)))
        return self.folder / name if name else None


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """eSpeak NG: intelligible and robotic, but always there."""

    speakers: Mapping[str, str] = field(
        default_factory=lambda: {"hi": "hi", "en": "en-gb"}
    )
    words_per_minute: int = 140
    is_online: bool = False

    def name(self, language: str) -> str:
        return f"espeak-ng:{self.speakers.get(language, language)}"

    def settings(self, text: str, language: str) -> str:
        return f"wpm={self.words_per_minute}"

    def why_not(self, text: str, language: str) -> str | None:
        if language not in self.speakers:
            return f"no eSpeak NG voice is chosen for {language}"
        if shutil.which("espeak-ng") is None:
            return "espeak-ng is not installed: apt-get install espeak-ng"
        return None

    def speak(self, text: str, language: str) -> Speech:
        # The text goes by standard input: a leading "-" is no option there.
        command = ["espeak-ng", "-v", self.speakers[language], "--stdin", "--stdout"]
        command += ["-s", str(self.words_per_minute)]
        return read_wav(_run(command, text.encode()))


@dataclass(frozen=True, slots=True)
class GoogleVoice:
    """gTTS: natural, but each text is sent to Google. Only when asked for."""

    allowed: bool = False
    speakers: Mapping[str, str] = field(
        default_factory=lambda: {"hi": "hi", "en": "en"}
    )
    is_online: bool = True

    def name(self, language: str) -> str:
        return f"gtts:{self.speakers.get(language, language)}"

    def settings(self, text: str, language: str) -> str:
        return "tld=co.in"

    def why_not(self, text: str, language: str) -> str | None:
        if not self.allowed:
            return "gTTS sends texts to Google: give --online to allow it"
        if language not in self.speakers:
            return f"no gTTS voice is chosen for {language}"
        if shutil.which("ffmpeg") is None:
            return "gTTS gives MP3: apt-get install ffmpeg to read it"
        return _no_network("translate.google.com")

    def speak(self, text: str, language: str) -> Speech:
        from gtts import gTTS, gTTSError

        mp3 = io.BytesIO()
        try:
            gTTS(text, lang=self.speakers[language], tld="co.in").write_to_fp(mp3)
        except gTTSError as exc:
            raise SetupFailed(f"gTTS did not answer: {exc}") from exc
        command = ["ffmpeg", "-v", "error", "-i", "pipe:0", "-ac", "1"]
        command += ["-c:a", "pcm_s16le", "-f", "wav", "pipe:1"]
        return read_wav(_run(command, mp3.getvalue()))


@cache
def _no_network(host: str) -> str | None:
    try:
        with socket.create_connection((host, 443), timeout=ONLINE_PROBE_S):
            return None
    except OSError as exc:
        return f"{host} cannot be reached: {exc}"


def _run(command: list[str], given: bytes) -> bytes:
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=PROGRAM_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise SetupFailed(f"{command[0]} could not speak: {exc}") from exc
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode(errors="replace").strip()[:200]
        raise SetupFailed(f"{command[0]} could not speak: {said or 'no sound'}")
    return done.stdout
