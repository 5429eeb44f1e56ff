"""The fictional council, and the walk through the whole story."""
