"""The studies on the rows of a campaign: each gives a verdict, a table and figures."""
