"""A person who has answered: listens, and reacts as their character says.

They know what is said only by ear: a prompt begins with sound and ends with a
second of silence; a beep asks for words; a telecaller is known by their mark.
Everything done goes to the truth log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ivr.simulation.phone import Phone
from ivr.simulation.population import Do, KeyMode, Person, Reaction
from ivr.simulation.tones import RATE, Samples, key_tones
from ivr.simulation.truth import CallTruth, Happening

END_S = 0.9  # silence that ends a prompt; sentences within one pause for less
SETTLE_S = 0.36  # after a key, until the prompt that it cut short has stopped
LONELY_S = 15.0  # nobody speaks for this long: the person hangs up
RECOGNISE_S = 1.6  # of a prompt, to know it again
PARTED_S = 1.5  # a telecaller not heard for this long has gone
# Longer than anybody may be kept waiting (2 s) after "please hold": what ended
# now was the apology.
NOBODY_FREE_S = 2.7
TALK_MAX_S = 180.0
# A call that ends this soon after a key may have ended before the key was heard.
UNSURE_S = 0.5


class Thumb(Protocol):
    """Presses keys of one telephone by signalling: RFC 4733 or SIP INFO."""

    async def __call__(self, key: str) -> bool:
        """Return when the key was sent; False when there is no call any more."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a person makes of a prompt whose beginning they have heard."""

    text: str
    node: str
    kind: str  # menu, rating, collect, record, telecaller, play ...
    keys: str = ""  # that it offers


Understand = Callable[[Samples], Understood | None]


class _Over(Exception):
    """The call has ended."""


@dataclass(slots=True)
class _Key:
    """A key on its way into the truth log: kept until it is known to be sure."""

    key: str
    at: float
    prompt: Understood | None
    sent: bool


class Voter:
    """One answered call of a person."""

    def __init__(
        self,
        person: Person,
        phone: Phone,
        truth: CallTruth,
        *,
        thumb: Thumb,
        telecallers: Sequence[str],
        answers: Sequence[tuple[str, Samples]],
        understand: Understand | None = None,
    ) -> None:
        self._person = person
        self._phone = phone
        self._truth = truth
        self._thumb = thumb
        self._telecallers = telecallers
        self._answers = answers
        self._understand = understand
        self._quiet_until = 0.0  # what sounds before is the last prompt's rest
        self._prompt: Understood | None = None
        self._keys: list[_Key] = []
        self._wall = datetime.now(UTC)
        self._mono = time.monotonic()
        self._talks = 0
        self.hung_up = False

    async def live(self) -> None:
        """Live through the call; return when it is over or the voter hung up."""
        try:
            for reaction in self._person.reactions:
                began = await self._next_prompt()
                if began is None:
                    break
                await self._react(reaction, began)
            else:
                await self._next_prompt()  # one too many
            self._hang_up()
        except _Over:
            pass
        finally:
            self._write_keys(everything=True)

    async def _next_prompt(self) -> float | None:
        """Wait for a voice; return when it began, None if nobody spoke."""
        self._prompt = None
        since = self._now()
        while self._now() - since < LONELY_S:
            if self._phone.marks:
                await self._converse()
                since = self._now()
            began = max(self._phone.changed_at, self._quiet_until)
            if self._phone.is_sound and self._now() > began:
                return began
            await self._listen()
        return None

    async def _react(self, reaction: Reaction, began: float) -> None:
        until = began + reaction.after_s if reaction.early else None
        if not await self._hear_out(began, until):
            return  # a telecaller came instead
        if self._beeped():
            await self._speak()
        elif self._prompt and self._prompt.kind == "telecaller":
            await self._hold()
        elif reaction.early or await self._ponder(reaction.after_s):
            await self._do(reaction)

    async def _hear_out(self, began: float, until: float | None) -> bool:
        """Listen until the prompt ends, or `until`; False: a telecaller spoke."""
        recognise_at = began + RECOGNISE_S
        told = False
        while True:
            if self._phone.marks:
                await self._converse()
                return False
            if not told and (self._now() >= recognise_at or self._ended()):
                told = True
                self._recognise(began)
                if self._prompt and self._prompt.kind in ("telecaller", "record"):
                    until = None  # nobody presses keys at these
            if self._ended() or (until is not None and self._now() >= until):
                if not told:
                    self._recognise(began)
                return True
            await self._listen()

    def _ended(self) -> bool:
        return not self._phone.is_sound and self._phone.lasted >= END_S

    def _recognise(self, began: float) -> None:
        if self._understand is not None:
            heard = self._phone.heard(began)[: round(RECOGNISE_S * RATE)]
            self._prompt = self._understand(heard)
        known = self._prompt
        self._truth.tell(
            Happening.PROMPT,
            at=self._date(began),
            text=known.text if known else "",
            node=known.node if known else "",
        )

    def _beeped(self) -> bool:
        tone_at = self._phone.tone_at
        if tone_at is None or self._phone.is_sound:
            return False
        return tone_at >= self._phone.changed_at - 0.4

    async def _ponder(self, after_s: float) -> bool:
        """Wait out the reaction time; False when a voice spoke up meanwhile."""
        at = self._phone.changed_at + after_s
        while self._now() < at:
            await self._listen()
            if self._phone.is_sound:
                return False
        return True

    async def _do(self, reaction: Reaction) -> None:
        match reaction.do:
            case Do.HANG_UP:
                self._hang_up()
                raise _Over
            case Do.SILENT:
                pass
            case Do.ASK_PERSON:
                await self._press("0")
                await self._hold()
            case _:
                key = self._key(reaction)
                if key:
                    await self._press(key)

    def _key(self, reaction: Reaction) -> str:
        """Return the key to press: one that was offered, if that was understood."""
        known = self._prompt
        if known is None or reaction.do is Do.OPT_OUT:
            return reaction.key
        if not known.keys:
            return ""  # it asked for nothing
        if reaction.do is Do.WRONG:
            return next((k for k in "678*" if k not in known.keys), reaction.key)
        return known.keys[int(reaction.choice * len(known.keys))]

    async def _press(self, key: str) -> None:
        at = self._now()
        if self._person.key_mode is KeyMode.INBAND:
            sent = await self._phone.say(key_tones(key))
        else:
            sent = await self._thumb(key)
        self._keys.append(_Key(key, at, self._prompt, sent))
        self._quiet_until = self._now() + SETTLE_S
        if not sent or self._phone.is_over:
            raise _Over

    async def _speak(self) -> None:
        if not self._person.speaks or not self._answers:
            return
        place = int(self._person.speech_choice * len(self._answers))
        name, samples = self._answers[place]
        began = self._now()
        finished = await self._phone.say(samples)
        self._truth.tell(
            Happening.SPEECH,
            at=self._date(began),
            file=name,
            duration_s=round(self._now() - began, 2),
            sure=finished,
        )
        if not finished:
            raise _Over

    async def _hold(self) -> None:
        """Wait for a telecaller, or for the apology and what it offers."""
        since = self._now()
        while self._now() - since < self._person.hold_patience_s:
            if self._phone.marks:
                await self._converse()
                return
            if not self._phone.is_sound and self._phone.lasted >= NOBODY_FREE_S:
                if self._person.wants_callback and self._phone.changed_at > since:
                    await self._press("1")
                return
            await self._listen()
        self._hang_up()
        raise _Over

    async def _converse(self) -> None:
        """Talk with the telecaller who is heard, and note every one that is."""
        since = heard_at = self._now()
        told: set[int] = set()
        self._talks += 1
        while self._now() - heard_at < PARTED_S:
            for place in sorted(self._phone.marks - told):
                told.add(place)
                self._truth.tell(
                    Happening.TELECALLER,
                    at=self._date(self._now()),
                    telecaller=self._telecallers[place],
                    talk=self._talks,
                )
            if self._phone.marks:
                heard_at = self._now()
            talked = self._now() - since
            if talked >= (
                self._person.talk_s if self._person.ends_talk else TALK_MAX_S
            ):
                self._hang_up()
                raise _Over
            await self._listen()

    def _hang_up(self) -> None:
        if self._phone.is_over:
            raise _Over
        self.hung_up = True
        self._truth.tell(Happening.HUNG_UP, at=self._date(self._now()))
        self._phone.hang_up()

    async def _listen(self) -> None:
        self._write_keys()
        if not await self._phone.block():
            raise _Over

    def _write_keys(self, *, everything: bool = False) -> None:
        now = self._now()
        while self._keys and (everything or now - self._keys[0].at > UNSURE_S):
            key = self._keys.pop(0)
            self._truth.tell(
                Happening.KEY,
                at=self._date(key.at),
                key=key.key,
                mode=self._person.key_mode.value,
                node=key.prompt.node if key.prompt else "",
                sure=key.sent and now - key.at > UNSURE_S,
            )

    def _now(self) -> float:
        return time.monotonic()

    def _date(self, moment: float) -> datetime:
        return self._wall + timedelta(seconds=moment - self._mono)
