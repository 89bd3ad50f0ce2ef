"""A whole controller on fakes: no I/O, a clock that a test moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from ivr.controller.listening import ListenNote
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Pacers, WayOut
from ivr.controller.rooms import World
from ivr.controller.running import Running
from ivr.controller.trunk_meter import MeteredSwitch, TrunkMeter
from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.happenings import Happening
from ivr.core.law import Calendar, LawFacts
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TransferNumber,
    Trunk,
    TrunkName,
)
from tests.fakes.memory_floor import MemoryFloorStore
from tests.fakes.memory_store import MemoryStore
from tests.fakes.practices import SCENARIO, MemoryPractices
from tests.fakes.switch import FakeClock, FakeLine, FakeSwitch
from tests.fakes.trunk_use import MemoryUse
from tests.polling import until

MP, SEH = CentreCode("MP"), CentreCode("MP.SEH")
TREE = {
    MP: Centre(MP, "मध्य प्रदेश", "MP"),
    SEH: Centre(SEH, "सीहोर", "Sehore", MP),
}
CALLER_ID = PhoneNumber("+917552550100")
TRUNK = Trunk(
    TrunkName("carrier"),
    "127.0.0.1",
    caller_ids=(CALLER_ID,),
    calls_per_s=100,
    channels=50,
    a2p_declared_on=date(2026, 11, 1),
)
LIST = ListName("people")
TELECALLERS = [
    Telecaller(TelecallerId("tc-1"), "टेलीकॉलर 1", MP, "tc-1"),
    Telecaller(
        TelecallerId("tc-2"),
        "टेलीकॉलर 2",
        MP,
        "tc-2",
        mobile=PhoneNumber("+919827055501"),
    ),
]

IN_CHARGE = Telecaller(TelecallerId("ic-1"), "प्रभारी", MP, "ic-1")
STRANGER = Telecaller(TelecallerId("ic-9"), "दूसरे प्रभारी", CentreCode("CG"), "ic-9")
HELP = TransferNumber("help", "सहायता", PhoneNumber("+917552550171"))


def say(text: str) -> dict[str, str]:
    return {"hi": text}


def n(name: str) -> NodeId:
    return NodeId(name)


FLOW = Flow(
    flow_id=FlowId("survey"),
    version="v1",
    title_hi="सर्वे",
    title_en="Survey",
    start=n("q1"),
    opt_out_node=n("stop"),
    telecaller_node=n("person"),
    nodes={
        node.node_id: node
        for node in (
            Node(
                n("q1"),
                NodeKind.MENU,
                say=say("{organisation} से नमस्ते"),
                options=(Option("1", "yes"), Option("2", "no")),
                next=n("q2"),
                retries=1,
            ),
            Node(
                n("q2"),
                NodeKind.MENU,
                say=say("दूसरा सवाल"),
                options=(Option("1", "good"), Option("2", "bad")),
                next=n("bye"),
                retries=1,
            ),
            Node(
                n("person"),
                NodeKind.TELECALLER,
                say=say("जोड़ रहे हैं"),
                next=n("bye"),
                otherwise=n("sorry"),
            ),
            Node(n("sorry"), NodeKind.PLAY, say=say("क्षमा कीजिए"), next=n("bye")),
            Node(n("stop"), NodeKind.OPT_OUT, say=say("नंबर हटाया गया"), next=n("bye")),
            Node(n("bye"), NodeKind.HANG_UP, say=say("धन्यवाद")),
        )
    },
)
CAMPAIGN = Campaign(
    campaign_id=CampaignId("demo"),
    title_hi="डेमो",
    title_en="Demo",
    organisation="संवाद डेमो",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.BROADCAST,
    flow_id=FLOW.flow_id,
    lists=(LIST,),
    trunk=TRUNK.name,
    caller_id=CALLER_ID,
    off_days=(),
    connect_patience=timedelta(milliseconds=20),
)


@dataclass
class CallCentre:
    """What a test holds in its hands."""

    running: Running
    store: MemoryStore
    floor_store: MemoryFloorStore
    switch: FakeSwitch
    clock: FakeClock
    lines: list[asyncio.Task[None]]
    notes: list[ListenNote]
    told: list[Happening]

    async def people(
        self,
        count: int,
        campaign: Campaign = CAMPAIGN,
        flow: Flow = FLOW,
        last_of: CentreCode | None = None,
    ) -> None:
        """Put `count` people into a campaign and start it; the last is of `last_of`."""
        now = self.clock.now()
        contacts = [
            Contact(ContactId(0), LIST, PhoneNumber(f"+91982712{3400 + i}"), name="राम")
            for i in range(count)
        ]
        contacts[-1:] = [replace(one, centre=last_of) for one in contacts[-1:]]
        await self.store.add_contacts(LIST, "a list for tests", now, contacts)
        await self.store.save_campaign(campaign, flow, "", now)
        await self.store.enrol(campaign, now)
        await self.running.start(campaign.campaign_id)

    async def dialled(self, count: int) -> list[LiveCall]:
        await until(lambda: len(self.switch.dials) >= count)
        return list(self.running.router.live())

    def pick_up(
        self, live: LiveCall, *keys: str, before_ask: Callable[[], None] | None = None
    ) -> FakeLine:
        """The voter answers, presses `keys` at the prompts, then hangs up."""
        line = FakeLine(
            live.call.call_id,
            self.switch,
            keys,
            before_ask=before_ask or (lambda: None),
        )
        self.switch.answer(live.call.call_id)
        self.answers(line)
        return line

    def answers(self, line: FakeLine) -> None:
        """The switch offers a voter's line, for the first time or again."""

        async def serve() -> None:
            with contextlib.suppress(Exception):
                await self.running.router.serve(line)

        self.lines.append(asyncio.create_task(serve()))

    async def log_in_without_waiting(self, telecaller: str) -> None:
        await self.running.log_in(TelecallerId(telecaller))

    async def log_in(self, *telecallers: str) -> None:
        for telecaller in telecallers:
            await self.running.log_in(TelecallerId(telecaller))
        await until(
            lambda: all(self.state(telecaller) == "ready" for telecaller in telecallers)
        )

    def state(self, telecaller: str) -> str:
        return str(self.running.desk(TelecallerId(telecaller)).state)

    async def over(self) -> None:
        await until(lambda: self.running.router.count() == 0)


@asynccontextmanager
async def call_centre(
    trunk: Trunk = TRUNK,
    pacers: Pacers | None = None,
    after: CallCentre | None = None,
    *,
    same_switch: bool = False,
    is_metered: bool = False,
) -> AsyncIterator[CallCentre]:
    """Start a controller; `after`: on what another one kept before it ended.

    `same_switch`: the telephones went on meanwhile. `is_metered`: the limits of the
    trunk's day hold.
    """
    clock = after.clock if after else FakeClock()
    notes: list[ListenNote] = []

    async def keep_note(note: ListenNote) -> None:
        notes.append(note)

    switch = after.switch if after and same_switch else FakeSwitch(clock)
    store = after.store if after else MemoryStore()
    floor_store = after.floor_store if after else MemoryFloorStore(store)
    await store.upsert_people(list(TREE.values()), TELECALLERS)
    told: list[Happening] = []
    meter = TrunkMeter([trunk], MemoryUse(), clock) if is_metered else None
    running = Running(
        World(
            store=store,
            floor_store=floor_store,
            switch=MeteredSwitch(switch, meter) if meter else switch,
            meter=meter,
            clock=clock,
            telecallers=TELECALLERS,
            tree=TREE,
            in_charges=[IN_CHARGE, STRANGER],
            way_out=WayOut(trunk, CALLER_ID),
            transfer_numbers=[HELP],
            keep_note=keep_note,
            tell=told.append,
            law_of=lambda campaign, counts: replace(
                LawFacts(calendar=Calendar()), abandonment=counts
            ),
            trunk_of=lambda name: trunk,
            district_names={},
            pacers=pacers,
            practice_store=MemoryPractices(),
            scenarios=[SCENARIO],
        )
    )
    switch.back()
    await running.start_up(timedelta(seconds=5))
    lines: list[asyncio.Task[None]] = []
    yield CallCentre(running, store, floor_store, switch, clock, lines, notes, told)
    store.fail_with = None
    for line in lines:
        line.cancel()
    await asyncio.gather(*lines, return_exceptions=True)
    await running.shut_down()


@pytest.fixture
async def centre() -> AsyncIterator[CallCentre]:
    async with call_centre() as one:
        yield one
