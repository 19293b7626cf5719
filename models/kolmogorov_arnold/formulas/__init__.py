"""A network read as a formula: a function from a library for each edge, then constants fitted together."""
