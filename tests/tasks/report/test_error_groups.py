"""Groups of errors against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.report.contents import contents
from matsluice.tasks.report.error_groups import (
    coverage,
    domain_errors,
    error_by_element,
    error_by_element_count,
    error_by_target,
    largest_errors,
    repeat_spread,
)
from matsluice.tasks.report.run_tables import Predictions

NAN = float("nan")


def table(
    truth: list[float],
    predicted: list[float],
    formulas: list[str] | None = None,
    half: float = NAN,
    in_domain: list[bool] | None = None,
) -> Predictions:
    y_pred = np.array(predicted)
    return Predictions(
        ids=[str(i) for i in range(len(truth))],
        formulas=formulas or [],
        y_true=np.array(truth),
        y_pred=y_pred,
        lower=y_pred - half,
        upper=y_pred + half,
        in_domain=None if in_domain is None else np.array(in_domain),
    )


def test_errors_by_element_and_count() -> None:
    formulas = ["Fe2O3", "FeO", "CuBr", "Fe", "?"]
    rows = table([1.0, 1.0, 1.0, 1.0, 1.0], [1.1, 1.3, 2.0, 1.0, 9.0], formulas)
    held = contents(formulas)
    by_count = error_by_element_count(rows, held)
    assert (by_count.groups, by_count.counts) == (("1", "2"), (1, 3))
    assert by_count.errors == pytest.approx((0.0, (0.1 + 0.3 + 1.0) / 3))
    by_element = error_by_element(rows, held, fewest_rows=2)
    assert (by_element.groups, by_element.counts) == (("O", "Fe"), (2, 3))
    assert by_element.errors == pytest.approx((0.2, 0.4 / 3))


def test_ranges_are_round_and_sparse_ends_are_merged() -> None:
    truth = [*np.linspace(0.0, 1.99, 40), 11.9]
    grouped = error_by_target(table(list(truth), [value + 0.5 for value in truth]))
    assert grouped.groups == ("0 to 1", "1 to 12")
    assert sum(grouped.counts) == 41
    assert grouped.errors == pytest.approx((0.5, 0.5))


# Values as people write them: a twelfth of the smallest number there is is none.
@given(st.lists(st.floats(-1e3, 1e3).map(lambda value: round(value, 9)), min_size=2, max_size=200))
def test_every_row_is_in_one_range(truth: list[float]) -> None:
    grouped = error_by_target(table(truth, truth))
    spread = max(truth) - min(truth)
    assert sum(grouped.counts) == (len(truth) if spread > 0 else 0)


def test_coverage_counts_rows_with_an_interval() -> None:
    found = coverage("random", table([0.0, 1.0, 2.0, NAN], [0.1, 1.6, 2.0, 1.0], half=0.5))
    assert found is not None
    assert found.rows == 3
    assert found.share == pytest.approx(2 / 3)
    assert found.median_width == pytest.approx(1.0)
    assert coverage("random", table([0.0], [0.1])) is None


def test_domain_needs_both_sides() -> None:
    found = domain_errors(table([0.0, 0.0, 0.0], [0.1, 0.3, 0.9], in_domain=[True, True, False]))
    assert found is not None
    assert found.rows_outside == 1
    assert [found.inside, found.outside] == pytest.approx([0.2, 0.9])
    assert domain_errors(table([0.0], [0.1], in_domain=[True])) is None
    assert domain_errors(table([0.0], [0.1])) is None


def test_largest_errors_come_first_and_undefined_ones_never() -> None:
    rows = largest_errors(table([0.0, 0.0, NAN, 0.0], [0.1, -3.0, 1.0, 2.0]), most=2)
    assert [(row.id, row.error) for row in rows] == [("1", -3.0), ("3", 2.0)]


def test_repeats_are_of_one_material_however_it_is_written() -> None:
    formulas = ["Fe2O3", "O3Fe2", "CuBr", "GaAs", "?", "?"]
    rows = table([1.0, 2.0, 5.0, 5.0, 0.0, 9.0], [0.0] * 6, formulas)
    found = repeat_spread(rows, contents(formulas))
    assert found is not None
    assert (found.materials, found.typical, found.largest) == (1, 0.5, 1.0)
    assert repeat_spread(table([1.0], [1.0], ["CuBr"]), contents(["CuBr"])) is None
