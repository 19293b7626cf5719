"""The ranked hits of a run, against what pymatgen and the predictions say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Finished


@pytest.fixture(scope="module")
def run_path(finished: Finished) -> Path:
    (path,) = finished[0].runs()
    return path


@pytest.fixture(scope="module")
def summary(finished: Finished) -> dict[str, Any]:
    record: dict[str, Any] = finished[1].record
    return record


def test_hits_meet_the_objective_and_the_exclusions(run_path: Path, summary: dict[str, Any]) -> None:
    from pymatgen.core.composition import Composition

    hits = pd.read_parquet(run_path / "hits.parquet")
    assert hits["prediction"].between(0.8, 2.6).all()
    assert (hits["lower"] < hits["prediction"]).all()
    assert (hits["prediction"] < hits["upper"]).all()
    assert hits["probability"].between(0, 1).all()
    elements = {element.symbol for formula in hits["formula"] for element in Composition(formula).elements}
    assert "Mg" not in elements
    assert hits["rank"].tolist() == list(range(1, len(hits) + 1))
    # Inside the domain before outside, and there the more probable first.
    order = list(zip(~hits["in_domain"], -hits["probability"], strict=True))
    assert order == sorted(order)
    assert not hits["formula"].duplicated().any()
    assert hits["known"].sum() == summary["screen"]["known"]
    assert (hits["domain"] == "inside").tolist() == hits["in_domain"].tolist()
    # A column of nothing has no type in a CSV file; this champion does not say what speaks for a hit.
    said = hits.columns[hits.notna().any()]
    people = pd.read_csv(run_path / "hits.csv")
    assert list(people.columns) == list(hits.columns)
    pd.testing.assert_frame_equal(people[said], hits[said])
    assert people[hits.columns.difference(said)].isna().all(axis=None)


def test_intervals_and_probabilities_come_from_the_champions_errors(
    run_path: Path, summary: dict[str, Any]
) -> None:
    champion = summary["champion"]
    table = pd.read_parquet(run_path / "cv_predictions.parquet")
    seen = table[(table["model"] == champion["model"]) & (table["split"] == champion["split"])]
    errors = ((seen["y_true"] - seen["y_pred"]) / seen["expected_error"]).to_numpy()
    hits = pd.read_parquet(run_path / "hits.parquet")
    # Normalised conformal: the ceil((n + 1) 0.9)-th smallest error, in units of the error expected of each row. What is
    # expected of a row in the table was learned from a fold less, which moves it a little.
    quantile = np.sort(np.abs(errors))[int(np.ceil((len(errors) + 1) * 0.9)) - 1]
    expected = ((hits["upper"] - hits["prediction"]) / quantile).to_numpy()
    assert len(set(expected.round(9))) > 1
    # No gap that was learned from is below 0, and so no interval reaches there.
    lower = (hits["prediction"] - quantile * expected).clip(lower=0.0)
    assert hits["lower"].to_numpy() == pytest.approx(lower.to_numpy())
    possible = hits["prediction"].to_numpy()[:, None] + errors * expected[:, None]
    share = ((possible >= 0.8) & (possible <= 2.6)).mean(axis=1)
    # A sum may fall on the other side of a bound by rounding.
    assert hits["probability"].to_numpy() == pytest.approx(share, abs=0.08)


def test_known_flags_are_right(finished: Finished, run_path: Path) -> None:
    measured = set(map(reduced, pd.read_csv(finished[0].path / "measured_band_gaps.csv")["composition"]))
    hits = pd.read_parquet(run_path / "hits.parquet")
    assert hits["known"].tolist() == [reduced(formula) in measured for formula in hits["formula"]]
    assert hits["known"].any()


def reduced(formula: str) -> tuple[tuple[str, float], ...]:
    """Return the material, found by pymatgen and not by our keys: elements and atomic fractions."""
    from pymatgen.core.composition import Composition

    amounts = Composition(formula).get_el_amt_dict()
    total = sum(amounts.values())
    return tuple(sorted((symbol, round(amount / total, 9)) for symbol, amount in amounts.items()))
