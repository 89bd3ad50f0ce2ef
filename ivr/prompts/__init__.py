"""Text to speech to 8 kHz audio. Makes sound, decides nothing."""
