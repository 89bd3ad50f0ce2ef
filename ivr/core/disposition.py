"""How an attempt ended, in one word, from what the network and the flow said. Pure.

The tables are the whole decision. Of the network's words the most exact wins:
the SIP code (RFC 3261 section 21), then the cause (ITU-T Q.850, mapped to SIP
by RFC 3398 section 7.2.4.1), then the switch's own word for the dial.
"""

from __future__ import annotations

from ivr.core.call import Call
from ivr.core.model import Disposition

D = Disposition

# The controller writes this into `Call.cancelled` for a call that a crash cut.
INTERRUPTED = "interrupted"
# ... and this into `Call.dial_status` when the switch would not place it at all.
REFUSED_BY_SWITCH = "REFUSED"

BY_SIP_CODE: dict[int, Disposition] = {
    486: D.BUSY,  # Busy Here
    600: D.BUSY,  # Busy Everywhere
    487: D.NO_ANSWER,  # Request Terminated: we stopped ringing
    480: D.UNREACHABLE,  # Temporarily Unavailable: switched off, no coverage
    408: D.UNREACHABLE,  # Request Timeout
    410: D.INVALID_NUMBER,  # Gone
    404: D.INVALID_NUMBER,  # Not Found
    484: D.INVALID_NUMBER,  # Address Incomplete
    485: D.INVALID_NUMBER,  # Ambiguous
    604: D.INVALID_NUMBER,  # Does Not Exist Anywhere
    403: D.REJECTED,  # Forbidden: barred by the callee's network
    603: D.REJECTED,  # Decline
    607: D.REJECTED,  # Unwanted (RFC 8197)
    608: D.REJECTED,  # Rejected by an analytics engine (RFC 8688)
    500: D.CONGESTION,  # Server Internal Error
    502: D.CONGESTION,  # Bad Gateway
    503: D.CONGESTION,  # Service Unavailable: the trunk or network is full
    504: D.CONGESTION,  # Server Time-out
    580: D.CONGESTION,  # Precondition Failure
}

BY_CAUSE: dict[int, Disposition] = {
    1: D.INVALID_NUMBER,  # unallocated number
    22: D.INVALID_NUMBER,  # number changed
    28: D.INVALID_NUMBER,  # invalid number format
    17: D.BUSY,  # user busy
    3: D.UNREACHABLE,  # no route to destination
    18: D.UNREACHABLE,  # no user responding
    20: D.UNREACHABLE,  # subscriber absent
    27: D.UNREACHABLE,  # destination out of order
    102: D.UNREACHABLE,  # recovery on timer expiry
    19: D.NO_ANSWER,  # no answer from user (user alerted)
    16: D.NO_ANSWER,  # normal clearing, before any answer
    26: D.NO_ANSWER,  # non-selected user clearing
    31: D.NO_ANSWER,  # normal, unspecified
    21: D.REJECTED,  # call rejected
    55: D.REJECTED,  # incoming calls barred
    2: D.CONGESTION,  # no route to transit network
    34: D.CONGESTION,  # no circuit available
    38: D.CONGESTION,  # network out of order
    41: D.CONGESTION,  # temporary failure
    42: D.CONGESTION,  # switching equipment congestion
    44: D.CONGESTION,  # requested circuit not available
    47: D.CONGESTION,  # resource unavailable
}

BY_DIAL_STATUS: dict[str, Disposition] = {
    "BUSY": D.BUSY,
    "NOANSWER": D.NO_ANSWER,
    "CANCEL": D.NO_ANSWER,
    "CONGESTION": D.CONGESTION,
    "CHANUNAVAIL": D.UNREACHABLE,
    "DONTCALL": D.REJECTED,
    "TORTURE": D.REJECTED,
    "INVALIDARGS": D.FAILED,
    REFUSED_BY_SWITCH: D.FAILED,
}

# RFC 3398: 480 and 408 also stand for "no answer from user (user alerted)". When
# the phone was heard to ring, it was not out of reach.
_IF_IT_RANG = {D.UNREACHABLE: D.NO_ANSWER}


def dispose(call: Call) -> Disposition:
    """Return how `call` ended; `call` is ended, or was lost in a crash."""
    if call.answered_at is None:
        return _unanswered(call)
    if call.opted_out:
        return D.OPTED_OUT
    if call.callback:  # what the person asked for outlives all the rest
        return D.CALLBACK
    if call.joined_at is not None:
        return D.TALKED
    if call.abandoned:
        return D.ABANDONED
    if call.completed:
        return D.COMPLETED
    if call.cancelled.startswith(INTERRUPTED):
        return D.INTERRUPTED
    return D.PARTIAL if call.keys or call.answers else D.SILENT


def _unanswered(call: Call) -> Disposition:
    if call.cancelled.startswith(INTERRUPTED):
        return D.INTERRUPTED
    if call.cancelled:
        return D.CANCELLED
    if call.dial_status == REFUSED_BY_SWITCH:
        return D.FAILED
    said = _by_sip_code(call.sip_code) or BY_CAUSE.get(call.cause or 0)
    said = said or BY_DIAL_STATUS.get(call.dial_status)
    if said is None:  # a cause without an entry, or nothing was ever heard of it
        said = D.UNREACHABLE if call.rang_at or call.cause else D.FAILED
    return _IF_IT_RANG.get(said, said) if call.rang_at else said


def _by_sip_code(code: int | None) -> Disposition | None:
    """Return what a final response means, by its class when it is not listed.

    RFC 3261 section 8.1.3.2: an unknown code is treated as the x00 of its class.
    A 4xx that is not listed complains of our own request.
    """
    if code is None or code < 400:
        return None
    known = BY_SIP_CODE.get(code)
    if known is not None:
        return known
    return {4: D.FAILED, 5: D.CONGESTION, 6: D.REJECTED}.get(code // 100)
