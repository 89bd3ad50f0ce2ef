"""Samvad (संवाद): a self-hosted, Hindi-first outbound call centre on Asterisk."""

__version__ = "0.1.0"
