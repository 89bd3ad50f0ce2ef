"""The end of `dialer.py demo --stay`: the pages stay open, with people to sign in as.

The users are invented; their password is made anew each time, and lives as long as the
demo's database does.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from datetime import timedelta

from rich.table import Table

from ivr.cli.options import out
from ivr.cli.system import System
from ivr.controller.users import Users
from ivr.core.access import Role, User, UserId
from ivr.core.model import Campaign, CentreCode, Telecaller, TelecallerId
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher

STATE, SEHORE = CentreCode("MP"), CentreCode("MP.BPL.SEH")
# Nobody simulates this one: the desk is for who reads this.
GUEST = Telecaller(TelecallerId("tc-107"), "ललिता परमार", SEHORE, "tc-107")
USERS = (
    (
        User(
            UserId("lalita"), GUEST.name, Role.TELECALLER, SEHORE, GUEST.telecaller_id
        ),
        "a telecaller's desk, with the phone in the page",
    ),
    (
        User(
            UserId("anuradha"),
            "अनुराधा शर्मा",
            Role.IN_CHARGE,
            SEHORE,
            TelecallerId("ic-seh"),
        ),
        "the floor and the results of Sehore",
    ),
    (
        User(UserId("meera"), "मीरा जोशी", Role.ADMIN, STATE),
        "lists, flows, campaigns, people, settings",
    ),
    (
        User(UserId("kiran"), "किरण राव", Role.ADMIN, STATE),
        "a second admin, who approves what the first made",
    ),
    (User(UserId("vimla"), "विमला नायर", Role.AUDITOR, STATE), "the audit log"),
)


async def leave_open(system: System, campaign: Campaign) -> None:
    """Say where the pages are and how to sign in; return at Ctrl-C."""
    password = secrets.token_urlsafe(9)
    await _join(system, password)
    web = system.settings.web
    out.print()
    out.print(f"[bold]The pages are open:[/] https://{web.host}:{web.https_port}/")
    out.print(
        "  The browser warns of the certificate: it is this installation's own. Go on, "
        "or trust run/demo/keys/authority.crt."
    )
    table = Table("user", "password", "what they see")
    for user, what in USERS:
        table.add_row(user.user_id, password, what)
    out.print(table)
    out.print(
        f"  dialer.py campaign start {campaign.campaign_id} -c config/demo.toml calls "
        "more people (where any are left). Ctrl-C ends it all."
    )
    await _until_stopped()


async def _join(system: System, password: str) -> None:
    users = Users(
        SqlUsers(system.store),
        Argon2Hasher(),
        system.clock,
        idle=timedelta(minutes=system.settings.web.idle_minutes),
    )
    for user, _ in USERS:
        if await users.store.user(user.user_id) is None:
            await users.add(user, password, by="demo")


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
