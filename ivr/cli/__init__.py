"""The commands of dialer.py, one file each: they wire rooms together, no more."""
