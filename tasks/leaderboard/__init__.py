"""A published benchmark with folds of its own: its data, a fold's fit, its scores, and the form of a submission."""
