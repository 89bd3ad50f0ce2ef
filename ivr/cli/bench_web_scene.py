"""What `bench web` needs around its figures: people at work, calls, open pages."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from ivr.cli.bench_system import (
    LIST,
    bench_flow,
    first_menu,
    load_campaign,
    until,
)
from ivr.cli.bench_web_browsers import Feed, Seen, Visit
from ivr.cli.system import System
from ivr.controller.users import WebSession, key_of
from ivr.core.access import Role, User, UserId
from ivr.core.flow_model import Node, NodeKind
from ivr.core.model import (
    Campaign,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    DeskState,
    NodeId,
    PhoneNumber,
    Telecaller,
    TelecallerId,
)
from ivr.core.organisation import path
from ivr.errors import SetupFailed
from ivr.settings.certificate import certificate
from ivr.settings.config import PROJECT
from ivr.settings.people import load_centres
from ivr.simulation.carrier import bench_number
from ivr.simulation.settings import Bench
from ivr.store.users import SqlUsers
from ivr.web.guard import COOKIE

TALK_S = 10.0  # then the voter hangs up
# A fifth of those who answer press the key that leads to a telecaller.
BENCH = Bench(ring_s=0.2, key_after_s=1.0, stay_s=TALK_S)
WRAP_UP = timedelta(seconds=30)
SCRIPT = "नमस्ते {name}, मैं {telecaller} बोल रही हूँ।\n\nक्या आपको योजना का लाभ मिला?"
PERSON, BYE = NodeId("person"), NodeId("bye")
HOST = "127.0.0.1"
READY_WITHIN_S = 60.0
OPEN_WITHIN_S = 120.0
TELL_WITHIN_S = 60.0


def places() -> list[Centre]:
    """Return the shipped tree, the root first, then divisions, then districts."""
    centres = load_centres(PROJECT / "config/centres.yaml")
    tree = {one.code: one for one in centres}
    return sorted(centres, key=lambda one: len(path(one.code, tree)))


def leaves() -> list[CentreCode]:
    """Return the centres with nothing below: where telecallers and people are."""
    centres = places()
    above = {one.parent for one in centres}
    return [one.code for one in centres if one.code not in above]


def telecallers_of(count: int) -> list[Telecaller]:
    """Return so many telecallers, spread over the districts."""
    where = leaves()
    return [
        Telecaller(TelecallerId(name), f"बेंच {n}", where[n % len(where)], name)
        for n in range(1, count + 1)
        for name in [f"tb-{n:03d}"]
    ]


async def park(system: System) -> None:
    """Log every telecaller in. Raises SetupFailed."""
    for desk in system.running.desks():
        await system.running.log_in(desk.telecaller_id)
    are_ready = await until(
        lambda: all(d.state is DeskState.READY for d in system.running.desks()),
        READY_WITHIN_S,
    )
    if not are_ready:
        raise SetupFailed("not every leg came up: see the log of Asterisk")


async def enrol(
    system: System, count: int, calls_per_s: float, *, wrap_up: timedelta = WRAP_UP
) -> Campaign:
    """Store a campaign of `count` load numbers; a fifth of them want a telecaller."""
    flow = bench_flow(
        system.settings, _nodes(system), first_menu(system.settings).node_id
    )
    where, now = leaves(), system.clock.now()
    contacts = [
        Contact(
            ContactId(0),
            LIST,
            PhoneNumber(bench_number(i)),
            name=f"बेंच {i}",
            centre=where[i % len(where)],
            fields={"village": "बेंचपुर"},
        )
        for i in range(count)
    ]
    await system.store.add_contacts(LIST, "load numbers of the carrier", now, contacts)
    campaign = replace(
        load_campaign(system, flow, calls_per_s), wrap_up=wrap_up, script=SCRIPT
    )
    await system.store.save_campaign(campaign, flow, "", now)
    await system.store.enrol(campaign, now)
    return campaign


def _nodes(system: System) -> list[Node]:
    menu = first_menu(system.settings)
    options = tuple(
        replace(menu.options[0], key=key, meaning=f"key_{key}", goto=goto)
        for key, goto in zip("12345", (PERSON, BYE, BYE, BYE, BYE), strict=True)
    )
    asks = replace(
        menu, options=options, retries=0, next=BYE, on_silence=BYE, on_invalid=BYE
    )
    person = Node(PERSON, NodeKind.TELECALLER, next=BYE, otherwise=BYE)
    return [asks, person, Node(BYE, NodeKind.HANG_UP)]


async def signed_in(system: System, floors: int) -> list[Feed]:
    """Return the open pages: every telecaller's desk, and so many in-charges' floors.

    Their sessions are put into the store: nobody's password is hashed here.
    """
    desks = [
        User(
            UserId(one.telecaller_id),
            one.name,
            Role.TELECALLER,
            CentreCode(one.centre),
            one.telecaller_id,
            _language(n),
        )
        for n, one in enumerate(system.running.desks())
    ]
    where = places()
    in_charges = [
        User(
            UserId(f"ib-{n:03d}"),
            f"प्रभारी {n}",
            Role.IN_CHARGE,
            where[n % len(where)].code,
            language=_language(n),
        )
        for n in range(floors)
    ]
    ours = [await _open_page(system, one, "/desk/feed") for one in desks]
    return ours + [await _open_page(system, one, "/feed/floor") for one in in_charges]


def _language(n: int) -> str:
    return "en" if n % 4 == 3 else "hi"


async def _open_page(system: System, user: User, path: str) -> Feed:
    users, now, cookie = SqlUsers(system.store), system.clock.now(), secrets.token_hex()
    await users.keep_user(user, now)
    await users.open_session(WebSession(key_of(cookie), user.user_id, "", now, now))
    return Feed(str(user.user_id), path, f"{COOKIE}={cookie}")


@dataclass(slots=True)
class Browsers:
    """The process that has the pages open."""

    process: asyncio.subprocess.Process

    async def close(self) -> Seen:
        """Close all pages and return what they saw. Raises SetupFailed."""
        try:
            async with asyncio.timeout(TELL_WITHIN_S):
                told, _ = await self.process.communicate(b"\n")
            return Seen(**json.loads(told))
        except (TimeoutError, ValueError, OSError) as exc:
            raise SetupFailed(f"the browsers told nothing: {exc}") from exc


@asynccontextmanager
async def browsers(system: System, feeds: Sequence[Feed]) -> AsyncIterator[Browsers]:
    """Open the pages in a process of its own. Raises SetupFailed."""
    authority = certificate(system.settings).authority
    assert authority is not None, "a bench's home has an authority of its own"
    port = system.settings.web.https_port
    visit = Visit(HOST, port, str(authority), list(feeds))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ivr.cli.bench_web_browsers",
        cwd=Path(PROJECT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps(asdict(visit)).encode() + b"\n")
        async with asyncio.timeout(OPEN_WITHIN_S):
            said = await process.stdout.readline()
        if not said or json.loads(said) != {"open": len(feeds)}:
            raise SetupFailed("the pages did not open")
        yield Browsers(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
