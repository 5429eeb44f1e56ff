"""What is printed: letters, summaries and reports as PDF."""
