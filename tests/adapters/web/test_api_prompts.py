"""Prompts by the API: found, heard, made, sent in, approved by a second person."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode
from ivr.prompts import levels
from tests.adapters.web.asking import ask
from tests.adapters.web.browser import Browser
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.site import PASSWORD

PROMPTS, VOICES = "/api/v1/prompts", "/api/v1/voices"
RECORDINGS = "/api/v1/recordings"
TEXT = "यह अभी-अभी रिकॉर्ड किया गया वाक्य है।"
SAID = {"text": TEXT, "voice": "tone"}


def a_recording(seconds: float = 1.0, rate: int = 48_000) -> bytes:
    beat = np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)
    return levels.wav_bytes((0.05 * beat).astype(np.float32), rate)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def record(
    browser: Browser, wav: bytes, *, text: str = TEXT, key: str = ""
) -> tuple[int, Any]:
    async with browser.http.post(
        browser.base + RECORDINGS,
        params={"text": text},
        data=io.BytesIO(wav),
        headers={"X-CSRF-Token": browser.csrf, "Content-Type": "audio/wav"}
        | ({"Idempotency-Key": key} if key else {}),
    ) as answer:
        return answer.status, await answer.json()


async def heard(browser: Browser, path: str, **words: str) -> tuple[int, bytes]:
    async with browser.http.get(browser.base + path, params=words) as answer:
        return answer.status, await answer.read()


async def admin(browser: Browser, name: str, centre: str) -> None:
    user = User(UserId(name), "कविता", Role.ADMIN, CentreCode(centre))
    await browser.site.users.add(user, PASSWORD, by="test")


async def test_all_prompts_come_in_pages_and_each_can_be_heard(
    browser: Browser,
) -> None:
    keys, cursor = [], ""
    while True:
        query = f"?kind=field&limit=200&cursor={cursor}"
        status, found = await ask(browser, "GET", PROMPTS + query)
        assert status == 200
        keys += [one["key"] for one in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert browser.site.prompts is not None
    known = [one for one in await browser.site.prompts.prompts() if one.kind == "field"]
    assert keys == sorted(one.key for one in known if one.language == "hi")
    status, one = await ask(browser, "GET", f"{PROMPTS}/{keys[0]}")
    assert (status, one["kind"], one["paper"]) == (200, "field", None)
    status, wav = await heard(browser, f"{PROMPTS}/{keys[0]}/sound")
    assert (status, wav[:4]) == (200, b"RIFF")
    for wrong in ("0" * 16, "..%2f..%2fetc%2fpasswd"):
        assert (await ask(browser, "GET", f"{PROMPTS}/{wrong}"))[0] == 404
        assert (await heard(browser, f"{PROMPTS}/{wrong}/sound"))[0] == 404
    assert (await ask(browser, "GET", f"{PROMPTS}?kind=song"))[0] == 400


async def test_a_voice_says_a_text_before_and_after_it_is_kept(
    browser: Browser,
) -> None:
    status, found = await ask(browser, "GET", VOICES)
    assert (status, found) == (200, [{"name": "tone", "why_not": ""}])
    status, wav = await heard(browser, f"{VOICES}/tone", text=TEXT)
    assert (status, wav[:4]) == (200, b"RIFF")
    assert (await heard(browser, f"{VOICES}/nobody", text=TEXT))[0] == 404
    status, found = await ask(browser, "GET", f"{PROMPTS}?q=रिकॉर्ड किया गया")
    assert (status, found["items"]) == (200, [])
    status, one = await ask(browser, "POST", PROMPTS, SAID, key="k-1")
    assert (status, one["text"], one["paper"]["made_by"]) == (201, TEXT, "meera")
    again = await ask(browser, "POST", PROMPTS, SAID, key="k-1")
    assert again == (201, one)
    log = await browser.site.users.store.audit(None, limit=10)
    assert [entry.action for entry in log].count("prompt_said") == 1
    found = (await ask(browser, "GET", f"{PROMPTS}?q=रिकॉर्ड किया गया"))[1]
    assert [each["key"] for each in found["items"]] == [one["key"]]
    for wrong in ({"voice": "nobody"}, {"text": "{name}"}, {"language": "fr"}):
        assert (await ask(browser, "POST", PROMPTS, SAID | wrong))[0] == 400, wrong


async def test_a_recording_is_put_right_and_taken_once(browser: Browser) -> None:
    status, one = await record(browser, a_recording(), key="k-1")
    assert (status, one["voice"], one["is_own"]) == (201, "recorded", True)
    assert await record(browser, a_recording(), key="k-1") == (201, one)
    assert (await record(browser, a_recording(2), key="k-1"))[0] == 422
    _, wav = await heard(browser, f"{PROMPTS}/{one['key']}/sound")
    speech = levels.read_wav(wav)
    assert speech.rate == levels.PHONE_RATE
    assert levels.loudness(speech.samples) == pytest.approx(levels.TARGET_LUFS, abs=1)


@pytest.mark.parametrize(
    ("wav", "text", "status"),
    [
        (b"", TEXT, 400),
        (b"RIFF" + b"\0" * 60, TEXT, 400),
        (a_recording(61, 8000), TEXT, 400),
        (a_recording(), "क" * 601, 400),
        (b"\0" * 12_000_001, TEXT, 413),
    ],
    ids=["empty", "no wav", "too long", "long text", "beyond all bounds"],
)
async def test_a_bad_recording_is_refused(
    browser: Browser, wav: bytes, text: str, status: int
) -> None:
    assert (await record(browser, wav, text=text))[0] == status


async def test_a_second_person_approves_and_a_new_sound_loses_it(
    browser: Browser,
) -> None:
    _, one = await record(browser, a_recording())
    path = f"{PROMPTS}/{one['key']}/approve"
    said = {"certificate": "MCMC/2027/14", "sound": one["audio_sha256"]}
    status, refused = await ask(browser, "POST", path, said)
    assert status == 400 and "of their own" in refused["message_en"]
    await admin(browser, "kavita", "MP")
    async with browser.another() as kavita:
        await kavita.sign_in("kavita")
        for wrong in ({"certificate": "   "}, {"sound": "another"}):
            assert (await ask(kavita, "POST", path, said | wrong))[0] == 400
        status, approved = await ask(kavita, "POST", path, said)
        assert (status, approved["paper"]["is_approved"]) == (200, True)
        assert approved["paper"]["approved_by"] == "kavita"
        assert (await ask(kavita, "POST", path, said))[0] == 400
    _, another = await record(browser, a_recording(1.5))
    assert another["key"] == one["key"]
    assert not another["paper"]["is_approved"]


async def test_only_those_of_the_root_change_what_all_calls_say(
    browser: Browser,
) -> None:
    _, one = await record(browser, a_recording())
    approve = f"{PROMPTS}/{one['key']}/approve"
    paper = {"certificate": "MCMC/1", "sound": one["audio_sha256"]}
    await admin(browser, "mohan", "MP.BPL")
    async with browser.another() as mohan, browser.another() as anil:
        await mohan.sign_in("mohan")
        await anil.sign_in("anil")
        for who, read, changed in ((mohan, 200, 404), (anil, 403, 403)):
            assert (await ask(who, "GET", PROMPTS))[0] == read
            assert (await ask(who, "POST", PROMPTS, SAID))[0] == changed
            assert (await record(who, a_recording()))[0] == changed
            assert (await ask(who, "POST", approve, paper))[0] == changed
        # Whoever makes campaigns may hear them.
        assert (await heard(anil, f"{PROMPTS}/{one['key']}/sound"))[0] == 200
