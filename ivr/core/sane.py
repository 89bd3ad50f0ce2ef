"""Refuses numbers on which nothing may be decided or learned. Pure."""

from __future__ import annotations

from math import isfinite


def refuse_ages(*ages_s: float) -> None:
    """Raise ValueError if an age in seconds is negative or no number."""
    if ages_s and not (isfinite(sum(ages_s)) and min(ages_s) >= 0):
        raise ValueError("an age is negative or no number: nothing is decided on it")


def refuse_chances(*chances: float) -> None:
    """Raise ValueError if a chance is not from 0 to 1."""
    if not all(0 <= chance <= 1 for chance in chances):
        raise ValueError("a chance is not from 0 to 1: nothing is decided on it")
