"""What finished audio there is: one manifest.json for each folder of clips.

Reads and writes the list; makes no sound and plays none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ivr.core.flow_model import Clip
from ivr.errors import BadInput
from ivr.files import write_whole
from ivr.prompts.providers import tidy

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One finished clip. `file` is relative to the audio folder: hi/block/3f….wav."""

    language: str
    kind: str  # prompt, block, field, system, or a simulation's own kind
    text: str  # "" for sounds that say nothing
    file: str
    text_sha256: str
    audio_sha256: str
    voice: str  # engine and speaker
    settings: str  # hash of whatever else shaped the sound
    level_lufs: float
    peak_db: float
    duration_s: float
    synthetic: bool  # ECI, October 2025: computer voices are labelled
    name: str = ""  # for clips that are asked for by name

    @property
    def playable(self) -> str:
        """The path as the switch wants it: without its ending."""
        return self.file.removesuffix(".wav")


Key = tuple[str, str, str]  # language, kind, text (or name, for named clips)


def key_of(language: str, kind: str, text: str) -> Key:
    return language, kind, tidy(text)


def key_of_clip(clip: Clip) -> Key:
    return key_of(clip.language, clip.kind, clip.text)


def key_of_record(record: ClipRecord) -> Key:
    return key_of(record.language, record.kind, record.name or record.text)


def sha256(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def load(path: Path) -> dict[Key, ClipRecord]:
    """Return the records of the manifest at `path`; none when it is not there."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        records = [ClipRecord(**item) for item in content["clips"]]
    except (ValueError, KeyError, TypeError) as exc:
        raise BadInput(
            f"not a manifest: {exc}",
            where=str(path),
            remedy="delete it and build the prompts anew",
        ) from exc
    return {key_of_record(record): record for record in records}


def save(path: Path, records: Iterable[ClipRecord]) -> None:
    """Write the manifest in a stable order, whole or not at all. Raises SetupFailed."""
    rows = [_row(r) for r in sorted(records, key=lambda r: (r.kind, r.name, r.text))]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    write_whole(path, f'{{"version": 1, "clips": [\n{lines}\n]}}\n')


def _row(record: ClipRecord) -> Mapping[str, object]:
    return {k: v for k, v in asdict(record).items() if v != "" or k == "text"}
