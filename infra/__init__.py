"""What a campaign stands on: clusters, servers, the feature store, tracking, the workspace."""
