"""Kolmogorov–Arnold networks: a learned curve on every edge, pruned, drawn, and read as a formula."""
