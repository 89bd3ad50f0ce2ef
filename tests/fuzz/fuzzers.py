"""The fuzzers there are, by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.fuzz.agi import agi_fuzz
from tests.fuzz.ami import ami_fuzz
from tests.fuzz.http import http_fuzz
from tests.fuzz.running import Target

Open = Callable[[Path], AbstractAsyncContextManager[Target]]

FUZZERS: dict[str, Open] = {"ami": ami_fuzz, "agi": agi_fuzz, "http": http_fuzz}
