"""Why is nobody being dialled? The gates a contact passes, and what holds back. Pure.

Each contact of a campaign stands at exactly one gate. `gate_of` says at which a
refusal holds it; `holding_back` names the one thing that a person should look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """A place where contacts stand, in the words of both languages."""

    name: str
    hi: str
    en: str
    reasons: tuple[str, ...] = ()  # Refused.reason values that hold contacts here


# In the order of a contact's way. The last two are where a list should be.
GATES = (
    Gate("filtered_out", "सूची में हैं, पर अभियान के दायरे में नहीं", "filtered out"),
    Gate(
        "never_dial",
        "ऐसे नंबर जिन पर कॉल वर्जित है",
        "never-dial numbers",
        ("never_dial", "unknown_zone"),
    ),
    Gate("do_not_call", "कॉल न करने का अनुरोध", "on do-not-call", ("do_not_call",)),
    Gate(
        "used_up",
        "इस अभियान के सभी प्रयास पूरे",
        "attempts used up",
        ("attempts_used_up", "campaign_over"),
    ),
    Gate(
        "not_permitted",
        "अभियान या ट्रंक की अनुमति अधूरी",
        "campaign or trunk lacks a permission",
        (
            "promotional_off",
            "no_authority_letter",
            "ring_timeout",
            "caller_id_not_confirmed",
            "caller_id_mobile",
            "caller_id_class",
            "a2p_undeclared",
            "no_certificate",
        ),
    ),
    Gate(
        "stopped",
        "डायलिंग रोकी गई है",
        "dialling was stopped by a person",
        ("dialling_stopped",),
    ),
    Gate(
        "abandonment",
        "छूटी कॉलें सीमा से अधिक",
        "too many people were abandoned",
        ("abandonment_stop",),
    ),
    Gate(
        "election",
        "मतदान से पहले की मौन अवधि",
        "election silence",
        ("election_silence", "election_area_unknown", "exit_poll"),
    ),
    Gate(
        "outside_window",
        "कॉल के समय से बाहर",
        "outside the calling hours",
        ("outside_hours", "outside_window", "off_day", "campaign_not_begun"),
    ),
    Gate(
        "frequency",
        "व्यक्ति की कॉल-सीमा पूरी",
        "person's call limit reached",
        ("attempts_today", "conversations_30d", "after_abandonment"),
    ),
    Gate(
        "callback_later",
        "बाद में कॉल का अनुरोध",
        "asked to be called later",
        ("callback_later",),
    ),
    Gate("retry_wait", "अगले प्रयास की प्रतीक्षा", "waiting for the next attempt"),
    Gate("due_now", "अभी कॉल के लिए तैयार", "due now"),
    Gate("live", "कॉल जारी", "being called"),
    Gate("done", "पूरे हुए", "done"),
)
BY_NAME = {gate.name: gate for gate in GATES}
_BY_REASON = {reason: gate for gate in GATES for reason in gate.reasons}

# Gates that only time or a person's act opens: they can be what holds back.
_CLOSED = (
    "not_permitted",
    "stopped",
    "abandonment",
    "election",
    "outside_window",
    "frequency",
    "callback_later",
    "retry_wait",
)


def gate_of(reason: str) -> Gate:
    """Return the gate that `Refused.reason` holds a contact at."""
    return _BY_REASON.get(reason, BY_NAME["retry_wait"])


def gate_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the store's counts (see ivr/store/campaigns.py) as contacts by gate."""
    gates: Counter[str] = Counter({"filtered_out": counts.get("filtered_out", 0)})
    for key, count in counts.items():
        kind, _, reason = key.partition(":")
        if kind in ("refused", "waiting"):
            gates[gate_of(reason).name] += count
        elif kind == "done":
            gates["done"] += count
        elif key == "due":
            gates["due_now"] += count
        elif key in ("claimed", "dialling"):
            gates["live"] += count
    return dict(gates)


def holding_back(counts: Mapping[str, int]) -> str:
    """Return the one thing that holds dialling back: "Hindi | English".

    `counts` has contacts by gate name, and what is known of the rest of the way:
    running, switch_up, needs_telecaller (1 or 0), telecallers_ready,
    channels_free, calls_per_s_left. What is left out is taken to be in order.
    """
    return " | ".join(_in_the_way(counts) or _at_the_gates(counts))


def _in_the_way(counts: Mapping[str, int]) -> tuple[str, str] | None:
    """What would hold back any contact, whoever is due."""
    if not counts.get("running", 1):
        return "अभियान चालू नहीं है", "the campaign is not running"
    if not counts.get("switch_up", 1):
        return "टेलीफ़ोन स्विच से संपर्क नहीं है", "the telephone switch cannot be reached"
    if not counts.get("due_now"):
        return None
    if counts.get("needs_telecaller", 0) and not counts.get("telecallers_ready", 1):
        return "कोई टेलीकॉलर खाली नहीं है", "no telecaller is free"
    if not counts.get("channels_free", 1):
        return "ट्रंक की सभी लाइनें व्यस्त हैं", "every channel of the trunk is busy"
    if not counts.get("calls_per_s_left", 1):
        return "प्रति सेकंड कॉल की सीमा पूरी", "the calls-per-second limit is reached"
    due = counts["due_now"]
    return f"कोई रुकावट नहीं: {due} अभी तैयार", f"nothing: {due} are due now"


def _at_the_gates(counts: Mapping[str, int]) -> tuple[str, str]:
    """Nobody is due: where do the others stand?"""
    name = max(_CLOSED, key=lambda closed: counts.get(closed, 0))
    held = counts.get(name, 0)
    if held:
        gate = BY_NAME[name]
        return f"{gate.hi}: {held}", f"{gate.en}: {held}"
    if counts.get("live", 0):
        return (
            f"आख़िरी {counts['live']} कॉल जारी हैं",
            f"the last {counts['live']} calls are going on",
        )
    if any(counts.get(gate.name, 0) for gate in GATES):
        return "सभी संपर्क पूरे हो चुके हैं", "every contact is done"
    return "सूची में कोई संपर्क नहीं है", "no contact is in the list"
