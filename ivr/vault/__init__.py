"""What is encrypted at rest: keys, and recordings that are opened by them."""
