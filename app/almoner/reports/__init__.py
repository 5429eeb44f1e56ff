"""What supervisors ask: one definition for screen, PDF and CSV."""
