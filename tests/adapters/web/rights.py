"""What each route needs as we mean it, who has that, and whose its things are.

All of it is written by hand: what a handler says it needs, and what a role is granted,
is compared with it, so that no route is opened, or opened wider, by one word alone.
"""

from __future__ import annotations

from ivr.core.access import May, Role

OPEN_ROUTES, ANYTHING = "open", "any"
# "floor desk": whoever has one of them; "any": whoever has any right; "open": nobody
# need sign in.
RIGHTS: dict[str, tuple[str, ...]] = {
    "open": (
        "GET /healthz",
        "GET /static/{name}",
        "GET /texts/{language}/{version}",
        "GET /sign-in",
        "POST /sign-in",
        "POST /language/{language}",
        "GET /trust",
        "GET /trust/samvad.crt",
        "GET /softphone/{ticket}",
    ),
    "floor": (
        "GET /api/v1/desks",
        "GET /api/v1/campaigns",
        "GET /api/v1/decisions",
        "GET /api/v1/floor",
        "GET /api/v1/floor/hour",
        "GET /api/v1/alarms",
        "GET /api/v1/campaigns/{campaign_id}/why",
        "GET /api/v1/dial-stops",
        "GET /practice",
        "GET /practice/{telecaller_id}",
        "GET /floor",
        "GET /feed/floor",
        "GET /floor/why/{campaign_id}",
    ),
    "desk floor": (
        "GET /api/v1/desks/{telecaller_id}",
        "GET /api/v1/desks/{telecaller_id}/messages",
    ),
    "control desk": (
        "POST /api/v1/desks/{telecaller_id}/login",
        "POST /api/v1/desks/{telecaller_id}/logout",
        "POST /api/v1/desks/{telecaller_id}/ready",
        "POST /api/v1/desks/{telecaller_id}/pause",
        "POST /api/v1/desks/{telecaller_id}/end-talk",
        "POST /api/v1/desks/{telecaller_id}/hold",
        "POST /api/v1/desks/{telecaller_id}/take-back",
        "GET /api/v1/desks/{telecaller_id}/transfer-targets",
        "POST /api/v1/desks/{telecaller_id}/transfer",
        "POST /api/v1/desks/{telecaller_id}/hand-over",
        "POST /api/v1/desks/{telecaller_id}/bring-together",
        "POST /api/v1/desks/{telecaller_id}/dial",
        "POST /api/v1/desks/{telecaller_id}/outcome",
    ),
    "spy": (
        "GET /api/v1/listening",
        "POST /api/v1/in-charges/{in_charge_id}/listen",
        "POST /api/v1/in-charges/{in_charge_id}/stop-listening",
    ),
    "control": (
        "POST /api/v1/campaigns/{campaign_id}/start",
        "POST /api/v1/campaigns/{campaign_id}/pause",
        "POST /api/v1/campaigns/{campaign_id}/resume",
        "POST /api/v1/campaigns/{campaign_id}/stop",
        "POST /api/v1/dial-stops",
        "POST /api/v1/dial-stops/{stop_id}/lift",
        "POST /api/v1/desks/{telecaller_id}/messages",
        "POST /api/v1/desks/{telecaller_id}/force-pause",
        "POST /api/v1/desks/{telecaller_id}/force-logout",
        "POST /campaigns/{campaign_id}/{act}",
    ),
    "desk lists": ("POST /api/v1/opt-outs",),
    "desk": (
        "POST /api/v1/desks/{telecaller_id}/messages/{message_id}/seen",
        "GET /desk",
        "GET /desk/feed",
        "POST /desk/ready",
        "POST /desk/dial",
        "POST /desk/end-talk",
        "POST /desk/hold",
        "POST /desk/take-back",
        "POST /desk/hand-over",
        "POST /desk/bring-together",
        "POST /desk/log-in",
        "POST /desk/log-out",
        "POST /desk/pause",
        "POST /desk/transfer",
        "POST /desk/outcome",
        "POST /desk/messages/{message_id}/seen",
        "POST /desk/answer",
        "POST /desk/call-back",
        "GET /desk/practice",
        "POST /desk/practice/begin",
        "POST /desk/practice/end",
    ),
    "any": (
        "GET /api/v1/me",
        "GET /api/v1/openapi.json",
        "GET /api/v1/docs",
    ),
    "people": (
        "GET /api/v1/users",
        "GET /api/v1/users/{user_id}",
        "POST /api/v1/users",
        "POST /api/v1/users/{user_id}",
        "GET /people",
        "POST /people",
        "POST /people/{user_id}",
    ),
    "audit": (
        "GET /api/v1/audit",
        "GET /audit",
    ),
    "self": (
        "POST /sign-out",
        "GET /",
        "GET /me",
        "POST /me/password",
        "POST /me/sign-out-everywhere",
    ),
    "desk spy": (
        "GET /desk/phone",
        "GET /phone",
        "GET /desk/softphone",
        "POST /desk/softphone/password",
        "POST /desk/softphone/code",
    ),
    "approve flows": (
        "GET /flows",
        "GET /flows/{flow_id}/edit",
        "GET /flows/{flow_id}/yaml",
        "GET /api/v1/flows",
        "GET /api/v1/flows/{flow_id}",
        "POST /api/v1/flows/{flow_id}/check",
        "POST /api/v1/flows/{flow_id}/acts",
        "GET /api/v1/flows/{flow_id}/saves",
        "GET /api/v1/flows/{flow_id}/saves/{revision}",
        "GET /api/v1/flows/{flow_id}/releases",
        "GET /api/v1/flows/{flow_id}/diff",
        "POST /api/v1/flows/{flow_id}/diff",
        "POST /api/v1/flows/{flow_id}/trial",
        "POST /api/v1/speech",
        "GET /api/v1/speech",
    ),
    "flows": (
        "POST /flows",
        "PUT /api/v1/flows/{flow_id}/draft",
        "GET /prompts",
        "GET /prompts/{prompt}",
        "POST /prompts/say",
        "POST /prompts",
        "POST /prompts/recording",
    ),
    "campaigns floor": (
        "GET /campaigns",
        "GET /campaigns/{campaign_id}",
    ),
    "campaigns": (
        "GET /campaigns/_new",
        "POST /campaigns/_new",
        "GET /campaigns/_drafts/{draft}/{step}",
        "POST /campaigns/_drafts/{draft}/{step}",
        "POST /campaigns/_drafts/{draft}/2/counts",
        "POST /campaigns/_drafts/{draft}/forecast",
        "GET /campaigns/_drafts/{draft}/forecast",
        "POST /campaigns/_drafts/{draft}/make",
        "POST /campaigns/_drafts/{draft}/drop",
    ),
    "campaigns flows": ("GET /prompts/{prompt}/sound",),
    "approve": ("POST /prompts/{prompt}/approve",),
    "settings": (
        "GET /settings",
        "GET /settings/{part}",
        "GET /settings/files/{file}",
        "POST /settings/files/{file}",
        "GET /metrics",
    ),
    "programs": (
        "GET /programs",
        "POST /programs/tokens",
        "POST /programs/tokens/{token_id}/end",
        "GET /programs/webhooks",
        "POST /programs/webhooks",
        "POST /programs/webhooks/{hook_id}/end",
    ),
    "results": (
        "GET /results",
        "GET /results/{campaign_id}",
        "GET /results/{campaign_id}/figures",
    ),
    "export": (
        "GET /results/{campaign_id}/results.csv",
        "GET /results/{campaign_id}/results.xlsx",
        "GET /lists/imports/{import_id}/rejects",
    ),
    "listen": (
        "GET /results/{campaign_id}/spoken",
        "GET /results/{campaign_id}/spoken/{call_id}/{seq}",
        "POST /results/{campaign_id}/spoken/{call_id}/{seq}",
    ),
    "lists": (
        "GET /lists/do-not-call/numbers",
        "POST /lists/do-not-call/search",
        "POST /lists/do-not-call/numbers",
        "POST /lists/imports/new",
        "GET /lists/imports/{import_id}",
        "GET /feed/lists/imports/{import_id}",
        "POST /lists/imports/{import_id}",
        "GET /lists",
        "GET /lists/{list_name}",
    ),
}

TC, IC, AD, AU = Role.TELECALLER, Role.IN_CHARGE, Role.ADMIN, Role.AUDITOR
EVERYBODY = frozenset(Role)
# Who is let in by that. Also those who have not signed in, where it is "open".
ROLES: dict[str, frozenset[Role]] = {
    "open": EVERYBODY,
    "any": EVERYBODY,
    "self": EVERYBODY,
    "floor": frozenset({IC, AD, AU}),
    "desk floor": EVERYBODY,
    "control desk": frozenset({TC, IC, AD}),
    "spy": frozenset({IC, AD}),
    "control": frozenset({IC, AD}),
    "desk lists": frozenset({TC, IC, AD}),
    "desk": frozenset({TC}),
    "people": frozenset({AD}),
    "audit": frozenset({AD, AU}),
    "desk spy": frozenset({TC, IC, AD}),
    "approve flows": frozenset({AD}),
    "flows": frozenset({AD}),
    "campaigns floor": frozenset({IC, AD, AU}),
    "campaigns": frozenset({IC, AD}),
    "campaigns flows": frozenset({IC, AD}),
    "approve": frozenset({AD}),
    "settings": frozenset({AD}),
    "programs": frozenset({AD}),
    "results": frozenset({IC, AD, AU}),
    "export": frozenset({IC, AD}),
    "listen": frozenset({IC, AD}),
    "lists": frozenset({IC, AD}),
}
# What is the whole organisation's: an admin of one centre is told that it is not there.
OF_THE_WHOLE = {
    "POST /flows",
    "PUT /api/v1/flows/{flow_id}/draft",
    "POST /api/v1/flows/{flow_id}/acts",
    "POST /prompts",
    "POST /prompts/recording",
    "POST /prompts/{prompt}/approve",
    "GET /settings",
    "GET /settings/{part}",
    "GET /settings/files/{file}",
    "POST /settings/files/{file}",
}
# What names something that is no centre's own: everybody of those roles reads it,
# whoever's calls it is heard in.
OF_NO_CENTRE = {
    "GET /static/{name}",
    "GET /texts/{language}/{version}",
    "POST /language/{language}",
    "GET /softphone/{ticket}",
    "GET /flows/{flow_id}/edit",
    "GET /flows/{flow_id}/yaml",
    "GET /api/v1/flows/{flow_id}",
    "POST /api/v1/flows/{flow_id}/check",
    "GET /api/v1/flows/{flow_id}/saves",
    "GET /api/v1/flows/{flow_id}/saves/{revision}",
    "GET /api/v1/flows/{flow_id}/releases",
    "GET /api/v1/flows/{flow_id}/diff",
    "POST /api/v1/flows/{flow_id}/diff",
    "POST /api/v1/flows/{flow_id}/trial",
    "GET /prompts/{prompt}",
    "GET /prompts/{prompt}/sound",
}
# Whatever else has a place in its address names a thing of one centre.


def rights_of(name: str) -> str:
    """Return the line of RIGHTS that a route stands in. Raises KeyError."""
    for rights, names in RIGHTS.items():
        if name in names:
            return rights
    raise KeyError(f"{name}: add it to RIGHTS in tests/adapters/web/rights.py")


def needed(rights: str) -> frozenset[May]:
    """Return what a line of RIGHTS means: one of these; empty: nothing."""
    if rights in (OPEN_ROUTES, ANYTHING):
        return frozenset() if rights == OPEN_ROUTES else frozenset(May)
    return frozenset(May(one) for one in rights.split())
