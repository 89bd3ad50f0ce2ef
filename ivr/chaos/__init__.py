"""Breaks Samvad on purpose while it works, and holds it to what it promises."""
