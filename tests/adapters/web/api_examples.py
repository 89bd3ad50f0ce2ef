"""The API's document with ids of things that are there, and bodies that are right.

For test_schemathesis.py: its first requests are these, and what it makes up later has
one of these ids every other time.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
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
    "list_name": ["nov"],
    "import_id": ["vidishas"],
    "hook_id": ["h-1"],
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
    "POST /api/v1/flows/{flow_id}/trial-call": {"revision": 1, "phone": "mobile"},
    "POST /api/v1/do-not-call/search": {"number": "98271 12345"},
    "POST /api/v1/webhooks": {
        "name": "रिपोर्ट",
        "url": "https://8.8.8.8/hook",
        "centre": "MP",
        "kinds": ["call_ended"],
    },
    "POST /api/v1/speech": {"say": {"hi": "नमस्ते"}},
}


def with_examples(document: Json, without: Collection[str]) -> Json:
    """Return the document with them, and `without` some rooms: /api/v1/ROOM/...

    Raises KeyError for an address that has no example here.
    """
    made = copy.deepcopy(document)
    for path in document["paths"]:
        if path.split("/")[3] in without:
            del made["paths"][path]
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            for parameter in operation["parameters"]:
                _exemplify(parameter, name)
            if name in BODIES:
                [content] = operation["requestBody"]["content"].values()
                content["example"] = BODIES[name]
    return made


def _exemplify(parameter: Json, name: str) -> None:
    own = f"{name} {parameter['name']}"
    known = GIVEN.get(own) or GIVEN.get(parameter["name"])
    if parameter["in"] == "path" and known is None:
        raise KeyError(f"{own}: say in api_examples.py what is there")
    if known is not None:
        parameter["example"] = known[0]
    if parameter["in"] == "path":
        # Every other time one of these; any text is allowed yet.
        parameter["schema"]["anyOf"] = [{"enum": known}, {"minLength": 1}]
