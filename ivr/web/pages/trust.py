"""How a machine comes to trust this installation's certificate. For everybody."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from aiohttp import web

from ivr.web.encode import attachment
from ivr.web.guard import open_to_all
from ivr.web.page import page
from ivr.web.site import site_of
from ivr.web.texts import N_

routes = web.RouteTableDef()


class Way(NamedTuple):
    """The steps on one kind of machine."""

    title: str
    steps: tuple[str, ...]


WAYS = (
    Way(
        N_("Windows: Chrome, Edge"),
        (
            N_("Open the downloaded file and choose “Install Certificate…”."),
            N_("Choose “Local Machine”; Windows asks for an administrator."),
            N_(
                "Choose “Place all certificates in the following store”, then "
                "“Trusted Root Certification Authorities”, and finish."
            ),
            N_("Close all windows of the browser, and open this site again."),
        ),
    ),
    Way(
        N_("Android: Chrome"),
        (
            N_(
                "Open the mobile's Settings and search for “CA certificate” "
                "(Security, Encryption & credentials, Install a certificate)."
            ),
            N_("Choose “CA certificate”, “Install anyway”, and the downloaded file."),
            N_("Open this site again."),
        ),
    ),
    Way(
        N_("macOS: Chrome, Safari"),
        (
            N_("Open the downloaded file: Keychain Access asks where; choose System."),
            N_(
                "Double-click the certificate of Samvad there; under “Trust” choose "
                "“Always Trust”."
            ),
            N_("Close the browser with ⌘Q, and open this site again."),
        ),
    ),
    Way(
        N_("Firefox on every computer"),
        (
            N_("Settings, “Privacy & Security”, “View Certificates…”, “Authorities”."),
            N_(
                "“Import…”, the downloaded file, and mark “Trust this CA to identify "
                "websites”."
            ),
            N_("Open this site again."),
        ),
    ),
    Way(
        N_("Linux: Chrome, Chromium"),
        (
            N_("Open chrome://settings/certificates in the browser."),
            N_(
                "“Authorities” or “Installed by you”, “Import”, the downloaded file, "
                "and trust it for websites."
            ),
            N_("Open this site again."),
        ),
    ),
)


@routes.get("/trust")
@open_to_all
async def trust(request: web.Request) -> web.StreamResponse:
    authority = site_of(request).authority
    return page(
        request,
        "trust.html",
        fingerprint=_fingerprint(authority) if authority else None,
        ways=WAYS,
    )


@routes.get("/trust/samvad.crt")
@open_to_all
async def authority(request: web.Request) -> web.StreamResponse:
    """The authority's certificate. It is public; its key is never read here."""
    made = site_of(request).authority
    if made is None:
        raise web.HTTPNotFound
    return web.Response(
        body=made,
        content_type="application/x-x509-ca-cert",
        headers={
            "Content-Disposition": attachment("samvad.crt"),
            "Cache-Control": "no-cache",
        },
    )


def _fingerprint(der: bytes) -> str:
    """Return the SHA-256 as browsers show it: AB:CD:…"""
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())
