"""Contacts in: reads files of people, cleans their rows, hands them to a sink."""
