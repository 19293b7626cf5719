"""Blocks and model in one."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.catalogue import make_model
from matsluice.tasks.features import featurize, find_block
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.predictions import Predictions

NEW = ["NaI", "CuInSe2", "Fe0.4O0.6", "O3Fe2", "GaAs"]


def test_it_predicts_what_features_and_pipeline_give_by_hand(model: MaterialModel) -> None:
    table = model.predict(NEW)
    X = featurize(NEW, list(model.blocks)).to_numpy()
    assert table["prediction"].to_numpy().tobytes() == model.pipeline.predict(X).tobytes()
    # Each of the elements of the others stands in three of the formulas learned from.
    rare = np.array([True, True, True, True, False])
    assert (table["in_domain"].to_numpy() == model.domain.contains(X) & ~rare).all()
    assert table["in_domain"].tolist() == (table["domain"] == "inside").tolist()
    assert table["in_domain"].any()
    # The errors are 0.1, 0.2, 0.3 and 0.5, five of each: of 20, the ⌈21 · 0.9⌉ = 19th smallest is 0.5.
    assert (table["upper"] - table["prediction"]).to_numpy() == pytest.approx(0.5)
    assert (table["prediction"] - table["lower"]).to_numpy() == pytest.approx(0.5)
    assert table["reason"].tolist() == [""] * 5


def test_spellings_of_one_material_have_one_value(model: MaterialModel) -> None:
    table = model.predict(["Fe2O3", "O3Fe2", "Fe0.4O0.6", "Fe4O6"])
    assert table["prediction"].nunique() == 1


def test_neighbours_do_not_change_a_value(model: MaterialModel) -> None:
    together = model.predict(NEW)["prediction"].to_numpy()
    alone = np.concatenate([model.predict([formula])["prediction"].to_numpy() for formula in NEW])
    assert together.tobytes() == alone.tobytes()


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("Xx2O3", 'unknown element: "Xx2O3": "Xx" at position 1'),
        ("Fe2O3)", "unbalanced bracket: "),
        ("", "empty: "),
        ("nan", "missing: "),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_spoils_no_other(
    model: MaterialModel, formula: str, reason: str
) -> None:
    table = model.predict(["GaAs", formula, "NaCl"])
    assert table["reason"].tolist()[::2] == ["", ""]
    assert table["reason"][1].startswith(reason)
    assert np.isnan(table.loc[1, ["prediction", "lower", "upper"]].to_numpy(dtype=float)).all()
    assert not table["in_domain"][1]
    apart = model.predict(["GaAs", "NaCl"])["prediction"].tolist()
    assert table["prediction"].tolist()[::2] == apart


@pytest.mark.parametrize("formulas", [[], ["Xx"], ["", "nan"]])
def test_nothing_to_predict(model: MaterialModel, formulas: list[str]) -> None:
    table = model.predict(formulas)
    assert len(table) == len(formulas)
    assert table["prediction"].isna().all()
    assert all(table["reason"])


def test_an_element_never_learned_from_is_outside_the_domain(model: MaterialModel) -> None:
    table = model.predict(["GaAs", "UO2"])
    assert table["in_domain"].tolist() == [True, False]


def test_undefined_features_are_filled_not_refused(model: MaterialModel) -> None:
    # Oganesson has no electronegativity.
    assert np.isnan(featurize(["OgO2"], "composition.elemental").to_numpy()).any()
    assert np.isfinite(model.predict(["OgO2"])["prediction"]).all()


def test_spread_is_that_of_the_trees(model: MaterialModel) -> None:
    batch = Materials(parse_formulas(NEW).batch)
    X = model.features(batch).values
    filled = model.pipeline[:-1].transform(X)
    trees = np.stack([tree.predict(filled) for tree in model.pipeline[-1].estimators_])
    predicted = model.predict_features(X)
    assert isinstance(predicted, Predictions)
    assert predicted.spread == pytest.approx(trees.std(axis=0, ddof=1))
    # Without members there is none to tell.
    X = featurize(["NaCl", "GaAs"], list(model.blocks)).to_numpy()
    ridge = replace(model, pipeline=make_model("ridge", {}, seed=0).fit(X, [8.5, 1.4]))
    without = ridge.predict_features(ridge.features(batch).values)
    assert isinstance(without, Predictions)
    assert np.isnan(without.spread).all()


def test_too_few_errors_for_the_level_give_no_bounds(model: MaterialModel) -> None:
    table = replace(model, confidence=0.99).predict(["GaAs"])
    assert table["lower"][0] == -np.inf
    assert table["upper"][0] == np.inf


def test_a_block_of_another_version_is_refused_naming_both(model: MaterialModel) -> None:
    model.check_versions()
    old = replace(model, blocks={**model.blocks, "composition.fractions": 99})
    here = find_block("composition.fractions").version
    with pytest.raises(
        InvalidInput, match=f"trained on composition.fractions version 99, installed is version {here}"
    ):
        old.check_versions()


def test_a_block_that_is_gone_is_refused(model: MaterialModel) -> None:
    with pytest.raises(InvalidInput, match=r'unknown block "composition\.magpei"'):
        replace(model, blocks={"composition.magpei": 1}).check_versions()


def test_a_copy_predicts_the_same_bits(model: MaterialModel) -> None:
    copy = pickle.loads(pickle.dumps(model))
    assert (
        copy.predict(NEW)["prediction"].to_numpy().tobytes()
        == model.predict(NEW)["prediction"].to_numpy().tobytes()
    )


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("GaAs", "inside"),
        ("TcO2", "element Tc never seen; "),
        ("KI", "element K seen in 2 materials only; element I seen in 1 material only"),
        ("InSb", "element In seen in 2 materials only; element Sb never seen; "),
    ],
)
def test_why_a_material_is_outside_is_said(model: MaterialModel, formula: str, said: str) -> None:
    (domain,) = model.predict([formula])["domain"]
    assert domain.startswith(said)


def test_what_is_far_or_odd_is_said(model: MaterialModel) -> None:
    X = featurize(["GaAs"] * 3, list(model.blocks)).to_numpy()
    columns = model.columns
    X[1, 0] += 1e4
    X[2, columns.index("composition.fractions.Tc")] = 0.5
    X[2, columns.index("composition.fractions.Re")] = 0.5
    predicted = model.predict_features(X)
    assert predicted.domain[0] == "inside"
    assert predicted.domain[1].startswith("far from training: ")
    distance, threshold = predicted.domain[1].removeprefix("far from training: ").split(" > ")
    assert float(distance) == pytest.approx(predicted.distance[1], rel=0.01)
    assert float(threshold) == pytest.approx(model.domain.threshold, rel=0.01)
    assert predicted.domain[2] == "composition.fractions.Tc and 1 more has a value never seen"


def test_a_value_that_training_never_lacked(model: MaterialModel) -> None:
    X = featurize(["GaAs"], list(model.blocks)).to_numpy()
    X[0, 3] = np.nan
    assert (
        model.predict_features(X)
        .domain[0]
        .startswith(f"{model.columns[3]} is undefined, as never in training")
    )
