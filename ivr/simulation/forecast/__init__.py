"""The forecast: a campaign played beforehand by the real core, without telephones."""
