"""Predictions of boosted trees, equal to XGBoost's to the bit and sooner."""
