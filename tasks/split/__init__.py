"""Dividing labelled rows: the hold-out first, then folds."""
