"""Finds finished audio for clips during a call, in constant time.

Reads manifests at the start, and when it is told that there is more. Never builds,
never touches the disk for a clip.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ivr.core.flow_model import Clip
from ivr.errors import SetupFailed
from ivr.prompts import manifest
from ivr.prompts.manifest import ClipRecord, Key
from ivr.prompts.providers import tidy

# A text is looked up as what it is first, then as anything else that says it.
_KINDS = ("prompt", "block", "field", "system")


class AudioLibrary:
    """All finished audio of some audio folders; later folders win.

    The first is the shipped one; a second holds what this installation made
    itself (names of its own lists), so that the shipped one stays as it is.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._found: dict[Key, tuple[str, ClipRecord]] = {}
        self.read_again()

    def read_again(self) -> None:
        """Know what was made since; who looks meanwhile sees the old or the new."""
        found: dict[Key, tuple[str, ClipRecord]] = {}
        for folder in self._folders:
            root = folder.resolve()
            for path in sorted(root.glob(f"*/{manifest.FILE}")):
                for key, record in manifest.load(path).items():
                    found[key] = (str(root / record.playable), record)
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    def path(self, clip: Clip) -> str | None:
        """Return the path to play, absolute and without ending, or None."""
        found = self._find(clip)
        return found[0] if found else None

    def paths(self, clip: Clip) -> tuple[str, ...]:
        """Return what to play for `clip`, one after the other; () if nothing fits.

        A name or place that is not there as a whole is put together from its
        words, but only if every word is there: half a name is worse than none.
        """
        return tuple(path for path, _ in self._parts(clip))

    def named(self, name: str, language: str = "hi", kind: str = "system") -> str:
        """Return the path of a clip asked for by name. Raises SetupFailed."""
        found = self._found.get((language, kind, name))
        if found is None:
            raise SetupFailed(
                f"the sound {language}/{kind}/{name} is missing: run prompts build"
            )
        return found[0]

    def ours(self, name: str, language: str) -> str:
        """Return the path of a sentence of our own, in Hindi if there is no other."""
        is_there = (language, "system", name) in self._found
        return self.named(name, language if is_there else "hi")

    def duration(self, clip: Clip) -> float:
        """Return how long `clip` plays, in seconds; 0.0 when it is missing."""
        return sum(record.duration_s for _, record in self._parts(clip))

    def missing(self, clips: Iterable[Clip]) -> list[Clip]:
        """Return those of `clips` that cannot be played, each once."""
        return [clip for clip in dict.fromkeys(clips) if not self._parts(clip)]

    def records(self) -> list[ClipRecord]:
        return [record for _, record in self._found.values()]

    def _parts(self, clip: Clip) -> list[tuple[str, ClipRecord]]:
        if (whole := self._find(clip)) is not None:
            return [whole]
        words = tidy(clip.text).split()
        if clip.kind != "field" or len(words) < 2:
            return []
        parts = [self._find(Clip(clip.language, word, "field")) for word in words]
        found = [part for part in parts if part is not None]
        return found if len(found) == len(words) else []

    def _find(self, clip: Clip) -> tuple[str, ClipRecord] | None:
        text = tidy(clip.text)
        if (found := self._found.get((clip.language, clip.kind, text))) is not None:
            return found
        for kind in _KINDS:
            if (found := self._found.get((clip.language, kind, text))) is not None:
                return found
        return None
