"""A batch screened for several targets at once, and what is said where nothing meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.material import CompositionBatch
from matsluice.tasks.predict.predictions import Predictions
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.nearest_miss import NearestMiss, nearest_of_all, nearest_sentence
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.ranking import merge_hits
from matsluice.tasks.screen.screen_batch import ScreenCall, screen_batch
from matsluice.tasks.screen.wanted import Wanted

WriteCandidates = Callable[..., list[Path]]
CallOf = Callable[..., ScreenCall]  # conftest.py has it

#             1.1/17  0.8/30  1.1/35   1.6/30  unread. 1.1/17  known and twice
CANDIDATES = ["NaCl", "ZnO", "NaBr", "ZnS", "Xx", "ClNa"]


@dataclass(frozen=True)
class HeaviestElement:
    """Predicts the largest atomic number; knows no bromides."""

    intervals: ConformalIntervals

    def check_versions(self) -> None:
        """Nothing can be wrong."""

    def predict_features(self, X: NDArray[np.float64], materials: CompositionBatch | None) -> Predictions:
        assert materials is None or len(materials) == len(X)
        present = X > 0 if len(X) else np.zeros((0, 118), dtype=bool)
        heaviest = 118.0 - present[:, ::-1].argmax(axis=1)
        signs = replace(RowSigns.nothing_known(heaviest), in_domain=~present[:, 34])
        domain = np.where(signs.in_domain, "inside", "a bromide").astype(object)
        return Predictions(signs, domain, heaviest - 5, heaviest + 5)

    def probability_between(self, signs: RowSigns, low: float, high: float) -> NDArray[np.float64]:
        return self.intervals.probability_between(signs, low, high)


@pytest.fixture
def call(first_call: CallOf, tmp_path: Path) -> ScreenCall:
    errors = ResidualDistribution(np.array([-4.0, -2.0, 0.0, 2.0, 4.0]))
    joblib.dump(HeaviestElement(ConformalIntervals(errors)), tmp_path / "heaviest.joblib")
    return replace(first_call(CANDIDATES, 0.7, 1.8), wanted=wanted(tmp_path, Aim("z", Objective(high=33.0))))


def wanted(folder: Path, second: Aim) -> Wanted:
    first = Aim("gap", Objective(0.7, 1.8), unit="eV")
    return Wanted((first, second), {"z": str(folder / "heaviest.joblib")})


def test_hits_have_the_columns_of_both_targets(call: ScreenCall) -> None:
    counts = screen_batch(call)
    assert (counts.candidates, counts.rejected, counts.scored) == (6, 1, 5)
    assert (counts.in_window, counts.in_domain, counts.known) == (4, 3, 2)
    hits, cut = merge_hits([call.output], 10, wanted=call.wanted)
    assert cut == 0
    table = hits.to_pandas().set_index("formula")
    assert table.index.tolist() == ["NaCl", "ZnS", "ZnO"]
    assert table["z_prediction"].tolist() == [17.0, 30.0, 30.0]
    assert table["z_upper"].tolist() == [22.0, 35.0, 35.0]
    assert table["z_probability"].tolist() == [1.0, 0.8, 0.8]
    assert table["probability"].tolist() == pytest.approx([1.0, 0.8, 0.64])
    assert table["score"].tolist() == pytest.approx(np.sqrt([1.0, 0.8, 0.64]))
    # One material that stands twice is one hit, and known.
    assert table["id"]["NaCl"] == "c0"
    assert table["known"].tolist() == [True, False, False]
    assert "merit" not in table
    assert "key" not in table


def test_whoever_a_model_does_not_know_is_outside(call: ScreenCall, tmp_path: Path) -> None:
    heavy = replace(call, wanted=wanted(tmp_path, Aim("z", Objective(low=29.0))))
    screen_batch(heavy)
    hits = pd.read_parquet(heavy.output).set_index("formula")
    assert hits["in_domain"].to_dict() == {"ZnS": True, "ZnO": False, "NaBr": False}
    assert hits["domain"]["NaBr"] == "z: a bromide"
    assert hits["domain"]["ZnO"] == "gap: an oxide"
    assert hits["z_in_domain"].to_dict() == {"ZnS": True, "ZnO": True, "NaBr": False}


def test_fronts_stand_beside_the_hits(call: ScreenCall, tmp_path: Path) -> None:
    both = replace(wanted(tmp_path, Aim("z", Objective(direction=-1))), rank="pareto")
    both = replace(both, aims=(Aim("gap", Objective(direction=1)), both.aims[1]))
    asked = replace(call, objective=Objective(direction=1), wanted=both)
    screen_batch(asked)
    table = merge_hits([asked.output], 10, wanted=both)[0].to_pandas()
    # Sodium chloride is lightest, zinc sulfide has the largest gap; of those outside, each beats the other in one.
    assert dict(zip(table["formula"], table["front"], strict=True)) == {
        "NaCl": 1,
        "ZnS": 1,
        "NaBr": 2,
        "ZnO": 2,
    }
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert not [name for name in table if name.startswith("sought")]


def test_the_nearest_is_named_where_nothing_meets(call: ScreenCall, tmp_path: Path) -> None:
    far = replace(call, wanted=wanted(tmp_path, Aim("z", Objective(18.0, 20.0), unit="e", deviation=10.0)))
    counts = screen_batch(far)
    assert counts.in_window == 0
    assert pq.read_table(far.output).num_rows == 0
    nearest = nearest_of_all([far.output])
    assert nearest == NearestMiss(True, "NaCl", "c0", 0.1, "z", 17.0, -1.0, "e")
    assert nearest_sentence(nearest) == "NaCl comes nearest, with z = 17 e, 1 e below the window"


def test_nobody_is_nearest_where_one_meets_or_none_is_there(
    call: ScreenCall, write_candidates: WriteCandidates, tmp_path: Path
) -> None:
    screen_batch(call)
    assert nearest_of_all([call.output]) is None
    for path in (tmp_path / "candidates").iterdir():
        path.unlink()
    write_candidates(["Xx", "Yy"])
    screen_batch(call)
    assert nearest_of_all([call.output]) is None
