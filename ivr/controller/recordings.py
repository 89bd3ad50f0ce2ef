"""What the pages need of the recordings, as types: they lie encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Sound(Protocol):
    """A recording that was opened. Close it."""

    @property
    def size(self) -> int:
        """Return how many bytes it is in the clear."""

    def read(self, first: int, count: int) -> Iterator[bytes]:
        """Yield `count` bytes from byte `first` on. Raises CannotOpen. Blocks."""

    def close(self) -> None: ...


class Recordings(Protocol):
    """By the name that the answer has. A name that is none of ours opens nothing."""

    def is_there(self, file: str) -> bool: ...

    def open(self, file: str) -> Sound | None:
        """Return a recording; None: there is none, or its key was destroyed.

        Raises CannotOpen. Blocks for a few milliseconds.
        """
