"""Numbers from text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.ingest.labels import MISSING, read_numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), ("-2", -2.0), ("0", 0.0), ("1e-3", 1e-3), (".5", 0.5), ("+1", 1.0), ("1E5", 1e5)],
)
def test_numbers(text: str, value: float) -> None:
    values, refusals = read_numbers("gap", [text])
    assert values.tolist() == [value]
    assert refusals == {}


@pytest.mark.parametrize("text", [*sorted(MISSING), "NaN", "NA", "None", "NULL"])
def test_words_for_a_missing_value(text: str) -> None:
    values, refusals = read_numbers("gap", [text])
    assert math.isnan(values[0])
    assert refusals[0].reason == "missing target"
    assert "gap" in refusals[0].detail


@pytest.mark.parametrize("text", ["1,5", "1.5 eV", "1_000", "~1", "1.2-1.4", "0x1f", "1.5(2)", "1.5e", "yes"])
def test_what_is_no_number_is_quoted(text: str) -> None:
    values, refusals = read_numbers("gap", [text])
    assert math.isnan(values[0])
    assert refusals[0].reason == "target is not a number"
    assert refusals[0].detail == f'gap is "{text}", not a number'


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e999"])
def test_infinity_is_nothing_to_learn_from(text: str) -> None:
    assert read_numbers("gap", [text])[1][0].reason == "target is not finite"


def test_a_long_text_is_shortened() -> None:
    assert len(read_numbers("gap", ["x" * 1000])[1][0].detail) < 100


@given(st.lists(st.one_of(st.text(max_size=8), st.floats().map(repr))))
def test_every_text_is_a_number_or_has_a_reason(texts: list[str]) -> None:
    values, refusals = read_numbers("gap", texts)
    assert len(values) == len(texts)
    assert {i for i, value in enumerate(values) if math.isnan(value)} == set(refusals)
    assert not any(math.isinf(value) for value in values)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_to_the_bit(number: float) -> None:
    assert read_numbers("gap", [repr(number)])[0].tobytes() == __import__("numpy").float64(number).tobytes()
