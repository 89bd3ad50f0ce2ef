"""Builds finished audio for texts: only what is missing or has changed.

Goes down the given voices until one can speak a text. Chooses no texts and asks
no questions; the caller shows progress.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.core.flow_model import Clip
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import levels, manifest
from ivr.prompts.manifest import ClipRecord, Key
from ivr.prompts.providers import Voice, tidy

JOINED_KINDS = frozenset({"block", "field"})
SAVE_EVERY = 50  # clips: an interrupted build keeps what it has


@dataclass(frozen=True, slots=True)
class Wanted:
    """A clip to have. `name` makes it one that is asked for by name."""

    clip: Clip
    name: str = ""

    @property
    def key(self) -> Key:
        return manifest.key_of(
            self.clip.language, self.clip.kind, self.name or self.clip.text
        )


@dataclass(frozen=True, slots=True)
class Failed:
    wanted: Wanted
    reason: str


@dataclass(slots=True)
class BuildReport:
    """What a build did."""

    made: list[ClipRecord] = field(default_factory=list)
    kept: list[ClipRecord] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    removed: list[ClipRecord] = field(default_factory=list)

    def voices(self) -> Counter[str]:
        """Return how many clips each voice speaks."""
        return Counter(record.voice for record in [*self.made, *self.kept])


Progress = Callable[[int, int, str], None]  # done, of how many, what


def build(
    wanted: Iterable[Wanted],
    folder: Path,
    voices: Sequence[Voice],
    *,
    within: Path | None = None,
    progress: Progress = lambda done, total, what: None,
    force: bool = False,
    prune: bool = False,
) -> BuildReport:
    """Make `folder` (audio/hi, say) hold every wanted clip; return what was done.

    `voices` in order of preference. A clip is made anew when its text is new, its
    voice's settings changed, its file is gone, or a better voice has come. A voice
    that is missing here, or not given, never makes a clip worse: what it made stays.
    `within` is the audio folder that files are named relative to; default: the one
    above.
    """
    within = within or folder.parent
    path = folder / manifest.FILE
    records = manifest.load(path)
    everything = _unique(wanted)
    report = BuildReport()
    for done, item in enumerate(everything):
        progress(done, len(everything), item.name or item.clip.text)
        kept = records.get(item.key)
        if kept and not force and _is_good(kept, item, voices, within):
            report.kept.append(kept)
            continue
        made = _make(item, folder, voices, within)
        if isinstance(made, Failed):
            report.failed.append(made)
            continue
        records[item.key] = made
        report.made.append(made)
        if len(report.made) % SAVE_EVERY == 0:
            manifest.save(path, records.values())
    if prune:
        report.removed = list(_prune(records, {i.key for i in everything}, within))
    if report.made or report.removed:
        manifest.save(path, records.values())
    progress(len(everything), len(everything), "")
    return report


def file_stem(item: Wanted) -> str:
    """Return the clip's file name: its own name, or a hash of its text."""
    return item.name or manifest.sha256(tidy(item.clip.text))[:12]


def _unique(wanted: Iterable[Wanted]) -> list[Wanted]:
    return list({item.key: item for item in wanted}.values())


def _is_good(
    record: ClipRecord, item: Wanted, voices: Sequence[Voice], within: Path
) -> bool:
    if record.text_sha256 != manifest.sha256(tidy(item.clip.text)):
        return False
    if not (within / record.file).is_file():
        return False
    text, language = item.clip.text, item.clip.language
    engine = _engine(record.voice)
    if engine not in {_engine(voice.name(language)) for voice in voices}:
        return True  # whoever made it was left out of this build
    for voice in voices:
        if _engine(voice.name(language)) == engine:
            # Its own settings count only where it could speak again.
            return voice.why_not(text, language) is not None or (
                record.voice == voice.name(language)
                and record.settings == _settings(voice, item)
            )
        if _may_speak(voice, item) is None:
            return False  # a better voice has come
    return True


def _engine(voice: str) -> str:
    return voice.partition(":")[0]


def _make(
    item: Wanted, folder: Path, voices: Sequence[Voice], within: Path
) -> ClipRecord | Failed:
    reasons = []
    for voice in voices:
        if (reason := _may_speak(voice, item)) is not None:
            reasons.append(f"{voice.name(item.clip.language)}: {reason}")
            continue
        try:
            return _write(item, voice, folder, within)
        except (SetupFailed, BadInput) as exc:
            reasons.append(f"{voice.name(item.clip.language)}: {exc}")
    return Failed(item, "; ".join(reasons) or "no voice is given")


def _may_speak(voice: Voice, item: Wanted) -> str | None:
    if voice.is_online and item.clip.kind == "field":
        return "people's names are not sent to other companies"
    return voice.why_not(item.clip.text, item.clip.language)


def _write(item: Wanted, voice: Voice, folder: Path, within: Path) -> ClipRecord:
    clip = item.clip
    speech = voice.speak(tidy(clip.text), clip.language)
    margins = levels.JOINED if clip.kind in JOINED_KINDS else levels.WHOLE
    sound = levels.for_phone(speech, margins)
    return write_sound(
        sound,
        item,
        folder if item.name else folder / clip.kind,
        within=within,
        voice=voice.name(clip.language),
        settings=_settings(voice, item),
    )


def write_sound(
    sound: levels.Samples,
    item: Wanted,
    folder: Path,
    *,
    within: Path,
    voice: str,
    settings: str,
) -> ClipRecord:
    """Write the WAV file and return its record."""
    target = folder / f"{file_stem(item)}.wav"
    target.parent.mkdir(parents=True, exist_ok=True)
    content = levels.wav_bytes(sound)
    target.write_bytes(content)
    return ClipRecord(
        language=item.clip.language,
        kind=item.clip.kind,
        text=tidy(item.clip.text),
        file=target.relative_to(within).as_posix(),
        text_sha256=manifest.sha256(tidy(item.clip.text)),
        audio_sha256=manifest.sha256(content),
        voice=voice,
        settings=settings,
        level_lufs=round(levels.loudness(sound), 1),
        peak_db=round(20 * math.log10(max(levels.true_peak(sound), 1e-6)), 1),
        duration_s=round(len(sound) / levels.PHONE_RATE, 3),
        synthetic=voice != "recorded",
        name=item.name,
    )


def _settings(voice: Voice, item: Wanted) -> str:
    shaped = voice.settings(item.clip.text, item.clip.language)
    return manifest.sha256(f"{shaped} levels={levels.VERSION}")[:12]


def _prune(
    records: dict[Key, ClipRecord], wanted: set[Key], within: Path
) -> Iterator[ClipRecord]:
    for key in [key for key in records if key not in wanted]:
        record = records.pop(key)
        (within / record.file).unlink(missing_ok=True)
        yield record
