"""Searching for a model's parameters inside training rows: trials, each in a file, and what is chosen from them."""
