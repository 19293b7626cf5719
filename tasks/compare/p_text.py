"""A p-value as a sentence has it."""

from __future__ import annotations


def p_text(p: float | None) -> str:
    """Return a p-value as a sentence has it.

    >>> p_text(0.0312), p_text(0.0478), p_text(0.00001), p_text(None)
    ('p = 0.03', 'p = 0.048', 'p < 0.001', 'no p-value')
    """
    if p is None:
        return "no p-value"
    if p < 0.001:
        return "p < 0.001"
    # Near the border that decides, two decimals would hide on which side it is.
    return f"p = {p:.3f}" if p < 0.01 or 0.045 <= p < 0.055 else f"p = {p:.2f}"
