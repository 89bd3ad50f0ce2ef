"""The whole of Samvad as one context: Asterisk, store, controller, web.

The only wiring there is: `dialer.py up`, the demo and the benches all open this.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from ivr.asterisk import outbox
from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.fastagi import AgiServer
from ivr.asterisk.hung import end_when_hung
from ivr.asterisk.key_log import KeyLog
from ivr.asterisk.process import (
    AsteriskProcess,
)
from ivr.asterisk.provision import Folders, find_asterisk, render
from ivr.asterisk.switch import AsteriskSwitch
from ivr.backup.making import overdue_h
from ivr.cli.door import keep_door, trunk_meter
from ivr.cli.erase import erasures_over
from ivr.cli.figures import watch, watch_backups
from ivr.cli.journal_heads import watch_journal
from ivr.cli.keys import number_key, open_vault
from ivr.cli.own_asterisk import own_asterisk
from ivr.cli.site import campaign_files, site_over, web_server
from ivr.cli.voters_lines import (
    agi_server,
    audio_library,
    forget_spoken,
    scenarios_of,
    trials_folder,
)
from ivr.controller.braking import Outside
from ivr.controller.clock import SystemClock
from ivr.controller.erasures import Erasures
from ivr.controller.hooks import Hooks
from ivr.controller.listening import KeepNote, to_audit
from ivr.controller.ports import Pacers, WayOut
from ivr.controller.rooms import World
from ivr.controller.running import Running
from ivr.controller.trunk_meter import MeteredSwitch
from ivr.core.law import AbandonmentCounts, LawFacts
from ivr.core.model import (
    Campaign,
    Telecaller,
    TransferNumber,
)
from ivr.core.organisation import Tree
from ivr.errors import SamvadError, SetupFailed
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.calendar import load_law
from ivr.settings.config import Settings
from ivr.settings.home import HomeLock
from ivr.settings.people import (
    load_centres,
    load_geography,
    load_in_charges,
    load_telecallers,
    load_transfer_numbers,
)
from ivr.settings.private import close_to_others
from ivr.settings.secret import secret
from ivr.store.engine import open_store
from ivr.store.floor import SqlFloorStore
from ivr.store.hooks import SqlHooks
from ivr.store.opt_outs import agree
from ivr.store.practices import SqlPractices
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.vault.sealer import Sealer
from ivr.vault.vault import Vault
from ivr.web.app import listen, make_app, serve, stop
from ivr.web.hook_sender import HookSender
from ivr.web.metrics import latency, new_registry
from ivr.workshop.campaign_parts import TELECALLERS

log = structlog.get_logger(__name__)

AMI_USER = "samvad"
TRANSFERS = "config/transfer_numbers.yaml"
OUTBOX_EVERY_S = 5.0
# What stands after the start lives as long as we do: the collector need not walk it
# again. And with the defaults (700, 10, 10) a busy system would search its whole
# memory several times a second, 50 ms and more each, while people's keys wait.
GC_THRESHOLDS = (20_000, 50, 100)
LOOPBACK = "127.0.0.1"
LAST_WRITES_S = 3.0  # a database that hangs must not hold up the end
DIALLED_S = 1.0  # a call that was asked for has its channel within that


@dataclass(slots=True)
class System:
    """What runs, for whoever opened it."""

    settings: Settings
    clock: SystemClock
    store: SqlStore
    switch: AsteriskSwitch
    running: Running
    agi: AgiServer
    folders: Folders
    process: AsteriskProcess | None
    metrics: CollectorRegistry
    library: AudioLibrary
    law: LawReader
    hooks: Hooks
    vault: Vault
    erasures: Erasures
    hands_over: bool = False  # at the end calls and desks go on, for the next run

    async def end_calls(self) -> None:
        """End what lives; or let go of it."""
        if self.hands_over:
            await self.running.stop_dialling(DIALLED_S)
            await self.switch.until_dialled(DIALLED_S)
            await self.agi.stop()  # now voters are asked for a moment
            await self.running.let_go()
        else:
            await self.running.shut_down()


@dataclass(frozen=True, slots=True)
class Wires:
    """Ports of the controller's own ends of its wires to Asterisk, where something
    lies between (`dialer.py chaos`). Else both ends are the settings' ports."""

    ami: int
    agi: int


class LawReader:
    """What the law asks about, from the config files: read once, and after a change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.read_again()

    def read_again(self) -> None:
        config = self._settings.project / "config"
        self.facts = load_law(config, self._settings.trunks)

    def __call__(self, _campaign: Campaign, counts: AbandonmentCounts) -> LawFacts:
        return replace(self.facts, abandonment=counts)


@asynccontextmanager
async def open_system(
    settings: Settings,
    *,
    clock: SystemClock | None = None,
    telecallers: Sequence[Telecaller] | None = None,
    pacers: Pacers | None = None,
    in_charges: Sequence[Telecaller] | None = None,
    transfer_numbers: Sequence[TransferNumber] | None = None,
    keep_note: KeepNote | None = None,
    switch_kind: type[AsteriskSwitch] = AsteriskSwitch,
    wires: Wires | None = None,
) -> AsyncIterator[System]:
    """Start everything, in order; stop it in the opposite order. Raises SetupFailed.

    `switch_kind`: another kind of telephones, for a bench.
    """
    clock = clock or SystemClock()
    ports = settings.asterisk
    wires = wires or Wires(ami=ports.ami_port, agi=ports.agi_port)
    async with AsyncExitStack() as stack:
        stack.enter_context(HomeLock(settings.home))
        for opened in close_to_others(settings.home):
            log.warning("Other users could read this: closed", file=str(opened))
        if telecallers is None:
            telecallers = load_telecallers(settings.project / TELECALLERS)
        if in_charges is None:
            in_charges = load_in_charges(settings.project / TELECALLERS)
        if transfer_numbers is None:
            transfer_numbers = load_transfer_numbers(settings.project / TRANSFERS)
        centres = load_centres(settings.project / "config/centres.yaml")
        store = await stack.enter_async_context(
            await open_store(
                settings.database_url,
                durability=settings.database.durability,
                opt_outs=settings.opt_out_ledger,
                spool=settings.spool,
                erased=number_key(settings.home),
            )
        )
        await _agree_on_opt_outs(settings, store)
        # In-charges too: a user may have any of these phones.
        await store.upsert_people(centres, [*telecallers, *in_charges])
        installed = find_asterisk(settings.project)
        folders = render(settings, [*telecallers, *in_charges], asterisk=installed)
        vault = await _vault(stack, settings)
        trials = trials_folder(settings)
        registry, gauges = new_registry()
        switch = _switch(switch_kind, settings, clock, (registry, wires))
        law = LawReader(settings)
        tree = {centre.code: centre for centre in centres}
        hooks = await _hooks(stack, settings, store, clock, tree)
        await watch_journal(stack, settings.home, store, clock, hooks.tell)
        library = audio_library(settings)
        meter = await trunk_meter(stack, settings, store, clock)
        running = Running(
            World(
                store=store,
                floor_store=SqlFloorStore(store),
                switch=MeteredSwitch(switch, meter),
                meter=meter,
                clock=clock,
                telecallers=telecallers,
                tree=tree,
                law_of=law,
                trunk_of=settings.trunk_or_closed,
                district_names=_district_names(settings),
                pacers=pacers,
                transfer_numbers=transfer_numbers,
                in_charges=in_charges,
                way_out=_way_out(settings),
                keep_note=keep_note or to_audit(SqlUsers(store)),
                tell=hooks.tell,
                practice_store=SqlPractices(store),
                scenarios=scenarios_of(settings, library),
                backup_overdue_h=lambda: overdue_h(settings, datetime.now(UTC)),
            )
        )
        running.dial_loop.braking.outside = lambda: Outside(
            answer_s=switch.answer_s,
            undialled_s=switch.undialled_s,
            events=switch.waiting_events,
            writes=store.writes_waiting,
        )
        running.trial_calls.forget = lambda trial: forget_spoken(trials, trial)
        agi = agi_server(settings, switch, running, registry, library)
        system = System(
            settings,
            clock,
            store,
            switch,
            running,
            agi,
            folders,
            None,
            registry,
            library,
            law,
            hooks,
            vault,
            erasures_over(settings, store, vault, clock, running.opt_out),
        )
        watch(
            gauges,
            running,
            agi,
            lambda: {
                "switch_events": switch.waiting_events,
                "store_writes": store.writes_waiting,
                "store_spool": store.spooled[0],
                "voters_for_a_desk": running.desks_room.waiting(),
            },
        )
        watch_backups(gauges, settings.home)
        gauges.gauge(
            "samvad_store_away_seconds",
            "For how long writes have been going to the spool",
            "store",
            lambda: {"database": store.spooled[1]},
        )
        await _listen(stack, system, wires.agi)
        if not settings.asterisk.external:
            system.process = await own_asterisk(
                stack, settings, folders, lambda: system.hands_over
            )
        door = await keep_door(stack, settings, folders, store, clock, switch)
        running.floor.door = door
        await _connect(stack, system)
        _erase(stack, system.erasures)
        stack.callback(_settle_memory())
        yield system


async def _vault(stack: AsyncExitStack, settings: Settings) -> Vault:
    """Return the vault; what is recorded is sealed for as long as the stack is open."""
    vault = open_vault(settings.home)
    with vault.ring.steady():
        vault.ring.current()  # made now: not while somebody speaks
    vault.recordings.make_folders()
    sealer = Sealer(vault.recordings)
    sealer.start()
    stack.push_async_callback(asyncio.to_thread, sealer.stop)
    return vault


async def _agree_on_opt_outs(settings: Settings, store: SqlStore) -> None:
    """Put in again what the ledger has and the database has not, and note the rest."""
    put_in, _noted = await agree(store, settings.opt_out_ledger)
    if put_in:
        log.warning("Opt-outs were missing in the database", put_in_again=put_in)


def _erase(stack: AsyncExitStack, erasures: Erasures) -> None:
    """Erase what is due, for as long as the stack is open."""
    erasing = asyncio.create_task(erasures.run())

    async def stop() -> None:
        erasing.cancel()
        await asyncio.gather(erasing, return_exceptions=True)

    stack.push_async_callback(stop)


def _settle_memory() -> Callable[[], None]:
    """Spare the collector what stays; return what undoes it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)

    def undo() -> None:
        gc.unfreeze()
        gc.set_threshold(*before)

    return undo


def _way_out(settings: Settings) -> WayOut | None:
    """Return the first trunk with a caller ID: telecallers' mobiles are rung by it."""
    for trunk in settings.trunks:
        if trunk.caller_ids:
            return WayOut(trunk, trunk.caller_ids[0])
    return None


def _district_names(settings: Settings) -> dict[str, str]:
    """Return the Hindi name of each district: prompts speak it, the law has codes."""
    geography = load_geography(settings.project / "config/geography.yaml")
    return {district.code: district.name_hi for district in geography.districts}


def _switch(
    kind: type[AsteriskSwitch],
    settings: Settings,
    clock: SystemClock,
    told: tuple[CollectorRegistry, Wires],
) -> AsteriskSwitch:
    registry, wires = told
    address = AmiAddress(
        settings.asterisk.host,
        wires.ami,
        AMI_USER,
        secret(settings.home, "ami"),
    )
    answered = latency(registry, "samvad_ami_answer_seconds", "AMI action to answer")
    return kind(
        address,
        clock.now,
        timeout_s=settings.timeouts.ami_s,
        on_answer=answered.observe,
        key_log=KeyLog(settings.home / "asterisk" / "log"),
    )


async def _hooks(
    stack: AsyncExitStack,
    settings: Settings,
    store: SqlStore,
    clock: SystemClock,
    tree: Tree,
) -> Hooks:
    """Return what tells other software; it works for as long as the stack is open."""
    sender = HookSender()
    stack.push_async_callback(sender.close)
    hooks = Hooks(SqlHooks(store), sender, clock, tree, secret(settings.home, "hooks"))
    telling = asyncio.create_task(hooks.run())

    async def stop() -> None:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        with contextlib.suppress(SamvadError, TimeoutError):
            async with asyncio.timeout(LAST_WRITES_S):
                await hooks.keep_queued()  # sent after the next start

    stack.push_async_callback(stop)
    return hooks


async def _listen(stack: AsyncExitStack, system: System, agi_port: int) -> None:
    settings = system.settings
    campaigns = campaign_files(system)
    stack.push_async_callback(campaigns.close)
    site = await site_over(stack, system, campaigns)
    stack.push_async_callback(site.results.close)
    app = make_app(site, system.metrics)
    try:
        await system.agi.start(settings.asterisk.host, agi_port)
        stack.push_async_callback(system.agi.stop)
        # Programs of this machine in the clear, people encrypted: the same app.
        runner = await serve(app, LOOPBACK, settings.web.port)
        stack.push_async_callback(lambda: stop(runner, at_once=system.hands_over))
        pages = web_server(settings)
        await listen(runner, settings.web.host, settings.web.https_port, pages)
    except OSError as exc:
        raise SetupFailed(
            f"a port is taken: {exc.strerror or exc}. Stop the other program, or "
            f"change agi_port or [web] port in {settings.file}"
        ) from exc


async def _connect(stack: AsyncExitStack, system: System) -> None:
    manager = asyncio.create_task(system.switch.run())

    async def stop() -> None:
        manager.cancel()
        await asyncio.gather(manager, return_exceptions=True)

    stack.push_async_callback(stop)
    stack.push_async_callback(system.end_calls)
    ready = timedelta(seconds=system.settings.timeouts.ready_s)
    await system.running.start_up(ready)
    emptying = asyncio.create_task(_empty_outbox(system))

    async def stop_emptying() -> None:
        emptying.cancel()
        await asyncio.gather(emptying, return_exceptions=True)

    stack.push_async_callback(stop_emptying)
    if system.process is not None:
        await stack.enter_async_context(_watched(system, system.process))


@asynccontextmanager
async def _watched(system: System, process: AsteriskProcess) -> AsyncIterator[None]:
    """End our Asterisk if it hangs, for as long as the block lasts."""
    watch = end_when_hung(process, lambda: system.switch.is_up)
    watching = asyncio.create_task(watch)
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _empty_outbox(system: System) -> None:
    """Store what fallback.agi heard while nobody was there, for as long as we run."""
    while True:
        for left in await asyncio.to_thread(outbox.take, system.folders.outbox):
            try:
                await system.running.key_left(left.call_id, left.key, left.at)
            except SamvadError as exc:
                log.error("A left key is not kept yet", error=str(exc))
            else:
                left.done()
        await system.switch.keep_key_log_small()
        await asyncio.sleep(OUTBOX_EVERY_S)
