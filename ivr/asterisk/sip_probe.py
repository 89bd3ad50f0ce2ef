"""Is anybody there? One SIP OPTIONS over UDP, or a TCP connection for TLS.

Any answer at all is a yes: what is asked is reachability, not permission.
"""

from __future__ import annotations

import asyncio
import secrets

OPTIONS = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {me}:{my_port};branch=z9hG4bK{token};rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:samvad@{me}>;tag={token}\r\n"
    "To: <sip:{host}:{port}>\r\n"
    "Call-ID: {token}@{me}\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Contact: <sip:samvad@{me}:{my_port}>\r\n"
    "User-Agent: Samvad\r\n"
    "Content-Length: 0\r\n\r\n"
)
TRIES = 3


class _Answer(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        if not self.first.done():
            self.first.set_result(data.split(b"\r\n", 1)[0].decode("utf-8", "replace"))

    def error_received(self, exc: Exception) -> None:
        if not self.first.done():
            self.first.set_exception(exc)


async def probe_udp(ip: str, port: int, *, timeout_s: float = 2.0) -> str:
    """Return the first line of the answer, such as "SIP/2.0 200 OK".

    Raises OSError (nobody has that port), TimeoutError (no answer).
    """
    loop = asyncio.get_running_loop()
    transport, answer = await loop.create_datagram_endpoint(
        _Answer, remote_addr=(ip, port)
    )
    try:
        me, my_port = transport.get_extra_info("sockname")[:2]
        text = OPTIONS.format(
            host=f"[{ip}]" if ":" in ip else ip,
            port=port,
            me=f"[{me}]" if ":" in me else me,
            my_port=my_port,
            token=secrets.token_hex(8),
        )
        for _ in range(TRIES):  # UDP loses packets
            transport.sendto(text.encode())
            done, _pending = await asyncio.wait(
                (answer.first,), timeout=timeout_s / TRIES
            )
            if done:
                return answer.first.result()
        raise TimeoutError
    finally:
        transport.close()


async def probe_tcp(ip: str, port: int, *, timeout_s: float = 2.0) -> None:
    """Return when a connection could be made. Raises OSError, TimeoutError."""
    async with asyncio.timeout(timeout_s):
        _reader, writer = await asyncio.open_connection(ip, port)
    writer.close()
