"""Who is never shut out, and the line by which fail2ban shuts out further on."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from ivr.cli import door
from ivr.cli.door import trusted, write_line
from ivr.core.lockout import Lockout, Source
from ivr.core.model import TrunkName
from ivr.settings.config import PROJECT, load_settings

NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)


def one(source: str) -> Lockout:
    until = NOON + timedelta(minutes=10)
    return Lockout(Source(source), NOON, until, 1, "8 failed tries, 1 names")


def test_the_operators_addresses_and_our_own_are_never_shut_out() -> None:
    demo = load_settings(PROJECT / "config/demo.toml")
    trunk = replace(demo.trunk("carrier"), host="192.0.2.10")
    settings = replace(
        demo,
        trunks=(trunk,),
        trunk_sources={TrunkName("carrier"): ("192.0.2.11", "2001:db8::11")},
        asterisk=replace(demo.asterisk, bind="198.51.100.5"),
    )
    assert {str(network) for network in trusted(settings)} == {
        "127.0.0.1/32",
        "::1/128",
        "198.51.100.5/32",
        "192.0.2.10/32",
        "192.0.2.11/32",
        "2001:db8::11/128",
    }


@pytest.mark.parametrize("source", ["203.0.113.7", "2001:db8:1:2::/64"])
def test_fail2ban_reads_the_line_that_we_write(tmp_path: Path, source: str) -> None:
    write_line(tmp_path / "lockouts.log", one(source))
    [line] = (tmp_path / "lockouts.log").read_text("utf-8").splitlines()
    filter_ = configparser.ConfigParser()
    filter_.read(PROJECT / "scripts/fail2ban/samvad.conf")
    definition = filter_["Definition"]
    # fail2ban takes the date away first, and has its own word for an address.
    form = definition["datepattern"].removeprefix("^").replace("%%", "%")
    stamp = line.split(" ")[0]
    assert datetime.strptime(stamp, form).astimezone(UTC) == NOON
    pattern = definition["failregex"].replace("<SUBNET>", "(?P<address>[0-9a-f:./]+)")
    found = re.search(pattern, line.removeprefix(stamp))
    assert found and ip_network(found["address"]) == ip_network(source)


def test_the_log_of_lock_outs_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_LOG", 500)
    file = tmp_path / "lockouts.log"
    for n in range(20):
        write_line(file, one(f"203.0.113.{n}"))
    assert file.stat().st_size < 700
    assert file.with_suffix(".old").exists()


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    write_line(tmp_path / "gone" / "lockouts.log", one("203.0.113.7"))
