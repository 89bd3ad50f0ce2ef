"""Asterisk's security events, as recorded, and what they say of who tries to get in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.asterisk.knocks import calling_phone, knock_of
from ivr.core.lockout import Knock, Sign

NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)


def event(name: str, **more: str) -> dict[str, str]:
    return {
        "Event": name,
        "Severity": "Error",
        "Service": "PJSIP",
        "AccountID": "tc-101",
        "SessionID": "d5b320cb8514",
        "LocalAddress": "IPV4/UDP/127.0.0.1/5060",
        "RemoteAddress": "IPV4/UDP/203.0.113.7/47127",
        **more,
    }


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("ChallengeSent", Sign.ASKED),
        ("SuccessfulAuth", Sign.GOOD),
        ("ChallengeResponseFailed", Sign.WRONG_PASSWORD),
        ("InvalidPassword", Sign.WRONG_PASSWORD),
        ("InvalidAccountID", Sign.UNKNOWN_NAME),
        ("FailedACL", Sign.FROM_ELSEWHERE),
    ],
)
def test_each_security_event_is_one_knock(name: str, sign: Sign) -> None:
    expected = Knock("203.0.113.7", "tc-101", sign, NOON)
    assert knock_of(event(name), NOON) == expected


def test_an_ipv6_address_keeps_its_colons() -> None:
    told = event("ChallengeSent", RemoteAddress="IPV6/TLS/2001:db8::7/5061")
    knock = knock_of(told, NOON)
    assert knock is not None and knock.address == "2001:db8::7"


@pytest.mark.parametrize(
    "told",
    [
        event("Hangup"),
        event("SuccessfulAuth", Service="AMI"),  # ourselves
        event("ChallengeResponseFailed", AccountID="<unknown>"),  # told already
        event("ChallengeSent", RemoteAddress="nowhere"),
        {},
    ],
)
def test_what_is_no_try_to_be_a_phone_is_none(told: dict[str, str]) -> None:
    assert knock_of(told, NOON) is None


CALL = {
    "Event": "Newchannel",
    "Channel": "PJSIP/tc-101-00000000",
    "ChannelState": "4",
    "Context": "samvad-no-way",
}


def test_a_phone_that_begins_a_call_is_named() -> None:
    assert calling_phone(CALL) == "tc-101"


@pytest.mark.parametrize(
    "other",
    [
        {"ChannelState": "0"},  # it is rung
        {"Context": "samvad-inbound"},  # somebody calls back
        {"Channel": "Local/x@y-1;2"},
        {"Channel": ""},
    ],
)
def test_other_channels_are_no_phones_calls(other: dict[str, str]) -> None:
    assert calling_phone({**CALL, **other}) == ""
