"""Features of the formula alone."""
