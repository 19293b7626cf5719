"""A registered model at an address: predictions over HTTP, with its own pages."""
