"""Shows a campaign's `Report`: on the terminal, as CSV, JSON and one HTML file."""
