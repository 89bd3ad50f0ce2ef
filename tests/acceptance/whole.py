"""The whole of Samvad, small: its settings, a short flow, a carrier, a campaign.

The flow's prompts are a second of murmur, so that a call takes seconds. Samvad
runs in the test's own process (`Trial.samvad`), or as `dialer.py up` would, in
one that can be killed (`Trial.up`).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
import sys
import time
import wave
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from ivr.asterisk.installed import find_asterisk
from ivr.asterisk.process import end_stale
from ivr.cli.bench_system import daytime
from ivr.cli.client import Client
from ivr.cli.demo_proof import agree
from ivr.cli.system import System, open_system
from ivr.controller.clock import SystemClock
from ivr.core.call import Call
from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.hours import closed
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    CampaignState,
    Caps,
    Contact,
    ContactId,
    Disposition,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    TrunkName,
)
from ivr.core.say import parse
from ivr.errors import SamvadError
from ivr.prompts import manifest
from ivr.settings.calendar import load_law
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.secret import secret
from ivr.simulation.agreement import CheckLine
from ivr.simulation.carrier import Carrier, Place
from ivr.simulation.lived import Lived, lived_calls
from ivr.simulation.population import Character, Do, Fixed, Kind, Rates, Spread
from ivr.simulation.settings import Simulation
from ivr.simulation.sounds import write_wav
from ivr.simulation.tones import sine
from ivr.simulation.truth import Happening, read_truth
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.acceptance.ports import (
    AGI,
    AMI,
    CARRIER,
    HTTPS,
    RTP,
    RTP_END,
    SIP,
    SIPS,
    WEB,
    WSS,
)
from tests.polling import until

TRIAL, PEOPLE = CampaignId("trial"), ListName("people")
CALLER_ID = PhoneNumber("+917552550100")
PROMPT_S = 1.2
SEED = 7

SETTINGS = """
home = "{home}"
[organisation]
name_hi = "संवाद परीक्षण"
name_en = "Samvad trial"
callback_number = "{caller_id}"
[asterisk]
allow_plain_sip = true
ami_port = {ami}
agi_port = {agi}
sip_port = {sip}
sips_port = {sips}
wss_port = {wss}
rtp_start = {rtp}
rtp_end = {rtp_end}
[web]
port = {web}
https_port = {https}
[timeouts]
drain_s = 30
stop_s = 3
[log]
format = "json"
level = "INFO"
[[trunk]]
name = "carrier"
host = "127.0.0.1"
port = {carrier}
codecs = ["alaw", "ulaw"]
caller_ids = ["{caller_id}"]
calls_per_s = 100
channels = 100
a2p_declared_on = 2020-01-01
"""

SOON = Spread(0.3, 0.2, 0.5)
RATES = Rates(
    pick_up=SOON,
    refusal=SOON,
    voicemail=Spread(2.0, 1.9, 2.1),
    reaction=Spread(0.5, 0.4, 0.7),
    early=Spread(0.7, 0.6, 0.8),
    hang_up=Spread(0.9, 0.8, 1.0),
    talk=Spread(3.0, 2.9, 3.1),
    hold_patience=Spread(20.0, 19.0, 21.0),
    early_media=0.0,
    ends_talk=1.0,
    keys="12",
    prompts=8,
    characters={
        "helpful": Character(1, early=0.2),
        "hasty": Character(0, early=1.0),
        "mute": Character(0, press=0, silent=1),
        "quitter": Character(0, once=Do.HANG_UP, at_prompts=(2, 2)),
        "wants_no_calls": Character(0, once=Do.OPT_OUT, at_prompts=(1, 1)),
        "asks": Character(0, once=Do.ASK_PERSON, at_prompts=(1, 1)),
    },
)


def person(character: str = "helpful") -> Fixed:
    return Fixed(Kind.PERSON, character)


def number(place: int) -> PhoneNumber:
    """Return the number of the person at that place of the list."""
    return PhoneNumber(f"+91982700{place:04d}")


def _node(name: str, kind: NodeKind, **given: Any) -> Node:
    return Node(NodeId(name), kind, say={"hi": f"वाक्य {name}"}, **given)


def _menu(name: str, then: str) -> Node:
    options = (Option("1", "yes"), Option("2", "no"))
    return _node(name, NodeKind.MENU, options=options, next=NodeId(then), retries=0)


NODES = (
    _menu("first", "second"),
    _menu("second", "bye"),
    _node(
        "person",
        NodeKind.TELECALLER,
        next=NodeId("bye"),
        otherwise=NodeId("sorry"),
    ),
    _node("sorry", NodeKind.PLAY, next=NodeId("bye")),
    _node("stop", NodeKind.OPT_OUT, next=NodeId("bye")),
    _node("bye", NodeKind.HANG_UP),
)
FLOW = Flow(
    flow_id=FlowId("trial"),
    version="trial",
    title_hi="जाँच",
    title_en="Trial",
    start=NodeId("first"),
    opt_out_node=NodeId("stop"),
    telecaller_node=NodeId("person"),
    nodes={node.node_id: node for node in NODES},
)
CAMPAIGN = Campaign(
    campaign_id=TRIAL,
    title_hi="जाँच",
    title_en="Trial",
    organisation="संवाद परीक्षण",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.BROADCAST,
    flow_id=FLOW.flow_id,
    lists=(PEOPLE,),
    trunk=TrunkName("carrier"),
    caller_id=CALLER_ID,
    caps=Caps(calls_per_s=10),
    ring_timeout=timedelta(seconds=15),
    wrap_up=timedelta(seconds=1),
)


def write_settings(folder: Path, home: Path) -> Settings:
    """Write a settings file of the trial's own ports; return what it says."""
    file = folder / "samvad.toml"
    file.write_text(
        SETTINGS.format(
            home=home,
            ami=AMI,
            agi=AGI,
            sip=SIP,
            sips=SIPS,
            wss=WSS,
            https=HTTPS,
            rtp=RTP,
            rtp_end=RTP_END,
            web=WEB,
            carrier=CARRIER.sip,
            caller_id=CALLER_ID,
        ),
        "utf-8",
    )
    home.mkdir(parents=True, exist_ok=True)
    return load_settings(file)


def write_sounds(home: Path, flow: Flow) -> None:
    """Give every sentence of `flow` a second of murmur, in the home's own audio."""
    murmur = sum(sine(130 * n, PROMPT_S, 0.15 / n) for n in (1, 2, 3, 4))
    file = home / "audio" / "hi" / "murmur.wav"
    file.parent.mkdir(parents=True)
    write_wav(file, murmur.astype("int16"))  # type: ignore[union-attr]
    with wave.open(str(file)) as made:
        assert made.getframerate() == 8000
    says = [say for node in flow.nodes.values() for say in node.say.values()]
    texts = {part for say in says for part in parse(say) if isinstance(part, str)}
    records = [
        manifest.ClipRecord(
            language="hi",
            kind="prompt",
            text=text,
            file="hi/murmur.wav",
            text_sha256=manifest.sha256(text),
            audio_sha256="0" * 64,
            voice="murmur",
            settings="none",
            level_lufs=-23.0,
            peak_db=-6.0,
            duration_s=PROMPT_S,
            synthetic=True,
        )
        for text in sorted(texts)
    ]
    manifest.save(file.parent / manifest.FILE, records)


def lawful_clock(settings: Settings, campaign: Campaign) -> SystemClock:
    """Noon, India's time, of the next day on which the campaign may call."""
    law = load_law(PROJECT / "config", settings.trunks)
    zone = ZoneInfo("Asia/Kolkata")
    now = SystemClock().now()
    return daytime(
        lambda noon: noon > now and closed(campaign, noon.astimezone(zone), law) is None
    )


@dataclass
class Trial:
    """One campaign on this machine, and everything a test asks of it."""

    settings: Settings
    clock: SystemClock
    carrier: Carrier
    campaign: Campaign = CAMPAIGN
    _ups: list[Up] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def carrier_conf(self) -> Path:
        folder = self.carrier.truth_file.parent
        return folder / "asterisk" / "conf" / "asterisk.conf"

    # Before

    async def enrol(
        self,
        people: Iterable[PhoneNumber | Contact],
        *,
        campaign: Campaign | None = None,
        flow: Flow = FLOW,
        running: bool = True,
    ) -> None:
        """Put people into the campaign, and let it run."""
        self.campaign = campaign or self.campaign
        now = self.clock.now()
        contacts = [
            one
            if isinstance(one, Contact)
            else Contact(ContactId(0), PEOPLE, one, name="राम")
            for one in people
        ]
        async with self.store() as store:
            await store.add_contacts(PEOPLE, "people of the trial", now, contacts)
            await store.save_campaign(self.campaign, flow, "", now)
            await store.enrol(self.campaign, now)
            if running:
                await store.set_campaign_state(TRIAL, CampaignState.RUNNING, now)

    # Samvad, here or in a process of its own

    @contextlib.asynccontextmanager
    async def samvad(self) -> AsyncIterator[System]:
        async with open_system(self.settings, clock=self.clock) as system:
            yield system

    async def up(self) -> Up:
        """Start `dialer.py up`; return when it says that it is."""
        one = await self.start_up()
        await until(lambda: one.is_up or one.has_ended, within_s=60)
        assert one.is_up, one.said()
        return one

    async def guarded(self) -> Up:
        """Start `dialer.py up` with its guardian; return when it says that it is up."""
        one = await self.start_up("--guarded")
        await until(lambda: one.is_up or one.has_ended, within_s=30)
        assert one.is_up, one.said()
        return one

    async def start_up(self, *options: str) -> Up:
        words = ["-m", "tests.acceptance.up_at_noon", str(self.settings.file)]
        words += [str(self.clock.shift.total_seconds()), *options]
        log = self.settings.file.parent / f"up-{len(self._ups)}.log"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )
        self._ups.append(Up(process, log))
        return self._ups[-1]

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask over HTTP, as a screen would."""
        client = Client(self.settings)
        return await asyncio.to_thread(client.post, path, body)

    async def get(self, path: str) -> Any:
        client = Client(self.settings)
        return await asyncio.to_thread(client.get, path)

    async def metrics(self) -> dict[str, float]:
        """Return what Prometheus reads, by name and label as written."""
        headers = {"Authorization": f"Bearer {secret(self.home, 'api')}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(f"http://127.0.0.1:{WEB}/metrics") as response,
        ):
            lines = (await response.text()).splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    # After

    def lived(self) -> list[Lived]:
        """Return every call as the far end lived it."""
        return lived_calls(read_truth(self.carrier.truth_file))

    def count(self, happening: Happening) -> int:
        return self.carrier.truth.counts[happening]

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[SqlStore]:
        async with await open_store(self.settings.database_url) as store:
            yield store

    async def calls(self) -> list[tuple[Call, Disposition | None]]:
        async with self.store() as store:
            return await store.calls_of(TRIAL)

    async def queue(self) -> Mapping[str, int]:
        """Return where the campaign's contacts stand, without what they are in."""
        async with self.store() as store:
            found = await store.funnel(TRIAL, self.clock.now())
        return {k: n for k, n in found.items() if n}

    async def is_idle(self) -> bool:
        """Whether no attempt is open and nobody is due."""
        queue = await self.queue()
        return not {"claimed", "dialling", "due"} & queue.keys()

    async def disagreements(self) -> list[CheckLine]:
        """Return every line on which the store and the truth log differ."""
        async with self.store() as store:
            checks = await agree(store, TRIAL, home=self.home, shift=self.clock.shift)
        return [check for check in checks if not check.ok]

    async def end(self) -> None:
        for up in self._ups:
            await up.kill()
        await self.carrier.stop()


@dataclass
class Up:
    """One process of `dialer.py up`."""

    process: asyncio.subprocess.Process
    log: Path

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    @property
    def is_up(self) -> bool:
        return "Samvad is up" in self.said()

    @property
    def has_ended(self) -> bool:
        return self.process.returncode is not None

    @property
    def times_up(self) -> int:
        """Return how many controllers have come up."""
        return self.said().count("Samvad is up")

    def change(self) -> None:
        """Ask the guardian for a new controller."""
        self.process.send_signal(signal.SIGHUP)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def ended(self, within_s: float) -> int:
        """Return the exit code."""
        return await asyncio.wait_for(self.process.wait(), within_s)


@contextlib.asynccontextmanager
async def trial(
    folder: Path,
    fixed: Mapping[PhoneNumber, Fixed],
    *,
    home: Path | None = None,
    telecallers: Sequence[str] = (),
    flow: Flow = FLOW,
    rates: Rates = RATES,
) -> AsyncIterator[Trial]:
    """Start the carrier of a trial; end everything that the test started."""
    settings = write_settings(folder, home or folder / "home")
    write_sounds(settings.home, flow)
    place = Place(PROJECT, settings.home, SIP, telecallers)
    if home is not None:  # a small disk: the network has a larger one
        place = Place(PROJECT, folder / "network", SIP, telecallers)
    simulation = Simulation(
        seed=SEED, rates=rates, ports=CARRIER, fixed=dict(fixed), keep_sound=0
    )
    one = Trial(settings, lawful_clock(settings, CAMPAIGN), Carrier(place, simulation))
    await one.carrier.start()
    try:
        yield one
    finally:
        await one.end()
        await _end_leftover(settings)


async def _end_leftover(settings: Settings) -> None:
    """End the Asterisk of a killed `up`."""
    with contextlib.suppress(SamvadError):
        await end_stale(settings.home / "asterisk" / "conf" / "asterisk.conf", 2.0)


async def console(conf_file: Path, command: str) -> str:
    """Type `command` at the console of the Asterisk of `conf_file`."""
    process = await asyncio.create_subprocess_exec(
        str(find_asterisk(PROJECT).program),
        "-C",
        str(conf_file),
        "-rx",
        command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode("utf-8", "replace")


def with_(campaign: Campaign, **changes: Any) -> Campaign:
    return dataclasses.replace(campaign, **changes)


async def eventually(
    condition: Callable[[], Awaitable[object]], *, within_s: float
) -> None:
    """Like `until`, of a condition that has to be asked for."""
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.1)
