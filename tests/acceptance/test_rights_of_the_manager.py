"""What the controller's own password lets one do at the manager interface: little."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from ivr.asterisk.ami import Ami, AmiAddress
from ivr.asterisk.process import AsteriskProcess
from ivr.asterisk.provision import find_asterisk, render
from ivr.errors import SwitchRefused
from ivr.settings.config import PROJECT
from ivr.settings.secret import secret
from tests.acceptance.besieged import house_settings
from tests.acceptance.ports import AMI, TRUNK
from tests.acceptance.sip_phone import SipPhone
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

FORBIDDEN: tuple[Mapping[str, str], ...] = (
    {"Action": "Command", "Command": "core show version"},
    {"Action": "GetConfig", "Filename": "manager.conf"},
    {"Action": "GetConfigJSON", "Filename": "manager.conf"},
    {
        "Action": "UpdateConfig",
        "SrcFilename": "extensions.conf",
        "DstFilename": "extensions.conf",
        "Action-000000": "NewCat",
        "Cat-000000": "evil",
    },
    {"Action": "CreateConfig", "Filename": "evil.conf"},
    {"Action": "ListCategories", "Filename": "pjsip.conf"},
    {"Action": "Reload"},
    {"Action": "ModuleLoad", "LoadType": "load", "Module": "app_system.so"},
    {"Action": "DBPut", "Family": "a", "Key": "b", "Val": "c"},
    {"Action": "QueueAdd", "Queue": "a", "Interface": "PJSIP/tc-101"},
    {"Action": "DialplanExtensionAdd", "Context": "samvad-no-way", "Extension": "1"},
    {"Action": "PJSIPShowEndpoints"},
    {"Action": "PJSIPNotify", "Endpoint": "tc-101", "Variable": "Event=check-sync"},
)
# Functions that read or write files, run programs or know the database: not there.
POWERLESS: tuple[Mapping[str, str], ...] = (
    {"Action": "Getvar", "Variable": "SHELL(id)"},
    {"Action": "Getvar", "Variable": "FILE(/etc/passwd)"},
    {"Action": "Getvar", "Variable": "DB(a/b)"},
    {"Action": "Getvar", "Variable": "CURL(http://127.0.0.1)"},
    {"Action": "Getvar", "Variable": "AST_CONFIG(manager.conf,samvad,secret)"},
    {"Action": "Setvar", "Variable": "FILE(/etc/passwd)", "Value": "x"},
    {"Action": "Setvar", "Variable": "SHELL(id)", "Value": "x"},
)
# What runs programs, or hands the call to what does.
APPLICATIONS = (
    "System",
    "TrySystem",
    "AGI",
    "EAGI",
    "Exec",
    "ExternalIVR",
    "MixMonitor",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ami(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ami]:
    home = tmp_path_factory.mktemp("manager")
    settings = house_settings(home)
    folders = render(settings, [])
    process = AsteriskProcess(
        find_asterisk(PROJECT).program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
    )
    address = AmiAddress("127.0.0.1", AMI, "samvad", secret(home, "ami"))
    manager = Ami(address, lambda event: None, timeout_s=2.0)
    await process.start()
    running = asyncio.create_task(manager.run(on_up=lambda: None, on_down=lambda: None))
    try:
        await until(lambda: manager.is_up)
        yield manager
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await process.stop()


async def test_it_may_run_configure_and_load_nothing(ami: Ami) -> None:
    for action in FORBIDDEN:
        with pytest.raises(SwitchRefused, match=r"Permission denied|unknown command"):
            await ami.send(action)


async def test_no_function_of_the_dialplan_reaches_the_machine(ami: Ami) -> None:
    for action in POWERLESS:
        with contextlib.suppress(SwitchRefused):
            answer = await ami.send(action)
            assert action["Action"] == "Getvar" and not answer.get("Value"), action


async def test_it_may_dial_into_the_dialplan_but_start_no_program(ami: Ami) -> None:
    carrier = SipPhone()
    await carrier.start(TRUNK)
    dial = {
        "Action": "Originate",
        "Channel": "PJSIP/09827000001@carrier",
        "Async": "true",
    }
    try:
        for application in APPLICATIONS:
            with pytest.raises(SwitchRefused):
                await ami.send({**dial, "Application": application, "Data": "id"})
        for function in ("SHELL(id)=x", "FILE(/etc/passwd)=x"):
            with contextlib.suppress(SwitchRefused):
                context = {"Context": "samvad-desk", "Exten": "s", "Priority": "1"}
                await ami.send({**dial, **context, "Variable": function})
        invites = [m for m in carrier.messages if m.startswith("INVITE")]
        assert len(invites) <= 2
    finally:
        carrier.stop()
