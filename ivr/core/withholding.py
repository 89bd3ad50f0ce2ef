"""Whose opinions are too few to be shown, and what else would give them away. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Opinions of fewer people than this are not shown for a district or a scheme: a
# reader who knows the people there could tell who said what.
LEAST_OPINIONS = 20


def too_few(sizes: Mapping[str, int]) -> frozenset[str]:
    """Return the groups that are too small by themselves."""
    return frozenset(code for code, size in sizes.items() if size < LEAST_OPINIONS)


def withheld(sizes: Mapping[str, int]) -> frozenset[str]:
    """Return the groups to hide where all of them add up to a total that is shown.

    The total without the groups that are shown gives the sum of the hidden ones. So
    the next smallest are hidden too, until together they are enough people.
    """
    hidden = too_few(sizes)
    if not hidden:
        return hidden
    people = sum(sizes[code] for code in hidden)
    for code in sorted(sizes, key=lambda code: (sizes[code], code)):
        if people >= LEAST_OPINIONS:
            break
        if code not in hidden:
            hidden |= {code}
            people += sizes[code]
    return hidden


def withheld_within(
    sizes: Mapping[str, int], whole_of: Callable[[str], str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return (wholes, parts) to hide: divisions and their districts.

    Of a hidden whole no part is shown, or its parts would tell the whole, and with
    it what the other hidden wholes are.
    """
    by_whole: dict[str, dict[str, int]] = {}
    for code, size in sizes.items():
        by_whole.setdefault(whole_of(code), {})[code] = size
    wholes = withheld({whole: sum(of.values()) for whole, of in by_whole.items()})
    parts: frozenset[str] = frozenset()
    for whole, of in by_whole.items():
        parts |= frozenset(of) if whole in wholes else withheld(of)
    return wholes, parts
