"""Where a softphone finds the switch."""

from __future__ import annotations

import pytest

from ivr.core.softphone import Softphone, server_of

PRIVATE, PUBLIC = "10.0.0.5", "203.0.113.20"


@pytest.mark.parametrize(
    ("reached_by", "bind", "wanted"),
    [
        ("samvad.example.org", PRIVATE, "samvad.example.org"),
        (PRIVATE, PRIVATE, PRIVATE),
        ("192.168.1.9", PRIVATE, PRIVATE),  # the pages' address, not the switch's
        (PUBLIC, PRIVATE, PUBLIC),  # from outside, through the NAT
        ("localhost", "127.0.0.1", "127.0.0.1"),  # where it may be ::1
        ("192.168.1.9", "0.0.0.0", "192.168.1.9"),
        ("localhost", "0.0.0.0", "localhost"),
        ("[2001:db8::5]", "::", "2001:db8::5"),
    ],
)
def test_the_switch_is_found_where_it_listens(
    reached_by: str, bind: str, wanted: str
) -> None:
    assert server_of(reached_by, bind=bind, public_address=PUBLIC) == wanted


def test_an_ipv6_address_stands_in_brackets_and_no_password_in_a_log() -> None:
    one = Softphone("2001:db8::5", 5061, 5060, "tc-1", "very secret")
    assert one.host == "[2001:db8::5]"
    assert "very secret" not in repr(one)
