"""What a worker does: one function per action, each one transaction; the only writers of records."""
