"""The folder a campaign writes to."""
