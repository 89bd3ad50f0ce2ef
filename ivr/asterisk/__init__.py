"""The only room that knows Asterisk: AMI, AGI, channels, its files and processes."""
