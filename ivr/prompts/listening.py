"""Speech to listen to in a browser, and what a published flow needs for its calls.

Finished audio where there is some; else it is made now, by the same voices, kept by
text and found again. Nothing here plays during a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ivr.core.flow_model import Clip
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import levels, manifest
from ivr.prompts.build import Wanted, build
from ivr.prompts.lookup import AudioLibrary
from ivr.prompts.providers import Voice, tidy

MOST_LETTERS = 600  # about 45 s of Hindi; a prompt should take 12
MOST_KEPT = 500  # previews: 100 kB each
LANGUAGES = ("hi", "en")


class Listening:
    """Implements the flow workshop's Sound: blocking, one voice speaks at a time.

    `own` is the audio folder of this installation (HOME/audio); `previews` a folder
    that may be emptied at any time. `making`: held by whoever makes sound or writes
    a list of `own`; the same for all of this process.
    """

    def __init__(
        self,
        library: AudioLibrary,
        own: Path,
        previews: Path,
        voices: Callable[[], Sequence[Voice]],
        *,
        making: threading.Lock,
    ) -> None:
        self._library = library
        self._own = own
        self._previews = previews
        self._voices = voices
        self._making = making  # calls need the machine more

    def wav(self, clip: Clip) -> bytes:
        """Return the clip as a WAV file. Raises BadInput, SetupFailed."""
        wanted = _checked(clip)
        if paths := self._library.paths(wanted):
            return _joined(paths)
        path = self._preview(wanted)
        if not path.is_file():
            with self._making:
                if not path.is_file():
                    self._make(wanted, path)
        return path.read_bytes()

    def is_ready(self, clip: Clip) -> bool:
        """Say whether `wav` has nothing to make."""
        wanted = _checked(clip)
        return bool(self._library.paths(wanted)) or self._preview(wanted).is_file()

    def prepare(self, clips: Sequence[Clip]) -> list[str]:
        """Make what calls need and is not there; return what could not be made."""
        missing = self._library.missing(clips)
        failed: list[str] = []
        with self._making:
            for language in sorted({clip.language for clip in missing}):
                wanted = [Wanted(clip) for clip in missing if clip.language == language]
                report = build(wanted, self._own / language, self._voices())
                failed += [f"{f.wanted.clip.text}: {f.reason}" for f in report.failed]
        if missing:
            self._library.read_again()
        return failed

    def _preview(self, clip: Clip) -> Path:
        key = manifest.sha256(f"{clip.language}\0{clip.text}")[:24]
        return self._previews / f"{key}.wav"

    def _make(self, clip: Clip, path: Path) -> None:
        sound = levels.for_phone(self._spoken(clip), levels.WHOLE)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_bytes(levels.wav_bytes(sound))
        draft.replace(path)
        kept = sorted(path.parent.glob("*.wav"), key=lambda p: p.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)

    def _spoken(self, clip: Clip) -> levels.Speech:
        reasons = []
        for voice in self._voices():
            reason = voice.why_not(clip.text, clip.language)
            if reason is None and not voice.is_online:
                try:
                    return voice.speak(clip.text, clip.language)
                except (SetupFailed, BadInput) as exc:
                    reason = str(exc)
            if reason:
                reasons.append(f"{voice.name(clip.language)}: {reason}")
        raise SetupFailed(f"no voice can say this: {'; '.join(reasons)}")


def _checked(clip: Clip) -> Clip:
    text = tidy(clip.text)
    if not any(letter.isalnum() for letter in text):
        raise BadInput("there is nothing to say")
    if len(text) > MOST_LETTERS:
        raise BadInput(
            f"a text of {len(text)} letters; {MOST_LETTERS} can be heard at once",
            remedy="divide it: voters do not listen that long",
        )
    if clip.language not in LANGUAGES:
        raise BadInput(f"no voice speaks {clip.language!r}")
    return Clip(clip.language, text, clip.kind)


def _joined(paths: Sequence[str]) -> bytes:
    """Return several clips as one file: a name put together from its words."""
    if len(paths) == 1:
        return Path(f"{paths[0]}.wav").read_bytes()
    heard = [levels.read_wav(Path(f"{path}.wav")).samples for path in paths]
    return levels.wav_bytes(np.concatenate(heard))
