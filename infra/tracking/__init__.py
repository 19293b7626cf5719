"""The record of campaigns in MLflow, written by one process through one client."""
