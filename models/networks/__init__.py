"""How networks are trained: losses, optimisers, schedules, stopping, and the record of each epoch."""
