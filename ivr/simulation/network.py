"""The network's side of every call: rings, refuses, answers, as fate will have it.

Asterisk hands each call over by AGI before it is answered. A person who picks up
is a `Voter` from then on; the rest is done here.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ivr.asterisk.ami import Ami
from ivr.asterisk.fastagi import AgiSession
from ivr.core.model import PhoneNumber, masked
from ivr.errors import CallerHungUp, SwitchGone, SwitchRefused
from ivr.simulation.phone import Phone, Phones
from ivr.simulation.population import Fate, KeyMode, Kind, Person, fate
from ivr.simulation.settings import Simulation
from ivr.simulation.sounds import write_wav
from ivr.simulation.tones import Samples
from ivr.simulation.truth import CallTruth, Happening, TruthLog
from ivr.simulation.understanding import Understanding
from ivr.simulation.voters import Voter

log = structlog.get_logger(__name__)

# Q.850 causes that chan_pjsip answers with these codes.
CAUSES: Mapping[int, int] = {404: 1, 484: 28, 480: 20, 486: 17, 403: 21, 503: 34}
RINGING = frozenset({Kind.PERSON, Kind.VOICEMAIL, Kind.RINGS_OUT, Kind.DECLINED})
KEY_MS = 120
RING_MAX_S = 180.0
CONNECT_S = 5.0  # an answered call's sound is here by then
VOICEMAIL = "voicemail"


class Wire:
    """AGI, spoken to one call of the carrier."""

    def __init__(self, session: AgiSession) -> None:
        self._reader: asyncio.StreamReader = session.reader
        self._writer: asyncio.StreamWriter = session.writer
        self.is_gone = False

    async def do(self, command: str) -> None:
        """Carry out one command. Raises CallerHungUp, SwitchRefused."""
        if self.is_gone:
            raise CallerHungUp
        self._writer.write(command.encode() + b"\n")
        while True:
            line = await self._line()
            if line.startswith("200 "):
                break
            if line[:1] == "5" and not line.startswith("520-"):
                if self.is_gone or line.startswith("511"):
                    raise CallerHungUp
                raise SwitchRefused(f"AGI {command.split()[0]}: {line}")
        if line.startswith("200 result=-1"):
            self.is_gone = True
            raise CallerHungUp

    async def wait(self, seconds: float) -> None:
        """Let time pass. Raises CallerHungUp as soon as the caller gives up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_gone:
                    await self._line()
        if self.is_gone:
            raise CallerHungUp

    async def _line(self) -> str:
        try:
            raw = await self._reader.readline()
        except (OSError, ValueError) as exc:
            raise CallerHungUp from exc
        if not raw:
            self.is_gone = True
            raise CallerHungUp
        line = raw.decode("utf-8", "replace").strip()
        if line == "HANGUP":
            self.is_gone = True
        return line


@dataclass(frozen=True, slots=True)
class Thumbs:
    """Presses keys through the carrier's manager interface.

    A key blocks its connection for as long as it sounds, so there are several.
    """

    connections: Sequence[Ami]
    busy: Counter[int] = field(default_factory=Counter)  # keys, by connection

    async def press(self, channel: str, key: str) -> bool:
        up = [i for i, ami in enumerate(self.connections) if ami.is_up]
        if not up:
            return False
        chosen = min(up, key=self.busy.__getitem__)
        action = {
            "Action": "PlayDTMF",
            "Channel": channel,
            "Digit": key,
            "Duration": str(KEY_MS),
        }
        self.busy[chosen] += 1
        try:
            await self.connections[chosen].send(action)
        except (SwitchRefused, SwitchGone):
            return False
        finally:
            self.busy[chosen] -= 1
        return True


class Network:
    """Lives out the fate of every call that comes in."""

    def __init__(
        self,
        simulation: Simulation,
        truth: TruthLog,
        phones: Phones,
        thumbs: Thumbs,
        *,
        sounds: Path,  # the announcements
        kept: Path,  # where the sound of some calls is kept
        telecallers: Sequence[str],
        answers: Sequence[tuple[str, Samples]],
        understanding: Understanding | None = None,
    ) -> None:
        self._simulation = simulation
        self._truth = truth
        self._phones = phones
        self._thumbs = thumbs
        self._sounds = sounds
        self._kept = kept
        self._telecallers = telecallers
        self._answers = answers
        self._understanding = understanding
        self.live = 0

    async def take(self, session: AgiSession) -> None:
        """Live one call from INVITE to its end."""
        number = e164(session.headers.get("agi_extension", ""))
        sip_call = session.headers.get("agi_arg_1", "")
        attempt = self._truth.next_attempt(number)
        truth = self._truth.of(sip_call, number, attempt)
        rates, seed = self._simulation.rates, self._simulation.seed
        fixed = self._simulation.fixed.get(number)
        drawn = fate(number, attempt, seed, rates, fixed)
        truth.tell(
            Happening.INVITED,
            kind=drawn.kind.value,
            character=drawn.person.character if drawn.person else "",
            samvad_call=session.headers.get("agi_arg_2", ""),
        )
        log.debug("Call in", number=masked(number), kind=drawn.kind.value)
        self.live += 1
        by = "caller"
        try:
            by = await self._live(drawn, Wire(session), session, truth)
        except CallerHungUp:
            pass
        finally:
            self.live -= 1
            truth.tell(Happening.ENDED, by=by)

    async def _live(
        self, drawn: Fate, wire: Wire, session: AgiSession, truth: CallTruth
    ) -> str:
        if drawn.person and drawn.person.key_mode is not KeyMode.RFC4733:
            # Before the 180: once it is sent, the answer's SDP is settled.
            mode = drawn.person.key_mode.value
            await wire.do(f"SET VARIABLE PJSIP_DTMF_MODE() {mode}")
        if drawn.kind in RINGING:
            await wire.do("EXEC Ringing")
            truth.tell(Happening.RANG)
        if drawn.kind is Kind.RINGS_OUT:
            await wire.wait(RING_MAX_S)
        if drawn.person is not None:
            return await self._person(drawn, drawn.person, wire, session, truth)
        await wire.wait(drawn.delay_s)
        if drawn.kind is Kind.VOICEMAIL:
            return await self._voicemail(drawn, wire, truth)
        return await self._refuse(drawn, wire, truth)

    async def _refuse(self, drawn: Fate, wire: Wire, truth: CallTruth) -> str:
        if drawn.announcement:
            await wire.do("EXEC Progress")
            file = self._sounds / drawn.announcement
            await wire.do(f'EXEC Playback "{file},noanswer"')
        code = drawn.sip_code or 480
        truth.tell(Happening.REFUSED, sip_code=code, announced=drawn.announcement)
        with contextlib.suppress(CallerHungUp):
            await wire.do(f"EXEC Hangup {CAUSES[code]}")
        return "network"

    async def _voicemail(self, drawn: Fate, wire: Wire, truth: CallTruth) -> str:
        await wire.do("ANSWER")
        truth.tell(Happening.ANSWERED)
        await wire.do(f'EXEC Playback "{self._sounds / VOICEMAIL}"')
        await wire.wait(drawn.voicemail_s)
        truth.tell(Happening.HUNG_UP)
        return "voter"

    async def _person(
        self,
        drawn: Fate,
        person: Person,
        wire: Wire,
        session: AgiSession,
        truth: CallTruth,
    ) -> str:
        await wire.wait(drawn.delay_s)
        await wire.do("ANSWER")
        truth.tell(Happening.ANSWERED)
        call, connected = self._phones.expect()
        where = f"127.0.0.1:{self._phones.port}"
        sound = asyncio.create_task(wire.do(f"EXEC AudioSocket {call},{where}"))
        try:
            async with asyncio.timeout(CONNECT_S):
                phone = await connected
            voter = self._voter(person, phone, session, truth)
            await voter.live()
            self._keep(phone, truth)
            return "voter" if voter.hung_up else "caller"
        except TimeoutError:
            return "caller"
        finally:
            with contextlib.suppress(CallerHungUp, SwitchRefused, TimeoutError):
                async with asyncio.timeout(CONNECT_S):
                    await sound

    def _voter(
        self, person: Person, phone: Phone, session: AgiSession, truth: CallTruth
    ) -> Voter:
        channel = session.headers.get("agi_channel", "")

        async def thumb(key: str) -> bool:
            return await self._thumbs.press(channel, key)

        return Voter(
            person,
            phone,
            truth,
            thumb=thumb,
            telecallers=self._telecallers,
            answers=self._answers,
            understanding=self._understanding,
        )

    def _keep(self, phone: Phone, truth: CallTruth) -> None:
        """Keep what some voters heard, for people who want to listen."""
        chance = random.Random(f"{self._simulation.seed}:{truth.number}:keep")
        if chance.random() < self._simulation.keep_sound:
            name = f"{truth.number.removeprefix('+')}-{truth.attempt}.wav"
            write_wav(self._kept / name, phone.heard())


def e164(dialled: str) -> PhoneNumber:
    """Return what was dialled (0…, 91…, +91…) as an E.164 number."""
    digits = dialled.removeprefix("+").lstrip("0")
    if len(digits) == 10:
        digits = f"91{digits}"
    return PhoneNumber(f"+{digits}")
