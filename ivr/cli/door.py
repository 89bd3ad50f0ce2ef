"""Wires who comes in and what goes out: the gate for phones, the trunks' meter."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import structlog

from ivr.asterisk.gate import AsteriskGate
from ivr.asterisk.provision import TEMPLATES, Folders, trunk_addresses
from ivr.asterisk.switch import AsteriskSwitch
from ivr.controller.lockout_room import LockoutRoom, Note
from ivr.controller.ports import Clock
from ivr.controller.trunk_meter import TrunkMeter
from ivr.controller.users import AuditEntry
from ivr.core.lockout import Lockout, Lockouts
from ivr.settings.config import Settings
from ivr.store.lockouts import SqlLockouts
from ivr.store.store import SqlStore
from ivr.store.trunk_use import SqlTrunkUse
from ivr.store.users import SqlUsers

log = structlog.get_logger(__name__)

LOG = "lockouts.log"
MOST_LOG = 1_000_000  # bytes; then one older file is kept


async def keep_door(
    stack: AsyncExitStack,
    settings: Settings,
    folders: Folders,
    store: SqlStore,
    clock: Clock,
    switch: AsteriskSwitch,
) -> LockoutRoom:
    """Return who shuts out; it works for as long as the stack is open."""
    room = LockoutRoom(
        Lockouts(trusted(settings)),
        AsteriskGate(folders.home, settings.project / TEMPLATES),
        SqlLockouts(store),
        clock,
        note=_noted(SqlUsers(store), folders.log / LOG),
    )
    switch.on_knock = room.knocked
    switch.on_back = room.gate_forgot
    switch.on_stray = room.called_out
    working = asyncio.create_task(room.run())

    async def stop() -> None:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    stack.push_async_callback(stop)
    return room


def trusted(settings: Settings) -> list[IPv4Network | IPv6Network]:
    """Return the addresses that are never shut out: our trunks', and our own.

    Browsers' phones all come by our own pages, which know who is signed in.
    """
    ours = ("127.0.0.1", "::1", settings.asterisk.bind)
    trunks = (
        address
        for trunk in settings.trunks
        for address in trunk_addresses(settings, trunk)
    )
    return [ip_network(address) for address in (*ours, *trunks)]


async def trunk_meter(
    stack: AsyncExitStack, settings: Settings, store: SqlStore, clock: Clock
) -> TrunkMeter:
    """Return the trunks' meter, with what was used today. Raises StoreUnavailable."""
    meter = TrunkMeter(settings.trunks, SqlTrunkUse(store), clock)
    await meter.restore()
    stack.push_async_callback(meter.stop)
    return meter


def _noted(users: SqlUsers, file: Path) -> Note:
    async def note(one: Lockout) -> None:
        await asyncio.to_thread(write_line, file, one)
        await users.keep_audit(
            AuditEntry(
                at=one.since,
                user_id="samvad",
                action="locked_out",
                about=f"address {one.source}",
                address=one.source,
                detail={
                    "until": one.until.isoformat(timespec="seconds"),
                    "because": one.because,
                },
            )
        )

    return note


def write_line(file: Path, one: Lockout) -> None:
    """Add a line for programs that shut out further on (scripts/fail2ban)."""
    line = (
        f"{one.since:%Y-%m-%dT%H:%M:%S%z} locked out {one.source} "
        f"until {one.until:%Y-%m-%dT%H:%M:%S%z} because {one.because}\n"
    )
    try:
        if file.exists() and file.stat().st_size > MOST_LOG:
            file.replace(file.with_suffix(".old"))
        with file.open("a", encoding="utf-8") as out:
            out.write(line)
    except OSError as exc:  # our own gate is shut all the same
        log.warning("Lock-out not logged", file=str(file), error=str(exc))
