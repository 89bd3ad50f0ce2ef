"""The one place where values are made safe for AMI, AGI and channel names.

A value that could become another AMI header, another AGI argument or a dialplan
expression is refused: nothing that we send needs one, so it can only be an
attack or a bug.
"""

from __future__ import annotations

import re

from ivr.errors import BadInput

MAX_VALUE = 1024  # Asterisk reads AMI lines into a 1,025-byte buffer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_DIALLED = re.compile(r"\+?[0-9]{7,15}")
_SUBSCRIBER = re.compile(r"\+91[2-9][0-9]{9}")
# And halves of letters, which no bytes are.
_LINE_BREAK_OR_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def ami_value(value: str) -> str:
    """Return `value` as one AMI header's value. Raises BadInput."""
    if _LINE_BREAK_OR_CONTROL.search(value):
        raise BadInput("a control character cannot be sent to the switch")
    if len(value.encode()) > MAX_VALUE:
        raise BadInput(f"longer than {MAX_VALUE} bytes, too long for the switch")
    if "${" in value or "$[" in value:
        raise BadInput("a dialplan expression cannot be sent to the switch")
    return value


def agi_argument(value: str) -> str:
    """Return `value` quoted as one AGI argument. Raises BadInput."""
    ami_value(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def name(value: str) -> str:
    """Return a trunk's, endpoint's or leg's name, if it is one. Raises BadInput."""
    if not _NAME.fullmatch(value):
        raise BadInput("a name may have letters, digits, '.', '_' and '-' only")
    return value


def subscriber(value: str) -> str:
    """Return a number if it can be a subscriber's in India. Raises BadInput.

    The last gate before the network: what starts with 1 is a service or an
    emergency number (docs/compliance.md), whatever let it come this far.
    """
    if not _SUBSCRIBER.fullmatch(value):
        raise BadInput("only +91 and ten digits, the first of them 2 to 9, is dialled")
    return value


def dialled(value: str) -> str:
    """Return digits that may be dialled, if they are. Raises BadInput."""
    if not _DIALLED.fullmatch(value):
        raise BadInput("a number to dial has 7 to 15 digits")
    return value
