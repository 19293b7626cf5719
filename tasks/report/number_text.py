"""Numbers as a reader wants them: no more digits than the spread allows, and the dash where there is none."""

from __future__ import annotations

import re
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = "–"
# More decimals than this say nothing in a report.
MOST_DECIMALS = 4
# In English whatever the machine's locale is.
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def decimals_for(spread: float) -> int | None:
    """Return how many decimals a value with this spread deserves: one digit of it, two after a leading 1.

    >>> decimals_for(0.034), decimals_for(0.0121), decimals_for(2.5)
    (2, 3, 0)
    >>> decimals_for(0.0) is None
    True
    """
    if not isfinite(spread) or spread <= 0:
        return None
    exponent: int = floor(log10(spread))
    if -exponent > MOST_DECIMALS:  # and below 1e-307 the power underneath would be 0
        return MOST_DECIMALS
    # 0.096 is written 0.10: rounding may carry into the next digit.
    if round(spread / 10.0**exponent) == 10:
        exponent += 1
    two_digits = spread < 1.95 * 10.0**exponent
    return min(max(0, -exponent + two_digits), MOST_DECIMALS)


def shared_decimals(spreads: Iterable[float], values: Iterable[float]) -> int:
    """Return one number of decimals for a column: what its middle spread deserves, else three digits.

    >>> shared_decimals([0.012, 0.03, 0.02], [0.4, 0.5, 0.6])
    2
    >>> shared_decimals([], [123.0])
    0
    """
    deserved = sorted(number for number in map(decimals_for, spreads) if number is not None)
    if deserved:
        return deserved[len(deserved) // 2]
    sizes = sorted(abs(value) for value in values if isfinite(value) and value != 0)
    return significant_decimals(sizes[len(sizes) // 2]) if sizes else 2


def significant_decimals(value: float, digits: int = 3) -> int:
    """Return the decimals that write a value with this many significant digits.

    >>> significant_decimals(0.0412), significant_decimals(3.5), significant_decimals(1234.0)
    (4, 2, 0)
    """
    if not isfinite(value) or value == 0:
        return digits - 1
    return min(max(0, digits - 1 - floor(log10(abs(value)))), MOST_DECIMALS)


def number(value: float | None, decimals: int | None = None) -> str:
    """Return the number with a true minus sign, three significant digits unless told otherwise.

    >>> number(-0.0412), number(1234.5, 0), number(None), number(float("nan"))
    ('−0.0412', '1,234', '–', '–')
    """
    if value is None or not isfinite(value):
        return MISSING
    places = significant_decimals(value) if decimals is None else decimals
    text = f"{value:,.{places}f}"
    if text.startswith("-"):
        zero = not any(digit in text for digit in "123456789")
        return text[1:] if zero else "−" + text[1:]
    return text


def signed(value: float | None, decimals: int | None = None) -> str:
    """Return a difference with its sign.

    >>> signed(0.5, 1), signed(-0.5, 1), signed(0.01, 1)
    ('+0.5', '−0.5', '0.0')
    """
    text = number(value, decimals)
    positive = value is not None and value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if positive else text


def measured(mean: float, std: float, decimals: int | None = None) -> str:
    """Return mean and spread with the digits that the spread allows.

    >>> measured(0.39812, 0.0123), measured(0.4, float("nan")), measured(float("nan"), 0.1)
    ('0.398 ± 0.012', '0.400', '–')
    """
    if not isfinite(mean):
        return MISSING
    places = decimals_for(std) if decimals is None else decimals
    return (
        f"{number(mean, places)} ± {number(std, places)}"
        if isfinite(std) and std > 0
        else number(mean, places)
    )


def count(value: int | None) -> str:
    """Return a whole number with its thousands apart.

    >>> count(21342), count(None)
    ('21,342', '–')
    """
    return MISSING if value is None else f"{value:,}"


def counted(value: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "row"), counted(0, "row"), counted(2, "class", "classes")
    ('1 row', '0 rows', '2 classes')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """Return a share of one as a percentage; small shares keep a decimal so that they are not called zero.

    >>> percent(0.304), percent(0.0042), percent(0.0), percent(None)
    ('30 %', '0.4 %', '0 %', '–')
    """
    if share is None or not isfinite(share):
        return MISSING
    hundredths = 100 * share
    return f"{number(hundredths, 1 if 0 < abs(hundredths) < 1 else 0)} %"


def duration(seconds: float | None) -> str:
    """Return seconds as a person says them.

    >>> duration(3.21), duration(81.0), duration(4000.0), duration(None)
    ('3.2 s', '1 min 21 s', '1 h 7 min', '–')
    """
    if seconds is None or not isfinite(seconds):
        return MISSING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def moment(iso: str) -> str:
    """Return an ISO 8601 moment as a date and a time of day; other text comes back as it is.

    >>> moment("2026-11-24T12:31:05+00:00"), moment("yesterday")
    ('24 November 2026, 12:31 UTC', 'yesterday')
    """
    from datetime import datetime

    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = when.strftime(" %Z") if when.tzinfo else ""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{zone}"


def tied(text: str, *units: str) -> str:
    r"""Return a sentence in which no line ends between a number and its unit, percent sign or spread.

    >>> tied("0.47 ± 0.07 eV", "eV").count("\N{NO-BREAK SPACE}")
    3
    """
    signs = "|".join([r"[%±×]", *(re.escape(unit) for unit in units if unit)])
    return re.sub(rf"(?<=\d) (?={signs})|(?<=±) ", "\N{NO-BREAK SPACE}", text)
