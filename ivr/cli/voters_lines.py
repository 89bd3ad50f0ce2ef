"""Voters' lines as Asterisk offers them, each brought to who serves it."""

from __future__ import annotations

import time
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.asterisk.line import AgiLine
from ivr.asterisk.practice_line import PREFIX as PRACTICE
from ivr.asterisk.practice_line import AgiVoterLine
from ivr.asterisk.switch import AsteriskSwitch
from ivr.cli.prompt_texts import PRACTICE_KIND
from ivr.controller.running import Running
from ivr.controller.trial_ports import TRIAL_PREFIX
from ivr.core.practice import Scenario
from ivr.errors import SamvadError, SetupFailed
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import Settings
from ivr.settings.practice import FOLDER as SCENARIOS
from ivr.settings.practice import load_scenarios
from ivr.vault.recordings import NEW
from ivr.web.metrics import latency

log = structlog.get_logger(__name__)

TRIALS = "trials"  # what is spoken into trial calls, until they are over


def audio_library(settings: Settings) -> AudioLibrary:
    """Return the shipped audio, and what this installation made itself."""
    return AudioLibrary(settings.project / "audio", settings.home / "audio")


def scenarios_of(settings: Settings, library: AudioLibrary) -> list[Scenario]:
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


def trials_folder(settings: Settings) -> Path:
    """Return the folder, empty: a former run may have left something."""
    folder = settings.home / TRIALS
    folder.mkdir(exist_ok=True)
    forget_spoken(folder)
    return folder


def forget_spoken(folder: Path, trial_id: str = "*") -> None:
    """Delete what was spoken into a trial call; without one, into any."""
    for file in folder.glob(f"{trial_id}-*.wav"):
        file.unlink(missing_ok=True)


def agi_server(
    settings: Settings,
    switch: AsteriskSwitch,
    running: Running,
    registry: CollectorRegistry,
    library: AudioLibrary,
) -> AgiServer:
    """Return what takes lines: of practices, of trial calls, and of voters."""
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
            if running.router.is_ready.is_set():  # else it may be offered again
                await line.give_back()

    return AgiServer(on_session, headers_timeout_s=settings.timeouts.agi_headers_s)
