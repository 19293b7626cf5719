"""Fitting models on labelled rows: rows in, predictions and fitted models out."""
