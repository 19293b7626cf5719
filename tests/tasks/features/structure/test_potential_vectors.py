"""structure.embedding against CHGNet asked directly, and without it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.tasks.features import featurize, find_block
from matsluice.tasks.features.structure import potential_vectors
from matsluice.tasks.features.table_file import featurize_file

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core.structure import Structure

WORD = "structure.embedding(elements=Ga-O-In)"


@pytest.fixture(scope="module")
def perovskite() -> Structure:
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure

    places = [[0.0, 0, 0.02], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.48]]
    return Structure(Lattice.orthorhombic(3.9, 3.9, 4.1), ["La", "Ga", "O", "O", "O"], places)


def by_chgnet(structure: Structure, name: str) -> dict[str, NDArray[np.float64]]:
    import torch
    from chgnet.model.model import CHGNet

    model: Any = CHGNet.load(model_name=name, use_device="cpu", verbose=False)
    with torch.no_grad():
        said = model.predict_structure(structure, task="e", return_atom_feas=True)
    return {key: np.asarray(value, dtype=np.float64) for key, value in said.items()}


@pytest.mark.parametrize(("potential", "name"), [("chgnet", "0.3.0"), ("chgnet-r2scan", "r2scan")])
def test_it_is_what_chgnet_says(perovskite: Structure, potential: str, name: str) -> None:
    said = by_chgnet(perovskite, name)
    row = featurize([perovskite], [f"structure.embedding(potential={potential},elements=Ga-O-In)"]).iloc[0]
    assert row["structure.embedding.energy"] == pytest.approx(float(said["e"]), rel=1e-6)
    groups = {"": slice(None), "ga_": slice(1, 2), "o_": slice(2, 5)}
    for part, sites in groups.items():
        vectors = said["atom_fea"][sites]
        for word, values in (
            ("mean", vectors.mean(axis=0)),
            ("spread", np.sqrt(((vectors - vectors.mean(axis=0)) ** 2).mean(axis=0))),
            ("minimum", vectors.min(axis=0)),
            ("maximum", vectors.max(axis=0)),
        ):
            told = [row[f"structure.embedding.{part}{word}_{k:03d}"] for k in range(64)]
            np.testing.assert_allclose(told, values, rtol=1e-4, atol=1e-5)
    # Of an element the crystal lacks, nothing.
    assert not row.filter(like="embedding.in_").to_numpy().any()


def test_the_potentials_differ(perovskite: Structure) -> None:
    one, other = (
        find_block(f"structure.embedding(potential={name})").make() for name in potential_vectors.POTENTIALS
    )
    assert one.fingerprint != other.fingerprint
    words = [f"structure.embedding(potential={name})" for name in potential_vectors.POTENTIALS]
    energies = [featurize([perovskite], [word])["structure.embedding.energy"].iloc[0] for word in words]
    assert abs(energies[0] - energies[1]) > 0.1


def test_it_says_nothing_and_leaves_threads_as_they_were(
    perovskite: Structure, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    potential_vectors._loaded.cache_clear()
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        featurize([perovskite], [WORD])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert capfd.readouterr() == ("", "")


def test_without_chgnet_it_says_how_to_get_it(
    perovskite: Structure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> Any:
        return None if name == "chgnet" else find_spec(name)

    monkeypatch.setattr(potential_vectors, "find_spec", missing)
    potential_vectors.weights_digest.cache_clear()
    block = find_block(WORD).make()
    assert len(block.columns()) == 1 + 4 * 4 * 64, "what there is can be told without it"
    with pytest.raises(Failed, match=r"pip install 'matsluice\[potentials\]'"):
        _ = block.fingerprint
    cell = tmp_path / "cell.vasp"
    cell.write_text(perovskite.to(fmt="poscar"), encoding="utf-8")
    with pytest.raises(Failed, match=r"pip install 'matsluice\[potentials\]'"):
        featurize_file(cell, [WORD], tmp_path / "features.parquet")
    monkeypatch.setitem(sys.modules, "chgnet.model.model", None)
    potential_vectors._loaded.cache_clear()
    with pytest.raises(Failed, match=r"pip install 'matsluice\[potentials\]'"):
        featurize([perovskite], [WORD])


def test_a_potential_there_is_not() -> None:
    with pytest.raises(InvalidInput, match='"chgnet"'):
        find_block("structure.embedding(potential=chgnit)")
