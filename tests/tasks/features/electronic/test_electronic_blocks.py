"""What holds for every electronic block."""

from __future__ import annotations

import json
import pickle
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.electronic import ElectronicBatch

BLOCKS = ["bands", "dos", "surface"]
BANDS = json.dumps(
    {
        "@class": "BandStructureSymmLine",
        "efermi": 0.5,
        "kpoints": [[0.02 * i, 0, 0] for i in range(26)],
        "lattice_rec": {"matrix": np.eye(3).tolist()},
        "bands": {"1": [[-((0.02 * i) ** 2) for i in range(26)], [1 + (0.02 * i) ** 2 for i in range(26)]]},
        "branches": [{"start_index": 0, "end_index": 25}],
    }
)
DENSITY = json.dumps({"@class": "Dos", "efermi": 0, "energies": [-1, 0, 1], "densities": {"1": [1, 2, 3]}})
DOCUMENTS = (BANDS, "{", DENSITY, "/nothing/here", BANDS, '{"@class": "Structure"}')


def block_of(name: str, **parameters: float) -> Any:
    return import_module(f"matsluice.tasks.features.electronic.{name}").make(**parameters)


@pytest.mark.parametrize("name", BLOCKS)
def test_columns(name: str) -> None:
    columns = block_of(name).columns()
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert all(column.startswith(f"electronic.{name}.") for column in names)
    assert all(column.unit and column.definition and column.source for column in columns)


@pytest.mark.parametrize("name", BLOCKS)
def test_undefined_rows_are_those_with_a_nan_and_have_a_reason(name: str) -> None:
    features = block_of(name).compute(ElectronicBatch(DOCUMENTS))
    assert features.values.shape == (len(DOCUMENTS), len(block_of(name).columns()))
    assert features.values.dtype == np.float64
    assert not np.isinf(features.values).any()
    assert set(features.undefined) == set(np.flatnonzero(np.isnan(features.values).any(axis=1)).tolist())
    assert all(reason.startswith("no ") for reason in features.undefined.values())
    for row in (1, 3, 5):
        assert features.undefined[row].startswith("no readable record: ")


@pytest.mark.parametrize("name", BLOCKS)
def test_neighbours_do_not_change_the_bits(name: str) -> None:
    block = block_of(name)
    whole = block.compute(ElectronicBatch(DOCUMENTS))
    for row, document in enumerate(DOCUMENTS):
        alone = block.compute(ElectronicBatch((document,)))
        assert alone.values.tobytes() == whole.values[row].tobytes()
        assert alone.undefined.get(0) == whole.undefined.get(row)


@pytest.mark.parametrize("name", BLOCKS)
def test_no_documents(name: str) -> None:
    block = block_of(name)
    features = block.compute(ElectronicBatch(()))
    assert features.values.shape == (0, len(block.columns()))
    assert features.undefined == {}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_copy_from_another_process_is_the_same(name: str) -> None:
    block = block_of(name)
    copy = pickle.loads(pickle.dumps(block))
    assert copy.fingerprint == block.fingerprint
    batch = ElectronicBatch(DOCUMENTS)
    assert copy.compute(batch).values.tobytes() == block.compute(batch).values.tobytes()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("bands", {"window": 0.1}), ("dos", {"smearing": 0.1}), ("surface", {"width": 3.0})],
)
def test_parameters_change_the_fingerprint(name: str, parameters: dict[str, float]) -> None:
    assert block_of(name, **parameters).fingerprint != block_of(name).fingerprint
