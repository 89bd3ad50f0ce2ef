"""What config/samvad.toml may hold: keys, types, limits and defaults.

Only the shape; ivr/settings/config.py makes the values the program uses.
"""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ivr.core.erasure import LEAST_DAYS
from ivr.core.model import PhoneNumber
from ivr.settings.checked import Strict


def _is_address(value: str) -> str:
    # Asterisk would ask the DNS, for seconds, on every call.
    ip_address(value)
    return value


def _is_network(value: str) -> str:
    return str(ip_network(value))


def _is_one_line(value: str) -> str:
    # Hindi spelling uses the two joiners; Python calls them unprintable.
    if not value.translate({0x200C: None, 0x200D: None}).isprintable():
        raise ValueError("must be one line of printable text")
    return value


# Networks that are not the internet: RFC 1918, RFC 4193, one link, this machine.
OWN_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Address = Annotated[str, AfterValidator(_is_address)]
Line = Annotated[str, AfterValidator(_is_one_line), Field(min_length=1, max_length=200)]
NetworkText = Annotated[str, AfterValidator(_is_network)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
E164 = Annotated[PhoneNumber, Field(pattern=r"^\+[1-9]\d{6,14}$")]


class OrganisationRow(Strict):
    name_hi: Line
    name_en: Line
    kind: Literal["government", "party", "ngo", "other"] = "other"
    callback_number: str = Field(default="", pattern=r"^(\+?\d{3,15})?$")


class DatabaseRow(Strict):
    url: str = ""
    durability: Literal["normal", "full"] = "normal"


class AsteriskRow(Strict):
    host: Host = "127.0.0.1"
    bind: Address = "127.0.0.1"
    public_address: Address | Literal[""] = ""
    ami_port: Port = 5038
    agi_port: Port = 4573
    sip_port: Port = 5060
    sips_port: Port = 5061
    wss_port: Port = 8089
    rtp_start: Port = 10000
    rtp_end: Port = 13999
    dead_line_s: int = Field(default=60, ge=5, le=600)
    external: bool = False
    max_load: float = Field(default=0, ge=0)
    allow_plain_sip: bool = False
    softphones_from: tuple[NetworkText, ...] = OWN_NETWORKS


class WebRow(Strict):
    host: Host = "127.0.0.1"
    port: Port = 8080
    https_port: Port = 8443
    turn: str = Field(
        default="",
        pattern=r"^(turns?:([A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):\d{1,5})?$",
    )
    idle_minutes: int = Field(default=60, ge=5, le=720)
    upload_mb: int = Field(default=512, ge=1, le=8192)


class TimeoutsRow(Strict):
    connect_s: Seconds = 3
    ami_s: Seconds = 5
    originate_s: Seconds = 5
    agi_s: Seconds = 5
    agi_headers_s: Seconds = 3
    join_s: Seconds = 2
    desk_ring_s: Seconds = 30
    reconnect_s: Seconds = 1
    store_s: Seconds = 10
    ready_s: Seconds = 20
    stop_s: Seconds = 5
    drain_s: Seconds = 60


class BackupRow(Strict):
    warn_after_h: float = Field(default=0, ge=0, le=8760)


USER_OR_NOBODY = r"^([a-z0-9][a-z0-9._-]{1,39})?$"


class PrivacyRow(Strict):
    """No term is shorter than the law's year (DPDP Rules 2025, r.8(3))."""

    recording_view_days: int = Field(default=90, ge=1, le=3650)
    erase_stage2_days: int = Field(default=LEAST_DAYS, ge=LEAST_DAYS, le=400)
    call_record_days: int = Field(default=400, ge=LEAST_DAYS, le=3650)
    audit_log_days: int = Field(default=400, ge=LEAST_DAYS, le=3650)
    grievance_officer: str = Field(
        default="", pattern=r"^([a-z0-9][a-z0-9._-]{1,39})?$"
    )


class LogRow(Strict):
    format: Literal["console", "json"] = "console"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class TrunkRow(Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")
    enabled: bool = True
    host: Host
    port: Port = 5060
    transport: Literal["udp", "tls"] = "udp"
    username: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._+@-]{1,64}$")
    also_from: tuple[Address, ...] = ()
    codecs: tuple[Literal["alaw", "ulaw", "opus"], ...] = ("alaw", "ulaw")
    caller_ids: tuple[E164, ...] = ()
    calls_per_s: float = Field(default=5, gt=0, le=1000)
    channels: int = Field(default=30, ge=1, le=100_000)
    national_prefix: str = Field(default="0", pattern=r"^\+?\d{0,6}$")
    a2p_declared_on: date | None = None
    gateway: bool = False
    calls_per_day: int = Field(default=0, ge=0, le=100_000_000)
    minutes_per_day: int = Field(default=0, ge=0, le=100_000_000)
    spend_per_day_inr: float = Field(default=0, ge=0, le=1_000_000_000)
    paise_per_pulse: float = Field(default=0, ge=0, le=100_000)
    pulse_s: int = Field(default=60, ge=1, le=600)


class SettingsFile(Strict):
    home: str = "run/samvad"
    timezone: str = "Asia/Kolkata"
    organisation: OrganisationRow
    database: DatabaseRow = DatabaseRow()
    asterisk: AsteriskRow = AsteriskRow()
    web: WebRow = WebRow()
    privacy: PrivacyRow = PrivacyRow()
    timeouts: TimeoutsRow = TimeoutsRow()
    log: LogRow = LogRow()
    backup: BackupRow = BackupRow()
    trunk: tuple[TrunkRow, ...] = ()
