"""Which ports a test's Asterisk, its carrier and its telephones have.

Each worker of pytest-xdist has a block of its own, so that two tests may run beside
each other, and beside `make demo`. A worker runs one test at a time: all that its
tests start have the same ports. No block reaches 32768, from where on the system
gives ports to whoever asks for any; none has a port of config/demo.toml, or of
`dialer.py chaos`.
"""

from __future__ import annotations

import os

from ivr.simulation.settings import Ports

BLOCKS = (25100, 25800, 28500, 29200)
SIZE = 700


def place_of(worker: str) -> int:
    """Return the place among its like of what xdist calls gw0, gw1, ..."""
    return int(worker.removeprefix("gw"))


PLACE = place_of(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))
START = BLOCKS[PLACE % len(BLOCKS)]  # conftest.py refuses a fifth worker
END = START + SIZE - 1

SIP, SIPS = START, START + 1
AMI, CUT_AMI = START + 10, START + 11  # CUT_...: the same, over a wire that is cut
AGI = START + 20
WEB = START + 30
WSS, CUT_WSS = START + 40, START + 41
HTTPS, CUT_HTTPS = START + 50, START + 51
TRUNK = START + 60  # the carrier's, or a telephone's: that has its sound two above
PHONES = START + 100  # up to RTP: telephones of a test's own, four ports each
RTP, RTP_END = START + 200, START + 449
CARRIER = Ports(
    sip=TRUNK,
    ami=START + 70,
    agi=START + 80,
    rtp_start=START + 450,
    rtp_end=END,
)
