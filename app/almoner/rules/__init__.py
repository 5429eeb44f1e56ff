"""What may happen: pure functions over plain values and records. Nothing here reads a file, a clock or a network."""
