"""Fitted models written out as text that gives the same predictions: formulas, and the rules of a small tree."""
