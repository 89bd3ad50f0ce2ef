"""Moves facts into core and commands out. Decides nothing."""
