"""The printed text of a model, put into sympy, gives what the model predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from matsluice.models.catalogue import make_model
from matsluice.models.written_out.form import NoFormError, WrittenModel
from matsluice.models.written_out.symbols import symbols_of
from matsluice.models.written_out.writing import predicted_by_text, written_out

COLUMNS = (
    "composition.elemental.mean_mass",
    "composition.elemental.gamma",
    "composition.fractions.N",
    "b.band gap",
)
CLASSES = ("insulator", "metal", "semimetal")
TOLERANCE = 0.005


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features of very different sizes, some undefined, and values that depend on them."""
    chance = np.random.default_rng(seed)
    X = np.column_stack(
        [
            chance.uniform(10, 200, n),
            chance.uniform(0.5, 4, n),
            chance.uniform(0, 1, n) ** 4,
            chance.normal(1e4, 10, n),
        ]
    )
    y = 3.0 + X[:, 0] / 100 * X[:, 1] - 2.0 * X[:, 2] + 0.1 * chance.normal(size=n)
    X[::17, 0] = np.nan
    return X, y


def by_sympy(form: WrittenModel, X: np.ndarray) -> np.ndarray:
    """Return what the texts give, read by sympy from the printed letters alone, with what the form says of features."""
    found = []
    for row in X:
        values = {}
        for one in form.symbols:
            value = one.filled if np.isnan(row[one.place]) else row[one.place]
            assert value is not None
            values[one.name] = min(max(value, one.low), one.high) if one.clipped else value
        texts = [
            sympy.sympify(one.text, locals={name: sympy.Symbol(name) for name in values})
            for one in form.outputs
        ]
        found.append([float(one.subs(values)) for one in texts])
    return np.array(found)


def fitted(kind: str, params: dict[str, Any], classes: int = 0) -> tuple[Any, np.ndarray, np.ndarray]:
    X, y = drawn(240, 1)
    if classes:
        y = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes))
    return make_model(kind, params, 3, "classification" if classes else "regression").fit(X, y), X, y


LINEAR = [("linear", {}), ("ridge", {}), ("lasso", {"alpha": 0.02}), ("elastic_net", {"alpha": 0.02})]
TREES = [
    ("decision_tree", {"max_depth": 3}),
    ("decision_tree", {"max_depth": 4, "predicts": "median"}),
]
FOUND = [("sisso", {"rung": 1, "dimension": 2})]


@pytest.mark.parametrize(("kind", "params"), [*LINEAR, *TREES, *FOUND])
def test_the_text_gives_the_predictions_of_rows_it_has_not_seen(kind: str, params: dict[str, Any]) -> None:
    model, X, y = fitted(kind, params)
    form = written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    assert form is not None
    assert form.is_the_model
    assert form.off_by <= TOLERANCE
    assert form.r2 == pytest.approx(1.0, abs=1e-4)
    new, _ = drawn(60, 2)
    assert by_sympy(form, new)[:, 0] == pytest.approx(model.predict(new), abs=2 * TOLERANCE)
    assert predicted_by_text(form, new) == pytest.approx(by_sympy(form, new), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", ["logistic", "decision_tree", "sisso"])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_text_gives_the_probabilities_of_classes(kind: str, classes: int) -> None:
    params = {"decision_tree": {"max_depth": 3}}.get(kind, {})
    model, X, y = fitted(kind, params, classes)
    form = written_out(model, X, y, COLUMNS, classes=CLASSES[:classes], tolerance=0.1)
    assert form is not None
    new, _ = drawn(40, 2)
    said = by_sympy(form, new)
    if kind == "decision_tree":
        assert form.outputs[-1].label == f"probability of {CLASSES[classes - 1]}"
        shares = np.column_stack([1 - said[:, 0], said[:, 0]]) if classes == 2 else said
    else:
        scores = np.column_stack([np.zeros(len(new)), said[:, 0]]) if classes == 2 else said
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = grown / grown.sum(axis=1, keepdims=True)
    assert shares == pytest.approx(model.predict_proba(new), abs=0.005)
    assert len(form.outputs) == (1 if classes == 2 else 3)


def test_no_more_digits_than_serve() -> None:
    model, X, y = fitted("ridge", {})
    coarse, fine = (written_out(model, X, y, COLUMNS, tolerance=asked) for asked in (0.05, 1e-6))
    assert coarse is not None
    assert fine is not None
    assert len(coarse.outputs[0].text) < len(fine.outputs[0].text)
    assert coarse.off_by > 1e-6 >= fine.off_by


def test_a_term_that_moves_no_digit_is_left_out() -> None:
    X, y = drawn(100, 3)
    X[:, 3] += 1e-3 * (y - X[:, 3])
    model = make_model("ridge", {}, 0).fit(X, y)
    weak = model[-1].coef_.copy()
    weak[2] = 1e-9
    model[-1].coef_ = weak
    form = written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    assert form is not None
    assert "N_" not in form.outputs[0].text
    assert {one.name for one in form.symbols} == {"mean_mass", "gamma_", "band_gap"}
    assert form.off_by <= TOLERANCE


def test_the_rules_of_a_tree_are_for_people() -> None:
    model, X, y = fitted("decision_tree", {"max_depth": 2})
    form = written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    assert form is not None
    lines = form.rules.splitlines()
    assert sum("rows)" in line for line in lines) == 4
    assert lines[0].startswith("mean_mass ≤ ") or lines[0].startswith("gamma_ ≤ ")
    assert sum(int(line.split("(")[1].split()[0]) for line in lines if "rows)" in line) == len(y)


def test_what_a_network_is_read_as() -> None:
    X = np.random.default_rng(0).uniform([10, 0.5], [200, 4], size=(400, 2))
    y = X[:, 0] / 100 + np.sin(X[:, 1])
    params = {"hidden": (2,), "grid": 4, "smoothness": 1e-9, "formula": True}
    model = make_model("kan", params, 0).fit(X, y)
    form = written_out(model, X, y, COLUMNS[:2], tolerance=TOLERANCE, read_network=True)
    assert form is not None
    assert not form.is_the_model
    assert {one.name for one in form.symbols} == {"mean_mass", "gamma_"}
    assert form.r2 > 0.999
    assert len(form.edges) >= 2
    assert all(0.9 < one.r2 <= 1.0 for one in form.edges)
    new = X[:50] + np.array([0.1, 0.01])
    assert by_sympy(form, new)[:, 0] == pytest.approx(model.predict(new), abs=0.05)
    # Constants come out in the features' own units.
    assert "sin(" in form.outputs[0].text


def test_why_there_is_no_text() -> None:
    model, X, y = fitted("kan", {"hidden": (1,), "grid": 3, "steps": 5})
    with pytest.raises(NoFormError, match="formula = true"):
        written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    model, X, y = fitted("decision_tree", {})
    with pytest.raises(NoFormError, match=r"the tree has \d+ leaves, and up to 16 are written out"):
        written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    model, X, y = fitted("extra_trees", {"n_estimators": 3})
    assert written_out(model, X, y, COLUMNS, tolerance=TOLERANCE) is None


def test_a_model_that_has_learned_nothing_is_a_number() -> None:
    model, X, y = fitted("lasso", {"alpha": 1e3})
    form = written_out(model, X, y, COLUMNS, tolerance=TOLERANCE)
    assert form is not None
    assert form.symbols == ()
    assert float(form.outputs[0].text) == pytest.approx(y.mean(), abs=TOLERANCE)


def test_symbols_are_identifiers_that_mean_nothing_else() -> None:
    names = [*COLUMNS, "x.lambda", "y.lambda", "z.3d", "a.Mean", "b.Mean", "S.pi", "c.µ"]
    found = symbols_of(names)
    assert len(set(found)) == len(found)
    assert all(one.isidentifier() and not hasattr(sympy, one) for one in found)
    assert found[:4] == ["mean_mass", "gamma_", "N_", "band_gap"]
