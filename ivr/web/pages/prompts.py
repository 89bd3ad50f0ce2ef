"""Prompts: hear, let a voice say, record, upload, and approve with a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from ivr.controller.prompt_workshop import (
    MOST_BYTES,
    MOST_SECONDS,
    Prompt,
    PromptWorkshop,
)
from ivr.core.access import May
from ivr.errors import BadInput, SetupFailed
from ivr.web.api.rate import take_speech
from ivr.web.encode import answer
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import may_do, note, site_of, user_of
from ivr.web.texts import N_, Said, parts_of
from ivr.web.whose import is_theirs, within

routes = web.RouteTableDef()

SHOWN = 200
KINDS = {
    "prompt": N_("Sentences of flows"),
    "system": N_("Samvad's own sentences"),
    "field": N_("Names and places"),
    "block": N_("Numbers and words"),
}
VOICES = {
    "kokoro": N_("Natural computer voice (Kokoro)"),
    "gtts": N_("Google's voice: texts leave this machine"),
    "espeak-ng": N_("Simple computer voice (eSpeak)"),
}


def prompts_of(request: web.Request) -> PromptWorkshop:
    """Return the workshop's prompts. Raises HTTPNotFound where there are none."""
    workshop = site_of(request).prompts
    if workshop is None:
        raise web.HTTPNotFound
    return workshop


def whole_prompts_of(request: web.Request) -> PromptWorkshop:
    """Return the workshop to whom may change what all centres' calls say."""
    within(request, None)
    return prompts_of(request)


@routes.get("/prompts")
@needs(May.FLOWS)
async def prompts(request: web.Request) -> web.StreamResponse:
    return await _list(request)


async def _list(
    request: web.Request, *, status: int = 200, problem: Said | str = "", text: str = ""
) -> web.Response:
    asked = request.query
    kind = asked.get("kind", "prompt")
    search = " ".join(asked.get("q", "").split())[:100]
    language = asked.get("language", "hi")
    found = [
        one
        for one in await prompts_of(request).prompts()
        if one.kind == kind
        and one.language == language
        and search.casefold() in one.text.casefold()
    ]
    found.sort(key=lambda one: (not one.used_in, one.text))
    return page(
        request,
        "prompts.html",
        status=status,
        prompts=found[:SHOWN],
        count=len(found),
        kind=kind,
        kinds=KINDS,
        search=search,
        language=language,
        problem=problem,
        text=text,
        makes=_makes(request),
        **await _choices(request, language),
    )


def _makes(request: web.Request) -> bool:
    return may_do(request, May.FLOWS) and is_theirs(request, None)


async def _choices(request: web.Request, language: str) -> dict[str, object]:
    known = language if language in ("hi", "en") else "hi"
    voices = await prompts_of(request).voices(known)
    return {"voices": voices, "voice_names": VOICES, "most_seconds": MOST_SECONDS}


async def known_prompt(request: web.Request) -> Prompt:
    """Return the prompt that is meant. Raises HTTPNotFound."""
    prompt = await prompts_of(request).prompt(request.match_info["prompt"])
    if prompt is None:
        raise web.HTTPNotFound
    return prompt


@routes.get("/prompts/{prompt:[0-9a-f]{16}}")
@needs(May.FLOWS)
async def prompt(request: web.Request) -> web.StreamResponse:
    return await _page(request, await known_prompt(request))


async def _page(
    request: web.Request, one: Prompt, *, status: int = 200, problem: Said | str = ""
) -> web.Response:
    return page(
        request,
        "prompt.html",
        status=status,
        one=one,
        problem=problem,
        kinds=KINDS,
        makes=_makes(request) and one.kind == "prompt",
        approves=may_do(request, May.APPROVE) and _makes(request),
        **await _choices(request, one.language),
    )


@routes.get("/prompts/{prompt:[0-9a-f]{16}}/sound")
@needs(May.FLOWS, May.CAMPAIGNS)
async def sound(request: web.Request) -> web.StreamResponse:
    """Return the WAV of a prompt that is known; no other file can be asked for."""
    heard = await prompts_of(request).sound(request.match_info["prompt"])
    if heard is None:
        raise web.HTTPNotFound
    return as_wav(heard)


def as_wav(heard: bytes) -> web.Response:
    """Answer with a sound."""
    return web.Response(
        body=heard, content_type="audio/wav", headers={"Cache-Control": "no-store"}
    )


@routes.post("/prompts/say")
@needs(May.FLOWS)
async def say(request: web.Request) -> web.StreamResponse:
    """Return a text as callers would hear it; nothing is kept."""
    given = await request.post()
    take_speech(request)
    try:
        return as_wav(await prompts_of(request).say(*_words(given)))
    except SetupFailed as exc:
        raise BadInput(str(exc), where="voice") from exc


def _words(given: Mapping[str, object]) -> tuple[str, str, str]:
    text, language = given.get("text", ""), given.get("language", "hi")
    return str(text), str(language), str(given.get("voice", ""))


@routes.post("/prompts")
@needs(May.FLOWS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Let a voice say a text, and use that from now on."""
    workshop, given = whole_prompts_of(request), await request.post()
    text, language, voice = _words(given)
    take_speech(request)
    try:
        kept = await workshop.keep_said(user_of(request), text, language, voice)
    except (BadInput, SetupFailed) as exc:
        return await _list(request, status=400, problem=parts_of(exc), text=text)
    await prompt_noted(request, "prompt_said", kept)
    raise web.HTTPSeeOther(f"/prompts/{kept.key}")


@routes.post("/prompts/recording")
@needs(May.FLOWS)
async def record(request: web.Request) -> web.StreamResponse:
    """Take a recording (a WAV file as the body; ?text=…&language=…) into use."""
    workshop, asked = whole_prompts_of(request), request.query
    wav = await _body(request)
    kept = await workshop.keep_recorded(
        user_of(request), asked.get("text", ""), asked.get("language", "hi"), wav
    )
    await prompt_noted(request, "prompt_recorded", kept)
    return answer({"address": f"/prompts/{kept.key}"}, status=201)


async def _body(request: web.Request) -> bytes:
    """Return a large body, read only as far as it may go."""
    parts, size = [], 0
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length or 0)
    async for part in request.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)
        parts.append(part)
    return b"".join(parts)


@routes.post("/prompts/{prompt:[0-9a-f]{16}}/approve")
@needs(May.APPROVE)
async def approve(request: web.Request) -> web.StreamResponse:
    """Say yes to a sound that somebody else made, with its certificate."""
    workshop, one = whole_prompts_of(request), await known_prompt(request)
    given = await request.post()
    certificate, heard = (str(given.get(name, "")) for name in ("certificate", "sound"))
    try:
        kept = await workshop.approve(
            user_of(request), one.key, certificate, heard=heard
        )
    except BadInput as exc:
        return await _page(request, one, status=400, problem=parts_of(exc))
    await prompt_noted(request, "prompt_approved", kept)
    raise web.HTTPSeeOther(f"/prompts/{kept.key}")


async def prompt_noted(request: web.Request, action: str, one: Prompt) -> None:
    """Write into the audit log what was done with which sound."""
    paper = one.paper
    await note(
        request,
        action,
        f"prompt {one.key}",
        sound=one.audio_sha256[:16],
        certificate=paper.certificate if paper else "",
    )
