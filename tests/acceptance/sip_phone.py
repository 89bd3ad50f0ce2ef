"""A telephone of a few lines: takes one call, sends keys by SIP INFO, hangs up.

Also sends a stray INVITE, as somebody would who has no business here.
"""

from __future__ import annotations

import asyncio
import re
import secrets

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
)


class SipPhone(asyncio.DatagramProtocol):
    """Answers every INVITE at once. `sound` counts the RTP packets it was sent."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.sound: list[bytes] = []
        self.in_call = False
        self.was_hung_up = False
        self._tag = secrets.token_hex(4)
        self._cseq = 1

    async def start(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._port = port
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", port)
        )
        self._rtp, _ = await loop.create_datagram_endpoint(
            lambda: _Sound(self.sound), local_addr=("127.0.0.1", port + 2)
        )

    def stop(self) -> None:
        self._transport.close()
        self._rtp.close()

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        text = data.decode()
        self.messages.append(text)
        method = text.split(" ", 1)[0]
        if method == "INVITE":
            self._invite, self._peer = text, address
            self._send(self._reply(text, "200 OK", SDP.format(port=self._port + 2)))
        elif method == "ACK":
            self.in_call = True
        elif method == "BYE":
            self.was_hung_up, self.in_call = True, False
            self._send(self._reply(text, "200 OK"))

    def press(self, key: str) -> None:
        """Send one key by SIP INFO."""
        body = f"Signal={key}\r\nDuration=160\r\n"
        self._send(self._request("INFO", body, "application/dtmf-relay"))

    def hang_up(self) -> None:
        self._send(self._request("BYE"))

    def invite(self, to: tuple[str, int], number: str, user: str) -> None:
        """Ask for a call without having been introduced."""
        body, me = SDP.format(port=self._port + 2), f"127.0.0.1:{self._port}"
        token = secrets.token_hex(8)
        text = (
            f"INVITE sip:{number}@{to[0]}:{to[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {me};branch=z9hG4bK{token};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{me}>;tag={token}\r\n"
            f"To: <sip:{number}@{to[0]}>\r\nCall-ID: {token}\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:{user}@{me}>\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._transport.sendto(text.encode(), to)

    def _send(self, text: str) -> None:
        self._transport.sendto(text.encode(), self._peer)

    def _reply(self, request: str, status: str, body: str = "") -> str:
        kept = re.findall(r"(?m)^(?:Via|From|Call-ID|CSeq): .*\r\n", request)
        to = _header(request, "To")
        to = to if ";tag=" in to else f"{to};tag={self._tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"SIP/2.0 {status}\r\n{''.join(kept)}To: {to}\r\n"
            f"Contact: <sip:phone@127.0.0.1:{self._port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _request(self, method: str, body: str = "", kind: str = "") -> str:
        self._cseq += 1
        contact = re.findall(r"<(.*?)>", _header(self._invite, "Contact"))[0]
        content = f"Content-Type: {kind}\r\n" if kind else ""
        return (
            f"{method} {contact} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};"
            f"branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
            f"Max-Forwards: 70\r\n"
            f"From: {_header(self._invite, 'To')};tag={self._tag}\r\n"
            f"To: {_header(self._invite, 'From')}\r\n"
            f"Call-ID: {_header(self._invite, 'Call-ID')}\r\n"
            f"CSeq: {self._cseq} {method}\r\n{content}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


class _Sound(asyncio.DatagramProtocol):
    def __init__(self, heard: list[bytes]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        self._heard.append(data)


def _header(message: str, name: str) -> str:
    return re.findall(rf"(?m)^{name}: (.*)\r\n", message)[0]
