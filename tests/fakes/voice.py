"""A voice made of arithmetic: speaks anything, at once, and counts its words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ivr.errors import SetupFailed
from ivr.prompts.levels import Speech


@dataclass(slots=True)
class FakeVoice:
    """A hum with a syllable's rhythm, longer for longer texts."""

    called: str = "fake"
    languages: tuple[str, ...] = ("hi", "en")
    shaping: str = "plain"
    absent_because: str | None = None
    fails_because: str | None = None
    is_online: bool = False
    gain: float = 0.3
    said: list[str] = field(default_factory=list)

    def name(self, language: str) -> str:
        return f"{self.called}:{language}"

    def settings(self, text: str, language: str) -> str:
        return self.shaping

    def why_not(self, text: str, language: str) -> str | None:
        if language not in self.languages:
            return f"it does not speak {language}"
        return self.absent_because

    def speak(self, text: str, language: str) -> Speech:
        if self.fails_because:
            raise SetupFailed(self.fails_because)
        self.said.append(text)
        return hum(0.3 + 0.08 * len(text), gain=self.gain)


def hum(duration_s: float, *, gain: float = 0.3, rate: int = 22050) -> Speech:
    """Return speech-like sound between half a second of silence at either end."""
    t = np.arange(int(duration_s * rate)) / rate
    voice = sum(np.sin(2 * np.pi * 140 * n * t) / n for n in range(1, 12))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4.5 * t)
    quiet = np.zeros(rate // 2)
    sound = np.concatenate([quiet, gain * syllables * voice, quiet])
    return Speech(sound.astype(np.float32), rate)
