"""Asterisk's files from templates: dialplans/*.j2 into a home folder.

Every value passes one gate (`conf_value`) on its way into a file; nothing here
starts or talks to Asterisk.
"""

from __future__ import annotations

import ipaddress
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    Undefined,
)

from ivr.core.model import Telecaller, Trunk
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import Settings, trunk_secret
from ivr.settings.secret import secret

TEMPLATES = "dialplans"
FOLDERS = ("conf", "spool", "run", "log", "db", "keys", "agi", "outbox")


# Hindi spelling uses the two joiners, which Python takes for control characters.
JOINERS = {0x200C: None, 0x200D: None}


class ConfText(str):
    """Text that a template may put into a file as it is."""


def conf_value(value: object) -> str:
    """Return `value` as Asterisk's config parser will read it back.

    Refuses what could become another line, section or dialplan expression.
    """
    if isinstance(value, ConfText):
        return value
    if isinstance(value, Undefined):
        return str(value)  # a StrictUndefined raises, and says which name it was
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float | Path):
        raise BadInput(f"{value!r} is no value for a configuration file")
    text = str(value)
    if not text.translate(JOINERS).isprintable() or text != text.strip():
        raise BadInput(
            f"{text!r} has a line break, a control character or blanks at an end"
        )
    if "${" in text or "$[" in text:
        raise BadInput(f"{text!r} would be a dialplan expression")
    return text.replace(";", "\\;")  # an unescaped ; starts a comment


def dialplan_word(value: object) -> str:
    """Return `value` fit to be an argument in extensions.conf."""
    text = conf_value(value)
    if any(letter in text for letter in ",()[]{}|&\"'\\`;"):
        raise BadInput(
            f"{text!r} cannot stand in a dialplan",
            remedy="use a folder without , ( ) [ ] { } & quotes or backslashes",
        )
    return text


def render_folder(templates: Path, out: Path, values: Mapping[str, Any]) -> list[Path]:
    """Render every NAME.j2 of `templates` to `out`/NAME; return what was written.

    Files are readable by the owner only: some hold secrets. A file of `out` that
    no template makes is left alone.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        finalize=conf_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["word"] = lambda value: ConfText(dialplan_word(value))
    sources = sorted(templates.glob("*.j2"))
    if not sources:
        raise SetupFailed(f"there are no templates in {templates}")
    out.mkdir(parents=True, exist_ok=True)
    return [_render(environment, source, out, values) for source in sources]


def _render(
    environment: Environment, source: Path, out: Path, values: Mapping[str, Any]
) -> Path:
    try:
        text = environment.get_template(source.name).render(values)
    except TemplateError as exc:
        raise SetupFailed(f"{source}: {exc}") from exc
    except BadInput as exc:
        raise BadInput(str(exc), where=str(source), remedy=exc.remedy) from exc
    target = out / source.stem
    draft = target.with_name(f".{target.name}.new")
    mode = 0o700 if text.startswith("#!") else 0o600
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(target)
    return target


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

    def make(self) -> None:
        for name in FOLDERS:
            (self.home / name).mkdir(mode=0o750, parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class Installed:
    """An Asterisk on this machine: the program and its own folders."""

    program: Path
    modules: Path
    data: Path
    version: str


def find_asterisk(project: Path) -> Installed:
    """Return the Asterisk to use: SAMVAD_ASTERISK, .asterisk/, then PATH."""
    for program in _candidates(project):
        if not program.exists():
            continue
        info = _info(program)
        return Installed(
            program=program,
            modules=Path(info.get("modules") or _first_existing(_MODULES)),
            data=Path(info.get("data") or "/usr/share/asterisk"),
            version=info.get("version") or _version(program),
        )
    raise SetupFailed(
        "there is no Asterisk on this machine: `make asterisk` gets one, or install "
        "your distribution's package (20 or newer)"
    )


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
        "media_address": _media_address(settings.asterisk.bind),
        "ami_secret": secret(settings.home, "ami"),
        "has_tls": make_certificate(folders.home / "keys"),
        "trunks": [_trunk_values(settings, trunk) for trunk in settings.trunks],
        "telecallers": _telecaller_values(settings, telecallers),
        "python": sys.executable,
        "project": settings.project,
        "outbox": folders.outbox,
        **(extra or {}),
    }
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
    audio = settings.project / "audio"
    music = audio / "music"
    return {
        "sorry": audio / "hi" / "sorry",
        "thanks": audio / "hi" / "thanks",
        "who_we_are": audio / "hi" / "who_we_are",
        # An empty class would be dropped, and people on hold left without a sign.
        "music": music if music.is_dir() else folders.home / "data/sounds/silence",
    }


def _media_address(bind: str) -> str:
    return "" if ipaddress.ip_address(bind).is_unspecified else bind


def make_certificate(keys: Path) -> bool:
    """Make a self-signed certificate for TLS softphones, once.

    False when there is no openssl: SIP over TLS is then left out.
    """
    certificate, key = keys / "samvad.crt", keys / "samvad.key"
    if certificate.exists() and key.exists():
        return True
    openssl = shutil.which("openssl")
    if openssl is None:
        return False
    keys.mkdir(mode=0o750, parents=True, exist_ok=True)
    words = [openssl, "req", "-x509", "-newkey", "ec", "-nodes", "-days", "825"]
    words += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=samvad"]
    words += ["-keyout", str(key), "-out", str(certificate)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise SetupFailed(f"openssl made no certificate: {done.stderr.strip()}")
    key.chmod(0o600)
    return True


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
        "host": trunk.host,
        "ip": _bracketed(ip),
        "port": trunk.port,
        "transport": trunk.transport,
        "codecs": ",".join(trunk.codecs),
        "username": trunk.username,
        "secret": trunk_secret(trunk),
        "sources": [first, *settings.trunk_sources.get(trunk.name, ())],
    }


def _bracketed(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip


def _telecaller_values(
    settings: Settings, telecallers: Sequence[Telecaller]
) -> list[dict[str, Any]]:
    taken = {trunk.name for trunk in settings.trunks}
    for telecaller in telecallers:
        if telecaller.address in taken:
            raise BadInput(
                f'telecaller {telecaller.telecaller_id}: "{telecaller.address}" is '
                "the name of a trunk too",
                remedy="give the telecaller another address",
            )
    return [
        {"address": t.address, "secret": secret(settings.home, t.address)}
        for t in telecallers
    ]


def _candidates(project: Path) -> Iterable[Path]:
    if chosen := os.environ.get("SAMVAD_ASTERISK"):
        yield Path(chosen)
    yield project / ".asterisk" / "asterisk"
    on_path = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if on_path:
        yield Path(on_path)


def _info(program: Path) -> dict[str, str]:
    """Read the `info` file (JSON) that scripts/get_asterisk.py left beside it."""
    file = program.parent / "info"
    if not file.is_file():
        return {}
    try:
        return dict(json.loads(file.read_text("utf-8")))
    except ValueError as exc:
        raise SetupFailed(f"{file} is damaged: run `make asterisk` again") from exc


_MODULES = (
    Path("/usr/lib/x86_64-linux-gnu/asterisk/modules"),
    Path("/usr/lib/aarch64-linux-gnu/asterisk/modules"),
    Path("/usr/lib64/asterisk/modules"),
    Path("/usr/lib/asterisk/modules"),
)


def _first_existing(folders: Sequence[Path]) -> Path:
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SetupFailed(
        f"Asterisk's modules are in none of {', '.join(map(str, folders))}"
    )


def _version(program: Path) -> str:
    try:
        done = subprocess.run(
            [program, "-V"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise SetupFailed(f"{program} cannot be run: {exc}") from exc
    return done.stdout.strip().removeprefix("Asterisk ")
