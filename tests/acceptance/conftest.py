"""What holds for every test that starts an Asterisk."""

from __future__ import annotations

import pytest

from tests.acceptance.ports import BLOCKS, PLACE


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a worker whose ports another worker has."""
    if item.get_closest_marker("acceptance") and PLACE >= len(BLOCKS):
        pytest.fail(f"at most {len(BLOCKS)} workers have ports: -n {len(BLOCKS)}")
