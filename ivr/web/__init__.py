"""The only room that knows HTTP: health, metrics and the JSON API."""
