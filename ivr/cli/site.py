"""The pages' side of the wiring: what a site asks, made of a running system."""

from __future__ import annotations

import ssl
import threading
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivr.asterisk.checks import check_trunk
from ivr.cli.list_room import open_list_room
from ivr.cli.phones import phones_of
from ivr.cli.prompt_texts import Audio, voices_for
from ivr.cli.report import names_of
from ivr.cli.workshop import workshop
from ivr.controller.programs import Programs
from ivr.controller.results import Results
from ivr.controller.users import Users
from ivr.core.retention import Hearing
from ivr.settings.certificate import authority_der, certificate
from ivr.settings.config import Settings
from ivr.settings.secret import secret
from ivr.store.programs import SqlPrograms
from ivr.store.result_questions import SqlResults
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher
from ivr.web.site import Site
from ivr.web.texts import Catalogues
from ivr.workshop.campaigns import CampaignFiles
from ivr.workshop.prompts import PromptFiles
from ivr.workshop.settings_files import SettingsFiles

if TYPE_CHECKING:
    from ivr.cli.system import System


def campaign_files(system: System) -> CampaignFiles:
    """Return what campaigns are made by; close it."""
    settings = system.settings
    return CampaignFiles(
        settings,
        system.store,
        now=system.clock.now,
        law=lambda: system.law.facts,
        library=system.library,
    )


async def site_over(
    stack: AsyncExitStack, system: System, campaigns: CampaignFiles
) -> Site:
    """Return what the pages ask; what it opens, the stack closes."""
    settings = system.settings
    idle = timedelta(minutes=settings.web.idle_minutes)
    users = Users(SqlUsers(system.store), Argon2Hasher(), system.clock, idle=idle)
    tree = system.running.tree
    making = threading.Lock()  # of sound, whoever wants it
    lists = await stack.enter_async_context(
        open_list_room(
            settings,
            system.store,
            users,
            bar=system.running.opt_out,
            clock=system.clock,
            tree=tree,
            hands_over=lambda: system.hands_over,
        )
    )
    return Site(
        operations=system.running,
        users=users,
        programs=Programs(SqlPrograms(system.store), users, system.clock, tree),
        hooks=system.hooks,
        results=Results(
            SqlResults(system.store),
            names_of(settings),
            system.running.tree,
            system.clock,
            ZoneInfo(settings.timezone),
            system.vault.recordings,
            Hearing(
                timedelta(days=settings.privacy.recording_view_days),
                settings.privacy.grievance_officer,
            ),
        ),
        tree=system.running.tree,
        now=system.clock.now,
        zone=ZoneInfo(settings.timezone),
        token=secret(settings.home, "api"),
        texts=Catalogues(),
        organisation_hi=settings.organisation.name_hi,
        organisation_en=settings.organisation.name_en,
        lists=lists,
        https_port=settings.web.https_port,
        phones=phones_of(settings, system.running, now=system.clock.now),
        authority=authority_der(certificate(settings)),
        workshop=workshop(settings, system.store, system.clock, system.library, making),
        campaigns=campaigns,
        prompts=PromptFiles(
            settings,
            system.store,
            library=system.library,
            voices=lambda only: voices_for(Audio(settings.project), only=only),
            now=system.clock.now,
            making=making,
        ),
        settings=SettingsFiles(
            settings,
            now=system.clock.now,
            check_trunk=lambda trunk: check_trunk(settings, trunk),
            on_saved=system.law.read_again,
        ),
        practices=system.running.practices,
        trial_calls=system.running.trial_calls,
        erasures=system.erasures,
    )


def web_server(settings: Settings) -> ssl.SSLContext:
    """Return by what the pages are encrypted: the installation's certificate."""
    ours = certificate(settings)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(ours.chain, ours.key)
    return tls
