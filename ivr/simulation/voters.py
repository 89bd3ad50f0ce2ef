"""A person who has answered: listens, and reacts as their character says.

They know what is said only by ear: a prompt begins with sound and ends with a
second of silence; a beep asks for words; a telecaller is known by their mark.
Everything done goes to the truth log.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ivr.simulation.listening import EARLIER_S, SETTLE_S, Listener
from ivr.simulation.phone import Phone
from ivr.simulation.population import Do, KeyMode, Person, Reaction
from ivr.simulation.tones import Samples, key_tones
from ivr.simulation.truth import CallTruth, Happening
from ivr.simulation.understanding import OFFER, Sentence, Understanding

LONELY_S = 15.0  # nobody speaks for this long: the person hangs up
UNDERSTOOD_S = 1.9  # into a sentence: then it has been understood
PARTED_S = 1.5  # a telecaller not heard for this long has gone
# Longer than anybody may be kept waiting (2 s) after "please hold": what ended
# now was the apology.
NOBODY_FREE_S = 2.7
TALK_MAX_S = 180.0
# A call that ends this soon after a key may have ended before the key was heard.
UNSURE_S = 0.5
BETWEEN_KEYS_S = 0.25
# Nobody presses keys, for themselves or at all, while these are said.
NOT_TO_INTERRUPT = frozenset({"telecaller", "record", "hang_up", "opt_out", "callback"})
NO_NINE = str.maketrans("01234567", "12345678")  # 9 and 0 mean something else


class Thumb(Protocol):
    """Presses keys of one telephone by signalling: RFC 4733 or SIP INFO."""

    async def __call__(self, key: str) -> bool:
        """Return when the key was sent; False when there is no call any more."""


class _Over(Exception):
    """The call has ended."""


@dataclass(slots=True)
class _Key:
    """A key on its way into the truth log: kept until it is known to be sure."""

    key: str
    at: float
    node: str  # of the last sentence that was understood
    waited_s: float  # in silence, before it was pressed
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
        understanding: Understanding | None = None,
    ) -> None:
        self._person = person
        self._phone = phone
        self._truth = truth
        self._thumb = thumb
        self._telecallers = telecallers
        self._answers = answers
        self._quiet_until = 0.0  # what sounds before is the last prompt's rest
        self._pressed_at = 0.0  # the last key: what is said next begins after it
        self._keys: list[_Key] = []
        self._wall = datetime.now(UTC)
        self._mono = time.monotonic()
        self._ear = Listener(phone, understanding, self._tell_sentence)
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
            self._write_silences()

    async def _next_prompt(self) -> float | None:
        """Wait for a voice; return when it began, None if nobody spoke."""
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
        self._ear.start(began, self._first_sound())
        self._truth.tell(Happening.PROMPT, at=self._date(began))
        if not await self._hear_out(reaction):
            return  # a telecaller came instead
        if self._ear.beeped:
            await self._speak()
        elif self._kind() == "telecaller":
            await self._hold()
        elif not self._ear.is_over or await self._ponder(reaction.after_s):
            await self._do(reaction)

    async def _hear_out(self, reaction: Reaction) -> bool:
        """Listen until it is time to act, or the prompt ends.

        False: a telecaller spoke, and has gone again.
        """
        while True:
            if self._phone.marks:
                await self._converse()
                return False
            self._ear.look()
            if self._ear.is_over or self._now() >= self._act_at(reaction):
                return True
            await self._listen()

    def _act_at(self, reaction: Reaction) -> float:
        """Return when to act without waiting for the prompt's end."""
        ear = self._ear
        if not reaction.early:
            return math.inf
        if not ear.can_understand:
            return ear.began + reaction.after_s
        if reaction.do in (Do.PRESS, Do.WRONG):
            asks = ear.sentence is not None and self._keys_for(reaction)
            at = ear.sentence_began + max(reaction.after_s, UNDERSTOOD_S)
            return at if asks else math.inf
        if self._kind() in NOT_TO_INTERRUPT:
            return math.inf
        return ear.began + max(reaction.after_s, UNDERSTOOD_S)

    def _first_sound(self) -> float:
        """Return a moment before which nothing of the present prompt was heard."""
        return max(self._phone.changed_at - EARLIER_S, self._pressed_at)

    def _kind(self) -> str:
        return self._ear.sentence.kind if self._ear.sentence else ""

    def _tell_sentence(self, sentence: Sentence, began: float) -> None:
        self._truth.tell(
            Happening.SENTENCE,
            at=self._date(began),
            node=sentence.node,
            kind=sentence.kind,
            text=sentence.text,
        )

    async def _ponder(self, after_s: float) -> bool:
        """Wait out the reaction time; False when a voice spoke up meanwhile."""
        at = self._phone.changed_at + after_s
        while self._now() < at:
            await self._listen()
            if self._phone.is_sound:
                return False
        return True

    async def _do(self, reaction: Reaction) -> None:
        if reaction.do is Do.HANG_UP:
            self._hang_up()
            raise _Over
        keys = self._keys_for(reaction)
        for key in keys:
            await self._press(key)
            if len(keys) > 1:
                await self._pause(BETWEEN_KEYS_S)
        if keys and reaction.do is Do.ASK_PERSON:
            await self._hold()

    def _keys_for(self, reaction: Reaction) -> str:
        """Return the keys to press here: of those offered, if that is understood."""
        if reaction.do is Do.SILENT:
            return ""
        if not self._ear.can_understand:
            return reaction.key
        sentence = self._ear.sentence
        if sentence is not None and sentence.kind == OFFER and reaction.do is Do.PRESS:
            return sentence.keys if self._person.accepts else ""
        if reaction.do in (Do.OPT_OUT, Do.ASK_PERSON):
            return "" if self._kind() in NOT_TO_INTERRUPT else reaction.key
        if sentence is None:
            return ""
        if sentence.digits:
            digits = int(reaction.choice * 8**sentence.digits)
            return f"{digits:o}".rjust(sentence.digits, "0").translate(NO_NINE)
        if not sentence.keys:
            return ""
        if reaction.do is Do.WRONG:
            return next((k for k in "678" if k not in sentence.keys), "")
        # The first keys of a question are pressed more often than the last.
        return sentence.keys[int(reaction.choice**1.3 * len(sentence.keys))]

    async def _pause(self, seconds: float) -> None:
        until = self._now() + seconds
        while self._now() < until:
            await self._listen()

    async def _press(self, key: str) -> None:
        at = self._pressed_at = self._now()
        waited_s = 0.0 if self._phone.is_sound else self._phone.lasted
        if self._person.key_mode is KeyMode.INBAND:
            sent = await self._phone.say(key_tones(key))
        else:
            sent = await self._thumb(key)
        node = self._ear.sentence.node if self._ear.sentence else ""
        self._keys.append(_Key(key, at, node, waited_s, sent))
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
        self._ear.start(max(since, self._quiet_until), self._first_sound())
        while self._now() - since < self._person.hold_patience_s:
            if self._phone.marks:
                await self._converse()
                return
            self._ear.look()
            if self._is_refused(since):
                await self._take_refusal()
                return
            await self._listen()
        self._hang_up()
        raise _Over

    def _is_refused(self, since: float) -> bool:
        """Whether the apology has been said to the end."""
        if self._ear.can_understand:
            return self._kind() == "menu" and self._ear.is_over
        quiet = not self._phone.is_sound and self._phone.lasted >= NOBODY_FREE_S
        return quiet and self._phone.changed_at > since

    async def _take_refusal(self) -> None:
        sentence = self._ear.sentence
        offered = sentence.keys if sentence else "1"
        if self._person.wants_callback and "1" in offered:
            await self._press("1")

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
                node=key.node,
                waited_s=round(key.waited_s, 2),
                sure=key.sent and now - key.at > UNSURE_S,
            )

    def _write_silences(self) -> None:
        for began, lasted in self._phone.silences:
            self._truth.tell(
                Happening.SILENCE, at=self._date(began), lasted_s=round(lasted, 2)
            )

    def _now(self) -> float:
        return time.monotonic()

    def _date(self, moment: float) -> datetime:
        return self._wall + timedelta(seconds=moment - self._mono)
