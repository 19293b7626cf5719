"""matminer's featurizers as blocks."""

from __future__ import annotations

import pickle
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.matminer_bridge import bridge
from matsluice.tasks.features.matminer_bridge.bridge import make
from matsluice.tasks.features.matminer_bridge.featurizers import FEATURIZERS
from matsluice.tasks.features.matminer_bridge.objects import structure_of
from matsluice.tasks.material import crystals_from_cells, parse_formulas

FORMULAS = ["Fe2O3", "CuZnAl", "Si", "HeXe"]
CELLS: list[Any] = [
    (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]]),
    (2.8 * np.eye(3), [26], [[0, 0, 0]]),
]


def batch_for(name: str) -> Any:
    if FEATURIZERS[name].needs == "composition":
        return parse_formulas(FORMULAS).batch
    return crystals_from_cells(CELLS).batch


@pytest.mark.parametrize("name", FEATURIZERS)
def test_every_featurizer(name: str) -> None:
    from matminer.featurizers.base import BaseFeaturizer

    how = FEATURIZERS[name]
    found = getattr(
        import_module(f"matminer.featurizers.{'site' if _is_of_sites(name) else how.package}"), name
    )
    assert issubclass(found, BaseFeaturizer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its import warns of
        block = make(name)
        columns = block.columns()
    batch = batch_for(name)
    features = block.compute(batch)  # a warning would be an error
    assert len({column.name.lower() for column in columns}) == len(columns)
    assert features.values.shape == (len(batch), len(columns))
    assert not np.isinf(features.values).any()
    assert sorted(features.undefined) == np.flatnonzero(np.isnan(features.values).any(axis=1)).tolist()
    assert all(reason.startswith("no ") and reason.isprintable() for reason in features.undefined.values())
    assert not np.isnan(features.values).all()
    assert pickle.loads(pickle.dumps(block)) == block


def _is_of_sites(name: str) -> bool:
    return hasattr(import_module("matminer.featurizers.site"), name)


def test_matminer_s_own_value() -> None:
    from matminer.featurizers.structure import DensityFeatures

    batch = crystals_from_cells(CELLS).batch
    np.testing.assert_array_equal(
        make("DensityFeatures").compute(batch).values[1], DensityFeatures().featurize(structure_of(batch, 1))
    )


def test_an_exception_and_a_warning_become_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails:
        def feature_labels(self) -> list[str]:
            return ["number"]

        def featurize(self, composition: Any) -> list[float]:
            if "Si" in composition:
                raise KeyError("two\nlines")
            warnings.warn("this is odd", stacklevel=1)
            return [float("inf") if "Fe" in composition else 1.0]

    monkeypatch.setattr(bridge, "_made", lambda _: Fails())
    features = make("Stoichiometry").compute(parse_formulas(["Fe2O3", "Si", "NaCl"]).batch)
    assert features.undefined == {0: "no value: this is odd", 1: r"no value: KeyError: 'two\nlines'"}
    assert features.values[2] == 1


def test_charges_are_guessed_and_not_taken_for_zero() -> None:
    features = make("OxidationStates").compute(parse_formulas(["Fe3O4", "FeNi"]).batch)
    assert features.values[0, :3].tolist() == [-2, 3, 5]
    assert features.undefined == {1: "no oxidation states that balance"}


def test_a_partly_filled_site_is_one_site() -> None:
    cell: Any = (3 * np.eye(3), [26, 28], [[0, 0, 0], [0, 0, 0]], [0.25, 0.75])
    structure = structure_of(crystals_from_cells([cell]).batch, 0)
    assert len(structure) == 1
    assert structure[0].species.as_dict() == {"Fe": 0.25, "Ni": 0.75}


def test_an_unknown_featurizer() -> None:
    with pytest.raises(InvalidInput, match='did you mean "DensityFeatures"'):
        make("DensityFeature")
