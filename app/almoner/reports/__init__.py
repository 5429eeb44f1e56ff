"""What supervisors ask: reports built over rows, each one definition for the screen, the PDF and the CSV."""
