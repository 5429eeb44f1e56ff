"""Worlds from a seed that prove sync: the real laptops and the real server, with a pretend clock, line and disk."""
