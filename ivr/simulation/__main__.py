"""Run the virtual carrier, and telecallers if asked, as a process of their own.

    python -m ivr.simulation --home run/demo --telecallers tc-101,tc-102

Prints READY when calls can come, and nothing else; stops cleanly on SIGTERM, Ctrl-C
or, with --until-eof, when whoever started it is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog
import uvloop

from ivr.errors import SamvadError
from ivr.settings.config import load_settings
from ivr.settings.flow_folder import flow_folders
from ivr.simulation.carrier import Carrier, Place
from ivr.simulation.settings import Simulation, load_simulation
from ivr.simulation.telecallers import run_telecallers
from ivr.simulation.understanding import load_understanding


def main(words: Sequence[str] | None = None) -> int:
    """Run until told to stop; return the exit code."""
    given = _arguments(words)
    # Whoever waits for READY may read no further: a full pipe would stop us all.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        return uvloop.run(_run(given))
    except SamvadError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ivr.simulation")
    parser.add_argument("--config", type=Path, default=Path("config/demo.toml"))
    parser.add_argument(
        "--simulation", type=Path, default=Path("config/simulation.yaml")
    )
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument(
        "--telecallers", default="", help="softphones to register: tc-101,tc-102"
    )
    parser.add_argument(
        "--flow", default="", help="the only flow that will be heard: fewer doubts"
    )
    parser.add_argument(
        "--work", action="store_true", help="the telecallers log in and work too"
    )
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="stop also when standard input ends: whoever holds it has died",
    )
    return parser.parse_args(words)


async def _run(given: argparse.Namespace) -> int:
    settings = load_settings(given.config).replace(home=given.home)
    simulation = load_simulation(given.simulation)
    if given.seed is not None:
        simulation = dataclasses.replace(simulation, seed=given.seed)
    telecallers = tuple(filter(None, given.telecallers.split(",")))
    place = Place(
        project=settings.project,
        home=settings.home,
        samvad_sip_port=settings.asterisk.sip_port,
        telecallers=telecallers,
    )
    understanding = load_understanding(
        flow_folders(settings.project, settings.home),
        (settings.project / "audio", settings.home / "audio"),
        given.flow,
    )
    carrier = Carrier(place, simulation, understanding=understanding)
    stopped = _stop_signal(until_eof=given.until_eof)
    await carrier.start()
    try:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        await _until(stopped, given.work, simulation, place, settings.web.port)
    finally:
        await carrier.stop()
    return 0


async def _until(
    stopped: asyncio.Event, work: bool, simulation: Simulation, place: Place, port: int
) -> None:
    if not work:
        await stopped.wait()
        return
    working = asyncio.create_task(
        run_telecallers(
            place.telecallers,
            base=f"http://127.0.0.1:{port}",
            home=place.home,
            simulation=simulation,
            stopped=stopped,
        )
    )
    await stopped.wait()
    async with asyncio.timeout(15):
        await working


def _stop_signal(*, until_eof: bool) -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if until_eof:  # nothing is ever written there
        loop.add_reader(sys.stdin, stopped.set)
    return stopped


if __name__ == "__main__":
    sys.exit(main())
