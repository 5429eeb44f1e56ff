"""What is printed: letters, case summaries and report sheets, as PDF, with the typeface inside every file."""
