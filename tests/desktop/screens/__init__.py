"""Screens, each over a real small store."""
