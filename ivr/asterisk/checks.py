"""What `dialer.py check` asks of Asterisk: its program, its start, ports, trunks.

Looks only: nothing of a running Samvad is changed, and no call is made.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.asterisk.process import AsteriskProcess, Waits, stale_pid
from ivr.asterisk.provision import Folders, Installed, find_asterisk, render, resolve
from ivr.asterisk.sip_probe import probe_tcp, probe_udp
from ivr.core.findings import Finding, note, ok, wrong
from ivr.core.model import Telecaller, Trunk
from ivr.errors import SamvadError
from ivr.settings.certificate import ends_at, existing
from ivr.settings.config import Settings, trunk_secret

ENDS_SOON = timedelta(days=21)
OLDEST = 20  # Asterisk's major version


async def check_asterisk(
    settings: Settings, telecallers: list[Telecaller]
) -> AsyncIterator[Finding]:
    """Yield what there is to say of Asterisk, its ports and our trunks."""
    a = settings.asterisk
    if a.external:
        yield await _check_external(settings)
    else:
        running = stale_pid(Folders(settings.home / "asterisk").conf_file)
        for finding in check_ports(settings, is_ours=running is not None):
            yield finding
        yield await asyncio.to_thread(_check_rendering, settings, telecallers)
        yield await asyncio.to_thread(check_certificate, settings, datetime.now(UTC))
        if running is None:
            yield await _check_start(settings)
        else:
            yield ok("asterisk", f"is running (process {running})")
    if not settings.trunks:
        yield wrong(
            "trunks",
            "none is enabled: nobody can be called",
            f"fill in a [[trunk]] in {settings.file} and set enabled = true",
        )
    for trunk in settings.trunks:
        for finding in await check_trunk(settings, trunk):
            yield finding


async def _check_external(settings: Settings) -> Finding:
    a = settings.asterisk
    try:
        await probe_tcp(a.host, a.ami_port, timeout_s=settings.timeouts.connect_s)
    except (OSError, TimeoutError):
        return wrong(
            "asterisk",
            f"does not answer at {a.host}:{a.ami_port}",
            "it is started elsewhere (external = true): start it there",
        )
    return ok("asterisk", f"answers at {a.host}:{a.ami_port}")


def check_certificate(settings: Settings, now: datetime) -> Finding:
    """Say until when browsers take the certificate, and by what they trust it."""
    made = existing(settings)
    if made is None:
        return ok("certificate", "is made at the first start")
    try:
        end = ends_at(made)
    except SamvadError as exc:
        return wrong("certificate", str(exc), "see the message")
    if end is None or end <= now:
        return wrong(
            "certificate",
            f"{made.chain} " + ("is none" if end is None else f"ended on {end:%F}"),
            "put a valid one there, or remove it for one of Samvad's own",
        )
    if end - now < ENDS_SOON:  # an own one: ours is renewed sooner
        return note(
            "certificate", f"{made.chain} ends on {end:%F}", "renew it, and start again"
        )
    trust = f"; machines trust it by {made.authority}" if made.authority else ""
    return ok("certificate", f"ends on {end:%F}{trust}")


def check_ports(settings: Settings, *, is_ours: bool) -> list[Finding]:
    """Say of each port whether it can be had. `is_ours`: Samvad is up and has them."""
    a = settings.asterisk
    if is_ours:
        return [ok("ports", "are in use by this Samvad")]
    wanted = [
        ("sip_port", socket.SOCK_DGRAM, a.bind, a.sip_port),
        ("sips_port", socket.SOCK_STREAM, a.bind, a.sips_port),
        ("wss_port", socket.SOCK_STREAM, a.bind, a.wss_port),
        ("ami_port", socket.SOCK_STREAM, "127.0.0.1", a.ami_port),
        ("agi_port", socket.SOCK_STREAM, a.host, a.agi_port),
        ("[web] port", socket.SOCK_STREAM, "127.0.0.1", settings.web.port),
        (
            "[web] https_port",
            socket.SOCK_STREAM,
            settings.web.host,
            settings.web.https_port,
        ),
    ]
    bad = [
        wrong(
            "ports",
            f"{key} {port} on {host}: {why}",
            f"stop the other program, or change {key} in {settings.file}",
        )
        for key, kind, host, port in wanted
        if (why := _why_not_free(kind, host, port))
    ]
    taken = [p for p in range(a.rtp_start, a.rtp_end, 2) if _is_taken(a.bind, p)]
    if len(taken) * 2 > (a.rtp_end - a.rtp_start) / 20:
        bad.append(
            wrong(
                "ports",
                f"{len(taken)} of the voice ports {a.rtp_start}-{a.rtp_end} are taken",
                "choose another rtp_start and rtp_end",
            )
        )
    return bad or [ok("ports", "are free")]


def _why_not_free(kind: socket.SocketKind, host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind is socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as exc:
            return (exc.strerror or str(exc)).lower()
    return ""


def _is_taken(host: str, port: int) -> bool:
    return bool(_why_not_free(socket.SOCK_DGRAM, host, port))


def _check_rendering(settings: Settings, telecallers: list[Telecaller]) -> Finding:
    try:
        installed = find_asterisk(settings.project)
        with tempfile.TemporaryDirectory(prefix="samvad-check-") as folder:
            folders = render(
                settings.replace(home=Path(folder)), telecallers, asterisk=installed
            )
            missing = missing_modules(folders, installed)
    except SamvadError as exc:
        return wrong("asterisk files", str(exc), "see the message")
    if missing:
        return wrong(
            "asterisk files",
            f"{installed.program} lacks {', '.join(missing)}",
            "install all of Asterisk's modules, or run `make asterisk`",
        )
    major = re.match(r"\d+", installed.version)
    if major and int(major[0]) < OLDEST:
        return wrong(
            "asterisk files",
            f"{installed.program} is version {installed.version}",
            f"use {OLDEST} or newer: run `make asterisk`",
        )
    said = f"can be written; Asterisk {installed.version}, {installed.program}"
    if not shutil.which("openssl"):
        return note("asterisk files", said, "install openssl to have SIP over TLS")
    return ok("asterisk files", said)


def missing_modules(folders: Folders, installed: Installed) -> list[str]:
    """Return the modules that the rendered modules.conf asks for in vain."""
    text = (folders.conf / "modules.conf").read_text("utf-8")
    wanted = re.findall(r"^load = (\S+\.so)", text, re.MULTILINE)
    return [name for name in wanted if not (installed.modules / name).exists()]


async def _check_start(settings: Settings) -> Finding:
    """Start Asterisk for a moment in a folder of its own, with no trunk in it."""
    bare = dataclasses.replace(settings, trunks=(), trunk_sources={})
    with tempfile.TemporaryDirectory(prefix="samvad-check-") as folder:
        try:
            installed = find_asterisk(settings.project)
            folders = render(bare.replace(home=Path(folder)), [], asterisk=installed)
            process = AsteriskProcess(
                installed.program,
                folders.conf_file,
                name="Asterisk",
                log_file=folders.log / "console.log",
                waits=Waits(settings.timeouts.ready_s, settings.timeouts.stop_s),
            )
            begun = asyncio.get_running_loop().time()
            await process.start()
            took_s = asyncio.get_running_loop().time() - begun
            await process.stop()
        except SamvadError as exc:
            return wrong("asterisk", str(exc), "see the message")
    return ok("asterisk", f"starts with all its modules in {took_s:.1f} s")


async def check_trunk(settings: Settings, trunk: Trunk) -> list[Finding]:
    """Say whether the operator's machine answers, and what its paper work lacks."""
    what = f"trunk {trunk.name}"
    where = f"{settings.file}: trunk {trunk.name}"
    findings = []
    try:
        trunk_secret(trunk)
        ip = await asyncio.to_thread(resolve, trunk.host, where)
        findings.append(await _reach(what, trunk, ip))
    except SamvadError as exc:
        findings.append(wrong(what, str(exc), "see the message"))
    if not trunk.caller_ids:
        findings.append(
            wrong(
                what,
                "has no confirmed caller ID: no campaign can use it",
                "put the numbers that the operator confirmed into caller_ids",
            )
        )
    if trunk.a2p_declared_on is None:
        findings.append(
            note(
                what,
                "automatic calls were not declared to the operator",
                "declare them, then set a2p_declared_on: until then only preview",
            )
        )
    return findings


async def _reach(what: str, trunk: Trunk, ip: str) -> Finding:
    place = f"{trunk.host}:{trunk.port}"
    try:
        if trunk.transport == "udp":
            return ok(what, f"{place} answers: {await probe_udp(ip, trunk.port)}")
        await probe_tcp(ip, trunk.port)
        return ok(what, f"{place} takes connections")
    except TimeoutError:
        said = f"{place} does not answer in 2 s"
    except OSError as exc:
        said = f"{place}: {(exc.strerror or str(exc)).lower()}"
    return wrong(
        what,
        said,
        "check host, port and firewall, and that the operator knows this address",
    )
