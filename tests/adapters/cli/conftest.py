"""The command line in a home of its own, with a Samvad running beside it or not."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import dialer
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.secret import secret
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site

WEB = 28380 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # each its own
SETTINGS = f"""
home = "HOME"
[organisation]
name_hi = "संवाद परीक्षण"
name_en = "Samvad trial"
[web]
port = {WEB}
[[trunk]]
name = "carrier"
host = "127.0.0.1"
caller_ids = ["+917552550100"]
a2p_declared_on = 2020-01-01
"""
LIST = """नाम,मोबाइल
राम पटेल,9827012340
सीता बाई,9827012341
[/] \\ {name},9827012342
"""
CAMPAIGN = """campaign: trial
title: {hi: "जाँच [bold]", en: Trial}
organisation: संवाद डेमो
class: ngo_survey
flow: short-feedback
mode: broadcast
lists: [people]
trunk: carrier
caller_id: "+917552550100"
"""
MISTAKE = "Traceback (most recent call last)"


@dataclass
class Said:
    code: int
    out: str
    err: str


@dataclass
class Office:
    """A folder with settings; `dialer` runs a command in it."""

    folder: Path
    settings: Settings
    capture: Callable[[], tuple[str, str]]
    patch: pytest.MonkeyPatch = field(repr=False)

    def dialer(self, *words: str) -> Said:
        """Run dialer.py's main in this process."""
        self.patch.setattr(sys, "argv", ["dialer.py", *words])
        try:
            code = dialer.main()
        except SystemExit as exc:
            code = int(exc.code or 0)
        return Said(code, *self.capture())

    def process(self, *words: str) -> Said:
        """Run dialer.py as people do."""
        done = subprocess.run(
            [sys.executable, str(PROJECT / "dialer.py"), *words],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=PROJECT,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert MISTAKE not in done.stderr + done.stdout
        return Said(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, "utf-8")
        return file

    def with_list(self) -> None:
        file = self.write("people.csv", LIST)
        words = ["import", str(file), "--list", "people", "--origin", "invented people"]
        said = self.dialer(*words, "--rejects", str(self.folder / "rejects.csv"))
        assert said.code == 0, said.err

    def with_campaign(self) -> None:
        self.with_list()
        said = self.dialer("campaign", "new", str(self.write("trial.yaml", CAMPAIGN)))
        assert said.code == 0, said.err


@pytest.fixture
def office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    file = tmp_path / "samvad.toml"
    file.write_text(SETTINGS.replace("HOME", str(tmp_path / "home")), "utf-8")
    monkeypatch.setenv("SAMVAD_CONFIG", str(file))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SAMVAD_HOME", raising=False)
    monkeypatch.delenv("SAMVAD_DATABASE_URL", raising=False)
    monkeypatch.chdir(PROJECT)

    def captured() -> tuple[str, str]:
        said = capsys.readouterr()
        return said.out, said.err

    return Office(tmp_path, load_settings(file), captured, monkeypatch)


@pytest.fixture
def running(office: Office) -> Iterator[FakeOperations]:
    """A Samvad that runs in the office's home, as far as its API goes."""
    token = secret(office.settings.home, "api")
    operations = FakeOperations(["tc-101", "tc-102"])
    started, stop = threading.Event(), threading.Event()

    async def run() -> None:
        registry, _ = new_registry()
        runner = await serve(
            make_app(make_site(operations, token), registry), "127.0.0.1", WEB
        )
        started.set()
        await asyncio.to_thread(stop.wait)
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert started.wait(30)
        yield operations
    finally:
        stop.set()
        thread.join(10)
