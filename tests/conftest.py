"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# No test is timed: on a busy machine anything may take a second.
settings.register_profile("samvad")
settings.load_profile("samvad")
