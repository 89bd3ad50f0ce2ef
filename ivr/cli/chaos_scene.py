"""Where a run of `dialer.py chaos` happens: its folder, its settings, its people.

Everything lies in a folder of its own, on ports of its own: no installation is
touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.chaos import people
from ivr.cli.bench_system import daytime
from ivr.controller.clock import SystemClock
from ivr.core.call import CallState
from ivr.core.flow_model import Flow
from ivr.core.hours import closed
from ivr.core.model import CampaignState, Contact, Disposition
from ivr.core.say import parse
from ivr.errors import SetupFailed
from ivr.prompts import manifest
from ivr.settings.calendar import load_law
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.flows import load_flow
from ivr.simulation.sounds import write_wav
from ivr.store.standing import everybody
from ivr.store.store import SqlStore

FLOW_FILE = PROJECT / "ivr" / "chaos" / "chaos.yaml"
SMALL_DISK_MB = 384
EARLIER = timedelta(hours=4)  # due since then: a clock that goes back stops nothing

# Samvad's ends of its wires, and what lies between.
SIP, SIPS, WSS, AMI, AGI = 27060, 27061, 27089, 27038, 27573
WEB, HTTPS = 27080, 27443
AMI_HERE, AGI_HERE = 27039, 27574  # the controller's own ends
SIP_NEAR, SIP_FAR = 27062, 27063  # the stretch of network: our side, the carrier's
RTP = (30000, 32699)
CARRIER = {
    "sip": 27160,
    "ami": 27138,
    "agi": 27673,
    "rtp_start": 61000,
    "rtp_end": 64999,
}

SETTINGS = """\
home = "{home}"
[organisation]
name_hi = "{organisation}"
name_en = "A test of faults"
callback_number = "{caller_id}"
[database]
url = "{database}"
[asterisk]
ami_port = {ami}
agi_port = {agi}
sip_port = {sip}
sips_port = {sips}
wss_port = {wss}
allow_plain_sip = true
rtp_start = {rtp[0]}
rtp_end = {rtp[1]}
dead_line_s = 8
[web]
port = {web}
https_port = {https}
[timeouts]
drain_s = 20
stop_s = 3
[log]
format = "json"
level = "WARNING"
[[trunk]]
name = "carrier"
host = "127.0.0.1"
port = {near}
codecs = ["alaw", "ulaw"]
caller_ids = ["{caller_id}"]
calls_per_s = 300
channels = 1000
a2p_declared_on = 2020-01-01
"""


@dataclass(frozen=True, slots=True)
class Folders:
    """What lies where in the folder of a run."""

    run: Path

    @property
    def home(self) -> Path:
        """Samvad's home: on a small disk, where there is one."""
        return self.run / "disk" / "samvad"

    @property
    def network(self) -> Path:
        return self.run / "network"

    @property
    def clock(self) -> Path:
        return self.run / "clock"

    @property
    def truth(self) -> Path:
        return self.network / "carrier" / "truth.jsonl"

    @property
    def simulation(self) -> Path:
        return self.run / "simulation.yaml"

    @property
    def asterisk_conf(self) -> Path:
        return self.home / "asterisk" / "conf" / "asterisk.conf"

    @property
    def carrier_conf(self) -> Path:
        return self.network / "carrier" / "asterisk" / "conf" / "asterisk.conf"


@contextlib.contextmanager
def fresh(run: Path) -> Iterator[tuple[Folders, bool]]:
    """Make the folder of a run anew; say whether its disk is a small one."""
    folders = Folders(run)
    disk = folders.run / "disk"
    _unmount(disk)
    shutil.rmtree(run, ignore_errors=True)
    disk.mkdir(parents=True)
    is_small = _mount(disk)
    folders.home.mkdir()
    folders.network.mkdir()
    try:
        yield folders, is_small
    finally:
        if is_small:
            _keep(disk)


def _mount(disk: Path) -> bool:
    if os.geteuid() != 0:
        return False
    size = f"size={SMALL_DISK_MB}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unmount(disk: Path) -> None:
    if os.path.ismount(disk):
        subprocess.run(["umount", "-l", str(disk)], check=False, capture_output=True)


def _keep(disk: Path) -> None:
    """Keep what is on the small disk, for who wants to look, and take it away."""
    kept = disk.with_name("disk.kept")
    with contextlib.suppress(OSError, shutil.Error):
        shutil.copytree(disk, kept, ignore=shutil.ignore_patterns("ballast", "*.ctl"))
    _unmount(disk)
    with contextlib.suppress(OSError):
        shutil.rmtree(disk)
        kept.rename(disk)


def settings_of(folders: Folders, database: str) -> Settings:
    """Write the settings of Samvad and of the carrier; return Samvad's."""
    same = {
        "organisation": people.ORGANISATION,
        "caller_id": people.CALLER_ID,
        "ami": AMI,
        "agi": AGI,
        "sips": SIPS,
        "wss": WSS,
        "rtp": RTP,
        "web": WEB,
        "https": HTTPS,
        "near": SIP_NEAR,
    }
    samvad, carrier = folders.run / "samvad.toml", folders.run / "carrier.toml"
    samvad.write_text(
        SETTINGS.format(home=folders.home, database=database, sip=SIP, **same), "utf-8"
    )
    # The carrier sees Samvad where the network's stretch ends.
    carrier.write_text(
        SETTINGS.format(home=folders.network, database="", sip=SIP_FAR, **same),
        "utf-8",
    )
    return load_settings(samvad)


def furnish(folders: Folders, seed: int, answered: float) -> None:
    """Write the flow, its sounds and the network's people."""
    for home in (folders.home, folders.network):
        (home / "flows").mkdir()
        shutil.copy(FLOW_FILE, home / "flows" / f"{people.FLOW}.yaml")
        _write_sounds(home)
    # Telecallers' passwords are Samvad's to make and the network's to know.
    (folders.home / "secrets").mkdir(mode=0o700)
    (folders.network / "secrets").symlink_to(folders.home / "secrets")
    told = people.population(seed, CARRIER, answered)
    folders.simulation.write_text(json.dumps(told), "utf-8")  # which is YAML too


def _write_sounds(home: Path) -> None:
    flow = load_flow(FLOW_FILE)
    says = [say for node in flow.nodes.values() for say in node.say.values()]
    texts = sorted(
        {part for say in says for part in parse(say) if isinstance(part, str)}
    )
    records = []
    for place, text in enumerate(texts):
        file = Path("hi") / f"melody-{place}.wav"
        lasts_s = people.GREETING_S if text == people.GREETING else people.PROMPT_S
        write_wav(home / "audio" / file, people.melody(place, lasts_s))
        records.append(
            manifest.ClipRecord(
                language="hi",
                kind="prompt",
                text=text,
                file=str(file),
                text_sha256=manifest.sha256(text),
                audio_sha256="0" * 64,
                voice="melody",
                settings="none",
                level_lufs=-23.0,
                peak_db=-6.0,
                duration_s=lasts_s,
                synthetic=True,
            )
        )
    manifest.save(home / "audio" / "hi" / manifest.FILE, records)


def lawful_clock(settings: Settings) -> SystemClock:
    """Noon, India's time, of the next day on which the campaigns may call."""
    law = load_law(PROJECT / "config", settings.trunks)
    zone = ZoneInfo("Asia/Kolkata")
    campaign = people.campaign(0, 1.0)
    return daytime(lambda noon: closed(campaign, noon.astimezone(zone), law) is None)


async def enrol(
    store: SqlStore, clock: SystemClock, *, calls_per_s: float, count: int
) -> None:
    """Put `count` people into the campaigns, and let all run."""
    flow, now = load_flow(FLOW_FILE), clock.now()
    for which, share in enumerate(people.SHARES):
        campaign = people.campaign(which, calls_per_s)
        contacts = people.people(round(count * share), which)
        name = people.LISTS[which]
        await store.add_contacts(name, "invented people", now, contacts)
        await store.save_campaign(campaign, flow, FLOW_FILE.read_text("utf-8"), now)
        if await store.enrol(campaign, now - EARLIER) != len(contacts):
            raise SetupFailed("not everybody of the invented people was enrolled")
        await _call_before(store, which, flow, now)
        await store.set_campaign_state(campaign.campaign_id, CampaignState.RUNNING, now)


async def _call_before(store: SqlStore, which: int, flow: Flow, now: datetime) -> None:
    """Write the calls that the campaign made before."""
    given = people.people_before(which)
    name = given[0].list_name
    await store.add_contacts(name, "invented people", now, given)

    async def call(to: Contact) -> None:
        ended = people.call_before(to, which, flow, now)
        begun = replace(ended, state=CallState.DIALLING, answered_at=None)
        await store.open_attempt(replace(begun, ended_at=None, completed=False))
        await store.close_attempt(ended, Disposition.COMPLETED, None, "")

    await asyncio.gather(*map(call, await store.read(everybody, name)))
