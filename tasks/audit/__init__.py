"""Leaks looked for before training: what would make scores better than they are."""
