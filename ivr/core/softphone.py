"""A telecaller's own softphone: by what it registers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Softphone:
    """What is typed into a softphone, or sent to it."""

    server: str  # a name or an address, without brackets
    tls_port: int
    udp_port: int | None  # for softphones that do not trust our certificate, if allowed
    user: str
    password: str = field(repr=False)  # never in a log
    name: str = ""
    realm: str = "samvad"  # default_realm of dialplans/pjsip.conf.j2

    @property
    def host(self) -> str:
        """Return the server as an address of SIP has it."""
        return f"[{self.server}]" if ":" in self.server else self.server


def server_of(reached_by: str, *, bind: str, public_address: str = "") -> str:
    """Return by what name or address a softphone finds the switch.

    `reached_by` is the host by which the user's browser found our pages. A name may
    be all that the certificate knows, so it is kept; so is the address outside of a
    NAT. The switch listens at `bind`, on this same machine.
    """
    host = reached_by.strip("[]")
    if ip_address(bind).is_unspecified or host == public_address:
        return host
    try:
        ip_address(host)
    except ValueError:
        return bind if host == "localhost" else host
    return bind
