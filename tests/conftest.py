"""What holds for every test."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from tests.acceptance.turns import Turns

# No test is timed: on a busy machine anything may take a second.
settings.register_profile("samvad", deadline=None)
settings.load_profile("samvad")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns | None:
    """Let `--dist loadgroup` keep together what has to take turns."""
    return Turns(config, log) if config.getoption("dist") == "loadgroup" else None
