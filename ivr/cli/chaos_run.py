"""One run: everything is started, broken by the plan, let come to rest, and read."""

from __future__ import annotations

import asyncio
import contextlib
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from pathlib import Path

from ivr.asterisk.bridges import CALL_PREFIX
from ivr.asterisk.process import end_stale
from ivr.chaos import people
from ivr.chaos.facts import Broken, Facts, Standing
from ivr.chaos.kinds import SHAPES, Kind, Needs
from ivr.chaos.plan import Fault, plan
from ivr.chaos.wires import CallMarks, SipSpan, Wire
from ivr.cli import chaos_scene as scene
from ivr.cli.chaos_controller import set_jump
from ivr.cli.chaos_hands import Hands, Parts
from ivr.cli.chaos_parts import (
    Controller,
    Postgres,
    carrier_process,
    exceptions_in,
    now,
)
from ivr.cli.chaos_strangers import strangers
from ivr.cli.chaos_watch import Watch
from ivr.cli.client import Client
from ivr.cli.journal_heads import heads_of
from ivr.controller.clock import SystemClock
from ivr.core.model import CampaignId
from ivr.errors import BadInput, SamvadError
from ivr.settings.config import Settings
from ivr.settings.people import load_telecallers
from ivr.simulation.agreement import KnownCall
from ivr.simulation.lived import Lived, lived_calls
from ivr.simulation.truth import read_truth
from ivr.store.engine import open_store
from ivr.store.journal_verify import Verified, verify
from ivr.store.standing import every_answer, every_opt_out, whole_queue
from ivr.store.store import SqlStore
from ivr.workshop.campaign_parts import TELECALLERS

UP_S = 60.0
REST_S = 45.0  # after the last fault everything must come to rest within this
AFTER_S = 0.3  # a call that comes sooner after a fault was on its way before it
SPARE = 1.6  # so many more people than the rate could reach


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a run."""

    seconds: float
    seed: int
    rate: float  # calls per second
    database: str  # sqlite or postgresql
    kinds: frozenset[Kind] = frozenset(Kind)
    haste: float = 1.0
    answered: float = people.ANSWERED  # the share of calls that reach a person


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over."""

    facts: Facts
    planned: tuple[Fault, ...]
    left_out: dict[Kind, str]  # kinds that this machine or database cannot have
    missed: int  # faults that found nothing to break
    dialled_s: float  # for how long calls were placed
    rested_s: float | None  # until nothing was open any more; None: never
    exit_code: int | None  # of the controller
    exceptions: Mapping[str, int]  # that it did not foresee, by their last line


Tell = Callable[[str], None]


def possible(
    wish: Wish, has_small_disk: bool
) -> tuple[frozenset[Kind], dict[Kind, str]]:
    """Return the kinds that can come in this run, and why the others cannot."""
    missing: dict[Needs, str] = {}
    if wish.database != "postgresql":
        missing[Needs.SERVER] = "SQLite has no server"
    if not has_small_disk:
        missing[Needs.SMALL_DISK] = "only root may mount a small disk"
    left_out = {
        kind: missing[SHAPES[kind].needs]
        for kind in wish.kinds
        if SHAPES[kind].needs in missing
    }
    return wish.kinds - left_out.keys(), left_out


async def run(wish: Wish, folder: Path, tell: Tell) -> Ran:
    """Run it in `folder`, which is made anew. Raises SetupFailed."""
    with scene.fresh(folder) as (folders, has_small_disk):
        kinds, left_out = possible(wish, has_small_disk)
        faults = plan(wish.seed, wish.seconds, kinds, haste=wish.haste)
        async with contextlib.AsyncExitStack() as stack:
            server = await _server(stack, wish)
            url = server.new_database("chaos") if server else ""
            settings = scene.settings_of(folders, url)
            scene.furnish(folders, wish.seed, wish.answered)
            clock = scene.lawful_clock(settings)
            store = await stack.enter_async_context(
                await open_store(settings.database_url)
            )
            count = max(200, round(wish.rate * wish.seconds * SPARE))
            await scene.enrol(store, clock, calls_per_s=wish.rate, count=count)
            asking = await strangers(store, clock)
            parts = await _parts(stack, settings, folders, clock, server)
            watch = Watch(settings, store, people.letters(wish.seed, count), asking)
            hands = Hands(parts)
            dialled_s, rested_s = await _break(parts, hands, watch, faults, wish, tell)
            code = await parts.controller.stop()
            tell("reading what is stored, and what people lived")
            facts = await _facts(store, folders, hands, watch, parts)
            raised = exceptions_in(parts.controller.log)
    return Ran(
        facts=facts,
        planned=faults,
        left_out=left_out,
        missed=hands.missed,
        dialled_s=dialled_s,
        rested_s=rested_s,
        exit_code=code,
        exceptions=raised,
    )


async def _server(stack: contextlib.AsyncExitStack, wish: Wish) -> Postgres | None:
    if wish.database != "postgresql":
        return None
    server = Postgres()
    stack.callback(server.remove)
    await asyncio.to_thread(server.start)
    return server


async def _parts(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    folders: scene.Folders,
    clock: SystemClock,
    server: Postgres | None,
) -> Parts:
    """Start everything; the stack ends it."""
    telecallers = load_telecallers(settings.project / TELECALLERS)
    network = replace(settings, file=folders.run / "carrier.toml")
    sip = SipSpan(
        near=scene.SIP_NEAR,
        ours=scene.SIP,
        far=scene.SIP_FAR,
        theirs=scene.CARRIER["sip"],
    )
    ami = Wire(scene.AMI_HERE, scene.AMI, lambda: CallMarks(CALL_PREFIX))
    agi = Wire(scene.AGI, scene.AGI_HERE)
    await sip.start()
    stack.callback(sip.stop)
    for wire in (ami, agi):
        await wire.start()
        stack.push_async_callback(wire.stop)
    options = ("--simulation", str(folders.simulation), "--home", str(folders.network))
    await stack.enter_async_context(
        carrier_process(network, telecallers, people.FLOW, *options)
    )
    set_jump(folders.clock, 0.0)
    controller = Controller(settings, folders, clock.shift.total_seconds())
    stack.push_async_callback(_end_leftover, folders)
    stack.push_async_callback(controller.stop)
    await controller.start(UP_S)
    return Parts(folders, controller, ami, agi, sip, server)


async def _end_leftover(folders: scene.Folders) -> None:
    with contextlib.suppress(SamvadError):
        await end_stale(folders.asterisk_conf, 2.0)


async def _break(
    parts: Parts,
    hands: Hands,
    watch: Watch,
    faults: Sequence[Fault],
    wish: Wish,
    tell: Tell,
) -> tuple[float, float | None]:
    """Inject every fault at its time; return for how long was dialled, and rested."""
    begun = time.monotonic()
    async with _running(watch.run()):
        for fault in faults:
            await asyncio.sleep(max(0.0, begun + fault.at_s - time.monotonic()))
            title = SHAPES[fault.kind].title
            tell(f"{time.monotonic() - begun:5.0f} s  fault {fault.place}: {title}")
            await hands.inject(fault)
        await asyncio.sleep(max(0.0, begun + wish.seconds - time.monotonic()))
        dialled_s = time.monotonic() - begun
        tell("no more faults, no more calls: coming to rest")
        rested_s = await _rest(parts, watch)
    return dialled_s, rested_s


@contextlib.asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _rest(parts: Parts, watch: Watch) -> float | None:
    """Pause the campaigns; return how long it took until nothing was open."""
    begun = time.monotonic()
    waiting = [CampaignId(name) for name in people.LISTS]
    while time.monotonic() - begun < REST_S:
        waiting = [one for one in waiting if not await _paused(watch, one)]
        if not waiting and await watch.how_many_open() == 0:
            return time.monotonic() - begun
        await asyncio.sleep(0.5)
    return None


async def _paused(watch: Watch, campaign_id: CampaignId) -> bool:
    client = Client(watch.settings)
    path = f"/api/v1/campaigns/{campaign_id}/pause"
    try:
        await asyncio.to_thread(client.post, path)
    except BadInput:  # it has finished by itself
        return True
    except SamvadError:
        return False
    return True


async def _facts(
    store: SqlStore, folders: scene.Folders, hands: Hands, watch: Watch, parts: Parts
) -> Facts:
    lived = lived_calls(read_truth(folders.truth))
    known: list[KnownCall] = []
    standing: list[Standing] = []
    for name in people.LISTS:
        campaign_id = CampaignId(name)
        answers = await store.read(every_answer, campaign_id)
        known += [
            KnownCall(call, disposition, tuple(answers.get(call.call_id, ())))
            for call, disposition in await store.calls_of(campaign_id)
            if not people.is_before(call.call_id)
        ]
        rows = await store.read(whole_queue, campaign_id)
        standing += [Standing(*astuple(row)) for row in rows]
    record = await store.read(verify, heads_of(watch.settings.home))
    return Facts(
        broken=_with_recovery(hands.broken, lived),
        lived=lived,
        known=known,
        standing=standing,
        do_not_call=await store.read(every_opt_out),
        open_spans=watch.open_spans,
        outages=[*parts.controller.outages, *parts.outages],
        opt_outs=watch.opt_outs,
        asked=watch.asked,
        journal=not record.wrong,
        journal_said=_said(record),
        ended_at=now(),
    )


def _said(record: Verified) -> str:
    return "; ".join(f"{one.table} {one.key} {one.says}" for one in record.findings[:5])


def _with_recovery(broken: Sequence[Broken], lived: Sequence[Lived]) -> list[Broken]:
    """Say for each fault when somebody was dialled again."""
    times = [one.invited_at for one in lived]  # in order
    found: list[Broken] = []
    for one in broken:
        place = bisect_left(times, one.span.ended + timedelta(seconds=AFTER_S))
        back_at = times[place] if place < len(times) else None
        found.append(replace(one, back_at=back_at))
    return found
