"""matminer's featurizers as blocks, one at a time."""
