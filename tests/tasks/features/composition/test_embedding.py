"""Means of learned element vectors."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.composition.embedding import VECTORS, make
from matsluice.tasks.material import parse_formulas

GOLDEN = tomllib.loads(
    (Path(__file__).parents[3] / "golden" / "composition_blocks.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vectors", VECTORS)
def test_every_set_of_vectors(vectors: str) -> None:
    block = make(vectors)
    features = block.compute(parse_formulas(["NaCl", "NaOg"]).batch)
    columns = block.columns()
    assert features.values.shape == (2, len(columns))
    assert len({column.name for column in columns}) == len(columns)
    table = block.table.values
    dimensions = table.shape[1]
    np.testing.assert_allclose(features.values[0, :dimensions], (table[11] + table[17]) / 2, rtol=1e-12)
    if len(columns) > dimensions:
        np.testing.assert_allclose(features.values[0, dimensions:], abs(table[11] - table[17]) / 2, rtol=1e-9)
    assert all("doi:" in column.source for column in columns)  # of the collection at least


def test_an_element_without_a_vector() -> None:
    features = make("megnet16").compute(parse_formulas(["NaOg", "NaCl"]).batch)
    assert features.undefined == {0: "no megnet16 vector for Og"}
    assert np.isnan(features.values[0]).all()


def test_other_vectors_have_another_fingerprint() -> None:
    assert len({make(vectors).fingerprint for vectors in VECTORS}) == len(VECTORS)


def test_an_unknown_name() -> None:
    with pytest.raises(InvalidInput, match='did you mean "mat2vec"'):
        make("mat2vce")


def test_the_package_itself_is_not_imported() -> None:
    code = (
        "import sys; from matsluice.tasks.features.composition.embedding import make; make(); "
        "sys.exit('elementembeddings' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("formula", GOLDEN)
def test_golden_values(formula: str) -> None:
    values = make().compute(parse_formulas([formula]).batch).values[0]
    names = [column.name for column in make().columns()]
    for name, value in GOLDEN[formula].items():
        if name.startswith("composition.embedding."):
            assert values[names.index(name)] == pytest.approx(value, rel=1e-12, abs=1e-12), name
