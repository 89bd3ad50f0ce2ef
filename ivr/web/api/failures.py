"""What every failure of the API is told as: a status, a stable id, two languages."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ivr.errors import BadInput, OurBug, SamvadError, StoreUnavailable, SwitchGone
from ivr.web.site import SITE
from ivr.web.texts import N_, Said, parts_of

# The Hindi of each id; the English message often says more, from where it happened.
SENTENCES = {
    "not_signed_in": N_("a valid bearer token is needed"),
    "not_allowed": N_("you may not do this"),
    "not_found": N_("there is no such thing, or it is not of your centre"),
    "method_not_allowed": N_("this cannot be done with it"),
    "bad_input": N_("something in the request is not right: see the details"),
    "request_entity_too_large": N_("the request is too large"),
    "too_often": N_("too many requests: wait, then go on"),
    "another_body": N_("this idempotency key was used with another request"),
    "unknown_outcome": N_("nobody knows what became of the first request"),
    "SwitchGone": N_("the telephone switch cannot be reached"),
    "SwitchRefused": N_("the telephone switch refused the command"),
    "StoreUnavailable": N_("the database cannot be reached or written"),
    "our_bug": N_("something went wrong; it is in the log"),
}
OTHERWISE = N_("the request cannot be carried out")
_IDS = {
    401: "not_signed_in",
    403: "not_allowed",
    429: "too_often",
}


class AnotherBody(web.HTTPUnprocessableEntity):
    """An idempotency key that came with another request before."""

    error_id = "another_body"


class UnknownOutcome(web.HTTPConflict):
    """We stopped in the midst of the first request with this key."""

    error_id = "unknown_outcome"


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    error_id: str
    message: str
    details: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    parts: Said | None = None  # of the message

    @property
    def said(self) -> Said:
        return self.parts or Said(self.message)


def failure_of(exc: Exception) -> Failure:
    """Return what is told of an exception; of what broke inside, nothing."""
    match exc:
        case web.HTTPException():
            return _of_http(exc)
        case BadInput():
            given = {"where": exc.where, "remedy": exc.remedy}
            details = {name: text for name, text in given.items() if text}
            return Failure(400, "bad_input", str(exc), details, parts=parts_of(exc))
        case web.RequestPayloadError() | UnicodeDecodeError():  # as it was sent
            return Failure(400, "bad_input", SENTENCES["bad_input"])
        case SwitchGone() | StoreUnavailable():
            return Failure(503, type(exc).__name__, str(exc))
        case SamvadError() if not isinstance(exc, OurBug):
            return Failure(409, type(exc).__name__, str(exc))
        case _:
            return Failure(500, "our_bug", SENTENCES["our_bug"])


def _of_http(exc: web.HTTPException) -> Failure:
    by_status = _IDS.get(exc.status, exc.reason.lower().replace(" ", "_"))
    error_id = str(getattr(exc, "error_id", by_status))
    own = exc.text and not exc.text.startswith(f"{exc.status}")
    message = str(exc.text) if own else SENTENCES.get(error_id, exc.reason)
    if exc.status == 413:
        message = SENTENCES["request_entity_too_large"]
    kept = ("Allow", "Retry-After")
    headers = {name: exc.headers[name] for name in kept if name in exc.headers}
    if exc.status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, 15.5.2
    return Failure(exc.status, error_id, message, headers=headers)


def as_json(request: web.Request, failure: Failure) -> dict[str, object]:
    """Return a failure as the API tells it: bodies.ErrorBody."""
    hindi = request.app[SITE].texts.of("hi")
    general = SENTENCES.get(failure.error_id, OTHERWISE)
    said, language = hindi.told(failure.said)
    remedy = failure.details.get("remedy", "")
    remedy_hi = hindi.known(remedy) if remedy else None
    return {
        "error_id": failure.error_id,
        "message_hi": said if language == "hi" else hindi.gettext(general),
        "message_en": failure.message,
        "details": failure.details | ({"remedy_hi": remedy_hi} if remedy_hi else {}),
    }
