"""Recordings in memory: implements controller.recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass
class FakeSound:
    sound: bytes

    @property
    def size(self) -> int:
        return len(self.sound)

    def read(self, first: int, count: int) -> Iterator[bytes]:
        yield self.sound[first : first + count]

    def close(self) -> None:
        return


class FakeRecordings:
    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    def is_there(self, file: str) -> bool:
        return file in self.files

    def open(self, file: str) -> FakeSound | None:
        return FakeSound(self.files[file]) if file in self.files else None


NONE = FakeRecordings()
