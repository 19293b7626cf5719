"""Descriptors of the literature, found in data made from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matsluice.models import SISSOClassifier, SISSORegressor


def compounds(rows: int, seed: int) -> pd.DataFrame:
    """Return radii (Å) and oxidation states of ABX₃ compounds, r_A > r_B."""
    chance = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "r_A": chance.uniform(0.95, 1.9, rows),
            "r_B": chance.uniform(0.4, 0.9, rows),
            "r_X": chance.choice([1.40, 1.33, 1.81, 1.96, 2.20], rows),
            "n_A": chance.choice([1.0, 2.0, 3.0], rows),
        }
    )
    return X[X["r_A"] > 1.05 * X["r_B"]]


def tau(X: pd.DataFrame) -> pd.Series:
    """Return the tolerance factor of Bartel et al. 2019, doi:10.1126/sciadv.aav0693; perovskites have τ < 4.18."""
    ratio = X["r_A"] / X["r_B"]
    return X["r_X"] / X["r_B"] - X["n_A"] * (X["n_A"] - ratio / np.log(ratio))


def test_perovskites() -> None:
    X, new = compounds(300, 0), compounds(300, 1)
    units = {"r_A": "angstrom", "r_B": "angstrom", "r_X": "angstrom", "n_A": ""}
    words = ["+", "-", "*", "/", "log", "^2", "^-1"]
    accuracy = []
    for dimension in (1, 2):
        model = SISSOClassifier(2, dimension, words, units, n_sis=300).fit(X, tau(X) < 4.18)
        accuracy.append(model.score(new, tau(new) < 4.18))
    guessing = max(np.mean(tau(new) < 4.18), np.mean(tau(new) >= 4.18))
    assert accuracy[0] > guessing + 0.1
    assert accuracy[1] > 0.88
    assert accuracy[1] > accuracy[0]


def test_tau_itself() -> None:
    X = compounds(150, 2)
    units = {"r_A": "angstrom", "r_B": "angstrom", "r_X": "angstrom", "n_A": ""}
    # With the ratios as columns, τ has dimension 3 and rung 2.
    X["q"], units["q"] = X["r_A"] / X["r_B"], ""
    model = SISSORegressor(2, 3, ["*", "/", "log", "^2"], units, n_sis=80).fit(X, tau(X))
    assert model.models_[0].rmse < 1e-9 * tau(X).std()
    assert model.predict(compounds(50, 3).assign(q=lambda Z: Z["r_A"] / Z["r_B"])) == pytest.approx(
        tau(compounds(50, 3)).to_numpy()
    )


def test_gibbs_energies() -> None:
    """Bartel et al. 2018, doi:10.1038/s41467-018-06682-4: G(T) of a solid from volume, reduced mass and temperature."""
    chance = np.random.default_rng(4)
    X = pd.DataFrame(
        {
            "V": chance.uniform(8, 35, 240),
            "m": chance.uniform(5, 60, 240),
            "T": chance.uniform(300, 1800, 240),
        }
    )
    exact = (-2.48e-4 * np.log(X["V"]) - 8.94e-5 * X["m"] / X["V"]) * X["T"] + 0.181 * np.log(X["T"]) - 0.882
    y = exact + 0.01 * exact.std() * chance.normal(size=240)
    words = ["+", "-", "*", "/", "log", "exp", "^2", "^-1"]
    model = SISSORegressor(2, 3, words, target_unit="eV").fit(X, y)
    assert np.sqrt(np.mean((model.predict(X) - exact) ** 2)) < 0.003 * exact.std()
    # To the noise of 1 % of the data: log T and log T + 1/T, say, cannot be told apart.
    terms = [X["T"] * np.log(X["V"]), X["T"] * X["m"] / X["V"], np.log(X["T"])]
    for term in terms:
        alike = [abs(np.corrcoef(term, one.values(X.to_numpy()))[0, 1]) for one in model.models_[0].features]
        assert max(alike) > 0.9999
