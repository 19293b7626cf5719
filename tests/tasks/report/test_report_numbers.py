"""Numbers are rounded to what is known, and never lose their value on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.report.formula_markup import formula_markup
from matsluice.tasks.report.names import metric_title
from matsluice.tasks.report.number_text import (
    decimals_for,
    duration,
    measured,
    number,
    percent,
    shared_decimals,
    signed,
    tied,
)


@pytest.mark.parametrize(
    ("mean", "std", "text"),
    [
        (0.39812, 0.0123, "0.398 ± 0.012"),  # a spread that begins with 1 keeps two digits
        (0.39812, 0.0345, "0.40 ± 0.03"),
        (0.39812, 0.096, "0.40 ± 0.10"),  # rounding carries
        (103.512, 4.2, "104 ± 4"),
        (1234.5, 120.0, "1,234 ± 120"),
        (0.4, 0.0, "0.400"),
        (0.4, float("nan"), "0.400"),
        (float("nan"), 0.1, "–"),
        (float("inf"), 0.1, "–"),
    ],
)
def test_digits_follow_the_spread(mean: float, std: float, text: str) -> None:
    assert measured(mean, std) == text


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_written_number_reads_back_within_half_a_last_digit(value: float, decimals: int) -> None:
    back = float(number(value, decimals).replace("−", "-").replace(",", ""))
    assert abs(back - value) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-9


@given(st.floats(1e-4, 1e5))
def test_a_spread_is_never_written_as_zero(spread: float) -> None:
    decimals = decimals_for(spread)
    assert decimals is not None
    assert any(digit in number(spread, decimals) for digit in "123456789")


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_float_has_a_text(value: float) -> None:
    assert number(value)
    assert percent(value)
    assert duration(value)
    assert signed(value)
    assert shared_decimals([value], [value]) >= 0


def test_no_negative_zero() -> None:
    assert number(-0.0001, 2) == "0.00"
    assert signed(-0.0001, 2) == "0.00"


def test_small_shares_are_not_called_zero() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.5, 1.0)] == ["0 %", "0.4 %", "50 %", "100 %"]


def test_seconds_carry_into_minutes() -> None:
    assert [duration(seconds) for seconds in (59.94, 59.96, 3599.6)] == ["59.9 s", "1 min 0 s", "1 h 0 min"]


def test_numbers_keep_their_unit_on_the_line() -> None:
    assert tied("0.4 ± 0.1 eV of 3 rows", "eV") == "0.4\u00a0±\u00a00.1\u00a0eV of 3 rows"
    assert tied("1 meV/atom*", "meV/atom*") == "1\u00a0meV/atom*"


@pytest.mark.parametrize(
    ("formula", "html"),
    [
        ("Fe2O3", "Fe<sub>2</sub>O<sub>3</sub>"),
        ("Ba(ZnP)2", "Ba(ZnP)<sub>2</sub>"),
        ("Hg0.7Cd0.3Te", "Hg<sub>0.7</sub>Cd<sub>0.3</sub>Te"),
        ("2H2O", "2H<sub>2</sub>O"),
        ("", ""),
        ("Fe2<O", "Fe2&lt;O"),
        ("H2O & more", "H2O &amp; more"),
    ],
)
def test_amounts_stand_below_the_line(formula: str, html: str) -> None:
    assert str(formula_markup(formula)) == html


def test_squared_units_are_unambiguous() -> None:
    assert metric_title("mse", "meV/atom") == "MSE ((meV/atom)²)"
    assert metric_title("accuracy", "eV") == "accuracy"
