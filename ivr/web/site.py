"""What every handler may use, and how it reaches it. Holds values, decides nothing."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from ivr.controller.campaign_workshop import CampaignWorkshop
from ivr.controller.contact_lists import ContactLists
from ivr.controller.erasures import Erasures
from ivr.controller.flow_workshop import FlowWorkshop
from ivr.controller.hooks import Hooks
from ivr.controller.list_imports import ListImports
from ivr.controller.operations import Operations
from ivr.controller.practice import Practices
from ivr.controller.programs import Programs
from ivr.controller.prompt_workshop import PromptWorkshop
from ivr.controller.results import Results
from ivr.controller.settings_workshop import SettingsWorkshop
from ivr.controller.trial_calls import TrialCalls
from ivr.controller.users import Users, WebSession
from ivr.core.access import May, User, grants
from ivr.core.model import CentreCode, TelecallerId
from ivr.core.organisation import Tree
from ivr.core.softphone import Softphone
from ivr.web.texts import Catalogues


@dataclass(frozen=True, slots=True)
class IceServer:
    """Who carries a browser's voice where no straight way is open: a TURN server.

    The names are those of WebRTC's RTCIceServer.
    """

    urls: str
    username: str
    credential: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """By what a telecaller's phone in the browser registers."""

    address: str
    secret: str = field(repr=False)
    ice_servers: tuple[IceServer, ...] = ()


@dataclass(frozen=True, slots=True)
class Phones:
    """The switch that browsers' phones speak to, through the site's own address."""

    server: str  # wss://HOST:PORT/ws
    tls: ssl.SSLContext
    # Both None for who was taken out of the file of telecallers.
    account_of: Callable[[TelecallerId], PhoneAccount | None]
    # Of whose own softphone, and by which host they reach our pages.
    softphone_of: Callable[[TelecallerId, str], Softphone | None]


@dataclass(frozen=True, slots=True)
class ListRoom:
    """What the pages of lists need."""

    lists: ContactLists
    imports: ListImports
    districts: Mapping[str, tuple[str, str]]  # code to its Hindi and English name
    schemes: Mapping[str, tuple[str, str]]  # tag to the same
    is_government: bool = False  # whose lists of beneficiaries may come in


@dataclass(frozen=True, slots=True)
class Site:
    """One running Samvad, as its pages see it."""

    operations: Operations
    users: Users
    results: Results
    programs: Programs
    hooks: Hooks
    tree: Tree
    now: Callable[[], datetime]
    zone: ZoneInfo  # of screens
    token: str  # of this machine's own command line
    texts: Catalogues
    organisation_hi: str
    organisation_en: str
    lists: ListRoom
    is_https: bool = True  # False: only tests; cookies are then not Secure
    https_port: int = 0  # where the pages are; 0: wherever one asks
    phones: Phones | None = None  # None: no switch that takes browsers' phones
    # The certificate, in DER, that people's machines must trust; None: a public one.
    authority: bytes | None = None
    workshop: FlowWorkshop | None = None  # None: this Samvad has no flow pages
    campaigns: CampaignWorkshop | None = None
    prompts: PromptWorkshop | None = None
    settings: SettingsWorkshop | None = None
    practices: Practices | None = None  # None: nobody can practise
    erasures: Erasures | None = None  # None: nobody can be erased
    trial_calls: TrialCalls | None = None  # None: no telephone to hear flows on


class Who(NamedTuple):
    """Who asks. Without a session it is a program with a token."""

    user: User
    session: WebSession | None
    token: str = ""  # which: its id; "" for this machine's own


HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")

SITE: web.AppKey[Site] = web.AppKey("site")
WHO: web.RequestKey[Who] = web.RequestKey("who")
LANGUAGE: web.RequestKey[str] = web.RequestKey("language")


def site_of(request: web.Request) -> Site:
    return request.app[SITE]


def user_of(request: web.Request) -> User:
    """Return who asks; only where the guard let somebody in."""
    return request[WHO].user


def workshop_of(request: web.Request) -> FlowWorkshop:
    workshop = site_of(request).workshop
    if workshop is None:
        raise web.HTTPNotFound
    return workshop


def may_do(request: web.Request, what: May) -> bool:
    return what in grants(user_of(request))


def host_of(request: web.Request) -> str:
    """Return by which host the browser reached us, without port. Raises HTTPBadRequest.

    It is what the browser says: good for what only that browser sees.
    """
    if not HOST.fullmatch(request.host):
        raise web.HTTPBadRequest
    return re.sub(r":\d+$", "", request.host)


def address_of(request: web.Request) -> str:
    """Return the browser's address, as the socket has it."""
    return request.remote or ""


async def note(
    request: web.Request,
    action: str,
    about: str = "",
    *,
    centre: CentreCode | None = None,
    **detail: str,
) -> None:
    """Write what the user does into the audit log."""
    if request[WHO].token:
        detail["token"] = request[WHO].token
    await site_of(request).users.note(
        action,
        user=user_of(request),
        about=about,
        centre=centre,
        address=address_of(request),
        detail=detail,
    )
