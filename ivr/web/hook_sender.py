"""Sends webhooks, and to no address inside: not at making, and not at connecting.

The check is on the very address that the socket is made for, after names are
resolved: a name that changes its mind between check and connection gains nothing.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import aiohttp
from aiohttp.typedefs import StrOrURL
from yarl import URL

from ivr.controller.hooks import Sent
from ivr.errors import BadInput

TIMEOUT_S = 10.0
READS = 512  # bytes of what is answered: for the page
LONGEST_URL = 500
LEADS_INSIDE = "it leads to an address inside: not allowed"
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
# What is_global lets by in some versions of Python, or what only looks public.
INSIDE = (
    ipaddress.ip_network("168.63.129.16/32"),  # Azure, to its own machines only
    ipaddress.ip_network("192.0.0.0/24"),  # RFC 6890; Oracle's metadata
    ipaddress.ip_network("100.64.0.0/10"),  # RFC 6598; Alibaba's metadata
    ipaddress.ip_network("64:ff9b:1::/48"),  # RFC 8215
)

AddrInfo = tuple[int, int, int, str, tuple[object, ...]]


def is_refused(address: str) -> bool:
    """Say whether an IP address is inside: private, loopback, link-local, metadata."""
    return _is_inside(ipaddress.ip_address(address.partition("%")[0]))


def _is_inside(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        teredo = ip.teredo[1] if ip.teredo else None
        nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        within = ip.ipv4_mapped or ip.sixtofour or teredo or nat64
        if within is not None:
            return _is_inside(within)
    return not ip.is_global or ip.is_multicast or any(ip in net for net in INSIDE)


class AddressRefused(OSError):
    """It leads inside."""


async def check_url(url: str, *, refuses: Callable[[str], bool] = is_refused) -> None:
    """Refuse an address that is none, or that leads inside. Raises BadInput."""
    host, port = _parts(url)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as exc:
        raise BadInput(f"there is no host {host}", where="url") from exc
    if any(refuses(str(one[4][0])) for one in found):
        raise BadInput(LEADS_INSIDE, where="url")


def _parts(url: str) -> tuple[str, int]:
    problem = "https://, a host, no user, at most 500 letters"
    try:
        parsed = URL(url)
        host, port = parsed.host, parsed.port
    except ValueError as exc:
        raise BadInput(problem, where="url") from exc
    is_plain = len(url) <= LONGEST_URL and url.isprintable() and not parsed.user
    if parsed.scheme != "https" or not host or not port or not is_plain:
        raise BadInput(problem, where="url")
    if port != 443 and port < 1024:
        raise BadInput("port 443, or 1024 and above", where="url")
    return host, port


class HookSender:
    """controller.hooks.Sender over HTTPS. Close it."""

    def __init__(
        self,
        *,
        refuses: Callable[[str], bool] = is_refused,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._refuses = refuses
        connector = aiohttp.TCPConnector(
            socket_factory=self._socket, use_dns_cache=False, force_close=True
        )
        self._http = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy would connect for us, to wherever it likes
            auto_decompress=False,  # a small answer may be a large one, packed
        )

    def _socket(self, info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if self._refuses(str(address[0])):
            raise AddressRefused(errno.EACCES, LEADS_INSIDE)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    async def send(self, url: StrOrURL, body: bytes, headers: dict[str, str]) -> Sent:
        try:
            async with self._http.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(READS)
                return Sent(200 <= answer.status < 300, str(answer.status))
        except TimeoutError:
            return Sent(False, "no answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            return Sent(False, f"{type(exc).__name__}: {exc}")

    async def close(self) -> None:
        await self._http.close()
