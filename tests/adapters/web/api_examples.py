"""The API's document with ids of things that are there, and bodies that are right.

For test_schemathesis.py: its first requests are these, and what it makes up later has
one of these ids every other time.
"""

from __future__ import annotations

import copy
from typing import Any

from ivr.core.flow_document import FlowData

Json = dict[str, Any]


def flow_named(flow_id: str) -> FlowData:
    """Return a small flow without a fault."""
    return {
        "flow": flow_id,
        "title": {"hi": "पानी"},
        "start": "hello",
        "opt_out": "stop_calls",
        "nodes": {
            "hello": {
                "kind": "play",
                "say": {"hi": "नमस्ते। {organisation} की ओर से कॉल है।"},
                "next": "bye",
            },
            "bye": {"kind": "hang_up", "say": {"hi": "धन्यवाद।"}},
            "stop_calls": {"kind": "sub_flow", "flow": "opt-out"},
        },
    }


# What is in the places, and what is asked; for one route alone after its name.
GIVEN: dict[str, list[Any]] = {
    "telecaller_id": ["tc-1", "tc-2"],
    "in_charge_id": ["ic-1"],
    "campaign_id": ["demo"],
    "GET /api/v1/campaigns/{campaign_id}/why campaign_id": ["survey"],
    "stop_id": ["s-1"],
    "message_id": ["m-1"],
    "user_id": ["anil", "sunita"],
    "flow_id": ["mela"],
    "PUT /api/v1/flows/{flow_id}/draft flow_id": ["water"],
    "GET /api/v1/flows/{flow_id}/diff flow_id": ["person"],
    "revision": ["1"],
    "centre": ["MP"],
    "old": ["published"],
    "new": ["published"],
    "text": ["नमस्ते"],
    "kind": ["prompt"],
    "language": ["hi"],
    "cursor": [""],
    "seen": [""],
    "GET /api/v1/decisions seen": [0],
    "GET /api/v1/campaigns/{campaign_id} campaign_id": ["pension-check"],
    "draft": ["d-whole"],
    "DELETE /api/v1/campaign-drafts/{draft} draft": ["d-drop"],
    "voice": ["tone"],
    "part": ["hours"],
    "file": ["telecallers"],
    "POST /api/v1/list-imports file": ["list.csv"],
    "hook_id": ["h-1"],
    "POST /api/v1/webhooks/{hook_id}/end hook_id": ["h-2"],
    "list_name": ["nov"],
    "import_id": ["vidishas"],
}
GIVEN |= {
    f"{name} campaign_id": ["feedback"]
    for name in (
        "GET /api/v1/results/{campaign_id}",
        "GET /api/v1/results/{campaign_id}/results.csv",
        "GET /api/v1/results/{campaign_id}/results.xlsx",
        "GET /api/v1/results/{campaign_id}/spoken",
        "GET /api/v1/results/{campaign_id}/spoken/{call_id}/{seq}",
        "GET /api/v1/results/{campaign_id}/spoken/{call_id}/{seq}/sound",
        "POST /api/v1/results/{campaign_id}/spoken/{call_id}/{seq}/notes",
    )
}
# A campaign that can be made, in the project that tests copy.
PENSION: Json = {
    "title": {"hi": "पेंशन की जाँच", "en": "Pension check"},
    "organisation": "संवाद डेमो",
    "class": "ngo_survey",
    "lists": ["sample"],
    "flow": "scheme-feedback",
    "trunk": "carrier",
    "caller_id": "+917552550100",
    "script": "नमस्ते {name} जी।\n\nधन्यवाद।",
    "questions": [
        {
            "id": "held_up",
            "hi": "काम रुका है?",
            "options": [{"value": "yes", "hi": "हाँ"}, {"value": "no", "hi": "नहीं"}],
        }
    ],
    "mode": "broadcast",
    "off_days": [],
    "windows": ["10:00-13:00"],
    "caps": {"attempts_per_campaign": 2},
    "starts_on": "2026-12-02",
}
REASON = {"reason": "चाय"}
MELA = {"document": flow_named("mela")}
BODIES: dict[str, Json] = {
    "POST /api/v1/desks/{telecaller_id}/login": {"phone": "softphone"},
    "POST /api/v1/desks/{telecaller_id}/pause": REASON,
    "POST /api/v1/desks/{telecaller_id}/force-pause": REASON,
    "POST /api/v1/desks/{telecaller_id}/force-logout": REASON,
    "POST /api/v1/desks/{telecaller_id}/messages": {"text": "धीरे बोलिए"},
    "POST /api/v1/desks/{telecaller_id}/outcome": {
        "call_id": "c-1",
        "outcome": "resolved",
    },
    "POST /api/v1/desks/{telecaller_id}/transfer": {"kind": "centre", "key": "MP"},
    "POST /api/v1/in-charges/{in_charge_id}/listen": {"telecaller_id": "tc-1"},
    "POST /api/v1/dial-stops": {"scope": "all", "why": "जाँच"},
    "POST /api/v1/opt-outs": {"number": "98271 12345", "source": "letter"},
    "POST /api/v1/users": {
        "user_id": "kiran",
        "name": "किरण यादव",
        "role": "admin",
        "centre": "MP",
        "password": "नर्मदा के किनारे 43",
    },
    "POST /api/v1/users/{user_id}": {"sign_out": True},
    "PUT /api/v1/flows/{flow_id}/draft": {
        "document": flow_named("water"),
        "began_from": 1,
    },
    "POST /api/v1/flows/{flow_id}/check": MELA,
    "POST /api/v1/flows/{flow_id}/diff": MELA,
    "POST /api/v1/flows/{flow_id}/trial": MELA,
    "POST /api/v1/flows/{flow_id}/acts": {"act": "ask", "revision": 1},
    "POST /api/v1/speech": {"say": {"hi": "नमस्ते"}},
    "POST /api/v1/flows/{flow_id}/trial-call": {"revision": 1},
    "POST /api/v1/desks/{telecaller_id}/answers": {
        "call_id": "c-1",
        "question": "since",
        "value": "months",
    },
    "POST /api/v1/desks/{telecaller_id}/callbacks": {
        "call_id": "c-1",
        "at": "2026-11-24T15:00:00+05:30",
    },
    "POST /api/v1/campaign-drafts": {"document": PENSION},
    "PUT /api/v1/campaign-drafts/{draft}": PENSION,
    "POST /api/v1/prompts": {"text": "नमस्ते जी", "voice": "tone"},
    "POST /api/v1/webhooks": {
        "name": "रिपोर्ट",
        "url": "https://8.8.8.8/hook",
        "centre": "MP",
        "kinds": ["opt_out"],
    },
    "POST /api/v1/do-not-call/search": {"number": "98271 12345"},
    "POST /api/v1/erasures": {"number": "98271 12345", "reason": "पत्र से कहा"},
    "POST /api/v1/list-imports/{import_id}/sheet": {"sheet": "1"},
    "POST /api/v1/list-imports/{import_id}/compare": {
        "name": "dec",
        "origin": "शिविर की उपस्थिति सूची",
        "kind": "own_members",
    },
    "POST /api/v1/results/{campaign_id}/spoken/{call_id}/{seq}/notes": {
        "note": "पानी नहीं आता"
    },
}
# The body of what is no JSON, as far as a text can be it.
FILES = {
    "POST /api/v1/list-imports": "Name,Mobile\nसीता,9827112345\n",
    "POST /api/v1/recordings": "no WAV file",
}


def with_examples(
    document: Json, places: dict[str, list[Any]], bodies: dict[str, Json]
) -> Json:
    """Return the document with them, and with those that are known now.

    Raises KeyError for what has none.
    """
    given, said = GIVEN | places, BODIES | bodies | FILES
    made = copy.deepcopy(document)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            for parameter in operation["parameters"]:
                _exemplify(parameter, name, given)
            if "requestBody" in operation:
                [content] = operation["requestBody"]["content"].values()
                content["example"] = said[name]
    return made


def _exemplify(parameter: Json, name: str, given: dict[str, list[Any]]) -> None:
    own = f"{name} {parameter['name']}"
    known = given.get(own) or given.get(parameter["name"])
    if parameter["in"] == "path" and known is None:
        raise KeyError(f"{own}: say in api_examples.py what is there")
    if known is not None:
        parameter["example"] = known[0]
    if parameter["in"] == "path":
        # Every other time one of these; any text is allowed yet.
        parameter["schema"]["anyOf"] = [{"enum": known}, {"minLength": 1}]
