"""What an operator sets up in a Prefect server beside the schedules."""
