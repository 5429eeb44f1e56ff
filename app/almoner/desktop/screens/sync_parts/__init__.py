"""The pieces of the sync screen."""
