"""Backups: what goes into one, the file that it is, and the way back."""
