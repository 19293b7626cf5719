"""Fitted models as files that run no code when they are read."""
