"""Sure-independence screening and sparsifying operator: formulas from data, with their units."""
