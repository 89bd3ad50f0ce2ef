"""The API's prompts: hear them, let a voice say a text, send a recording, approve.

By the same functions as the page: ivr/web/pages/prompts.py says whose they are.
"""

from __future__ import annotations

from aiohttp import web

from ivr.controller.prompt_workshop import MOST_BYTES
from ivr.core.access import May
from ivr.errors import BadInput, SetupFailed
from ivr.web.api.bodies import Page
from ivr.web.api.documented import (
    after,
    body,
    cursor_of,
    documented,
    query,
    told,
    whole_body,
)
from ivr.web.api.prompt_bodies import (
    ApprovalSent,
    PromptBody,
    PromptsQuery,
    SaySent,
    VoiceBody,
    VoicesQuery,
    WordsQuery,
)
from ivr.web.api.rate import take_speech
from ivr.web.guard import needs
from ivr.web.pages.prompts import (
    as_wav,
    known_prompt,
    prompt_noted,
    prompts_of,
    whole_prompts_of,
)
from ivr.web.site import user_of

routes = web.RouteTableDef()

PROMPTS = "/api/v1/prompts"
ONE = PROMPTS + "/{prompt}"
ANY_BYTES = "application/octet-stream"


@routes.get(PROMPTS)
@needs(May.FLOWS)
@documented("Prompts of one kind", gives=Page[PromptBody], asks=PromptsQuery)
async def prompts(request: web.Request) -> web.Response:
    """In no order of theirs: each page goes on where the one before ended."""
    asked = query(request, PromptsQuery)
    last, search = after(asked.cursor), " ".join(asked.q.split()).casefold()
    found = sorted(
        (
            one
            for one in await prompts_of(request).prompts()
            if one.key > last
            and one.kind == asked.kind
            and one.language == asked.language
            and search in one.text.casefold()
        ),
        key=lambda one: one.key,
    )
    items = found[: asked.limit]
    more = len(found) > asked.limit
    following = cursor_of(items[-1].key) if more else None
    return told(request, {"items": items, "next": following})


@routes.post(PROMPTS)
@needs(May.FLOWS)
@documented(
    "Let a voice say a text, and use that from now on",
    gives=PromptBody,
    takes=SaySent,
    status=201,
)
async def keep_said(request: web.Request) -> web.Response:
    """For who sees everything: calls of every centre say it."""
    workshop, said = whole_prompts_of(request), await body(request, SaySent)
    take_speech(request)
    try:
        kept = await workshop.keep_said(
            user_of(request), said.text, said.language, said.voice
        )
    except SetupFailed as exc:
        raise BadInput(str(exc), where="voice") from exc
    await prompt_noted(request, "prompt_said", kept)
    return told(request, kept)


@routes.post("/api/v1/recordings")
@needs(May.FLOWS)
@documented(
    "Take a recording into use",
    gives=PromptBody,
    asks=WordsQuery,
    status=201,
    sends=ANY_BYTES,
    at_most=MOST_BYTES,
)
async def keep_recorded(request: web.Request) -> web.Response:
    """The body is a WAV file of at most a minute; its level is put right."""
    workshop, asked = whole_prompts_of(request), query(request, WordsQuery)
    wav = await whole_body(request)
    kept = await workshop.keep_recorded(
        user_of(request), asked.text, asked.language, wav
    )
    await prompt_noted(request, "prompt_recorded", kept)
    return told(request, kept)


@routes.get(ONE)
@needs(May.FLOWS)
@documented("One prompt", gives=PromptBody)
async def prompt(request: web.Request) -> web.Response:
    return told(request, await known_prompt(request))


@routes.get(ONE + "/sound")
@needs(May.FLOWS, May.CAMPAIGNS)
@documented("A prompt as callers hear it", gives=bytes, content="audio/wav")
async def sound(request: web.Request) -> web.Response:
    heard = await prompts_of(request).sound(request.match_info["prompt"])
    if heard is None:
        raise web.HTTPNotFound
    return as_wav(heard)


@routes.post(ONE + "/approve")
@needs(May.APPROVE)
@documented("Approve a sound", gives=PromptBody, takes=ApprovalSent)
async def approve(request: web.Request) -> web.Response:
    """With its certificate's number, and the hash of the sound that was heard.

    Nobody approves what they made themselves.
    """
    workshop, one = whole_prompts_of(request), await known_prompt(request)
    said = await body(request, ApprovalSent)
    kept = await workshop.approve(
        user_of(request), one.key, said.certificate, heard=said.sound
    )
    await prompt_noted(request, "prompt_approved", kept)
    return told(request, kept)


@routes.get("/api/v1/voices")
@needs(May.FLOWS)
@documented(
    "Voices, and which of them can speak here",
    gives=list[VoiceBody],
    asks=VoicesQuery,
)
async def voices(request: web.Request) -> web.Response:
    asked = query(request, VoicesQuery)
    return told(request, await prompts_of(request).voices(asked.language))


@routes.get("/api/v1/voices/{voice}")
@needs(May.FLOWS)
@documented(
    "A text as that voice says it", gives=bytes, asks=WordsQuery, content="audio/wav"
)
async def say(request: web.Request) -> web.Response:
    """Nothing is kept."""
    asked, voice = query(request, WordsQuery), request.match_info["voice"]
    workshop = prompts_of(request)
    if voice not in {one.name for one in await workshop.voices("hi")}:
        raise web.HTTPNotFound
    take_speech(request)
    try:
        heard = await workshop.say(asked.text, asked.language, voice)
    except SetupFailed as exc:
        raise BadInput(str(exc), where="voice") from exc
    return as_wav(heard)
