"""Acceptance tests that run beside each other do not meet."""

from __future__ import annotations

import itertools
from pathlib import Path

from ivr.settings.config import PROJECT, load_settings
from tests.acceptance.ports import BLOCKS, SIZE
from tests.acceptance.turns import TURNS, turn_of

EPHEMERAL = 32768  # from here on Linux gives ports to whoever asks for any


def test_no_two_workers_share_a_port() -> None:
    blocks = [range(start, start + SIZE) for start in BLOCKS]
    for one, other in itertools.combinations(blocks, 2):
        assert not set(one) & set(other)
    assert max(max(one) for one in blocks) < EPHEMERAL


def test_none_has_a_port_of_the_demo() -> None:
    demo = load_settings(PROJECT / "config/demo.toml")
    asterisk, web = demo.asterisk, demo.web
    single = {asterisk.ami_port, asterisk.agi_port, asterisk.sip_port, web.port}
    single |= {asterisk.sips_port, asterisk.wss_port, web.https_port}
    single |= set(range(asterisk.rtp_start, asterisk.rtp_end + 1))
    for start in BLOCKS:
        assert not single & set(range(start, start + SIZE))


def test_what_takes_turns_is_there_and_the_rest_is_on_its_own() -> None:
    folder = Path("tests/acceptance")
    assert all((PROJECT / folder / f"{name}.py").exists() for name in TURNS)
    phone, desk = (f"{folder}/test_{n}.py::test_x" for n in ("phone_in_the_page", "b"))
    assert turn_of(phone) == "browser"
    assert turn_of(desk) == desk
