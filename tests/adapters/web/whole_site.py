"""A site in which everything there is exists, and all of it is Vidisha's."""

from __future__ import annotations

import re
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from ivr.controller.campaign_workshop import EVERYTHING
from ivr.controller.operations import CampaignView
from ivr.controller.results import Results
from ivr.core.access import May, Role, User, UserId
from ivr.core.dial_stops import DialStop, StopScope
from ivr.core.happenings import HappeningKind, Hook, HookId
from ivr.core.model import CampaignId, CampaignState, CentreCode, FlowId, TelecallerId
from ivr.core.selection import EVERYWHERE, WHOLE
from ivr.core.softphone import Softphone
from ivr.store import spoken_answers
from ivr.store.engine import open_store
from ivr.store.result_questions import SqlResults
from ivr.store.store import SqlStore
from ivr.vault.recordings import Recordings
from ivr.web.page import BUILT
from ivr.web.site import PhoneAccount, Phones
from tests.adapters.web.browser import Browser
from tests.adapters.web.routes import Route
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.counted import NAMES
from tests.fakes.filled_store import BEGINS, fill, make_past
from tests.fakes.filled_store import CAMPAIGN as COUNTED
from tests.fakes.list_room import lists_of_vidisha
from tests.fakes.site import INDIA, MP, PASSWORD, SEHORE, TREE, VIDISHA
from tests.fakes.spoken_files import put_sealed, recordings_in
from tests.fakes.switch import BEGIN, FakeClock

SURVEY = CampaignId("survey")
PHONES = Phones(
    "wss://127.0.0.1:1/ws",
    ssl.create_default_context(),
    lambda _: PhoneAccount("tc-101-web", "web-secret"),
    lambda _, by: Softphone(by, 5061, 5060, "tc-101", "secret", "सुनीता वर्मा"),
)


def _person(user_id: str, role: Role, centre: CentreCode, phone: str = "") -> User:
    telecaller_id = TelecallerId(phone) if phone else None
    return User(UserId(user_id), f"{user_id} {role}", role, centre, telecaller_id)


# Of each role who may see what is Vidisha's, and of each who is Sehore's alone.
EVERYBODY = (
    _person("meera", Role.ADMIN, MP, "ic-1"),
    _person("rekha", Role.IN_CHARGE, VIDISHA, "ic-3"),
    _person("gopal", Role.TELECALLER, VIDISHA, "tc-2"),
    _person("vimla", Role.AUDITOR, MP),
    _person("kiran", Role.ADMIN, SEHORE, "ic-4"),
    _person("anil", Role.IN_CHARGE, SEHORE, "ic-2"),
    _person("sunita", Role.TELECALLER, SEHORE, "tc-1"),
    _person("asha", Role.AUDITOR, SEHORE),
)
BY_ID = {str(one.user_id): one for one in EVERYBODY}
NOBODY = "nobody"  # has not signed in
# What is sent where an empty body, or no query, would not get as far.
FORMS = {"POST /sign-in": {"user_id": "meera", "password": PASSWORD}}
QUERIES = {"GET /api/v1/decisions": "?wait=0"}
# A name that nobody has, in the places of those that name a thing of some centre.
NOBODYS = {
    "telecaller_id": "tc-9",
    "in_charge_id": "ic-9",
    "campaign_id": "nobody",
    "draft": "d-none",
    "user_id": "nobody",
    "stop_id": "s-none",
    "message_id": "m-none",
    "token_id": "t-none",
    "hook_id": "h-none",
    "call_id": "c-none",
    "list_name": "none",
    "import_id": "i-none",
}


@dataclass
class Whole:
    """The site, each of EVERYBODY signed in, and ids of things of Vidisha's."""

    browser: Browser
    signed_in: dict[str, Browser]
    ids: dict[str, str]
    http: aiohttp.ClientSession  # that keeps no cookies

    async def answer_to(
        self, who: str, route: Route, values: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Ask in somebody's name; what is sent is empty, and only the status is read.

        Cookies that come with the answer are forgotten.
        """
        one = self.signed_in[who]
        cookies = "; ".join(f"{name}={it}" for name, it in one.cookies().items())
        form = FORMS.get(route.name)
        async with self.http.request(
            route.method,
            one.base + route.filled(values) + QUERIES.get(route.name, ""),
            headers={"Cookie": cookies, "X-CSRF-Token": one.csrf, "Origin": one.base},
            data=form,
            json={} if route.method != "GET" and form is None else None,
            allow_redirects=False,
        ) as page:
            pass
        if route.name == "POST /sign-out" and page.status == 303 and who != NOBODY:
            await one.sign_in(who)
        return page

    async def values_for(self, route: Route) -> dict[str, str]:
        """Return what is in a route's places; what its act may use up is made anew.

        Raises KeyError for a place of which nothing is known here.
        """
        made = {
            place: await self._makers[place]()
            for place in route.places
            if place in self._makers
        }
        campaign = COUNTED if "/results/" in route.path else SURVEY
        values = self.ids | {"campaign_id": str(campaign)} | made
        for place in route.places:
            if place not in values:
                raise KeyError(f"{place}: say in whole_site.py what is there")
        return values

    @property
    def _makers(self) -> dict[str, Callable[[], Awaitable[str]]]:
        return {
            "draft": self._draft,
            "stop_id": self._stop,
            "message_id": self._message,
            "token_id": self._token,
            "hook_id": self._hook,
            "ticket": self._ticket,
        }

    async def _draft(self) -> str:
        workshop = self.browser.site.campaigns
        assert workshop is not None
        for old in await workshop.drafts():
            await workshop.drop(old.draft_id)
        return (await workshop.begin(BY_ID["rekha"], "", edit=False)).draft_id

    async def _stop(self) -> str:
        one = DialStop("s-vid", StopScope.CENTRE, VIDISHA, "रेखा जैन", "जाँच", BEGIN)
        self.browser.operations.floor.open_stops = {one.stop_id: one}
        return one.stop_id

    async def _message(self) -> str:
        floor = self.browser.operations.floor
        sent = await floor.send_message(TelecallerId("tc-2"), "नमस्ते", by="रेखा जैन")
        return sent.message_id

    async def _token(self) -> str:
        token, _ = await self.browser.site.programs.make(
            "रिपोर्ट",
            BY_ID["rekha"],
            VIDISHA,
            frozenset({May.FLOOR}),
            by=BY_ID["meera"],
        )
        return token.token_id

    async def _hook(self) -> str:
        hook = Hook(
            HookId(secrets.token_hex(5)),
            "रिपोर्ट",
            "https://reports.example/",
            "meera",
            VIDISHA,
            frozenset({HappeningKind.CALL_ENDED}),
            False,
            BEGIN,
        )
        await self.browser.site.hooks.store.keep_hook(hook)
        return hook.hook_id

    async def _ticket(self) -> str:
        gopal = self.signed_in["gopal"]
        form = {"csrf": gopal.csrf}
        page = await gopal.post("/desk/softphone/code", form)
        found = re.search(r"/softphone/([\w-]{20,})", await page.text())
        assert found
        return found[1]


@asynccontextmanager
async def opened_whole(folder: Path) -> AsyncIterator[Whole]:
    """Serve it, with all of EVERYBODY signed in."""
    past = make_past(seed=3, people=300)
    for row in past.rows["contacts"]:
        row["centre"] = VIDISHA
    recordings = recordings_in(folder)
    async with AsyncExitStack() as stack:
        counted = f"sqlite:///{folder}/counted.db"
        store = await stack.enter_async_context(await open_store(counted))
        await store.change(fill, past)
        clock = FakeClock(BEGINS.replace(month=12))
        names = replace(NAMES, centres=TREE)
        results = Results(SqlResults(store), names, TREE, clock, INDIA, recordings)
        stack.push_async_callback(results.close)
        browser = await stack.enter_async_context(
            opened_workshop(
                folder, results=results, phones=PHONES, authority=b"a certificate"
            )
        )
        ids = await _of_vidisha(browser) | await _a_recording(store, recordings)
        signed_in = {NOBODY: await stack.enter_async_context(browser.another())}
        for user in EVERYBODY:
            one = await stack.enter_async_context(browser.another())
            await _joins(browser, user)
            await one.sign_in(user.user_id)
            assert one.csrf
            signed_in[str(user.user_id)] = one
        jar = aiohttp.DummyCookieJar()
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        yield Whole(browser, signed_in, ids, http)


async def _joins(browser: Browser, user: User) -> None:
    """Make a user, or one of tests.fakes.site.PEOPLE as they are here."""
    users = browser.site.users
    if await users.store.user(user.user_id):
        await users.keep(user, by="test")
    else:
        await users.add(user, PASSWORD, by="test")


async def _of_vidisha(browser: Browser) -> dict[str, str]:
    """Make a desk, a campaign, a list and an import of Vidisha's; return some ids."""
    site, operations = browser.site, browser.operations
    operations.set_centre("tc-1", SEHORE)
    operations.set_centre("tc-2", VIDISHA)
    operations.set_in_charge("ic-3", VIDISHA)
    lists_of_vidisha(site.lists)
    one = site.lists.imports.one("vidishas")
    assert one is not None
    rejects = site.lists.imports._folder.rejects(one.import_id)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    rejects.write_text("row\n", "utf-8")
    workshop, prompts = site.campaigns, site.prompts
    assert workshop is not None and prompts is not None
    begun = await workshop.begin(BY_ID["meera"], "file:survey-and-person", edit=False)
    document = {**begun.document, "campaign": SURVEY, "centres": [VIDISHA]}
    made, _ = await workshop.make(await workshop.keep(begun, document), EVERYTHING)
    assert (made.campaign_id, made.centres) == (SURVEY, (VIDISHA,))
    operations.campaign_views[SURVEY] = CampaignView(
        SURVEY, made.title_hi, CampaignState.RUNNING, centres=(VIDISHA,)
    )
    said = [one for one in await prompts.prompts() if one.kind == "prompt"]
    return {
        "telecaller_id": "tc-2",
        "in_charge_id": "ic-3",
        "user_id": "rekha",
        "list_name": "nov",
        "import_id": one.import_id,
        "prompt": said[0].key,
        "act": "pause",
        "step": "2",
        "part": "trunks",
        "file": "telecallers",
        "voice": "tone",
        "language": "en",
        "version": "1",
        "name": next(BUILT.glob("*.css")).name,
        **await _a_flow(browser),
    }


async def _a_flow(browser: Browser) -> dict[str, str]:
    workshop = browser.site.workshop
    assert workshop is not None
    flow_id = FlowId("person")
    opened = await workshop.opened(flow_id)
    draft = await workshop.begin(flow_id, opened.data, {}, "meera")
    return {"flow_id": flow_id, "revision": str(draft.revision)}


async def _a_recording(store: SqlStore, recordings: Recordings) -> dict[str, str]:
    ask = spoken_answers.spoken_answers
    [one] = await store.read(ask, COUNTED, EVERYWHERE, WHOLE, None, 1)
    put_sealed(recordings, one.file)
    return {"call_id": one.call_id, "seq": str(one.seq)}
