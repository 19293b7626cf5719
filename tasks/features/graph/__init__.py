"""Features of the network of bonds."""
