"""The flow pages' workshop: this installation's files, database and voices."""

from __future__ import annotations

import threading

from ivr.cli.prompt_texts import Audio, voices_for
from ivr.controller.clock import SystemClock
from ivr.controller.flow_workshop import FlowWorkshop
from ivr.prompts.listening import Listening
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import Settings
from ivr.settings.flow_folder import FlowFolder, flow_folders
from ivr.store.flow_shelf import SqlFlowShelf
from ivr.store.store import SqlStore


def workshop(
    settings: Settings,
    store: SqlStore,
    clock: SystemClock,
    library: AudioLibrary,
    making: threading.Lock,
) -> FlowWorkshop:
    """Return the workshop; `library` is the one that calls use.

    `making`: held by whoever makes sound or writes a list of sounds.
    """
    audio = Audio(settings.project)
    return FlowWorkshop(
        FlowFolder(*flow_folders(settings.project, settings.home)),
        SqlFlowShelf(store),
        Listening(
            library,
            settings.home / "audio",
            settings.home / "previews",
            lambda: voices_for(audio),
            making=making,
        ),
        clock,
        organisation=settings.organisation.name_hi,
    )
