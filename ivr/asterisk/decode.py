"""The one place where what Asterisk says is read: plain text and numbers in bounds.

Whatever comes over AMI and AGI is taken for strings without control characters, of a
length that a log line or a column bears. What cannot be read is left out, never raised:
the switch is trusted to be a switch, not to be free of faults.
"""

from __future__ import annotations

import re

MAX_TEXT = 1024  # letters of one value; Asterisk's own buffers are about that
MAX_HEADERS = 256  # of one message; a channel's has about 20
MOST = 2**31 - 1  # PostgreSQL's integer

# The sixteen keys of DTMF (ITU-T Q.23): A to D are on no phone of a voter's.
KEYS = frozenset("0123456789*#ABCD")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)


def text(value: str) -> str:
    """Return `value` on one line, cut if it is endless."""
    return _CONTROL.sub(" ", value[: 2 * MAX_TEXT]).strip()[:MAX_TEXT]


def number(value: str, otherwise: int | None = None) -> int | None:
    """Return a count, code or ID of Asterisk's; `otherwise` if it is none."""
    if not _NUMBER.fullmatch(value) or int(value) > MOST:
        return otherwise
    return int(value)


def key(value: str) -> str:
    """Return the key that was pressed; "" if `value` is none."""
    return value if value in KEYS else ""


def keys(value: str) -> str:
    """Return the keys that were pressed; "" if `value` holds anything else."""
    return value if KEYS.issuperset(value) else ""


def agi_headers(raw: bytes) -> dict[str, str]:
    """Return the first lines of an AGI session; of a repeated one the first counts.

    Only a line feed ends a line. What Python besides takes for a line's end may stand
    in a caller's name, and would let them write headers of their own.
    """
    headers: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(": ")
        if colon:
            headers.setdefault(text(name), text(value))
    return headers


def ami_message(raw: bytes) -> dict[str, str]:
    """Return one message's headers; of a repeated one the first counts.

    Header names are as Asterisk writes them; who looks does not mind the case.
    """
    headers: dict[str, str] = {}
    known: set[str] = set()
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        folded = text(name).lower()
        if not colon or not folded or folded in known:
            continue
        if len(known) == MAX_HEADERS:
            break
        known.add(folded)
        headers[text(name)] = text(value)
    return headers
