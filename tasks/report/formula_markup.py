"""Formulas as a chemist writes them: amounts below the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

# Only text made of these is a formula; anything else is shown as it came.
FORMULA = re.compile(r"(?:[A-Z][a-z]?|[()\[\]{}]|\d+(?:\.\d+)?)+")
AMOUNT = re.compile(r"(?<=[A-Za-z)\]}])\d+(?:\.\d+)?")


def formula_markup(formula: str) -> Markup:
    """Return the formula as HTML with its amounts as subscripts; everything else is escaped.

    >>> print(formula_markup("Hg0.7Cd0.3Te"))
    Hg<sub>0.7</sub>Cd<sub>0.3</sub>Te
    >>> print(formula_markup("<b>2"))
    &lt;b&gt;2
    """
    from markupsafe import Markup, escape

    if not FORMULA.fullmatch(formula):
        return escape(formula)
    return Markup(AMOUNT.sub(lambda found: f"<sub>{found.group()}</sub>", str(escape(formula))))  # noqa: S704 - the text is escaped, and only letters, digits and brackets passed
