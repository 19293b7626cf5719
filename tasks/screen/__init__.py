"""Candidates past the champion: predicted, flagged, ranked."""
