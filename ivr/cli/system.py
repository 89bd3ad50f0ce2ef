"""The whole of Samvad as one context: Asterisk, store, controller, web.

The only wiring there is: `dialer.py up`, the demo and the benches all open this.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from ivr.asterisk import outbox
from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.asterisk.key_log import KeyLog
from ivr.asterisk.line import AgiLine
from ivr.asterisk.practice_line import PREFIX as PRACTICE
from ivr.asterisk.practice_line import AgiVoterLine
from ivr.asterisk.process import (
    AsteriskProcess,
    Waits,
    channels_of,
    end_stale,
    stale_pid,
)
from ivr.asterisk.provision import Folders, find_asterisk, render
from ivr.asterisk.switch import AsteriskSwitch
from ivr.backup.making import overdue_h
from ivr.cli.door import keep_door, trunk_meter
from ivr.cli.erase import erasures_over
from ivr.cli.figures import watch, watch_backups
from ivr.cli.journal_heads import watch_journal
from ivr.cli.keys import number_key, open_vault
from ivr.cli.prompt_texts import PRACTICE_KIND
from ivr.cli.site import campaign_files, site_over, web_server
from ivr.controller.braking import Outside
from ivr.controller.clock import SystemClock
from ivr.controller.erasures import Erasures
from ivr.controller.hooks import Hooks
from ivr.controller.listening import KeepNote, to_audit
from ivr.controller.ports import Pacers, WayOut
from ivr.controller.rooms import World
from ivr.controller.running import Running
from ivr.controller.trial_ports import TRIAL_PREFIX
from ivr.controller.trunk_meter import MeteredSwitch
from ivr.core.law import AbandonmentCounts, LawFacts
from ivr.core.model import (
    Campaign,
    Telecaller,
    TransferNumber,
    TrunkName,
)
from ivr.core.organisation import Tree
from ivr.core.practice import Scenario
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
from ivr.settings.practice import FOLDER as SCENARIOS
from ivr.settings.practice import load_scenarios
from ivr.settings.private import close_to_others
from ivr.settings.secret import secret
from ivr.store.engine import open_store
from ivr.store.floor import SqlFloorStore
from ivr.store.hooks import SqlHooks
from ivr.store.opt_outs import agree
from ivr.store.practices import SqlPractices
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.vault.recordings import NEW
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
STARTED_WITH = "started-with"  # a digest of what Asterisk read, in its folder
TRIALS = "trials"  # what is spoken into trial calls, until they are over


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
            self.running.dial_loop.is_draining = True
            await self.agi.stop()  # before all else: voters are asked for a moment
            await self.running.let_go()
        else:
            await self.running.shut_down()

    async def part_with_asterisk(self) -> None:
        if self.process is None:
            return
        if self.hands_over:
            await self.process.leave()
        else:
            await self.process.stop()
            (self.folders.home / STARTED_WITH).unlink(missing_ok=True)


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
        trials = _trials_folder(settings)
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
                trunk_of=lambda name: settings.trunk(TrunkName(name)),
                district_names=_district_names(settings),
                pacers=pacers,
                transfer_numbers=transfer_numbers,
                in_charges=in_charges,
                way_out=_way_out(settings),
                keep_note=keep_note or to_audit(SqlUsers(store)),
                tell=hooks.tell,
                practice_store=SqlPractices(store),
                scenarios=_scenarios(settings, library),
                backup_overdue_h=lambda: overdue_h(settings, datetime.now(UTC)),
            )
        )
        running.dial_loop.braking.outside = lambda: Outside(
            switch.answer_s, switch.waiting_events, store.writes_waiting
        )
        running.trial_calls.forget = lambda trial: forget_spoken(trials, trial)
        agi = _agi_server(settings, switch, running, registry, library)
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
            await _asterisk(stack, system)
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


def _trials_folder(settings: Settings) -> Path:
    """Return the folder, empty: a former run may have left something."""
    folder = settings.home / TRIALS
    folder.mkdir(exist_ok=True)
    forget_spoken(folder)
    return folder


def forget_spoken(folder: Path, trial_id: str = "*") -> None:
    """Delete what was spoken into a trial call; without one, into any."""
    for file in folder.glob(f"{trial_id}-*.wav"):
        file.unlink(missing_ok=True)


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


def audio_library(settings: Settings) -> AudioLibrary:
    """Return the shipped audio, and what this installation made itself."""
    return AudioLibrary(settings.project / "audio", settings.home / "audio")


def _scenarios(settings: Settings, library: AudioLibrary) -> list[Scenario]:
    """Return the virtual voters whose every line can be heard."""
    found = []
    for one, _voice in load_scenarios(settings.project / SCENARIOS):
        try:
            for name in (*one.line_names, one.silence_name):
                library.named(name, kind=PRACTICE_KIND)
        except SetupFailed as exc:
            log.warning("Left out of practice", scenario=one.scenario_id, why=str(exc))
        else:
            found.append(one)
    return found


def _agi_server(
    settings: Settings,
    switch: AsteriskSwitch,
    running: Running,
    registry: CollectorRegistry,
    library: AudioLibrary,
) -> AgiServer:
    until_flow = latency(
        registry, "samvad_agi_accept_seconds", "FastAGI connection to the flow's start"
    )

    async def practise(session: AgiSession) -> None:
        if running.practices is not None:
            line = AgiVoterLine(session, lambda n: library.named(n, kind=PRACTICE_KIND))
            try:
                await running.practices.serve(line)
            except SamvadError as exc:
                log.warning("Practice broken off", error=str(exc))

    def line_of(session: AgiSession, recordings: str) -> AgiLine:
        line = AgiLine(
            session,
            paths_of=library.paths,
            channel_of=switch.channel_of,
            recordings=str(settings.home / recordings),
            named=library.ours,
        )
        switch.watch_line(line)
        return line

    async def on_session(session: AgiSession) -> None:
        unique = str(session.headers.get("agi_uniqueid", ""))
        if unique.startswith(PRACTICE):
            await practise(session)
            return
        if unique.startswith(TRIAL_PREFIX):
            await running.trial_calls.serve(line_of(session, TRIALS))
            return
        line = line_of(session, NEW)
        until_flow.observe(time.perf_counter() - session.connected_at)
        try:
            await running.router.serve(line)
        except SamvadError as exc:
            log.warning("Line given back", call_id=line.call_id, error=str(exc))
            await line.give_back()

    return AgiServer(on_session, headers_timeout_s=settings.timeouts.agi_headers_s)


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
        with contextlib.suppress(SamvadError):
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


async def _asterisk(stack: AsyncExitStack, system: System) -> AsteriskProcess:
    """Start Asterisk, or go on with the one that a former run left.

    Stopped, or left for the next run, when the stack closes.
    """
    settings, folders = system.settings, system.folders
    program = find_asterisk(settings.project).program
    await _end_outdated(program, folders, settings.timeouts.stop_s)
    process = AsteriskProcess(
        program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
        waits=Waits(settings.timeouts.ready_s, settings.timeouts.stop_s),
        takes_over=True,
    )
    system.process = process
    await process.start()
    started_with = folders.home / STARTED_WITH
    if not started_with.exists():
        started_with.write_text(folders.digest() + "\n", "ascii")
    stack.push_async_callback(system.part_with_asterisk)
    return process


async def _end_outdated(program: Path, folders: Folders, stop_s: float) -> None:
    """End an Asterisk of a former run, unless it has calls, if its settings changed."""
    started_with = folders.home / STARTED_WITH
    if stale_pid(folders.conf_file) is None:
        started_with.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):
        if started_with.read_text("ascii").strip() == folders.digest():
            return
    if await channels_of(program, folders.conf_file):
        log.warning("Asterisk keeps its former settings: there are calls on it")
        return
    await end_stale(folders.conf_file, stop_s)
    started_with.unlink(missing_ok=True)


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
