"""Performance figures, each a ratio against a peer in the same run: `python -m benchmarks`."""
