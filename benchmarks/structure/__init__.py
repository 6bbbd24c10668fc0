"""What can be counted about the shape of the code. `python -m benchmarks.structure` says how."""
