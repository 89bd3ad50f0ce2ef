"""Gathers what is to be spoken, and who is there to speak it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.core.digits import all_block_texts
from ivr.core.flow_model import Clip
from ivr.core.say import prompt_texts
from ivr.errors import BadInput
from ivr.prompts import manifest, sources
from ivr.prompts.build import Wanted
from ivr.prompts.kokoro import KokoroEngine, KokoroVoice
from ivr.prompts.providers import (
    EspeakVoice,
    GoogleVoice,
    RecordedVoice,
    Voice,
    tidy,
)
from ivr.settings.flows import load_flows
from ivr.settings.practice import FOLDER as PRACTICE
from ivr.settings.practice import load_scenarios

ENGINES = ("recorded", "kokoro", "gtts", "espeak")


@dataclass(frozen=True, slots=True)
class Audio:
    """Where texts, voices and finished audio lie in a project folder."""

    project: Path

    @property
    def folder(self) -> Path:
        return self.project / "audio"

    @property
    def config(self) -> Path:
        return self.project / "config"

    @property
    def simulation_file(self) -> Path:
        return self.config / "prompts" / "simulation.yaml"

    def folders(self) -> list[Path]:
        """Return every folder that has a manifest."""
        return sorted(path.parent for path in self.folder.glob(f"*/{manifest.FILE}"))


def texts_of_language(
    audio: Audio, organisation: str, language: str, flow: str = ""
) -> list[Wanted]:
    """Return all that ships in audio/`language`, or only what `flow` says of it."""
    if flow:
        return [Wanted(clip) for clip in _sorted(fixed_clips(audio, language, flow))]
    system = audio.config / "prompts" / "system.yaml"
    wanted = sources.system_texts(system, organisation, language)
    wanted += [Wanted(clip) for clip in _sorted(fixed_clips(audio, language))]
    blocks = all_block_texts(language)
    wanted += [Wanted(Clip(language, text, "block")) for text in blocks]
    if language == "hi":
        names = sources.organisations(audio.config) | {organisation}
        wanted += [Wanted(Clip("hi", name)) for name in sorted(names)]
        wanted += [Wanted(clip) for clip in sources.field_texts(audio.config)]
    return wanted


def fixed_clips(audio: Audio, language: str, flow: str = "") -> set[Clip]:
    """Return what the flows say in `language`, whoever is called."""
    flows = load_flows(audio.config / "flows")
    if flow and flow not in flows:
        raise BadInput(
            f'there is no flow "{flow}"', remedy=f"flows: {', '.join(sorted(flows))}"
        )
    chosen = [each for name, each in flows.items() if flow in ("", name)]
    clips = {clip for each in chosen for clip in prompt_texts(each)}
    return {clip for clip in clips if clip.language == language}


def voices_for(audio: Audio, *, only: str = "", online: bool = False) -> list[Voice]:
    """Return the voices in order of preference. Raises BadInput."""
    choice = sources.voice_choice(audio.config / "prompts" / "voices.yaml")
    recorded = {
        (entry.language, tidy(entry.text)): entry.file
        for entry in choice.recordings.files
    }
    found: dict[str, Voice] = {
        "recorded": RecordedVoice(audio.project / choice.recordings.folder, recorded),
        "kokoro": KokoroVoice(
            engine(audio), choice.kokoro.speakers, choice.kokoro.speed, choice.respell
        ),
        "gtts": GoogleVoice(allowed=online),
        "espeak": EspeakVoice(words_per_minute=choice.espeak.words_per_minute),
    }
    if only and only not in found:
        raise BadInput(
            f'there is no voice "{only}"', remedy=f"voices: {', '.join(ENGINES)}"
        )
    return [voice for name, voice in found.items() if only in ("", name)]


def simulation_voices(audio: Audio, speaker: str) -> list[Voice]:
    """Return `speaker`, or eSpeak NG where Kokoro is not there."""
    choice = sources.voice_choice(audio.config / "prompts" / "voices.yaml")
    # People talk as they talk: no slower for the telephone.
    kokoro = KokoroVoice(engine(audio), {"hi": speaker}, 1.0, choice.respell)
    return [kokoro, EspeakVoice()]


PRACTICE_KIND = "practice"  # of clips: what virtual voters say


def practice_texts(audio: Audio) -> dict[str, list[Wanted]]:
    """Return what the virtual voters of the practice say, by speaker."""
    by_speaker: dict[str, list[Wanted]] = {}
    for one, speaker in load_scenarios(audio.project / PRACTICE):
        names = (*one.line_names, one.silence_name)
        by_speaker.setdefault(speaker, []).extend(
            Wanted(Clip("hi", text, PRACTICE_KIND), name)
            for name, text in zip(names, (*one.lines, one.silence), strict=True)
        )
    return by_speaker


_ENGINES: dict[Path, KokoroEngine] = {}


def engine(audio: Audio) -> KokoroEngine:
    """Return the one engine of a project: its model takes a second to load."""
    folder = audio.project / ".cache" / "kokoro"
    return _ENGINES.setdefault(folder, KokoroEngine(folder))


def _sorted(clips: set[Clip]) -> list[Clip]:
    return sorted(clips, key=lambda clip: (clip.kind != "prompt", clip.text))
