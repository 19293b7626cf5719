"""From a source to a snapshot: rows read, examined, frozen."""
