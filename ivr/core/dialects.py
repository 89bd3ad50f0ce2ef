"""Which telecaller a voter of some language will understand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Who speaks the first will mostly follow the second: a telecaller for them who does
# not speak it. (Bundeli, Bagheli, Malvi, Nimadi, Bhojpuri, Awadhi, Chhattisgarhi; and
# Bhili and Gondi, which are not close to Hindi, but live beside it.)
FOLLOWS = dict.fromkeys(
    ("bns", "bfy", "mup", "noe", "bho", "awa", "hne", "bhb", "gon"), "hi"
)


def language_rank(
    spoken: str, speaks: Sequence[str], follows: Mapping[str, str]
) -> int:
    """Return 0 for who speaks it, 1 for who speaks what such voters follow, else 2.

    `follows`: the campaign's own, before FOLLOWS.
    """
    if spoken in speaks:
        return 0
    return 1 if (follows.get(spoken) or FOLLOWS.get(spoken)) in speaks else 2
