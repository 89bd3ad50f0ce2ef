"""What can be broken, as a table. Pure.

One line says how often a fault of that kind comes, how long it lasts and how long
its repair may take before the next one begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A way to break something."""

    KILL_CONTROLLER = "kill_controller"
    KILL_GUARDIAN = "kill_guardian"
    CHANGE_CONTROLLER = "change_controller"
    KILL_ASTERISK = "kill_asterisk"
    KILL_CARRIER = "kill_carrier"
    KILL_DATABASE = "kill_database"
    PAUSE_CONTROLLER = "pause_controller"
    PAUSE_ASTERISK = "pause_asterisk"
    PAUSE_CARRIER = "pause_carrier"
    PAUSE_DATABASE = "pause_database"
    CUT_AMI = "cut_ami"
    DELAY_AMI = "delay_ami"
    CUT_AGI = "cut_agi"
    DELAY_AGI = "delay_agi"
    FULL_DISK = "full_disk"
    CLOCK = "clock"
    DROP_SIP = "drop_sip"
    DUPLICATE_SIP = "duplicate_sip"
    REORDER_SIP = "reorder_sip"


class Needs(StrEnum):
    """What a kind needs of the machine."""

    NOTHING = ""
    SERVER = "a database server of its own"
    SMALL_DISK = "a small disk, which only root may mount"


class Line(StrEnum):
    """What becomes of a voter's line while such a fault lasts."""

    OURS = "ours"  # it is there: they must hear somebody
    GONE = "gone"  # the switch died with it: nobody is there to speak
    STILL = "still"  # the switch or the network stands still: no sound can come
    LATE = "late"  # the network brings the answer late, the sound after it


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind of fault comes."""

    title: str
    weight: float
    lasts_s: tuple[float, float]  # 0: one blow
    repair_s: float  # after it, until the next may begin
    strength: tuple[float, float] = (0.0, 0.0)  # what it means is the kind's own
    line: Line = Line.OURS
    needs: Needs = Needs.NOTHING


K, L, N = Kind, Line, Needs
BLOW = (0.0, 0.0)
SHAPES: Mapping[Kind, Shape] = {
    K.KILL_CONTROLLER: Shape("controller killed", 4, BLOW, 8.0),
    # The guardian's death is the controller's too; changing it is no fault at all.
    K.KILL_GUARDIAN: Shape("guardian killed", 1, BLOW, 9.0),
    K.CHANGE_CONTROLLER: Shape("controller changed", 2, BLOW, 8.0),
    K.KILL_ASTERISK: Shape("Asterisk killed", 2, BLOW, 8.0, line=L.GONE),
    K.KILL_CARRIER: Shape("carrier killed", 1, BLOW, 6.0, line=L.GONE),
    K.KILL_DATABASE: Shape("PostgreSQL killed", 3, (0.5, 4.0), 3.0, needs=N.SERVER),
    K.PAUSE_CONTROLLER: Shape("controller paused", 2, (0.3, 5.0), 2.0),
    K.PAUSE_ASTERISK: Shape("Asterisk paused", 2, (0.3, 4.0), 2.0, line=L.STILL),
    K.PAUSE_CARRIER: Shape("carrier paused", 1, (0.3, 3.0), 2.0, line=L.STILL),
    K.PAUSE_DATABASE: Shape("PostgreSQL paused", 2, (0.3, 6.0), 2.0, needs=N.SERVER),
    K.CUT_AMI: Shape("AMI cut", 3, (0.0, 3.0), 2.0),
    K.DELAY_AMI: Shape("AMI delayed", 2, (1.0, 6.0), 0.5, strength=(0.05, 1.0)),
    K.CUT_AGI: Shape("AGI cut", 3, (0.0, 2.0), 1.0),
    K.DELAY_AGI: Shape("AGI delayed", 2, (1.0, 6.0), 0.5, strength=(0.05, 0.5)),
    K.FULL_DISK: Shape("disk full", 2, (1.0, 5.0), 3.0, needs=N.SMALL_DISK),
    # The strength is by how many seconds the clock jumps; half of them back.
    K.CLOCK: Shape("clock jumps", 2, BLOW, 0.5, strength=(1.0, 900.0)),
    # The share of packets that this befalls.
    K.DROP_SIP: Shape("SIP dropped", 3, (1.0, 6.0), 0.5, (0.1, 0.5), L.LATE),
    K.DUPLICATE_SIP: Shape("SIP doubled", 3, (1.0, 6.0), 0.2, (0.3, 1.0)),
    K.REORDER_SIP: Shape("SIP reordered", 2, (1.0, 6.0), 0.2, (0.2, 0.6), L.LATE),
}
