"""What holds for every test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.acceptance.turns import Turns
from tests.hanging import watch

# No test is timed: on a busy machine anything may take a second.
settings.register_profile("samvad", deadline=None)
settings.load_profile("samvad")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns | None:
    """Let `--dist loadgroup` keep together what has to take turns."""
    return Turns(config, log) if config.getoption("dist") == "loadgroup" else None


LONG_S = 3600.0  # for what is marked long, and is as long as it says
WATCHED = pytest.StashKey[threading.Event]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(LONG_S))


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> None:
    capturing = item.config.pluginmanager.getplugin("capturemanager")
    shown = capturing.global_and_fixture_disabled()
    item.stash[WATCHED] = watch(settings.timeout, shown)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    try:
        return (yield)
    finally:
        if WATCHED in item.stash:
            item.stash[WATCHED].set()
