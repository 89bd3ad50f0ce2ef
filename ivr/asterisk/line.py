"""The voice path to one voter, spoken in AGI: play, take keys, record, join.

Keys come from the AGI replies. Asterisk drops a key that is pressed between two
AGI commands, so the manager's DTMF events are counted too: a key that was seen
there and never came back in a reply is handed to the next `ask` (`note_key`).

One press may come twice, as from an Asterisk that stood still in the middle of it:
nobody hears a question and answers it within BOUNCE_S of their last key.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ivr.asterisk.decode import key as key_of
from ivr.asterisk.decode import keys as keys_of
from ivr.asterisk.decode import number as number_of
from ivr.asterisk.encode import agi_argument
from ivr.asterisk.fastagi import AgiSession
from ivr.controller.ports import Heard, Recorded
from ivr.core.flow_model import Clip
from ivr.core.model import CallId
from ivr.errors import CallerHungUp, SwitchGone

ALL_KEYS = "0123456789*#"
GLOBAL_KEYS = ("0", "9")  # a person, never again: not to be spoken over
BOUNCE_S = 0.35  # the same key again so soon is the same press
EVENT_LATE_S = 3.0  # the manager's event comes so long after the reply, at most
MARGIN_S = 15.0  # beyond what a command should take, before it is given up
MAX_CLIP_S = 60.0
MAX_TALK_S = 4 * 3600.0
RATE = 8000  # samples a second, in `endpos`

PathsOf = Callable[[Clip], Sequence[str]]  # none: there is no such audio


class AgiLine:
    """Implements controller.ports.Line over one AGI session."""

    def __init__(
        self,
        session: AgiSession,
        *,
        paths_of: PathsOf,
        channel_of: Callable[[str], str | None],
        recordings: str,
        named: Callable[[str, str], str] = lambda words, language: words,
    ) -> None:
        """`named`: the path of one of our own sentences, by name and language."""
        self.call_id = CallId(session.headers.get("agi_uniqueid", ""))
        self._session = session
        self._paths_of = paths_of
        self._channel_of = channel_of
        self._recordings = recordings
        self._named = named
        self._untaken: list[str] = []  # the manager saw them, no reply brought them
        self._unseen: list[tuple[str, float]] = []  # the other way round; and when
        self._last = ("", -math.inf)  # the last key, and when
        self._answered = ("", -math.inf)  # what the last question got, and when

    def note_key(self, key: str) -> None:
        """The manager saw `key` pressed on this line."""
        now = self._now()
        self._unseen = [one for one in self._unseen if now - one[1] < EVENT_LATE_S]
        for place, (brought, _) in enumerate(self._unseen):
            if brought == key:
                del self._unseen[place]
                return
        if not self._bounces(key):
            self._untaken.append(key)
            self._last = (key, now)

    @property
    def untaken(self) -> str:
        """Return the keys that the manager saw and no reply brought."""
        return "".join(self._untaken)

    def _take(self, key: str) -> None:
        """A reply brought `key`: what was pressed before it is over."""
        now = self._now()
        if key in self._untaken:
            del self._untaken[: self._untaken.index(key) + 1]
        else:
            self._unseen.append((key, now))
        self._last = (key, now)

    def _bounces(self, key: str) -> bool:
        last, at = self._last
        return key == last and self._now() - at < BOUNCE_S

    def _forget_keys(self) -> None:
        self._untaken.clear()
        self._unseen.clear()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def ask(
        self,
        clips: Sequence[Clip],
        *,
        max_digits: int,
        first_timeout_s: float,
        between_timeout_s: float,
        terminator: str,
    ) -> Heard:
        """Play `clips` and return the keys pressed during or after them."""
        while True:
            heard = await self._ask(
                clips, max_digits, first_timeout_s, between_timeout_s, terminator
            )
            keys, (before, at) = heard.keys, self._answered
            is_again = keys and keys == before and self._now() - at < BOUNCE_S
            if not is_again or max_digits > 1:
                self._answered = (keys, self._now())
                return heard
            await asyncio.sleep(at + BOUNCE_S - self._now())

    async def _ask(
        self,
        clips: Sequence[Clip],
        max_digits: int,
        first_timeout_s: float,
        between_timeout_s: float,
        terminator: str,
    ) -> Heard:
        keys = self._missed()
        paths = self._paths(clips)
        if not keys:
            for path in paths[:-1]:
                keys = await self._stream(path)
                if keys:
                    break
            else:
                last = paths[-1] if paths else "silence/1"
                heard = await self._get_data(last, first_timeout_s, max_digits)
                if heard.keys or heard.terminated:
                    return heard
                # Dropped before the prompt, and the manager's event came during it.
                keys = self._missed()
                if not keys:
                    return heard
        if keys == terminator:
            return Heard("", terminated=True)
        while len(keys) < max_digits:
            key = await self._wait_key(between_timeout_s)
            if not key:
                break
            if key == terminator:
                return Heard(keys, terminated=True)
            keys += key
        return Heard(keys)

    def _missed(self) -> str:
        """Return one key that Asterisk dropped between two commands, if any."""
        return self._untaken.pop(0) if self._untaken else ""

    def _paths(self, clips: Sequence[Clip]) -> list[str]:
        return [path for clip in clips for path in self._paths_of(clip)]

    async def _stream(self, path: str) -> str:
        reply = await self._session.command(
            f"STREAM FILE {agi_argument(path)} {agi_argument(ALL_KEYS)}",
            MAX_CLIP_S + MARGIN_S,
        )
        return self._key(reply)

    async def _wait_key(self, timeout_s: float) -> str:
        reply = await self._session.command(
            f"WAIT FOR DIGIT {int(timeout_s * 1000)}", timeout_s + MARGIN_S
        )
        return self._key(reply)

    def _key(self, reply: Mapping[str, Any]) -> str:
        """Return the key whose code is the result; "" for 0, and for what is none."""
        code = number_of(str(reply["result"][0])) or 0
        key = key_of(chr(code)) if code < 128 else ""
        if key:
            self._take(key)
        return key

    async def _get_data(self, path: str, first_s: float, max_digits: int) -> Heard:
        wait_s = MAX_CLIP_S + first_s * (max_digits + 1) + MARGIN_S
        reply = await self._session.command(
            f"GET DATA {agi_argument(path)} {int(first_s * 1000)} {max_digits}", wait_s
        )
        keys = keys_of(str(reply["result"][0]))[:max_digits]
        terminated = len(keys) < max_digits and "(timeout)" not in (
            self._session.last_line
        )
        for key in keys + "#" * terminated:
            self._take(key)
        return Heard(keys, terminated)

    async def record(
        self,
        clips: Sequence[Clip],
        *,
        name: str,
        max_s: float,
        silence_s: float,
        beep: bool,
    ) -> Recorded:
        """Play `clips`, then record into `name`.wav until silence, a key or `max_s`."""
        early = self._missed()
        for path in self._paths(clips):
            if early:
                break
            early = await self._stream(path)
        if early in GLOBAL_KEYS:
            return Recorded("", 0.0, "key", early)
        where = f"{self._recordings}/{name}"
        words = ["RECORD FILE", agi_argument(where), "wav", agi_argument(ALL_KEYS)]
        words += [str(int(max_s * 1000)), "0"]
        words += ["BEEP"] if beep else []
        words += [f"s={max(1, round(silence_s))}"]
        session = self._session
        try:
            reply = await session.command(" ".join(words), max_s + MARGIN_S)
        except CallerHungUp:
            if "endpos=" not in session.last_line:
                raise
            # What was said before the voter hung up is kept all the same.
            _, _, ended_at = session.last_line.rpartition("endpos=")
            samples = number_of(ended_at.split(" ")[0]) or 0
            return Recorded(f"{name}.wav", samples / RATE, "hang_up", early=early)
        duration_s = (number_of(reply.get("endpos", ("", ""))[0]) or 0) / RATE
        # After a silence Asterisk's result is what was left of a wait, no key.
        is_silence = "(timeout)" in session.last_line
        key = "" if is_silence else self._key(reply)
        stopped_by = "key" if key else self._stopped_by(duration_s, max_s)
        return Recorded(f"{name}.wav", duration_s, stopped_by, key, early)

    @staticmethod
    def _stopped_by(duration_s: float, max_s: float) -> str:
        return "maximum" if duration_s >= max_s - 0.5 else "silence"

    async def join(self, leg_id: str) -> bool:
        """Join the voter to the parked leg; return when they part."""
        channel = self._channel_of(leg_id)
        if channel is None:
            return False
        back = "F(samvad-desk^s^park)"
        await self._session.command(
            f"EXEC Bridge {agi_argument(f'{channel},{back}')}", MAX_TALK_S
        )
        reply = await self._session.command("GET VARIABLE BRIDGERESULT", MARGIN_S)
        self._forget_keys()  # those pressed while talking are not answers
        return str(reply.get("result", ("", ""))[1]) == "SUCCESS"

    async def say(self, words: str, language: str) -> None:
        """Say one of our own sentences, asked for by name."""
        path = agi_argument(self._named(words, language))
        await self._session.command(f'STREAM FILE {path} ""', MAX_CLIP_S + MARGIN_S)
        self._forget_keys()

    async def hold(self) -> None:
        await self._session.command("SET MUSIC ON samvad", MARGIN_S)

    async def unhold(self) -> None:
        await self._session.command("SET MUSIC OFF", MARGIN_S)

    async def give_back(self) -> None:
        """Nobody here will take this voter: the dialplan is to say sorry at once."""
        with contextlib.suppress(CallerHungUp, SwitchGone):
            await self._session.command("SET VARIABLE tries 0", MARGIN_S)

    async def hang_up(self) -> None:
        """End the call; silently, if the voter was quicker."""
        try:
            await self._session.command("HANGUP", MARGIN_S)
        except (CallerHungUp, SwitchGone):
            return
