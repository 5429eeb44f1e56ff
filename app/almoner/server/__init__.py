"""What the council runs: the central service."""
