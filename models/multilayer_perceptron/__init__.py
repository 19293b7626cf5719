"""Multilayer perceptrons: fully connected layers with one activation."""
