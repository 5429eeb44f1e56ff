"""Parts of the screens on which people settle what came back and what two of them changed."""
