"""The phones of telecallers and in-charges, as the pages need to know them."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import datetime

from ivr.controller.running import Running
from ivr.controller.users import SESSION_LASTS
from ivr.core.model import Telecaller, TelecallerId
from ivr.core.softphone import Softphone, server_of
from ivr.settings.certificate import certificate
from ivr.settings.config import Settings
from ivr.settings.secret import secret
from ivr.settings.turn import TURN_SECRET, credential
from ivr.web.site import IceServer, PhoneAccount, Phones


def phones_of(
    settings: Settings, running: Running, *, now: Callable[[], datetime]
) -> Phones:
    """Return how the pages reach the phones' side of Asterisk, and by what accounts."""
    people = {one.telecaller_id: one for one in running.listening.in_charges()} | {
        session.telecaller.telecaller_id: session.telecaller
        for session in running.desks_room.sessions()
    }

    def account_of(telecaller_id: TelecallerId) -> PhoneAccount | None:
        person = people.get(telecaller_id)
        if person is None:
            return None
        address = person.web_address
        ice = ice_servers(settings, address, now())
        return PhoneAccount(address, secret(settings.home, address), ice)

    def softphone_of(telecaller_id: TelecallerId, reached_by: str) -> Softphone | None:
        person = people.get(telecaller_id)
        return None if person is None else softphone(settings, person, reached_by)

    bind = ipaddress.ip_address(settings.asterisk.bind)
    host = "127.0.0.1" if bind.is_unspecified else settings.asterisk.bind
    server = f"wss://{host}:{settings.asterisk.wss_port}/ws"
    return Phones(server, _tls(settings), account_of, softphone_of)


def softphone(settings: Settings, person: Telecaller, reached_by: str) -> Softphone:
    """Return by what a person's own softphone registers."""
    asterisk = settings.asterisk
    return Softphone(
        server=server_of(
            reached_by, bind=asterisk.bind, public_address=asterisk.public_address
        ),
        tls_port=asterisk.sips_port,
        udp_port=asterisk.sip_port if asterisk.allow_plain_sip else None,
        user=person.address,
        password=secret(settings.home, person.address),
        name=person.name,
    )


def ice_servers(
    settings: Settings, address: str, now: datetime
) -> tuple[IceServer, ...]:
    """Return the TURN server of the settings, with a credential for one shift."""
    if not settings.web.turn:
        return ()
    given = credential(
        secret(settings.home, TURN_SECRET), address, until=now + SESSION_LASTS
    )
    return (IceServer(settings.web.turn, *given),)


def _tls(settings: Settings) -> ssl.SSLContext:
    authority = certificate(settings).authority
    tls = ssl.create_default_context(cafile=authority)
    if authority is None or settings.asterisk.external:
        # An own certificate names the site, not this wire within the machine.
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return tls
