"""Whatever may be sent to the web server, in the name of every role and of nobody.

Bytes on a socket, so that what no library would send is sent too. Steps: `as` (whose
cookie and CSRF token the next are sent with), `send`, `pause`, `read` (to the end of
what is answered), `look` (read for a moment: feeds do not end), `shut`, `abort`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, quote_from_bytes
from zlib import compress

from ivr.web import patience
from ivr.web.guard import needs_of
from tests.adapters.web.api_examples import BODIES
from tests.adapters.web.browser import TOKEN
from tests.adapters.web.routes import ROUTES, Route
from tests.adapters.web.whole_site import EVERYBODY, NOBODY, Whole, opened_whole
from tests.fuzz.cases import Case, Step, cut, mutated, nasty, random_for
from tests.fuzz.watching import GIVEN_UP_AFTER_S, given_s

PROJECT = Path(__file__).parents[2]
WHO = [NOBODY, "token", *(str(one.user_id) for one in EVERYBODY)]
ENDED_WITHIN_S = 8.0  # more than any of `hurried`'s
A_SITE_MB = 5.0  # that the making of a new site costs these tests, and no server
OPENED_ANEW_EVERY = 4000  # cases: who may change everything has by then
ENDLESS = ("/feed/", "/decisions", "/events", "/phone")
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"
# What one session may not do to the others for the rest of the run.
LEFT_OUT = ("POST /sign-out", "POST /me/password", "POST /people/{user_id}")


def _words(pattern: str, *places: str) -> list[str]:
    found: set[str] = set()
    for place in places:
        for file in (PROJECT / "ivr/web").glob(place):
            found.update(re.findall(pattern, file.read_text("utf-8")))
    return sorted(found)


FIELDS = _words(r'name="([\w-]+)"', "templates/*.html")
QUERIES = _words(r'query(?:\.get\(|\[)"([\w-]+)"', "*.py", "pages/*.py", "api/*.py")


@dataclass
class Answer:
    raw: bytes = b""
    is_over: bool = False
    took_s: float = 0.0
    statuses: list[int] = field(default_factory=list)


class HttpFuzz:
    kind = "http"
    at_once = 12
    warm = 2500

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self._whole: Whole | None = None
        self._values: dict[str, str] = {}
        self._count = self._sites = 0
        self._opening = asyncio.Lock()
        self._under_way = 0
        self.statuses: Counter[bytes] = Counter()

    # Making

    def make(self, seed: int, number: int) -> Case:
        random = random_for(self.kind, seed, number)
        who = random.choice(WHO)
        steps = [Step("as", who.encode())]
        how = random.random()
        if how < 0.12:
            steps += [Step("send", one) for one in cut(random, _garbage(random))]
        else:
            count = random.choice((1, 1, 1, 3, 40 if how > 0.97 else 2))
            for left in reversed(range(count)):
                request = _request(random, who, is_last=not left)
                if random.random() < 0.12:
                    request = mutated(random, request)
                steps += [Step("send", one) for one in cut(random, request, 2)]
        if random.random() < 0.06:
            steps.insert(random.randrange(1, len(steps)), Step("pause", seconds=0.3))
        end = random.random()
        if end < 0.1:
            steps += [Step("abort")]
        elif end < 0.2:
            steps += [Step("shut"), Step("read")]
        elif end < 0.3:
            steps += [Step("look")]
        else:
            steps += [Step("read")]
        return Case(self.kind, seed, number, steps)

    # Running

    async def run(self, case: Case) -> None:
        self._count += 1
        if self._count % OPENED_ANEW_EVERY == 0:
            await self.reopen()
        async with self._opening:
            self._under_way += 1
        try:
            await self._sent(case)
        finally:
            self._under_way -= 1

    async def _sent(self, case: Case) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        who, sent = NOBODY, bytearray()
        try:
            for step in case.steps:
                if step.do == "as":
                    who = step.data.decode()
                elif step.do == "send":
                    data = self._filled(step.data, who)
                    sent += data
                    writer.write(data)
                    await writer.drain()
                elif step.do == "pause":
                    await asyncio.sleep(step.seconds)
                elif step.do == "shut":
                    writer.write_eof()
                elif step.do == "abort":
                    writer.transport.abort()
                else:
                    seconds = 0.1 if step.do == "look" else ENDED_WITHIN_S
                    answer = await _answered(reader, seconds)
                    self.statuses.update(_STATUS.findall(answer.raw))
                    _judge(answer, bytes(sent), is_whole=step.do == "read")
        except OSError:
            pass  # cut by who is fuzzed
        finally:
            writer.transport.abort()

    def _filled(self, data: bytes, who: str) -> bytes:
        """Put in what is known only now: cookies, tokens, ids of what is there."""
        assert self._whole is not None
        if b"@" in data and who in self._whole.signed_in:
            one = self._whole.signed_in[who]
            cookies = "; ".join(f"{name}={it}" for name, it in one.cookies().items())
            data = data.replace(b"@COOKIE@", cookies.encode())
            data = data.replace(b"@CSRF@", one.csrf.encode())
        data = data.replace(b"@HOST@", f"127.0.0.1:{self._port}".encode())
        return re.sub(
            rb"@\{(\w+)\}@",
            lambda place: quote(self._values.get(place[1].decode(), "x")).encode(),
            data,
        )

    async def probe(self) -> None:
        """A person's page, and whether the server is well."""
        if self._opening.locked():
            return  # a new site is being made
        async with self._opening:
            for path in ("/healthz", "/sign-in"):
                request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(request.encode())
                answer = await reader.read()
                writer.close()
                assert answer.startswith(b"HTTP/1.1 200"), f"{path}: {answer[:80]!r}"

    async def settle(self) -> None:
        await asyncio.sleep(2 * HURRIED["IDLE_S"])  # so long connections may be kept

    @property
    def may_grow_mb(self) -> float:
        return 24.0 + A_SITE_MB * self._sites

    # The site

    async def reopen(self) -> None:
        """Begin with a new site, in which everybody is signed in again."""
        async with self._opening:
            while self._under_way:  # noqa: ASYNC110 (polled, as in tests.polling)
                await asyncio.sleep(0.01)
            await self._stack.aclose()
            self._stack = AsyncExitStack()
            self._sites += 1
            folder = self._folder / str(self._sites)
            folder.mkdir()
            self._whole = await self._stack.enter_async_context(opened_whole(folder))
            runner = self._whole.browser
            self._port = int(runner.base.rpartition(":")[2])
            self._values = dict(self._whole.ids)
            for made in self._whole._makers:
                self._values[made] = await self._whole._makers[made]()

    async def close(self) -> None:
        await self._stack.aclose()


async def _answered(reader: asyncio.StreamReader, seconds: float) -> Answer:
    answer, begun = Answer(), given_s()
    try:
        async with asyncio.timeout(seconds if seconds < 1 else GIVEN_UP_AFTER_S):
            while chunk := await reader.read(1 << 16):
                if len(answer.raw) < 1 << 20:
                    answer.raw += chunk
                if b"text/event-stream" in answer.raw[:2000]:
                    break  # goes on for as long as somebody looks
        answer.is_over = True
    except ConnectionError:
        answer.is_over = True
    except TimeoutError:
        pass
    answer.took_s = given_s() - begun
    return answer


_STATUS = re.compile(rb"(?:^|\r\n|\n)HTTP/1\.[01] (\d{3}) ")
_HEADER = re.compile(rb"[!-9;-~]+: ?[ -\xff]*")


def _judge(answer: Answer, sent: bytes, *, is_whole: bool) -> None:
    """Raise AssertionError for an answer that must not be."""
    first = sent.split(b"\r\n", 1)[0][:120]
    statuses = [int(one) for one in _STATUS.findall(answer.raw)]
    assert 500 not in statuses, f"500 to {first!r}"
    may_wait = any(word.encode() in sent for word in ENDLESS) or b" 101 " in answer.raw
    if is_whole and not may_wait:
        is_in_time = answer.is_over and answer.took_s < ENDED_WITHIN_S
        assert is_in_time, f"kept for {answer.took_s:.0f} s: {first!r}"
    head, _, _ = answer.raw.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 "):
        return
    for line in head.split(b"\r\n")[1:]:
        assert _HEADER.fullmatch(line), f"a header {line[:80]!r} to {first!r}"
        if line.lower().startswith(b"location:"):
            where = line.partition(b":")[2].strip()
            is_own = where.startswith(b"/") and where[1:2] not in (b"/", b"\\")
            assert is_own, f"sent elsewhere, {where[:80]!r}, by {first!r}"


# What is sent


def _request(random: Random, who: str, *, is_last: bool) -> bytes:
    route = random.choice(ROUTES)
    while route.name in LEFT_OUT:
        route = random.choice(ROUTES)
    method = route.method.encode()
    if random.random() < 0.05:
        method = random.choice(
            (b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"get", b"PUT")
        )
    body, kind = _body(random, route)
    headers = _who_headers(who)
    headers += [(b"Host", b"@HOST@")]
    headers += [(b"Connection", b"close")] if is_last or random.random() < 0.02 else []
    if body or method in (b"POST", b"PUT", b"PATCH", b"DELETE"):
        headers += [(b"Content-Type", kind)]
        body, more = _framed(random, body)
        headers += more
    while random.random() < 0.35:
        headers.append(_odd_header(random))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return (
        method
        + b" "
        + _target(random, route)
        + b" HTTP/1.1\r\n"
        + lines
        + b"\r\n"
        + body
    )


def _who_headers(who: str) -> list[tuple[bytes, bytes]]:
    if who == "token":
        return [(b"Authorization", b"Bearer " + TOKEN.encode())]
    if who == NOBODY:
        return []
    return [(b"Cookie", b"@COOKIE@"), (b"X-CSRF-Token", b"@CSRF@")]


def _target(random: Random, route: Route) -> bytes:
    def place(found: re.Match[str]) -> str:
        if random.random() < 0.75:
            return f"@{{{found[1]}}}@"
        return quote_from_bytes(nasty(random)[:3000])

    path = re.sub(r"{(\w+)}", place, route.path).encode()
    if random.random() < 0.05:
        path += b"/" + nasty(random).replace(b" ", b"")[:300]
    if random.random() < 0.5:
        pairs = []
        for _ in range(random.randint(1, 4)):
            name = random.choice(QUERIES)
            odd = quote_from_bytes(nasty(random)[:2000])
            value = random.choice(("0", "1", "hi", "@{telecaller_id}@", "MP", odd))
            pairs.append(f"{name}={value}")
        path += b"?" + "&".join(pairs).encode()
        if random.random() < 0.05:
            path += b"&%=%&" + nasty(random).replace(b" ", b"+")[:200]
    return path


def _body(random: Random, route: Route) -> tuple[bytes, bytes]:
    """Return a body and its kind; none for what only asks."""
    if route.method in ("GET", "HEAD") and random.random() < 0.95:
        return b"", b""
    known = BODIES.get(route.name)
    how = random.random()
    if known is not None and how < 0.7:
        return _json(random, _bent(random, known)), JSON
    if route.path.startswith("/api/") and how < 0.9:
        return _json(random, _made_up(random, 0)), JSON
    if how < 0.12:
        return _multipart(random)
    if how < 0.2:
        return nasty(random) * random.choice((1, 5)), random.choice(
            (JSON, FORM, b"text/csv", b"", b"application/octet-stream", b"a/b;" * 20)
        )
    return _form(random), FORM


def _json(random: Random, value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    raw = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.04:
        deep = random.choice((200, 5000, 60_000))
        raw = random.choice((b"[" * deep, b'{"a":' * deep, b"[" * deep + b"]" * deep))
    return raw


def _bent(random: Random, value: Any) -> Any:
    """Return a body with something in it that does not belong there."""
    if isinstance(value, dict) and value:
        changed = dict(value)
        name = random.choice(list(changed))
        how = random.random()
        if how < 0.1:
            del changed[name]
        elif how < 0.2:
            changed[_odd_text(random)[:50]] = _made_up(random, 2)
        else:
            changed[name] = _bent(random, changed[name])
        return changed
    if isinstance(value, list) and value:
        at = random.randrange(len(value))
        return [*value[:at], _bent(random, value[at]), *value[at + 1 :]]
    return value if random.random() < 0.1 else _made_up(random, 1)


def _made_up(random: Random, depth: int) -> Any:
    match random.randrange(10 if depth < 3 else 8):
        case 0:
            return random.choice((None, True, False, {}, []))
        case 1:
            return random.choice((0, -1, 2**31, 2**63, 10**400, 1e308, float("nan")))
        case 2 | 3 | 4 | 5 | 6 | 7:
            return _odd_text(random)
        case 8:
            return [_made_up(random, depth + 1) for _ in range(random.randint(0, 4))]
        case _:
            return {
                random.choice(FIELDS): _made_up(random, depth + 1) for _ in range(4)
            }


def _odd_text(random: Random) -> str:
    if random.random() < 0.1:
        return random.choice(("\ud800", "\udfff\ud800x", "\x00", "\u2028", "\ufeff"))
    return nasty(random).decode("utf-8", "replace")


def _form(random: Random) -> bytes:
    pairs = [b"csrf=@CSRF@"] if random.random() < 0.9 else []
    for _ in range(random.randint(0, 12)):
        value = random.choice((b"1", b"hi", b"tc-2", b"MP", nasty(random)[:3000]))
        pairs.append(
            random.choice(FIELDS).encode() + b"=" + quote_from_bytes(value).encode()
        )
    return b"&".join(pairs)


def _multipart(random: Random) -> tuple[bytes, bytes]:
    mark = random.choice((b"x", b"-" * 40, b"", b"a b", "क".encode(), b"y" * 300))
    parts = []
    for _ in range(random.randint(0, 4)):
        named = random.choice(FIELDS).encode()
        file = b'; filename="' + nasty(random)[:200] + b'"'
        head = b'Content-Disposition: form-data; name="' + named + b'"'
        head += random.choice((b"", file, b"; filename*=UTF-8''%e0%a4%95", b"; ;="))
        head += random.choice((b"", b"\r\nContent-Transfer-Encoding: base64", b"\r\nX"))
        parts.append(b"--" + mark + b"\r\n" + head + b"\r\n\r\n" + nasty(random)[:9000])
    body = b"\r\n".join([*parts, b"--" + mark + random.choice((b"--", b"--", b""))])
    if random.random() < 0.3:
        body = mutated(random, body)
    return body, b"multipart/form-data; boundary=" + mark


def _framed(random: Random, body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Say how long the body is: rightly, mostly."""
    length = str(len(body)).encode()
    how = random.random()
    if how < 0.75:
        return body, [(b"Content-Length", length)]
    if how < 0.85:
        chunks = b"".join(
            f"{len(one):x}\r\n".encode() + one + b"\r\n"
            for one in cut(random, body)
            if one
        )
        end = random.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"", b"-1\r\n", b"g\r\n\r\n"))
        if random.random() < 0.2:
            chunks = mutated(random, chunks)
        return chunks + end, [(b"Transfer-Encoding", b"chunked")]
    if how < 0.9:
        packed = random.choice((compress(body), compress(b"0" * 5_000_000), body))
        size = str(len(packed)).encode()
        coding = random.choice((b"deflate", b"gzip", b"br", b"zstd", b"x"))
        return packed, [(b"Content-Encoding", coding), (b"Content-Length", size)]
    wrong: tuple[list[tuple[bytes, bytes]], ...] = (
        [(b"Content-Length", str(len(body) + 50).encode())],
        [(b"Content-Length", b"0"), (b"Content-Length", length)],
        [(b"Content-Length", b"-1")],
        [(b"Content-Length", b"+" + length)],
        [(b"Content-Length", b"9" * 30)],
        [(b"Content-Length", length), (b"Transfer-Encoding", b"chunked")],
        [(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"identity")],
        [(b"Transfer-Encoding", b"\x0bchunked"), (b"Content-Length", length)],
        [(b"Transfer-Encoding", b"xchunked"), (b"Content-Length", length)],
        [(b"Content-Length ", length)],
        [],
    )
    return body, random.choice(wrong)


_ODD_NAMES = (
    b"Accept",
    b"Accept-Encoding",
    b"Accept-Language",
    b"Authorization",
    b"Content-Type",
    b"Cookie",
    b"Expect",
    b"Forwarded",
    b"HX-Request",
    b"Host",
    b"Idempotency-Key",
    b"If-Match",
    b"If-Modified-Since",
    b"If-None-Match",
    b"If-Range",
    b"Last-Event-ID",
    b"Origin",
    b"Range",
    b"Referer",
    b"Sec-Fetch-Site",
    b"Sec-WebSocket-Key",
    b"Sec-WebSocket-Protocol",
    b"Sec-WebSocket-Version",
    b"Sec-WebSocket-Extensions",
    b"Upgrade",
    b"X-CSRF-Token",
    b"X-Forwarded-For",
    b"X-HTTP-Method-Override",
)
_ODD_VALUES = (
    b"application/json",
    b"text/html",
    b"text/event-stream",
    b"true",
    b"bytes=0-",
    b"bytes=-1",
    b"bytes=9-1,0-0,-5",
    b"bytes=0-99999999999999999999",
    b"100-continue",
    b"websocket",
    b"h2c",
    b"dGhlIHNhbXBsZSBub25jZQ==",
    b"13",
    b"permessage-deflate; server_max_window_bits=999",
    b"Bearer ",
    b"Basic Og==",
    b"samvad=x; samvad=y; samvad-language=zz",
    b'W/"x", *',
    b"Thu, 99 Foo 2026 99:99:99 GMT",
    b"http://[::1",
    b"evil.example",
    b"cross-site",
    b"multipart/form-data",
    b"application/json; charset=x-none",
)


def _odd_header(random: Random) -> tuple[bytes, bytes]:
    name = random.choice(_ODD_NAMES)
    if random.random() < 0.02:
        name = nasty(random)[:500]
    value = random.choice(_ODD_VALUES) if random.random() < 0.6 else nasty(random)
    if random.random() < 0.9:  # else no line of ours gets past the first look
        value = re.sub(rb"[\x00-\x1f]", b"", value)[:4000]
    return name, value


def _garbage(random: Random) -> bytes:
    """Return what is hardly HTTP at all."""
    get = b"GET /sign-in HTTP/1.1\r\nHost: x\r\n"
    match random.randrange(14):
        case 0:
            return random.randbytes(random.choice((1, 50, 5000)))
        case 1:
            return b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(
                200
            )
        case 2:
            return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(30)
        case 3:
            return get + b"".join(b"X-%d: y\r\n" % k for k in range(3000)) + b"\r\n"
        case 4:
            return get + b"X: " + b"a" * random.choice((9000, 1_000_000)) + b"\r\n\r\n"
        case 5:
            return (
                b"GET /" + b"a" * random.choice((9000, 300_000)) + b" HTTP/1.1\r\n\r\n"
            )
        case 6:
            return (get + b"\r\n") * random.choice((2, 40))
        case 7:
            return b"GET http://x:y@z:99999/%ff?%00 HTTP/1.1\r\nHost: x\r\n\r\n"
        case 8:
            version = random.choice(
                (b"0.9", b"1.0", b"1.2", b"9" * 50, b"1.1 1.1", b"")
            )
            return b"GET / HTTP/" + version + b"\r\nHost: x\r\n\r\n"
        case 9:
            return get + b" folded: x\r\n\tmore\r\n\r\n"
        case 10:
            return b"\r\n" * 500 + get + b"\r\n"
        case 11:
            smuggled = b"GET /me HTTP/1.1\r\nHost: x\r\n\r\n"
            return (
                b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
            )
        case 12:
            return get[: random.randrange(len(get))]
        case _:
            return mutated(random, get + b"Cookie: @COOKIE@\r\n\r\n", 6)


@contextlib.contextmanager
def hurried() -> Any:
    """Let slow ones be dropped in a moment, as they are in a minute."""
    with contextlib.ExitStack() as stack:
        for name, value in HURRIED.items():
            stack.enter_context(patch.object(patience, name, value))
        yield


HURRIED: dict[str, float] = {
    "IDLE_S": 1.0,
    "BODY_S": 0.5,
    "UNREAD_S": 2.0,
    "LINGER_S": 0.5,
}


@asynccontextmanager
async def http_fuzz(folder: Path) -> AsyncIterator[HttpFuzz]:
    assert all(needs_of(route.handler) is not None for route in ROUTES)
    with hurried():
        fuzz = HttpFuzz(folder)
        await fuzz.reopen()
        try:
            yield fuzz
        finally:
            await fuzz.close()


__all__: Sequence[str] = ("http_fuzz",)
