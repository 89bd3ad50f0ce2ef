"""Which keys were pressed in which call, by Asterisk's own log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.key_log import KeyLog, keys_of
from ivr.asterisk.switch import AsteriskSwitch
from ivr.core.model import CallId

AT = "[2026-11-27 12:00:01.001] DTMF[71][C-00000001]: "
OFFERED, READ = (
    f"{AT}Ext. s:1 in @ samvad-call: samvad ",
    f"{AT}channel.c:4 __ast_read: ",
)
LOG = f"""\
{OFFERED}call c-01 PJSIP/t-00000001
{READ}DTMF begin '1' received on PJSIP/t-00000001
{READ}DTMF end '1' received on PJSIP/t-00000001, duration 100 ms
{READ}DTMF end accepted with begin '1' on PJSIP/t-00000001
{READ}DTMF end '5' received on PJSIP/other-00000002, duration 100 ms
{READ}DTMF end '#' received on PJSIP/t-00000001, duration 100 ms
{OFFERED}sorry c-01
{READ}DTMF end '1' received on PJSIP/t-00000001, duration 100 ms
{READ}DTMF end '9' received on PJSIP/t-00000001, duration 100 ms
{OFFERED}call c-02 PJSIP/t-00000001
"""


def test_keys_are_told_by_call_and_of_the_apology_the_wish_for_no_more() -> None:
    assert keys_of(LOG) == {"c-01": "1#9", "c-02": ""}


async def test_a_log_that_is_emptied_begins_anew(tmp_path: Path) -> None:
    log = KeyLog(tmp_path)
    assert await log.read() == {}
    await log.begin_anew()  # nothing is there
    file = tmp_path / "keys"
    with file.open("a", encoding="utf-8") as asterisk:  # which appends
        asterisk.write(LOG)
        asterisk.flush()
        assert list(await log.read()) == ["c-01", "c-02"]
        await log.begin_anew()
        assert log.size() == 0
        asterisk.write(LOG.splitlines()[0] + "\n")
        asterisk.flush()
        assert await log.read() == {"c-01": ""}


async def test_live_calls_stay_in_a_log_that_is_shortened(tmp_path: Path) -> None:
    log, file = KeyLog(tmp_path), tmp_path / "keys"
    file.write_text(LOG, "utf-8")
    await log.begin_anew({CallId("c-02"): "PJSIP/t-00000001"})
    with file.open("a", encoding="utf-8") as asterisk:
        asterisk.write(
            f"{READ}DTMF end '2' received on PJSIP/t-00000001, duration 9 ms\n"
        )
    assert await log.read() == {"c-02": "2"}
    await log.begin_anew({CallId("c-02"): "PJSIP/t-00000001", CallId("c-03"): "x"})
    assert await log.read() == {"c-02": "2"}


async def test_what_people_pressed_does_not_lie_about(tmp_path: Path) -> None:
    address = AmiAddress("127.0.0.1", 1, "nobody", "")
    switch = AsteriskSwitch(
        address, lambda: datetime.now(UTC), key_log=KeyLog(tmp_path)
    )
    file = tmp_path / "keys"
    file.write_text(LOG, "utf-8")
    switch._dialled["c-01"] = 0.0
    await switch.keep_key_log_small()
    assert file.read_text("utf-8") == LOG
    switch._dialled.clear()
    await switch.keep_key_log_small()
    assert file.read_text("utf-8") == ""
