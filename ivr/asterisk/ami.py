"""One connection to Asterisk's manager interface (AMI), and a new one when it breaks.

Wraps panoramisk and walls off its faults: nothing is ever sent again after a
reconnect, every action has a timeout, events keep their order, and bytes are
only decoded in whole messages. Knows nothing of calls or campaigns.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ivr.asterisk.decode import ami_message
from ivr.asterisk.encode import ami_value
from ivr.errors import SwitchGone, SwitchRefused

log = structlog.get_logger(__name__)

NEVER = 10**6  # seconds: panoramisk's own pings and reconnects are not used
LATELY_S = 1.0  # so long an answer counts as the latest
MAX_MESSAGE = 1 << 17  # bytes; the longest of Asterisk's are of some thousand


@dataclass(frozen=True, slots=True)
class AmiAddress:
    host: str
    port: int
    username: str
    secret: str


class _WholeMessages(AMIProtocol):  # type: ignore[misc]
    """Reads whole messages, and hands panoramisk what is in them.

    It decodes each TCP chunk by itself and drops the bytes of a letter that is
    split over two: every third Devanagari letter at a chunk's edge. And a header that
    comes twice is a list to it, at which all who expect text fail.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._pending = b""
        self._greeted = False

    def data_received(self, data: bytes) -> None:
        self._pending += data
        if not self._greeted and b"\r\n" in self._pending:
            self._greeted = True
            _greeting, _, self._pending = self._pending.partition(b"\r\n")
        *whole, self._pending = self._pending.split(b"\r\n\r\n")
        for raw in whole:
            headers = ami_message(raw)
            if self.factory is not None and not self.closed and headers:
                self.handle_message(Message(headers))
        if len(self._pending) > MAX_MESSAGE:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # Lost before panoramisk took it over: there is nobody to tell.
        if self.factory is not None:
            super().connection_lost(exc)


class _OneConnection(Manager):  # type: ignore[misc]
    """A panoramisk manager that never reconnects: it would send actions again."""

    def connection_made(self, f: asyncio.Future[Any]) -> None:
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)

    def connection_lost(self, exc: object) -> None:
        self._connected = False
        if self.pinger:
            self.pinger.cancel()
        self.on_disconnect(self, exc)


class Ami:
    """The manager interface. `on_event` is called in order, and must not wait."""

    def __init__(
        self,
        address: AmiAddress,
        on_event: Callable[[Mapping[str, str]], None],
        *,
        timeout_s: float = 5.0,
        ping_every_s: float = 5.0,
        retry_every_s: float = 0.5,
        on_answer: Callable[[float], None] = lambda took_s: None,
    ) -> None:
        self._address = address
        self._on_event = on_event
        self._timeout_s = timeout_s
        self._ping_every_s = ping_every_s
        self._retry_every_s = retry_every_s
        self._on_answer = on_answer
        self._manager: _OneConnection | None = None
        self._pending: dict[asyncio.Future[Any], float] = {}  # and since when
        self._answered: tuple[float, float] = (0.0, 0.0)  # when, and after how long
        self._lost = asyncio.Event()
        self.is_up = False

    async def run(
        self, *, on_up: Callable[[], None], on_down: Callable[[], None]
    ) -> None:
        """Keep a connection until cancelled, telling of each gain and loss."""
        while True:
            try:
                await self._connect()
            except (OSError, TimeoutError, SwitchGone, SwitchRefused) as exc:
                log.debug("AMI not reached", error=str(exc))
                self._drop()
                await asyncio.sleep(self._retry_every_s)
                continue
            try:
                on_up()
                await self._watch()
            finally:
                self._drop()
                on_down()

    async def _connect(self) -> None:
        self._lost.clear()
        manager = _OneConnection(
            host=self._address.host,
            port=self._address.port,
            loop=asyncio.get_running_loop(),
            protocol_factory=_WholeMessages,
            ping_delay=NEVER,
            ping_interval=NEVER,
            log=_Quiet(),
            on_disconnect=lambda *_: self._lost.set(),
        )
        self._manager = manager
        manager.register_event("*", self._event)
        async with asyncio.timeout(self._timeout_s):
            await manager.connect()
        await asyncio.sleep(0)  # let panoramisk take the connection over
        await self._send(
            {
                "Action": "Login",
                "Username": self._address.username,
                "Secret": self._address.secret,
                "Events": "on",
            }
        )
        self.is_up = True

    async def _watch(self) -> None:
        """Return when the connection is lost, or a ping goes unanswered."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._ping_every_s):
                    await self._lost.wait()
                return
            try:
                await self._send({"Action": "Ping"})
            except (SwitchGone, SwitchRefused):
                log.warning("AMI ping unanswered")
                return

    def _drop(self) -> None:
        self.is_up = False
        manager, self._manager = self._manager, None
        if manager is not None:
            with contextlib.suppress(Exception):
                manager.close()
        for future in list(self._pending):
            if not future.done():
                future.cancel()

    @property
    def answer_s(self) -> float:
        """Return after how long an action is answered now; one that waits counts."""
        now = time.perf_counter()
        at, took_s = self._answered
        oldest = min(self._pending.values(), default=now)
        return max(now - oldest, took_s if now - at < LATELY_S else 0.0)

    def _event(self, _manager: object, message: Any) -> None:
        self._on_event(message)

    async def send(self, action: Mapping[str, str]) -> Mapping[str, str]:
        """Send one action and return its response. Raises SwitchRefused, SwitchGone.

        After SwitchGone nobody knows whether the action was carried out.
        """
        if not self.is_up:
            raise SwitchGone("the manager connection is down")
        return await self._send(action)

    async def _send(self, action: Mapping[str, str]) -> Mapping[str, str]:
        response = await self._answer(action, as_list=False)
        if response.get("Response", "") not in ("Success", "Goodbye"):
            raise SwitchRefused(str(response.get("Message", "refused")))
        return response  # type: ignore[no-any-return]

    async def send_list(self, action: Mapping[str, str]) -> list[Mapping[str, str]]:
        """Send an action that answers with a list of events, and return them."""
        if not self.is_up:
            raise SwitchGone("the manager connection is down")
        answer = await self._answer(action, as_list=True)
        return [message for message in answer if "Event" in message]

    async def _answer(self, action: Mapping[str, str], *, as_list: bool) -> Any:
        manager = self._manager
        if manager is None or manager.protocol is None:
            raise SwitchGone("the manager connection is down")
        checked = {key: ami_value(value) for key, value in action.items()}
        future = manager.send_action(checked, as_list=as_list)
        begun = self._pending[future] = time.perf_counter()
        try:
            # wait_for of Python 3.11 forgets that we were cancelled, if the answer
            # comes at the same moment: whoever waits for our end would wait for ever.
            async with asyncio.timeout(self._timeout_s):
                answer = await future
            now = time.perf_counter()
            self._answered = (now, now - begun)
            self._on_answer(now - begun)
            return answer
        except TimeoutError as exc:
            raise SwitchGone(f"{action['Action']}: no answer in time") from exc
        except asyncio.CancelledError as exc:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise SwitchGone("the manager connection broke") from exc
        finally:
            self._pending.pop(future, None)
            _forget(manager, future)


def _forget(manager: _OneConnection, future: asyncio.Future[Any]) -> None:
    """Let an action go that nobody waits for: panoramisk would keep it for ever."""
    waiting = manager.protocol.responses
    for name in [name for name, one in waiting.items() if one.future is future]:
        del waiting[name]


class _Quiet:
    """panoramisk logs secrets and every message: none of it is kept."""

    def _nothing(self, *_: object, **__: object) -> None: ...

    debug = info = warning = error = exception = _nothing
