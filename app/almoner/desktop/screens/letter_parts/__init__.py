"""The pieces of the letter screen."""
