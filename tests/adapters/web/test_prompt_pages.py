"""Prompts in the browser: heard, recorded, approved by a second person, and guarded."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.flow_model import Clip
from ivr.core.model import CentreCode
from ivr.prompts import levels
from ivr.prompts.listening import Listening
from ivr.store.engine import open_store
from ivr.web.api.rate import OF_SPEECH
from ivr.workshop.prompts import PromptFiles
from tests.adapters.web.browser import Browser
from tests.adapters.web.workshop_site import (
    NOW,
    a_project,
    audio_of,
    opened_workshop,
)
from tests.fakes.site import PASSWORD
from tests.fakes.voice import FakeVoice

TEXT = "यह अभी-अभी रिकॉर्ड किया गया वाक्य है।"


def a_recording(seconds: float = 1.0, rate: int = 48_000) -> bytes:
    beat = np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)
    return levels.wav_bytes((0.05 * beat).astype(np.float32), rate)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def record(
    browser: Browser, wav: bytes, *, text: str = TEXT
) -> tuple[int, dict[str, str]]:
    async with browser.http.post(
        browser.base + "/prompts/recording",
        params={"text": text, "language": "hi"},
        data=io.BytesIO(wav),
        headers={"X-CSRF-Token": browser.csrf, "Accept": "application/json"},
    ) as answer:
        if answer.content_type != "application/json":
            return answer.status, {}
        return answer.status, await answer.json()


async def test_every_prompt_can_be_heard_and_no_other_file(browser: Browser) -> None:
    text = await (await browser.get("/prompts")).text()
    address = re.findall(r'data-play="([^"]+)"', text)[0]
    page = await browser.http.get(browser.base + address)
    assert (page.status, page.content_type) == (200, "audio/wav")
    assert (await page.read())[:4] == b"RIFF"
    for wrong in ("0" * 16, "..%2f..%2fetc%2fpasswd"):
        path = f"{browser.base}/prompts/{wrong}/sound"
        async with browser.http.get(path) as page:
            assert page.status == 404


async def test_a_recording_is_put_right_and_comes_before_what_ships(
    browser: Browser,
) -> None:
    status, said = await record(browser, a_recording())
    assert status == 201
    text = await (await browser.get(said["address"])).text()
    assert "recorded" in text
    assert "meera" in text
    async with browser.http.get(f"{browser.base}{said['address']}/sound") as page:
        speech = levels.read_wav(await page.read())
    assert speech.rate == levels.PHONE_RATE
    assert levels.loudness(speech.samples) == pytest.approx(levels.TARGET_LUFS, abs=1)
    assert "prompt_recorded" in await (await browser.get("/audit")).text()


@pytest.mark.parametrize(
    ("wav", "text"),
    [
        (b"", TEXT),
        (b"RIFF" + b"\0" * 60, TEXT),
        (a_recording()[:-3], ""),
        (levels.wav_bytes(np.zeros(16_000, np.float32)), TEXT),
        (a_recording(61, 8000), TEXT),
        (a_recording(), "{name}"),
        (a_recording(), "क" * 601),
    ],
    ids=["empty", "no wav", "no text", "silence", "too long", "braces", "long text"],
)
async def test_a_bad_recording_is_refused_in_words(
    browser: Browser, wav: bytes, text: str
) -> None:
    assert (await record(browser, wav, text=text))[0] == 400


async def test_a_body_beyond_all_bounds_is_not_read(browser: Browser) -> None:
    assert (await record(browser, b"\0" * 12_000_001))[0] == 413


async def approval(browser: Browser, address: str) -> dict[str, str]:
    """Return what the form of the prompt's page says of the sound heard there."""
    text = await (await browser.get(address)).text()
    (sound,) = re.findall(r'name="sound" value="([0-9a-f]{64})"', text)
    return {"csrf": browser.csrf, "certificate": "MCMC/2027/14", "sound": sound}


async def kavita_joins(browser: Browser) -> None:
    kavita = User(UserId("kavita"), "कविता", Role.ADMIN, CentreCode("MP"))
    await browser.site.users.add(kavita, PASSWORD, by="test")


async def test_a_second_person_approves_and_a_new_sound_loses_it(
    browser: Browser,
) -> None:
    _, said = await record(browser, a_recording())
    address = said["address"]
    await kavita_joins(browser)
    async with browser.another() as other:
        await other.sign_in("kavita")
        form = await approval(other, address)
        page = await browser.post(f"{address}/approve", form | {"csrf": browser.csrf})
        assert page.status == 400
        page = await other.post(f"{address}/approve", form)
        assert page.status == 200
        assert "✓ MCMC/2027/14" in await page.text()
    _, said = await record(browser, a_recording(1.5))
    assert said["address"] == address
    assert "MCMC/2027/14" not in await (await browser.get(address)).text()


async def test_a_sound_that_nobody_heard_is_not_approved(browser: Browser) -> None:
    _, said = await record(browser, a_recording())
    address = said["address"]
    await kavita_joins(browser)
    async with browser.another() as other:
        await other.sign_in("kavita")
        form = await approval(other, address)
        await record(browser, a_recording(1.5))
        for tried in (form, form | {"sound": ""}):
            page = await other.post(f"{address}/approve", tried)
            assert page.status == 400
            assert "MCMC/2027/14" not in await page.text()
        page = await other.post(f"{address}/approve", await approval(other, address))
        assert page.status == 200


async def test_script_in_a_text_is_shown_as_text(browser: Browser) -> None:
    _, said = await record(browser, a_recording(), text="<script>alert(1)</script> क")
    text = await (await browser.get(said["address"])).text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


async def test_only_those_of_the_root_change_what_all_calls_say(
    browser: Browser,
) -> None:
    bhopal = User(UserId("mohan"), "मोहन", Role.ADMIN, CentreCode("MP.BPL"))
    await browser.site.users.add(bhopal, PASSWORD, by="test")
    async with browser.another() as other:
        await other.sign_in("mohan")
        assert (await other.get("/prompts")).status == 200
        assert (await record(other, a_recording()))[0] == 404
    async with browser.another() as anil:
        await anil.sign_in("anil")
        assert (await anil.get("/prompts")).status == 403
        assert (await record(anil, a_recording()))[0] == 403


async def test_a_voice_says_a_text_before_it_is_kept(browser: Browser) -> None:
    form = {"text": TEXT, "language": "hi", "voice": "tone", "csrf": browser.csrf}
    async with browser.http.post(browser.base + "/prompts/say", data=form) as page:
        assert page.status == 200
        assert (await page.read())[:4] == b"RIFF"
    assert TEXT not in await (await browser.get("/prompts")).text()
    page = await browser.post("/prompts", form)
    assert page.status == 200
    assert TEXT in await page.text()
    page = await browser.post("/prompts", form | {"voice": "nobody"})
    assert page.status == 400


async def test_nobody_fills_the_machine_with_speech(browser: Browser) -> None:
    form = {"text": TEXT, "language": "hi", "voice": "tone", "csrf": browser.csrf}
    most = OF_SPEECH.at_once
    statuses = []
    for _ in range(most + 1):
        async with browser.http.post(browser.base + "/prompts/say", data=form) as page:
            statuses.append(page.status)
    assert statuses == [200] * most + [429]
    assert page.headers["Retry-After"] == "2"
    page = await browser.post("/prompts", form)  # which speaks it too
    assert page.status == 429
    assert "कृपया आधा मिनट रुकिए" in await page.text()
    kavita = User(UserId("kavita"), "कविता", Role.ADMIN, CentreCode("MP"))
    await browser.site.users.add(kavita, PASSWORD, by="test")
    async with browser.another() as other:  # each has a share of their own
        await other.sign_in("kavita")
        theirs = form | {"csrf": other.csrf}
        async with other.http.post(other.base + "/prompts/say", data=theirs) as page:
            assert page.status == 200


@dataclass
class SlowVoice(FakeVoice):
    """Begins to speak, and ends when it is told to."""

    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def speak(self, text: str, language: str) -> levels.Speech:
        self.begun.set()
        assert self.may_end.wait(timeout=10)
        return super().speak(text, language)


async def test_a_recording_is_kept_while_the_sounds_of_a_flow_are_made(
    tmp_path: Path,
) -> None:
    settings, making, voice = a_project(tmp_path), threading.Lock(), SlowVoice()
    settings.home.mkdir()
    library, said = audio_of(settings), "यह वाक्य एक फ़्लो का है।"
    flows = Listening(
        library,
        settings.home / "audio",
        settings.home / "previews",
        lambda: [voice],
        making=making,
    )
    meera = User(UserId("meera"), "मीरा", Role.ADMIN, CentreCode("MP"))
    async with await open_store(settings.database_url) as store:
        prompts = PromptFiles(
            settings,
            store,
            library=library,
            voices=lambda only: [],
            now=lambda: NOW,
            making=making,
        )
        made = asyncio.create_task(asyncio.to_thread(flows.prepare, [Clip("hi", said)]))
        assert await asyncio.to_thread(voice.begun.wait, 10)
        recorded = asyncio.create_task(
            prompts.keep_recorded(meera, TEXT, "hi", a_recording())
        )
        await asyncio.wait([recorded], timeout=0.3)  # as long as it takes alone
        voice.may_end.set()
        assert await made == []
        await recorded
    assert {TEXT, said} <= {one.text for one in audio_of(settings).records()}
