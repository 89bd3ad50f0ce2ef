"""What to do, and why. Pure: no async, clock, randomness, I/O, logging, libraries."""
