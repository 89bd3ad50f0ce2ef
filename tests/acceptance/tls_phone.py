"""A softphone set up by nothing but what Linphone would fetch: SIP over TLS."""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
from pathlib import Path
from xml.etree import ElementTree

from tests.acceptance.sound_phone import digest


class TlsPhone:
    """Registers as the document says, and takes what is then sent to it."""

    def __init__(self, document: bytes) -> None:
        self._given = {
            entry.get("name"): entry.text or ""
            for entry in ElementTree.fromstring(document).iter()
        }
        found = re.fullmatch(r"<sip:(.+):(\d+);transport=tls>", self["reg_proxy"])
        assert found
        self._to = (found[1], int(found[2]))

    def __getitem__(self, name: str) -> str:
        return self._given[name]

    async def connect(self, authority: Path | None) -> None:
        """Open the connection. Raises SSLError for a certificate of nobody we know."""
        trusted = ssl.create_default_context(cafile=authority)
        self._reader, self._writer = await asyncio.open_connection(
            *self._to, ssl=trusted
        )

    def close(self) -> None:
        self._writer.transport.abort()

    async def register(self) -> str:
        """Return the registrar's last answer."""
        call_id = secrets.token_hex(8)
        self._send(self._register(call_id, 1, ""))
        asked = dict(re.findall(r'(\w+)="?([^",\r]+)', await self.receive()))
        assert asked["realm"] == self["realm"]
        uri = f"sip:{self['domain']}"
        proof = digest(asked, self["username"], self["passwd"], uri)
        self._send(self._register(call_id, 2, proof))
        while (answer := await self.receive()).startswith("OPTIONS"):
            pass  # it asks at once whether we are there
        return answer

    async def receive(self) -> str:
        """Return the next message, its body too."""
        async with asyncio.timeout(5):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?im)^Content-Length: *(\d+)", head)
            body = await self._reader.readexactly(int(length[1]) if length else 0)
        return head + body.decode()

    def _send(self, text: str) -> None:
        self._writer.write(text.encode())

    def _register(self, call_id: str, cseq: int, proof: str) -> str:
        host, port = self._writer.get_extra_info("sockname")[:2]
        identity = self["reg_identity"]
        return (
            f"REGISTER sip:{self['domain']} SIP/2.0\r\n"
            f"Via: SIP/2.0/TLS {host}:{port};branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: {identity};tag={call_id[:8]}\r\n"
            f"To: {identity}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n"
            f"Contact: <sip:{self['username']}@{host}:{port};transport=tls>\r\n"
            f"Expires: {self['reg_expires']}\r\n{proof}Content-Length: 0\r\n\r\n"
        )
