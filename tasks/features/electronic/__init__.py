"""Features of band structures, densities of states and potentials."""
