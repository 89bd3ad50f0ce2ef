"""Asterisk's files from templates: dialplans/*.j2 into a home folder.

Nothing here starts or talks to Asterisk.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import socket
import sys
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.asterisk import voice_ports
from ivr.asterisk.conf_file import render_folder
from ivr.asterisk.installed import Installed, find_asterisk
from ivr.core.model import Telecaller, Trunk
from ivr.errors import BadInput
from ivr.settings.certificate import certificate
from ivr.settings.config import Settings, trunk_secret
from ivr.settings.secret import secret

# Also what the virtual carrier needs to render an Asterisk of its own.
__all__ = [
    "Folders",
    "Installed",
    "find_asterisk",
    "folder_values",
    "make_data",
    "render",
    "render_folder",
    "resolve",
]

TEMPLATES = "dialplans"
# Spoken by the dialplan and fallback.agi, in audio/ (ivr/prompts builds them).
PROMPTS = {
    "moment": "hi/moment",
    "sorry": "hi/sorry",
    "thanks": "hi/thanks",
    "who_we_are": "hi/who_we_are",
    "echo_test": "hi/echo_test",
}
MUSIC = "music"
MOMENTS = 6  # how often a voter is asked for one, before the apology
PLAIN = "samvad-plain"  # whoever comes unencrypted and is no trunk
FOLDERS = ("conf", "spool", "run", "log", "db", "keys", "agi", "outbox")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where one Asterisk keeps its things."""

    home: Path  # HOME/asterisk

    @property
    def conf(self) -> Path:
        return self.home / "conf"

    @property
    def outbox(self) -> Path:
        """Where fallback.agi leaves what it heard, for the controller to read."""
        return self.home / "outbox"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def conf_file(self) -> Path:
        return self.conf / "asterisk.conf"

    def digest(self) -> str:
        """Return what tells one configuration from another, as hex digits."""
        found = hashlib.sha256()
        for file in sorted(self.conf.iterdir()):
            found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return found.hexdigest()

    def make(self) -> None:
        for name in FOLDERS:
            (self.home / name).mkdir(mode=0o750, parents=True, exist_ok=True)


def render(
    settings: Settings,
    telecallers: Sequence[Telecaller],
    *,
    asterisk: Installed | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Folders:
    """Make HOME/asterisk ready to start: folders, keys, configuration, scripts.

    `extra` values are seen by the templates beside ours. Raises BadInput,
    SetupFailed.
    """
    found = asterisk or find_asterisk(settings.project)
    folders = Folders(settings.home / "asterisk")
    folders.make()
    make_data(folders, found)
    values = {
        **folder_values(folders, found),
        **_sound_values(settings, folders),
        "a": settings.asterisk,
        "bind": _bracketed(settings.asterisk.bind),
        "media_address": _media_address(settings.asterisk.bind),
        "ami_secret": secret(settings.home, "ami"),
        "certificate": certificate(settings),
        "trunks": [_trunk_values(settings, trunk) for trunk in settings.trunks],
        "telecallers": _telecaller_values(settings, telecallers),
        "plain": {"address": PLAIN, "secret": secret(settings.home, PLAIN)},
        "python": sys.executable,
        "project": settings.project,
        "outbox": folders.outbox,
        "moments": MOMENTS,
        "locked_out": (),
        **(extra or {}),
    }
    first, last = settings.asterisk.rtp_start, settings.asterisk.rtp_end
    voice_ports.begin(folders.home, first, last)
    templates = settings.project / TEMPLATES
    render_folder(templates, folders.conf, values)
    render_folder(templates / "agi", folders.home / "agi", values)
    return folders


def folder_values(folders: Folders, installed: Installed) -> dict[str, Any]:
    """Return what any asterisk.conf and modules.conf need to know."""
    opus = ("codec_opus.so", "codec_opus_open_source.so")
    found = [name for name in opus if (installed.modules / name).exists()]
    return {
        "dir": folders.home,
        "modules_dir": installed.modules,
        "opus_module": found[0] if found else "",
        "telecaller_codecs": "alaw,ulaw,opus" if found else "alaw,ulaw",
        "browser_codecs": "opus,alaw,ulaw" if found else "alaw,ulaw",
    }


def make_data(folders: Folders, installed: Installed) -> None:
    """Lay out Asterisk's data folder: its documentation, and two sounds of ours.

    Modules check their options against the documentation, so it must be there.
    """
    data = folders.home / "data"
    (data / "sounds" / "silence").mkdir(parents=True, exist_ok=True)
    link = data / "documentation"
    link.unlink(missing_ok=True)
    link.symlink_to(installed.data / "documentation")
    _write_tone(data / "sounds" / "silence" / "1.wav", hertz=0, seconds=1.0)
    _write_tone(data / "sounds" / "beep.wav", hertz=1000, seconds=0.2)


def _write_tone(file: Path, *, hertz: float, seconds: float) -> None:
    rate, level = 8000, 4000
    samples = (
        round(level * math.sin(2 * math.pi * hertz * i / rate))
        for i in range(round(rate * seconds))
    )
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(b"".join(s.to_bytes(2, "little", signed=True) for s in samples))


def _sound_values(settings: Settings, folders: Folders) -> dict[str, Any]:
    """Return what the dialplan itself plays, each without its ending.

    Where a prompt was not built yet, a tone stands for it: never silence.
    """
    audio = settings.project / "audio"
    music = audio / MUSIC
    own = folders.home / "data" / "sounds"
    has_music = music.is_dir() and any(music.glob("*.wav"))
    sounds: dict[str, Any] = {
        name: audio / prompt if (audio / f"{prompt}.wav").exists() else own / "beep"
        for name, prompt in PROMPTS.items()
    }
    # An empty class would be dropped, and people on hold left without a sign.
    return {**sounds, "music": music if has_music else own / "silence"}


def _media_address(bind: str) -> str:
    return "" if ipaddress.ip_address(bind).is_unspecified else bind


def resolve(host: str, where: str) -> str:
    """Return `host` as an IP address: Asterisk itself must not ask the DNS.

    Its look-ups block calls for seconds when a name server does not answer.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError as exc:
        raise BadInput(
            f'host "{host}" has no address ({exc.strerror})',
            where=where,
            remedy="write its IP address, or repair the name server",
        ) from exc
    return str(found[0][4][0])


def _trunk_values(settings: Settings, trunk: Trunk) -> dict[str, Any]:
    where = f"{settings.file}: trunk {trunk.name}"
    ip = resolve(trunk.host, where)
    # Many parties share the loopback address, so there the port counts as well.
    is_local = ipaddress.ip_address(ip).is_loopback
    first = f"{_bracketed(ip)}:{trunk.port}" if is_local else ip
    return {
        "name": trunk.name,
        "host": _bracketed(trunk.host),
        "ip": _bracketed(ip),
        "port": trunk.port,
        "transport": trunk.transport,
        "codecs": ",".join(trunk.codecs),
        "username": trunk.username,
        "secret": trunk_secret(trunk),
        "sources": [first, *settings.trunk_sources.get(trunk.name, ())],
    }


def trunk_addresses(settings: Settings, trunk: Trunk) -> list[str]:
    """Return every address that the operator's calls come from. Raises BadInput."""
    ip = resolve(trunk.host, f"{settings.file}: trunk {trunk.name}")
    return [ip, *settings.trunk_sources.get(trunk.name, ())]


def _bracketed(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip


def _telecaller_values(
    settings: Settings, telecallers: Sequence[Telecaller]
) -> list[dict[str, Any]]:
    taken = {str(trunk.name): "a trunk" for trunk in settings.trunks}
    taken |= {t.web_address: "another's phone in the browser" for t in telecallers}
    taken[PLAIN] = "the one who may do nothing"
    for telecaller in telecallers:
        owner = taken.get(telecaller.address)
        if owner:
            raise BadInput(
                f'telecaller {telecaller.telecaller_id}: "{telecaller.address}" is '
                f"the name of {owner} too",
                remedy="give the telecaller another address",
            )
    return [
        {
            "address": t.address,
            "secret": secret(settings.home, t.address),
            "web_address": t.web_address,
            "web_secret": secret(settings.home, t.web_address),
        }
        for t in telecallers
    ]
