"""Asterisk's security events as the core's knocks: who tried to be a phone of ours.

Only SIP's: the manager's own are of this machine. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ivr.core.lockout import Knock, Sign

NOBODY = "<unknown>"  # Asterisk's stand-in; InvalidAccountID tells of the same packet

NO_WAY = "samvad-no-way"  # where telecallers' own calls end
TECH = "PJSIP/"
COMES_IN = "4"  # ast_channel_state RING

SIGNS = {
    "InvalidAccountID": Sign.UNKNOWN_NAME,
    "InvalidPassword": Sign.WRONG_PASSWORD,
    "ChallengeResponseFailed": Sign.WRONG_PASSWORD,
    "FailedACL": Sign.FROM_ELSEWHERE,
    "ChallengeSent": Sign.ASKED,
    "SuccessfulAuth": Sign.GOOD,
}


def knock_of(message: Mapping[str, str], at: datetime) -> Knock | None:
    """Return what a security event tells, or None if it is none of SIP's."""
    sign = SIGNS.get(message.get("Event", ""))
    account = message.get("AccountID", "")
    if sign is None or message.get("Service") != "PJSIP" or account == NOBODY:
        return None
    # IPV4/UDP/203.0.113.7/5060
    parts = message.get("RemoteAddress", "").split("/")
    return Knock(parts[2], account, sign, at) if len(parts) == 4 else None


def calling_phone(message: Mapping[str, str]) -> str:
    """Return whose phone begins a call by the Newchannel of it; "" if none does."""
    channel = message.get("Channel", "")
    comes_in = message.get("ChannelState") == COMES_IN
    if not (comes_in and message.get("Context") == NO_WAY and channel.startswith(TECH)):
        return ""
    return channel.removeprefix(TECH).rpartition("-")[0]
