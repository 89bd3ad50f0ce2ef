"""Encrypted softphones from the right networks, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.besieged import (
    DESK,
    NUMBER,
    STOLEN,
    WITHIN,
    besieged,
    tries_until_shut_out,
)
from tests.polling import until

pytestmark = pytest.mark.acceptance


async def test_by_default_a_softphone_comes_encrypted_or_not_at_all(
    tmp_path: Path,
) -> None:
    """Whatever name and password it has: by UDP nobody is a telecaller."""
    async with besieged(tmp_path, allow_plain_sip=False) as scene:
        phone = scene.tls_desk
        assert phone is not None
        await scene.ring(DESK)
        while not (offer := await phone.receive()).startswith("INVITE"):
            pass
        assert re.search(r"(?m)^m=audio \d+ RTP/SAVP ", offer)
        plain = await scene.stranger("127.0.0.8")
        password = scene.password(STOLEN)
        for method in ("REGISTER", "INVITE"):
            code = await plain.ask(method, STOLEN, NUMBER, password=password)
            assert code == "401"
        assert await tries_until_shut_out(plain, "REGISTER", STOLEN) <= WITHIN


async def test_a_right_password_from_a_wrong_network_is_refused(
    tmp_path: Path,
) -> None:
    async with besieged(tmp_path, softphones_from=("127.0.0.2/32",)) as scene:
        thief = await scene.stranger("127.0.0.9")
        code = await thief.register(STOLEN, scene.password(STOLEN))
        assert code in ("401", "403")
        answers = [
            await thief.register(STOLEN, scene.password(STOLEN)) for _ in range(WITHIN)
        ]
        assert "200" not in answers
        await until(lambda: scene.locked_out() == ["127.0.0.9"])
        await scene.is_unharmed()
