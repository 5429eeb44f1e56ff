"""Everything beyond the program: keyring, network, clock, ids, files, printer."""
