"""How far to trust a prediction: intervals and sets that hold the truth as often as they say."""
