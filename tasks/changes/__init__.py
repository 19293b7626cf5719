"""What has moved since a campaign's last completed run: rows, hits, scores, and the distribution of the inputs."""
