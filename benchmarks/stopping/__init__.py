"""Our stopping rule and AdaStop on the same real runs: `python -m benchmarks.stopping OUT`."""
