"""What a search has gained, in the words of the log and of the page."""

from __future__ import annotations

from matsluice.tasks.report.number_text import number, significant_decimals


def gain_words(default_error: float, mean: float, verdict: str, unit: str, *, kept: bool) -> str:
    """Return what a search has done to the error on rows it had not seen.

    Parameters
    ----------
    default_error, mean, verdict
        As `Gain` has them.
    unit
        Of the error; "" where it has none.
    kept
        Whether the search has chosen the defaults in every fold.

    Examples
    --------
    >>> gain_words(0.4321, 0.0312, "better", "eV", kept=False)
    'the search lowers the error from 0.432 eV with the defaults to 0.401 eV'
    >>> gain_words(0.4321, -0.004, "no different", "", kept=False)
    'the search gained nothing beyond noise; the error is 0.436 with it and 0.432 with the defaults'
    >>> gain_words(0.4321, 0.0, "no different", "eV", kept=True)
    'the search kept the defaults in every fold'
    """
    if kept:
        return "the search kept the defaults in every fold"
    decimals = significant_decimals(default_error)
    default, tuned = (
        f"{number(error, decimals)} {unit}".rstrip() for error in (default_error, default_error - mean)
    )
    if verdict == "no different":
        return f"the search gained nothing beyond noise; the error is {tuned} with it and {default} with the defaults"
    verb = "lowers" if verdict == "better" else "raises"
    return f"the search {verb} the error from {default} with the defaults to {tuned}"
