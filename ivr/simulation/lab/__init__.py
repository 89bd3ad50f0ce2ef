"""The laboratory: pacing policies side by side on the same seeded calls."""
