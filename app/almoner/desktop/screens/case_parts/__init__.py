"""The parts of the screens that show one case and take in a new one."""
