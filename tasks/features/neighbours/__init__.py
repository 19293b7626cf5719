"""Which atoms are neighbours: by distance, by the cells of space nearest to each, by both."""
