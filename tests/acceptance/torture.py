"""Reads the messages of RFC 4475 as bytes for the wire."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).parent / "rfc4475" / "messages.txt"
SDP = (
    "v=0\no=mhandley 29739 7272939 IN IP4 {0}\ns=-\nc=IN IP4 {0}\nt=0 0\n"
    "m=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC"
)


def messages() -> dict[str, bytes]:
    """Return each message by its name."""
    _, *parts = re.split(r"(?m)^=== (\w+)\n", FILE.read_text("ascii"))
    return {
        name: _wire(text) for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _wire(text: str) -> bytes:
    text = re.sub(
        r"<allOneLine>\n(.*?)\n</allOneLine>",
        lambda m: m[1].replace("\n", ""),
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r"<sdp>(.*?)</sdp>", lambda m: SDP.format(m[1]), text)
    # Latin-1 has every byte, and is turned into bytes one by one.
    text = text.replace("\n", "\r\n")
    text = re.sub(
        r"<hex>(.*?)</hex>", lambda m: bytes.fromhex(m[1]).decode("latin-1"), text
    )
    text = re.sub(
        r"(?s)<repeat count=(\d+)>(.*?)</repeat>", lambda m: int(m[1]) * m[2], text
    )
    return text.encode("latin-1")
