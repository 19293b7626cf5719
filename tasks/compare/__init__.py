"""Runs, and models of one run, against each other: what differed, and whether it matters."""
