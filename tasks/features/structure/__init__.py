"""Features of the periodic arrangement of the atoms."""
