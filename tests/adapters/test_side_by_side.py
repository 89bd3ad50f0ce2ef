"""Acceptance tests that run beside each other do not meet."""

from __future__ import annotations

import itertools

from ivr.cli import chaos_scene as chaos
from ivr.settings.config import PROJECT, load_settings
from tests.acceptance.ports import BLOCKS, SIZE
from tests.acceptance.turns import TURNS, turn_of

EPHEMERAL = 32768  # from here on Linux gives ports to whoever asks for any


def test_no_two_workers_share_a_port() -> None:
    blocks = [range(start, start + SIZE) for start in BLOCKS]
    for one, other in itertools.combinations(blocks, 2):
        assert not set(one) & set(other)
    assert max(max(one) for one in blocks) < EPHEMERAL


def test_none_has_a_port_of_the_demo_or_of_chaos() -> None:
    demo = load_settings(PROJECT / "config/demo.toml")
    asterisk, web = demo.asterisk, demo.web
    single = {asterisk.ami_port, asterisk.agi_port, asterisk.sip_port, web.port}
    single |= {asterisk.sips_port, asterisk.wss_port, web.https_port}
    single |= set(range(asterisk.rtp_start, asterisk.rtp_end + 1))
    single |= {chaos.SIP, chaos.SIPS, chaos.WSS, chaos.AMI, chaos.AGI, chaos.WEB}
    single |= {chaos.HTTPS, chaos.AMI_HERE, chaos.AGI_HERE}
    single |= {chaos.SIP_NEAR, chaos.SIP_FAR, *chaos.CARRIER.values()}
    single |= set(range(chaos.RTP[0], chaos.RTP[1] + 1))
    for start in BLOCKS:
        assert not single & set(range(start, start + SIZE))


def test_what_takes_turns_is_there_and_the_rest_is_on_its_own() -> None:
    there = {file.stem for file in (PROJECT / "tests").glob("*/test_*.py")}
    assert there >= TURNS.keys()
    phone, link = (
        f"tests/acceptance/test_{name}.py::test_x"
        for name in ("phone_in_the_page", "bad_links")
    )
    assert turn_of(phone) == "heavy"
    assert turn_of(link) == link
