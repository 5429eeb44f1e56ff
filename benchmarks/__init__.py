"""What must be fast, measured. Each module prints one JSON object: `python -m benchmarks.desk --cases 100000`."""
