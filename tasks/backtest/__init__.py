"""Screening the labelled data in hindsight: what a campaign would have found, at once or round by round."""
