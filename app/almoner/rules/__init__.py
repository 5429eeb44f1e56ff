"""What may happen: pure functions over plain values; no input or output at all."""
