"""config/samvad.toml into frozen values, every key checked.

Values are passed in where they are needed; there is no global settings object.
Secrets are not here: they come from the environment (ivr/settings/secret.py).
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from ivr.core.model import Trunk, TrunkName
from ivr.errors import BadInput
from ivr.settings import config_shape as shape
from ivr.settings.checked import checked, read_text
from ivr.settings.secret import env_name

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Organisation:
    name_hi: str
    name_en: str
    callback_number: str  # E.164, or a short one; spoken and shown
    kind: Literal["government", "party", "ngo", "other"] = "other"  # of whose lists


@dataclass(frozen=True, slots=True)
class Database:
    url: str  # "" means SQLite in the home folder
    durability: Literal["normal", "full"]


@dataclass(frozen=True, slots=True)
class Asterisk:
    host: str  # where AMI answers, and where FastAGI listens for it
    bind: str  # the address Asterisk takes SIP and RTP on
    public_address: str  # behind NAT: the address the operator sees; "" otherwise
    ami_port: int
    agi_port: int
    sip_port: int
    sips_port: int
    wss_port: int  # browsers' phones
    rtp_start: int
    rtp_end: int
    dead_line_s: int  # no sound from the operator for so long: nobody is there
    external: bool  # started by somebody else (a container)
    max_load: float  # above this load average Asterisk takes no new calls; 0: no limit
    allow_plain_sip: bool = False  # softphones may come unencrypted, by UDP
    softphones_from: tuple[str, ...] = shape.OWN_NETWORKS  # networks
    sends_silence: bool = True  # parked legs go on sending; a bench turns it off


@dataclass(frozen=True, slots=True)
class Web:
    host: str  # where the pages are
    port: int  # of this machine's own programs, on the loopback only
    https_port: int  # of the pages
    turn: str  # "turn:HOST:3478": who carries browsers' voice round a firewall, or ""
    idle_minutes: int  # a page that nobody touches for so long asks to sign in again
    upload_mb: int  # the biggest list that a page takes, in 1,000,000 bytes


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Every wait on the outside world, in seconds."""

    connect_s: float  # a TCP connection to Asterisk
    ami_s: float  # the answer to an AMI action
    originate_s: float  # Asterisk's yes or no to a dial
    agi_s: float  # an AGI command, beyond the time its own sound or digits take
    agi_headers_s: float  # an AGI session's first lines
    join_s: float  # both parties in the bridge
    desk_ring_s: float  # a telecaller's softphone being rung
    reconnect_s: float  # between two tries to reach Asterisk again
    store_s: float  # one database transaction
    ready_s: float  # Asterisk fully started
    stop_s: float  # Asterisk stopped, before it is killed
    drain_s: float  # live calls finished after the first Ctrl-C


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long things of people are kept, in days."""

    recording_view_days: int = 90  # heard by whoever may; then by the officer alone
    erase_stage2_days: int = 365  # from masking somebody to the end of their key
    call_record_days: int = 400  # calls, answers, notes, recordings
    audit_log_days: int = 400
    grievance_officer: str = ""  # a user: opens, with another, what was masked


@dataclass(frozen=True, slots=True)
class Log:
    format: Literal["console", "json"]
    level: str


@dataclass(frozen=True, slots=True)
class Backup:
    warn_after_h: float = 0.0  # hours without a backup, before it is an alarm; 0: never


@dataclass(frozen=True, slots=True)
class Settings:
    """All an operator decides. Paths are absolute."""

    file: Path
    project: Path
    home: Path
    timezone: str
    organisation: Organisation
    database: Database
    asterisk: Asterisk
    web: Web
    timeouts: Timeouts
    log: Log
    trunks: tuple[Trunk, ...]  # only those that are enabled
    # More addresses a trunk's calls may come from, besides its host.
    trunk_sources: Mapping[TrunkName, tuple[str, ...]] = field(default_factory=dict)
    backup: Backup = Backup()
    privacy: Privacy = Privacy()

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.home / 'samvad.db'}"

    @property
    def opt_out_ledger(self) -> Path:
        """Where opt-outs are noted once more, outside the database."""
        return self.home / "opt-outs.jsonl"

    @property
    def spool(self) -> Path:
        """Where writes wait while the database does not take them."""
        return self.home / "spool"

    def trunk(self, name: str) -> Trunk:
        """Return the enabled trunk of that name. Raises BadInput."""
        for trunk in self.trunks:
            if trunk.name == name:
                return trunk
        known = ", ".join(t.name for t in self.trunks) or "none"
        raise BadInput(
            f'there is no enabled trunk "{name}"',
            where=str(self.file),
            remedy=f"enabled trunks: {known}",
        )

    def trunk_or_closed(self, name: TrunkName) -> Trunk:
        """Return the trunk of that name; one by which nobody may be called if there is
        none: campaigns and calls outlive a line in the settings."""
        known = {trunk.name: trunk for trunk in self.trunks}
        return known.get(name) or Trunk(name, "", channels=0)

    def replace(self, *, home: Path | None = None) -> Settings:
        """Return the settings with another home folder (`--home`)."""
        return dataclasses.replace(self, home=home.resolve()) if home else self

    def with_external_asterisk(self) -> Settings:
        """Return the settings for an Asterisk that somebody else starts."""
        asterisk = dataclasses.replace(self.asterisk, external=True)
        return dataclasses.replace(self, asterisk=asterisk)


def load_settings(path: Path) -> Settings:
    """Read and check a settings file. Raises BadInput with key and remedy."""
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as exc:
        raise BadInput(f"is not TOML: {exc}", where=str(path)) from exc
    _refuse_secrets(path, data)
    file = checked(path, data, shape.SettingsFile)
    _check_zone(path, file.timezone)
    enabled = [row for row in file.trunk if row.enabled]
    return Settings(
        file=path.resolve(),
        project=PROJECT,
        home=(PROJECT / file.home).resolve(),
        timezone=file.timezone,
        organisation=Organisation(**file.organisation.model_dump()),
        database=_database(file.database),
        asterisk=_asterisk(path, file.asterisk),
        web=Web(**file.web.model_dump()),
        privacy=Privacy(**file.privacy.model_dump()),
        timeouts=Timeouts(**file.timeouts.model_dump()),
        log=Log(**file.log.model_dump()),
        trunks=tuple(_trunk(path, row) for row in enabled),
        trunk_sources={TrunkName(row.name): row.also_from for row in enabled},
        backup=Backup(**file.backup.model_dump()),
    )


def trunk_secret_variable(trunk: str) -> str:
    """Return SAMVAD_TRUNK_<NAME>_SECRET."""
    return env_name(f"trunk-{trunk}")


def trunk_secret(trunk: Trunk) -> str | None:
    """Return a registering trunk's password, or None when it needs none."""
    if trunk.username is None:
        return None
    variable = trunk_secret_variable(trunk.name)
    value = os.environ.get(variable)
    if not value:
        raise BadInput(
            f"trunk {trunk.name} has a username but no password",
            remedy=f"put the password in the environment as {variable}",
        )
    return value


def _refuse_secrets(path: Path, data: Mapping[str, object]) -> None:
    database = data.get("database")
    url = str(database.get("url", "")) if isinstance(database, dict) else ""
    if re.match(r"[^/]*//[^/@]*:[^/@]+@", url):
        raise BadInput(
            "a password has no place in this file",
            where=f"{path}: database, url",
            remedy="put the whole url into the environment as SAMVAD_DATABASE_URL",
        )
    rows = data.get("trunk")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and {"secret", "password"} & row.keys():
            raise BadInput(
                "a password has no place in this file",
                where=f"{path}: trunk {row.get('name', '?')}",
                remedy="put it in the environment as "
                + trunk_secret_variable(str(row.get("name", "NAME"))),
            )


def _check_zone(path: Path, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise BadInput(
            f'"{zone}" is no time zone',
            where=f"{path}: timezone",
            remedy='write it like "Asia/Kolkata"',
        ) from exc


def _database(row: shape.DatabaseRow) -> Database:
    url = os.environ.get("SAMVAD_DATABASE_URL") or row.url
    scheme, slashes, rest = url.partition(":///")
    if scheme.startswith("sqlite") and slashes and not rest.startswith("/"):
        url = f"{scheme}:///{PROJECT / rest}"
    return Database(url=url, durability=row.durability)


def _asterisk(path: Path, row: shape.AsteriskRow) -> Asterisk:
    if row.rtp_end - row.rtp_start < 100:
        raise BadInput(
            f"{row.rtp_start}-{row.rtp_end} is too narrow",
            where=f"{path}: asterisk, rtp_start and rtp_end",
            remedy="a call takes two ports: leave at least 100",
        )
    if row.host != "localhost" and not _is_loopback(row.host):
        raise BadInput(
            f"{row.host}: the manager interface and AGI are not encrypted",
            where=f"{path}: asterisk, host",
            remedy="leave 127.0.0.1; to an Asterisk on another machine lead an "
            "encrypted tunnel (WireGuard, ssh) that ends there",
        )
    ports = [row.ami_port, row.agi_port, row.sip_port, row.sips_port, row.wss_port]
    if len(set(ports)) < len(ports):
        raise BadInput(
            "two services have the same port",
            where=f"{path}: asterisk",
            remedy="give ami_port, agi_port, sip_port, sips_port and wss_port each "
            "its own",
        )
    return Asterisk(**row.model_dump())


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _trunk(path: Path, row: shape.TrunkRow) -> Trunk:
    if row.spend_per_day_inr and not row.paise_per_pulse:
        raise BadInput(
            "spend_per_day_inr cannot be counted without a price",
            where=f"{path}: trunk {row.name}",
            remedy="set paise_per_pulse and pulse_s as your operator charges",
        )
    values = row.model_dump(exclude={"enabled", "also_from"})
    try:
        return TypeAdapter(Trunk).validate_python(values)
    except ValidationError as exc:  # the row was checked: the two shapes disagree
        raise BadInput(f"trunk {row.name}: {exc}") from exc
