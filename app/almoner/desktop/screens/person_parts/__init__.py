"""Pieces of the page of a person."""
