"""Somebody who has no business here, or a telecaller's plain softphone: SIP by UDP.

Each has an address of its own in 127.0.0.0/8, as if they were different machines.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter

from tests.acceptance.sip_phone import SDP
from tests.acceptance.sound_phone import digest

# As common scanners call themselves.
SCANNERS = ("friendly-scanner", "sipvicious", "sipcli/v1.8", "VaxSIPUserAgent/3.1")
PATIENCE_S = 0.5


class Stranger(asyncio.DatagramProtocol):
    """Sends what it is told to, and keeps what is answered."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self.codes: Counter[str] = Counter()
        self.invites: list[str] = []  # that the switch sent here
        self.says = ("200 OK", "")  # to a call: status, more headers

    async def start(self, address: str) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(address, 0)
        )
        self.host, self.port = self._transport.get_extra_info("sockname")[:2]

    def stop(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        text = data.decode("utf-8", "replace")
        if text.startswith("SIP/2.0"):
            self.codes[text.split(" ")[1]] += 1
            self._answers.put_nowait(text)
        elif not text.startswith("ACK"):
            if text.startswith("INVITE"):
                self.invites.append(text)
            status, more = self.says if text.startswith("INVITE") else ("200 OK", "")
            self.send(self.answered(text, status, more))

    def send(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        self._transport.sendto(data, self._server)

    async def ask(
        self,
        method: str,
        user: str,
        to: str = "",
        *,
        password: str | None = None,
        more: str = "",
        scanner: str = SCANNERS[0],
    ) -> str:
        """Return the final answer's code, or "" for none; answers a challenge once."""
        while not self._answers.empty():
            self._answers.get_nowait()
        asked = self.request(method, user, to, more=more, scanner=scanner)
        return await self.answer_challenge(method, asked, user, password)

    async def answer_challenge(
        self, method: str, asked: str, user: str, password: str | None
    ) -> str:
        """Send `asked`, once more with its proof if that is wanted; return the code."""
        call_id = re.findall(r"(?m)^Call-ID: (\S+)", asked)[0]
        self.send(asked)
        answer = await self._answer(call_id)
        if password is not None and answer.startswith("SIP/2.0 401"):
            if method == "INVITE":
                self.send(_ack_of(asked, answer))
            parts = dict(re.findall(r'(\w+)="?([^",\r]+)', answer))
            uri = asked.split(" ")[1]
            proof = digest(parts, user, password, uri, method)
            again = asked.replace("CSeq: 1 ", "CSeq: 2 ").replace(
                "branch=z9hG4bK", "branch=z9hG4bK2"
            )
            self.send(again.replace("User-Agent:", proof + "User-Agent:"))
            answer = await self._answer(call_id)
        return answer.split(" ")[1] if answer else ""

    async def register(self, user: str, password: str) -> str:
        return await self.ask("REGISTER", user, password=password)

    async def _answer(self, call_id: str) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    answer = await self._answers.get()
                    is_final = not answer.startswith("SIP/2.0 1")
                    if is_final and f"Call-ID: {call_id}" in answer:
                        return answer
        except TimeoutError:
            return ""

    def request(
        self,
        method: str,
        user: str,
        to: str = "",
        *,
        more: str = "",
        scanner: str = SCANNERS[0],
    ) -> str:
        """Return a request from `user` to `to`, by no password."""
        me, host = f"{self.host}:{self.port}", self._server[0]
        server = f"{host}:{self._server[1]}"
        is_register = method == "REGISTER"
        uri = f"sip:{server}" if is_register else f"sip:{to or user}@{server}"
        body = SDP.format(port=self.port) if method == "INVITE" else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        call_id = secrets.token_hex(8)
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {me};branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{host}>;tag={call_id[:8]}\r\n"
            f"To: <{f'sip:{user}@{host}' if is_register else uri}>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:{user}@{me}>\r\nUser-Agent: {scanner}\r\n{more}{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def in_dialog(self, invite: str, method: str, more: str = "", *, cseq: int) -> None:
        """Send a request within the call that the switch began by `invite`."""

        def header(name: str) -> str:
            return str(re.findall(rf"(?m)^{name}: (.*)\r\n", invite)[0])

        target = re.findall(r"<(.*?)>", header("Contact"))[0]
        self.send(
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self.port}"
            f";branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {header('To')};tag=desk\r\n"
            f"To: {header('From')}\r\nCall-ID: {header('Call-ID')}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:desk@{self.host}:{self.port}>\r\n"
            f"{more}Content-Length: 0\r\n\r\n"
        )

    def answered(self, request: str, status: str, more: str = "") -> str:
        """Return an answer to a request of the switch's."""
        kept = re.findall(
            r"(?m)^(?:Via|From|Call-ID|CSeq|Record-Route): .*\r\n", request
        )
        to = re.findall(r"(?m)^To: (.*)\r\n", request)[0]
        to = to if ";tag=" in to else f"{to};tag=desk"
        is_call = request.startswith("INVITE") and status.startswith("200")
        body = SDP.format(port=self.port) if is_call else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"SIP/2.0 {status}\r\n{''.join(kept)}To: {to}\r\n"
            f"Contact: <sip:desk@{self.host}:{self.port}>\r\n{more}{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


def _ack_of(asked: str, answer: str) -> str:
    """Return what ends an INVITE that was refused."""
    lines = [asked.split("\r\n", 1)[0].replace("INVITE", "ACK", 1)]
    for name in ("Via", "From", "Call-ID"):
        lines += re.findall(rf"(?m)^{name}: .*(?=\r$)", asked)
    lines += re.findall(r"(?m)^To: .*(?=\r$)", answer)
    lines += ["CSeq: 1 ACK", "Max-Forwards: 70", "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""])
