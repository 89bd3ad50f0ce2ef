"""The promises of docs/promises.md, each as a judgement of what is known. Pure.

A judgement returns an item for everything it looked at: that which is not as
promised says what is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.chaos.facts import Facts, Standing
from ivr.chaos.kinds import SHAPES, Kind, Line
from ivr.chaos.silences import too_long
from ivr.core.model import PhoneNumber, masked
from ivr.core.retry import FINAL
from ivr.simulation.agreement import KnownCall
from ivr.simulation.compare_keys import align, stored_keys
from ivr.simulation.lived import Lived, PressedKey

# The flow waits longer than this for a key: a prompt that came sooner came by it.
ANSWERED_BY_S = 3.0
TURN_S = 0.8  # a key pressed as one question gives way to the next is for either
FAREWELL_S = 8.0  # a lost BYE is sent again after 0.2, 0.4, ... 4 s
INVITE_S = 32.0  # for so long an INVITE is sent again that nobody answers
BY_THEN_S = 30.0  # nothing is stuck for longer
DROPPED_BY = timedelta(seconds=1)  # a dial that was on its way at an opt-out
OPT_OUT_KEY = "9"
JOURNAL = 7
STUCK = frozenset({"claimed", "dialling"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at. `wrong` is empty when the promise was kept."""

    about: str
    since: datetime
    until: datetime
    wrong: str = ""
    call: str = ""  # Samvad's id of it, for the story


def judge(facts: Facts) -> dict[int, list[Item]]:
    """Return what was looked at for each promise, 1 to 7."""
    return {number: list(look(facts)) for number, look in JUDGES.items()}


# 1. An answer that was acknowledged is stored.


def answers_kept(facts: Facts) -> Iterator[Item]:
    for lived in facts.lived:
        known = facts.known_by_id.get(lived.samvad_call)
        yield from _answers_of(lived, known, facts)


def _answers_of(lived: Lived, known: KnownCall | None, facts: Facts) -> Iterator[Item]:
    kept = stored_keys(known) if known else []
    stored = [(value, answer.node) for value, answer in kept]
    made_up = _made_up(lived.keys, [value for value, _ in stored])
    free = list(range(len(stored)))
    for key in lived.keys:
        heard_at = acknowledged_at(lived, key)
        if heard_at is None or _is_gone(lived, heard_at, facts):
            continue
        found = _found(lived, key, stored, free)
        wrong = ""
        if found is None:
            wrong = f"key {key.key} at {key.node or '?'} was answered, is not stored"
        else:
            free.remove(found)
            if not _may_be_at(lived, key, stored[found][1]):
                wrong = f"key {key.key} at {key.node} is stored at {stored[found][1]}"
        # A crash after it may lose it too.
        until = max(heard_at, lived.ended_at or heard_at)
        yield Item(str(lived), key.at, until, wrong, lived.samvad_call)
    if lived.ended_at is not None:
        for j in made_up:
            value, node = stored[j]
            wrong = f"key {value} at {node} is stored, was never pressed"
            since = lived.answered_at or lived.invited_at
            yield Item(str(lived), since, lived.ended_at, wrong, lived.samvad_call)


def _made_up(pressed: Sequence[PressedKey], stored: Sequence[str]) -> list[int]:
    """Return which stored keys were pressed by nobody, by their places."""
    too_many = Counter(stored) - Counter(key.key for key in pressed)
    _, _, unmatched = align(pressed, stored)
    found = []
    for place in unmatched:
        if too_many[stored[place]] > 0:
            too_many[stored[place]] -= 1
            found.append(place)
    return found


def _is_gone(lived: Lived, at: datetime, facts: Facts) -> bool:
    """Whether the line had died by then with its switch.

    Its far end notices late, and may hear on the dead line's port what the next switch
    says to somebody else.
    """
    return any(
        SHAPES[one.fault.kind].line is Line.GONE
        and lived.invited_at <= one.span.ended
        and one.span.began <= at
        for one in facts.broken
    )


def _found(
    lived: Lived, key: PressedKey, stored: Sequence[tuple[str, str]], free: list[int]
) -> int | None:
    """Return where the key is stored, of the `free` places: at its question, or any.

    A key that was lost on its way may be found, and stored, after a later one.
    """
    same = [n for n in free if stored[n][0] == key.key]
    fits = (n for n in same if _may_be_at(lived, key, stored[n][1]))
    return next(fits, same[0] if same else None)


def acknowledged_at(lived: Lived, key: PressedKey) -> datetime | None:
    """Return when the flow went on because of that key: the next prompt was heard."""
    if not key.is_sure:
        return None
    for at, node in lived.prompts:
        waited_s = (at - key.at).total_seconds()
        if node != key.node and 0 < waited_s <= ANSWERED_BY_S:
            return at
    return None


def _may_be_at(lived: Lived, key: PressedKey, node: str) -> bool:
    if not key.node or node == key.node:
        return True
    return any(
        heard == node and abs((at - key.at).total_seconds()) < TURN_S
        for at, heard in lived.prompts
    )


# 2. One attempt is one call at most.


def dialled_once(facts: Facts) -> Iterator[Item]:
    seen: dict[str, Lived] = {}
    last_to: dict[PhoneNumber, Lived] = {}
    final = _final_before(facts.known)
    for lived in facts.lived:
        wrong = ""
        before = last_to.get(lived.number)
        if not lived.samvad_call:
            wrong = "the call carries no attempt's id"
        elif lived.samvad_call in seen:
            wrong = "a second call for the same attempt"
        elif lived.invites > 1 + _forgotten_invites(lived, facts):
            wrong = f"rang {lived.invites} times in one call"
        elif lived.samvad_call not in facts.known_by_id:
            wrong = "no attempt is stored for this call"
        elif lived.samvad_call in final:
            wrong = f"dialled again after {final[lived.samvad_call]}"
        elif before and _is_up(before, lived, facts):
            wrong = "dialled while a call to the same person was up"
        seen[lived.samvad_call] = last_to[lived.number] = lived
        until = lived.ended_at or lived.last_heard_at or lived.invited_at
        yield Item(str(lived), lived.invited_at, until, wrong, lived.samvad_call)


def _forgotten_invites(lived: Lived, facts: Facts) -> int:
    """Return how often a network died that had heard of the call and not answered.

    SIP sends the same INVITE again until it is answered (RFC 3261, 17.1.1.2), and the
    network that comes up hears of the call for the first time.
    """
    until = lived.invited_at + timedelta(seconds=INVITE_S)
    return sum(
        one.fault.kind is Kind.KILL_CARRIER
        and lived.invited_at - timedelta(seconds=1) <= one.span.ended
        and one.span.began <= until
        for one in facts.broken
    )


def _final_before(known: Sequence[KnownCall]) -> Mapping[str, str]:
    """Return the attempts that came after one that ends a contact's turn for good."""
    after: dict[str, str] = {}
    done: dict[tuple[str, int], str] = {}
    for one in sorted(known, key=lambda one: one.call.attempt_no):
        key = (str(one.call.campaign_id), int(one.call.contact_id))
        if key in done:
            after[one.call.call_id] = done[key]
        if one.disposition in FINAL:
            done[key] = str(one.disposition)
    return after


def _is_up(before: Lived, lived: Lived, facts: Facts) -> bool:
    """Whether that call was still there, as far as its caller could know."""
    at = lived.invited_at
    if before.ended_at is None or before.ended_at <= at:
        return False
    return not (_is_gone(before, at, facts) or _farewell_was_lost(before, lived, facts))


def _farewell_was_lost(before: Lived, lived: Lived, facts: Facts) -> bool:
    """Whether we had ended it, and the network lost or kept back that we said so."""
    first = facts.known_by_id.get(before.samvad_call)
    then = facts.known_by_id.get(lived.samvad_call)
    if first is None or then is None or first.call.ended_at is None:
        return False
    return first.call.ended_at <= then.call.placed_at and any(
        SHAPES[one.fault.kind].line is Line.LATE
        and one.span.began <= lived.invited_at
        and lived.invited_at <= one.span.ended + timedelta(seconds=FAREWELL_S)
        for one in facts.broken
    )


# 3. Nobody is lost or stuck.


def nobody_stuck(facts: Facts) -> Iterator[Item]:
    end = facts.ended_at
    last: dict[tuple[str, int], KnownCall] = {}
    for known in facts.known:
        key = (str(known.call.campaign_id), int(known.call.contact_id))
        if key not in last or last[key].call.attempt_no < known.call.attempt_no:
            last[key] = known
        yield _call_closed(facts, known, end)
    for one in facts.standing:
        if one.attempts or one.state in STUCK:
            latest = last.get((str(one.campaign_id), int(one.contact_id)))
            yield _contact_stands(facts, one, latest, end)


def _call_closed(facts: Facts, known: KnownCall, end: datetime) -> Item:
    call_id = known.call.call_id
    lived, seen = facts.lived_by_id.get(call_id), facts.open_spans.get(call_id)
    since = lived.invited_at if lived else seen.began if seen else end
    over_at = (lived.ended_at or lived.last_heard_at or since) if lived else since
    until = max(over_at, seen.ended) if seen else over_at
    wrong = ""
    if known.disposition is None:
        wrong = "the attempt was never closed"
    elif seen and (late_s := _late_s(facts, over_at, seen.ended)) > BY_THEN_S:
        wrong = f"the attempt was open {late_s:.0f} s after it was over"
    return Item(masked(known.call.number), since, until, wrong, call_id)


def _late_s(facts: Facts, over_at: datetime, open_at: datetime) -> float:
    """Return how long it was open though it was over and nothing was broken."""
    began = over_at
    for outage in facts.outages:
        if outage.touches(began, open_at):
            began = max(began, outage.ended)
    return (open_at - began).total_seconds()


def _contact_stands(
    facts: Facts, one: Standing, latest: KnownCall | None, end: datetime
) -> Item:
    wrong = ""
    if one.state in STUCK:
        wrong = f"the contact is left {one.state}"
    elif one.state == "due" and not one.is_timed:
        wrong = "the contact is due, at no time"
    elif one.state == "due" and not one.reason:
        wrong = "the contact is due again for no reason"
    elif latest is None:
        wrong = "the contact was dialled, and there is no attempt"
    elif latest.disposition != one.last and one.state not in STUCK:
        wrong = f"the contact says {one.last}, its last attempt {latest.disposition}"
    lived = facts.lived_by_id.get(latest.call.call_id) if latest else None
    since = lived.invited_at if lived else end
    until = (lived.ended_at or lived.last_heard_at or since) if lived else end
    call = latest.call.call_id if latest else ""
    return Item(masked(one.number), since, until, wrong, call)


# 4. Nobody hears silence because of us.


def nobody_in_silence(facts: Facts) -> Iterator[Item]:
    for lived in facts.lived:
        if lived.answered_at is None or lived.kind != "person":
            continue
        until = lived.ended_at or lived.last_heard_at or lived.answered_at
        wrong = too_long(lived, facts.broken)
        yield Item(str(lived), lived.answered_at, until, wrong, lived.samvad_call)


# 5. An opt-out holds.


def opt_outs_hold(facts: Facts) -> Iterator[Item]:
    asked: dict[PhoneNumber, datetime] = {}
    for lived in facts.lived:
        for key in lived.keys:
            heard_at = acknowledged_at(lived, key)
            if key.key == OPT_OUT_KEY and heard_at:
                asked.setdefault(lived.number, heard_at)
    for letter in facts.opt_outs:
        asked[letter.number] = min(letter.at, asked.get(letter.number, letter.at))
    later: defaultdict[PhoneNumber, list[Lived]] = defaultdict(list)
    for lived in facts.lived:
        if lived.number in asked and lived.invited_at > asked[lived.number]:
            later[lived.number].append(lived)
    for number, at in asked.items():
        wrong, until = "", at
        if number not in facts.do_not_call:
            wrong = "opted out, is not on do-not-call"
        for lived in later[number]:
            if lived.invited_at > at + DROPPED_BY:
                late_s = (lived.invited_at - at).total_seconds()
                wrong, until = f"dialled {late_s:.1f} s after", lived.invited_at
        yield Item(masked(number), at, until, wrong)
    for known in facts.known:
        number = known.call.number
        if known.call.opted_out and number not in facts.do_not_call | asked.keys():
            at = facts.ended_at
            wrong = "the call says opted out, do-not-call does not"
            yield Item(masked(number), at, at, wrong, known.call.call_id)


# 6. Nobody sees what is not theirs.


def nothing_shown(facts: Facts) -> Iterator[Item]:
    for one in facts.asked:
        fine = one.got in one.allowed
        wrong = "" if fine else f"{one.what}: answered {one.got}"
        yield Item(one.what, one.at, one.at, wrong)


# 7. The record cannot be rewritten.


def record_whole(facts: Facts) -> Iterator[Item]:
    if facts.journal is not None:
        begun = min((one.span.began for one in facts.broken), default=facts.ended_at)
        wrong = (
            ""
            if facts.journal
            else f"the journal does not verify: {facts.journal_said}"
        )
        # Every fault may have hurt it.
        yield Item("the journal", begun, facts.ended_at, wrong)


Judge = Callable[[Facts], Iterator[Item]]
JUDGES: Mapping[int, Judge] = {
    1: answers_kept,
    2: dialled_once,
    3: nobody_stuck,
    4: nobody_in_silence,
    5: opt_outs_hold,
    6: nothing_shown,
    JOURNAL: record_whole,
}
PROMISES: Mapping[int, str] = {
    1: "answers kept",
    2: "dialled once",
    3: "nobody stuck",
    4: "no silence",
    5: "opt-outs hold",
    6: "nothing shown",
    JOURNAL: "journal whole",
}
