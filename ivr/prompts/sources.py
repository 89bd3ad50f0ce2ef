"""Which texts are to be spoken, besides those of the flows, and by whom.

Reads the operator's files; speaks nothing. Flows are read elsewhere: their fixed
clips come from `core.say.prompt_texts`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ivr.core.flow_model import Clip
from ivr.errors import BadInput
from ivr.prompts.build import Wanted

SYSTEM = "system"  # clips that dialplans and the controller ask for by name
NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"

Shape = TypeVar("Shape", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KokoroChoice(_Strict):
    speakers: dict[str, str]
    speed: float = Field(default=0.95, ge=0.5, le=1.5)


class EspeakChoice(_Strict):
    words_per_minute: int = Field(default=140, ge=80, le=300)


class Recording(_Strict):
    language: str
    text: str
    file: str


class Recordings(_Strict):
    folder: Path = Path("config/prompts/recordings")
    files: list[Recording] = []


class VoiceChoice(_Strict):
    """config/prompts/voices.yaml"""

    kokoro: KokoroChoice
    espeak: EspeakChoice = EspeakChoice()
    recordings: Recordings = Recordings()
    respell: dict[str, dict[str, str]] = {}


class SimulationClip(_Strict):
    name: str = Field(pattern=NAME)
    kind: str = Field(pattern=NAME)
    voice: str
    say: str


class SimulationTexts(_Strict):
    """config/prompts/simulation.yaml"""

    clips: list[SimulationClip]


def voice_choice(path: Path) -> VoiceChoice:
    return _checked(VoiceChoice, path)


def simulation_texts(path: Path) -> dict[str, list[Wanted]]:
    """Return what the simulation's people and network say, by speaker."""
    by_speaker: dict[str, list[Wanted]] = {}
    for clip in _checked(SimulationTexts, path).clips:
        wanted = Wanted(Clip("hi", clip.say, clip.kind), clip.name)
        by_speaker.setdefault(clip.voice, []).append(wanted)
    return by_speaker


def system_texts(path: Path, organisation: str, language: str) -> list[Wanted]:
    """Return Samvad's own sentences, with the caller's name filled in."""
    found = []
    for name, texts in _read(path).items():
        text = str(texts.get(language, "")).replace("{organisation}", organisation)
        if text:
            found.append(Wanted(Clip(language, text, SYSTEM), name))
    return found


def organisations(config: Path) -> set[str]:
    """Return every Hindi name under which settings and campaigns call."""
    names = set()
    for path in sorted(config.glob("*.toml")):
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        names.add(str(settings.get("organisation", {}).get("name_hi", "")))
    for path in sorted((config / "campaigns").glob("*.yaml")):
        names.add(str(_read(path).get("organisation", "")))
    return {name.strip() for name in names if name.strip()}


def field_texts(config: Path) -> list[Clip]:
    """Return the names of people, places and schemes that ship: all in Hindi."""
    texts: dict[str, None] = {}
    for source in (
        _people(config / "samples" / "names.yaml"),
        _places(config / "geography.yaml"),
        _centres(config / "centres.yaml"),
    ):
        texts.update(dict.fromkeys(source))
    return [Clip("hi", text, "field") for text in texts]


def names_as_clips(names: Iterable[str]) -> list[Clip]:
    """Return the words of people's names, each once: names are said by the word."""
    words = dict.fromkeys(word for name in names for word in name.split())
    return [
        Clip("hi", word, "field") for word in words if any(c.isalpha() for c in word)
    ]


def _people(path: Path) -> Iterator[str]:
    names = _read(path)
    for group in [*names.get("given", {}).values(), names.get("surnames", [])]:
        yield from (str(person["hi"]) for person in group)


def _places(path: Path) -> Iterator[str]:
    places = _read(path)
    for district in places.get("districts", []):
        yield str(district["name_hi"])
        yield from (a for a in district.get("aliases", []) if not a.isascii())
    for scheme in places.get("scheme_tags", []):
        yield str(scheme["name_hi"])


def _centres(path: Path) -> Iterator[str]:
    def walk(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        for row in rows:
            yield str(row["name_hi"])
            yield from walk(row.get("centres", []))

    return walk(_read(path).get("centres", []))


def _checked(shape: type[Shape], path: Path) -> Shape:
    try:
        return shape.model_validate(_read(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{place}: {first['msg']}",
            where=str(path),
            remedy="see docs/voice.md for what the file may hold",
        ) from exc


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise BadInput(f"cannot be read: {exc.strerror}", where=str(path)) from exc
    except yaml.YAMLError as exc:
        raise BadInput(f"not YAML: {exc}", where=str(path)) from exc
    if not isinstance(content, dict):
        raise BadInput("a mapping is expected at the top", where=str(path))
    return content
