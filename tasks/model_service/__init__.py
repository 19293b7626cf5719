"""What a model answers to strangers: materials of a request in, one row each out, whatever they sent."""
