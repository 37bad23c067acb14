"""The rows of the benchmark, one a file: `measure(place, pairs)` returns lines and tables; `PAIRS` is its usual n."""
