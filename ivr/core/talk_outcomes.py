"""What a telecaller may say came of a talk: the words kept, each with a number key."""

from __future__ import annotations

OUTCOMES = (
    "resolved",
    "information_given",
    "needs_help",
    "complaint",
    "suggestion",
    "follow_up",
    "not_interested",
    "callback",
    "wrong_number",
)  # keys 1 to 9
