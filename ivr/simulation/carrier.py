"""The virtual carrier as one thing to start and stop.

Renders and starts its own Asterisk, the AGI server that decides each call's
fate, the voters' telephones, and the connections by which they press keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.asterisk import voice_ports
from ivr.asterisk.ami import Ami, AmiAddress
from ivr.asterisk.fastagi import AgiServer
from ivr.asterisk.process import AsteriskProcess
from ivr.asterisk.provision import (
    Folders,
    Installed,
    find_asterisk,
    folder_values,
    make_data,
    render_folder,
)
from ivr.errors import SetupFailed
from ivr.settings.secret import secret
from ivr.simulation import sounds
from ivr.simulation.hearing import Ear
from ivr.simulation.network import Network, Thumbs
from ivr.simulation.phone import Phone, Phones
from ivr.simulation.settings import Simulation
from ivr.simulation.tones import MARKS, mark_hz
from ivr.simulation.truth import TruthLog
from ivr.simulation.understanding import Understanding

HOST = "127.0.0.1"
AMI_CONNECTIONS = 24  # keys that are pressed at one moment
AMI_UP_S = 10.0
TEMPLATES = Path("dialplans") / "carrier"
SOUNDS = Path("audio") / "simulation"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the carrier works, and whom it serves."""

    project: Path
    home: Path  # Samvad's home folder; the carrier's is HOME/carrier
    samvad_sip_port: int
    telecallers: Sequence[str] = ()  # addresses: the user names of softphones
    load_only: bool = False  # nobody but load numbers: no voters' thumbs are needed

    @property
    def folder(self) -> Path:
        return self.home / "carrier"

    @property
    def truth_file(self) -> Path:
        return self.folder / "truth.jsonl"


class Carrier:
    """The telephone network on this machine."""

    def __init__(
        self,
        place: Place,
        simulation: Simulation,
        *,
        asterisk: Installed | None = None,
        understanding: Understanding | None = None,
    ) -> None:
        self._place = place
        self._simulation = simulation
        self._asterisk = asterisk or find_asterisk(place.project)
        self._folders = Folders(place.folder / "asterisk")
        self._marks = [mark_hz(n) for n in range(min(MARKS, len(place.telecallers)))]
        self.truth = TruthLog(place.truth_file)
        self._phones = Phones(Ear(self._marks))
        self._amis: list[Ami] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._network = self._make_network(understanding)
        self._agi = AgiServer(self._network.take, path="voter")
        self._log_file = self._folders.log / "console.log"
        self._process = AsteriskProcess(
            self._asterisk.program,
            self._folders.conf_file,
            name="the carrier's Asterisk",
            log_file=self._log_file,
            before_start=self._turn_voice_ports,
        )

    def _turn_voice_ports(self) -> None:
        ports = self._simulation.ports
        voice_ports.turn(self._folders.home, ports.rtp_start, ports.rtp_end)

    def _make_network(self, understanding: Understanding | None) -> Network:
        place = self._place
        return Network(
            self._simulation,
            self.truth,
            self._phones,
            Thumbs(self._amis),
            sounds=place.folder / "sounds" / "network",
            kept=place.folder / "heard",
            telecallers=place.telecallers,
            answers=sounds.spoken_answers(place.project / SOUNDS),
            understanding=understanding,
        )

    @property
    def asterisk_pid(self) -> int | None:
        """Return the process of its Asterisk, while that runs."""
        return self._process.pid

    @property
    def live_calls(self) -> int:
        return self._network.live

    @property
    def live_phones(self) -> list[Phone]:
        """Return the telephones of those who are in a call now."""
        return self._phones.live

    @property
    def truth_file(self) -> Path:
        return self._place.truth_file

    async def start(self) -> None:
        """Start everything; return when calls can come. Raises SetupFailed."""
        await asyncio.to_thread(self.render)
        self.truth.open()
        try:
            await self._phones.start(HOST)
            await self._agi.start(HOST, self._simulation.ports.agi)
            await self._process.start()
            if not self._place.load_only:
                await self._connect()
        except OSError as exc:
            await self.stop()
            raise SetupFailed(f"the virtual carrier cannot start: {exc}") from exc
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything; calls that are up are cut."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._process.stop()
        await self._phones.stop()
        await self._agi.stop()
        self.truth.close()

    def render(self) -> None:
        """Write the configuration and the sounds of the carrier."""
        self._folders.make()
        make_data(self._folders, self._asterisk)
        place, project = self._place, self._place.project
        voices = place.folder / "sounds" / "telecallers"
        sounds.make_announcements(project / SOUNDS, place.folder / "sounds" / "network")
        sounds.make_telecallers(project / SOUNDS, voices, place.telecallers)
        values = {
            **folder_values(self._folders, self._asterisk),
            "ports": self._simulation.ports,
            "bench": self._simulation.bench,
            "codecs": ",".join(self._simulation.codecs),
            "ami_secret": self._ami_secret(),
            "samvad_sip_port": place.samvad_sip_port,
            "speech": voices,
            "telecallers": [
                {"address": address, "secret": secret(place.home, address)}
                for address in place.telecallers
            ],
        }
        ports = self._simulation.ports
        voice_ports.begin(self._folders.home, ports.rtp_start, ports.rtp_end)
        render_folder(project / TEMPLATES, self._folders.conf, values)

    def _ami_secret(self) -> str:
        return secret(self._place.folder, "carrier-ami")

    async def _connect(self) -> None:
        ami_port = self._simulation.ports.ami
        address = AmiAddress(HOST, ami_port, "voters", self._ami_secret())
        ups = []
        for _ in range(AMI_CONNECTIONS):
            ami, up = Ami(address, lambda _: None), asyncio.Event()
            run = ami.run(on_up=up.set, on_down=lambda: None)
            self._amis.append(ami)
            self._tasks.append(asyncio.create_task(run))
            ups.append(up.wait())
        try:
            async with asyncio.timeout(AMI_UP_S):
                await asyncio.gather(*ups)
        except TimeoutError as exc:
            text = "the carrier's manager interface does not answer"
            raise SetupFailed(text) from exc

    def bench_counts(self) -> Mapping[str, int]:
        """Return what the load numbers did: calls answered, keys sent."""
        lines = self._log_file.read_text("utf-8").splitlines()
        return {
            name: sum(line.endswith(f"bench {name}") for line in lines)
            for name in ("answered", "keys")
        }


def bench_number(index: int) -> str:
    """Return the load number of that place, 0 to 99,999."""
    if not 0 <= index < 100_000:
        raise ValueError("there are 100,000 load numbers")
    return f"+9160000{index:05d}"


def bench_key(number: str) -> str:
    """Return the key that a load number presses (dialplans/carrier, [bench])."""
    return str(int(number[-1]) % 5 + 1)
