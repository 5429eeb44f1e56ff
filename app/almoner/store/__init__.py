"""Where it is kept: the encrypted store, rows in and out, the outbox, search."""
