"""What runs at set times: when that is, what Prefect is told of it, and what it tells us back."""
