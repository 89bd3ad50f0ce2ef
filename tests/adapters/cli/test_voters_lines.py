"""What becomes of a voter's line that nobody takes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from ivr.asterisk.switch import AsteriskSwitch
from ivr.cli.voters_lines import agi_server, audio_library
from ivr.controller.running import Running
from ivr.errors import SwitchGone
from ivr.settings.config import PROJECT, load_settings

OFFERED = b"agi_network_script: call\nagi_uniqueid: c-0001\n\n"


@pytest.mark.parametrize(
    ("is_ready", "said"), [(True, b"SET VARIABLE tries 0\n"), (False, b"")]
)
async def test_only_who_has_taken_over_says_that_nobody_will_come(
    is_ready: bool, said: bytes
) -> None:
    ready = asyncio.Event()
    if is_ready:
        ready.set()

    async def nobody(_line: object) -> None:
        raise SwitchGone("no such attempt")

    router = SimpleNamespace(serve=nobody, is_ready=ready)
    running: Any = SimpleNamespace(router=router, practices=None, trial_calls=None)
    switch: Any = SimpleNamespace(
        channel_of=lambda leg: None, watch_line=lambda line: None
    )
    settings = load_settings(PROJECT / "config/demo.toml")
    server = agi_server(
        settings,
        cast(AsteriskSwitch, switch),
        cast(Running, running),
        CollectorRegistry(),
        audio_library(settings),
    )
    port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(OFFERED)
    assert await asyncio.wait_for(reader.readline(), 5) == said
    writer.write(b"200 result=1\n")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await writer.wait_closed()
    await server.stop()
