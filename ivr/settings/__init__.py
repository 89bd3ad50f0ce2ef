"""Reads what an operator edits (TOML, YAML) into core dataclasses. Checks every key."""
