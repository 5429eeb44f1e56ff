"""How copies agree: the messages, and the client's and the server's half of each phase."""
