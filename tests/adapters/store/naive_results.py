"""The reports' counts made again, slowly: one loop over all rows for each question.

No SQL and nothing of ivr/store/result*.py, so that both can hardly be wrong alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ivr.core.shares import Spans
from ivr.core.tallies import FURTHEST, CallbackCounts
from tests.fakes.filled_store import Past

Row = dict[str, Any]
QUARTER = timedelta(minutes=15)


class Naive:
    """All rows of one campaign in memory."""

    def __init__(self, past: Past, campaign_id: str) -> None:
        rows = past.rows
        self.rows = rows
        self.contacts = {row["contact_id"]: row for row in rows["contacts"]}
        self.attempts = [a for a in rows["attempts"] if a["campaign_id"] == campaign_id]
        self.by_id = {a["call_id"]: a for a in self.attempts}
        self.queue = [
            q for q in rows["campaign_contacts"] if q["campaign_id"] == campaign_id
        ]
        self.answers = [s for s in rows["answers"] if s["call_id"] in self.by_id]
        self.talks = [t for t in rows["conversations"] if t["call_id"] in self.by_id]

    def calls(self) -> Counter[tuple[int, str | None, bool]]:
        return Counter(
            (quarter(a["placed_at"]), a["disposition"], a["answered_at"] is not None)
            for a in self.attempts
        )

    def people(self, column: str) -> Counter[tuple[str, int]]:
        furthest: dict[int, int] = {}
        for a in self.attempts:
            rank = _rank(a)
            furthest[a["contact_id"]] = max(rank, furthest.get(a["contact_id"], 0))
        return Counter(
            (self.contacts[person][column], rank) for person, rank in furthest.items()
        )

    def enrolled(self) -> Counter[str]:
        return Counter(self.contacts[q["contact_id"]]["district"] for q in self.queue)

    def latest_answers(
        self, column: str, collects: frozenset[str]
    ) -> Counter[tuple[str, str, str, str]]:
        """Each person's last word at each node, if it was not taken back."""
        last: dict[tuple[int, str], Row] = {}
        for row in self._said():
            if row["kind"] == "speech" or not row["accepted"]:
                continue
            is_key = row["kind"] == "key"
            if is_key and (row["value"], row["meaning"]) in AWAY:
                continue
            if is_key and row["node"] in collects and row["meaning"] == "confirm":
                continue
            last[self.by_id[row["call_id"]]["contact_id"], row["node"]] = row
        return Counter(
            (self.contacts[who][column], node, row["kind"], _choice(row))
            for (who, node), row in last.items()
            if not (node in collects and row["meaning"] == "again")
        )

    def _said(self) -> Iterator[Row]:
        """Answers in the order they were given, call after call."""

        def order(row: Row) -> tuple[datetime, str, int]:
            placed = self.by_id[row["call_id"]]["placed_at"]
            return placed, row["call_id"], row["seq"]

        yield from sorted(self.answers, key=order)

    def spoken(self) -> Counter[tuple[str, str]]:
        return Counter(
            (row["node"], row["meaning"])
            for row in self.answers
            if row["kind"] == "speech" and row["accepted"]
        )

    def keys(self, collects: frozenset[str]) -> dict[tuple[Any, ...], tuple[int, int]]:
        presses: Counter[tuple[Any, ...]] = Counter()
        calls: dict[tuple[Any, ...], set[str]] = {}
        for row in self.answers:
            is_key = row["kind"] == "key"
            away = is_key and (row["value"], row["meaning"]) in AWAY
            again = is_key and row["node"] in collects and row["meaning"] == "again"
            if row["kind"] == "speech" or (row["accepted"] and not away and not again):
                continue
            shown = "" if row["kind"] == "digits" else row["value"]
            what = (row["node"], row["kind"], shown, row["meaning"], row["accepted"])
            presses[what] += 1
            calls.setdefault(what, set()).add(row["call_id"])
        return {what: (n, len(calls[what])) for what, n in presses.items()}

    def hung_up_at(self) -> Counter[str]:
        wishes = ("completed", "opted_out", "callback", "joined_at", "cancelled")
        return Counter(
            str(a["node"] or "")
            for a in self.attempts
            if a["answered_at"] and a["disposition"] and not any(a[w] for w in wishes)
        )

    def network(self) -> Counter[tuple[int | None, int | None, str]]:
        return Counter(
            (a["sip_code"], a["cause"], a["disposition"])
            for a in self.attempts
            if a["answered_at"] is None and a["disposition"]
        )

    def last_at(self) -> datetime:
        return max(
            a["ended_at"] or a["answered_at"] or a["placed_at"] for a in self.attempts
        )

    def answered_by_person(self, since: datetime) -> int:
        return sum(
            a["answered_at"] is not None
            and a["disposition"] != "silent"
            and a["answered_at"] > since
            for a in self.attempts
        )

    def wanted(self, since: datetime) -> Counter[tuple[int, bool, bool, bool, bool]]:
        return Counter(
            (
                quarter(a["answered_at"]),
                a["abandoned"],
                a["joined_at"] is not None,
                a["joined_at"] is not None
                and a["joined_at"] - a["wanted_at"] > timedelta(seconds=2),
                a["answered_at"] > since,
            )
            for a in self.attempts
            if a["wanted_at"] and a["answered_at"]
        )

    def callbacks(self, now: datetime) -> CallbackCounts:
        asked: dict[int, Row] = {}
        for wish in self.rows.get("callbacks", []):
            if wish["call_id"] in self.by_id:
                who = self.by_id[wish["call_id"]]["contact_id"]
                asked[who] = max(
                    asked.get(who, wish), wish, key=lambda w: w["asked_at"]
                )
        states = {q["contact_id"]: q["state"] for q in self.queue}
        fates = Counter(
            self._fate(who, wish, states[who], now) for who, wish in asked.items()
        )
        return CallbackCounts(len(asked), **fates)

    def _fate(self, who: int, wish: Row, state: str, now: datetime) -> str:
        for a in self.attempts:
            later = a["contact_id"] == who and a["placed_at"] > wish["asked_at"]
            if later and a["answered_at"] and a["disposition"] != "silent":
                return "done"
        if state in ("done", "refused"):
            return "given_up"
        return "due" if wish["due_at"] <= now else "later"

    def talk_counts(self) -> Counter[tuple[str, str]]:
        return Counter((t["telecaller_id"], t["outcome"]) for t in self.talks)

    def talk_ms(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for t in self.talks:
            total[t["telecaller_id"]] += ms(t["joined_at"], t["parted_at"])
        return total

    def desk_ms(self, first: datetime, last: datetime) -> Counter[tuple[str, str]]:
        """Time in each state: of its own calls whole, else while it dialled."""
        total: Counter[tuple[str, str]] = Counter()
        logs: dict[str, list[Row]] = {}
        for row in sorted(
            self.rows["desk_states"], key=lambda r: (r["at"], r["entry_id"])
        ):
            logs.setdefault(row["telecaller_id"], []).append(row)
        for who, log in logs.items():
            ends = [row["at"] for row in log[1:]] + [None]
            for row, end in zip(log, ends, strict=True):
                if row["state"] in ("reserved", "talking", "wrap_up"):
                    if row["call_id"] in self.by_id and end is not None:
                        total[who, row["state"]] += ms(row["at"], end)
                    continue
                began, ended = max(row["at"], first), min(end or last, last)
                if ended > began:
                    total[who, row["state"]] += ms(began, ended)
        return total

    def spans(self, earlier: str, later: str, *, answered: bool = True) -> Spans:
        return spans_of(
            ms(a[earlier], a[later])
            for a in self.attempts
            if a[earlier] and a[later] and (answered or a["answered_at"] is None)
        )


AWAY = {("9", "opt_out"), ("0", "telecaller")}


def spans_of(lengths: Iterator[int]) -> Spans:
    every = list(lengths)
    seconds = Counter(length // 1000 for length in every)
    return Spans(len(every), sum(every), dict(seconds))


def ms(earlier: datetime, later: datetime) -> int:
    return (later - earlier) // timedelta(milliseconds=1)


def quarter(at: datetime) -> int:
    return int(at.timestamp()) // 900


def _rank(attempt: Row) -> int:
    if attempt["answered_at"] is None:
        return 0
    return 2 if attempt["disposition"] is None else FURTHEST[attempt["disposition"]]


def _choice(row: Row) -> str:
    return {"key": row["meaning"], "rating": row["value"]}.get(row["kind"], "")
