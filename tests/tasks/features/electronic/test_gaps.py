"""Gaps and edges by hand, and as pymatgen has them for public data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.electronic import Bands, ElectronicRecord, read_record
from matsluice.tasks.features.electronic.bands import make

KPOINTS = np.array([[0, 0, 0], [0.25, 0, 0], [0.5, 0, 0.0]])


def answer(energies: list[list[list[float]]], fermi: float = 0.0) -> tuple[dict[str, float], list[str]]:
    bands = Bands(KPOINTS, np.eye(3), np.array(energies), fermi, ((0, 3),))
    found, reasons = make().answer(ElectronicRecord(bands=bands))
    return dict(found), list(reasons)


def test_an_indirect_gap() -> None:
    # VBM −1 at the first k-point, CBM 1 at the last; at the last 1 − (−1.5) = 2.5, at the first 3 − (−1) = 4.
    found, _ = answer([[[-1, -1.2, -1.5], [3, 2, 1]]], fermi=0.25)
    assert (found["band_gap"], found["direct_gap"], found["is_gap_direct"], found["is_metal"]) == (
        2,
        2.5,
        0,
        0,
    )
    assert (found["vbm"], found["cbm"]) == (-1.25, 0.75)
    assert found["spin_up_gap"] == found["spin_down_gap"] == 2


def test_a_direct_gap() -> None:
    found, _ = answer([[[-1, -1.2, -1.5], [0.5, 2, 1]]])
    assert (found["band_gap"], found["direct_gap"], found["is_gap_direct"]) == (1.5, 1.5, 1)


def test_gaps_of_two_spins() -> None:
    # Up: −1 to 2, down: −3 to 1. Over both: −1 to 1; within one spin at one k-point at least 3.
    found, _ = answer([[[-1, -1, -1], [2, 2, 2]], [[-3, -3, -3], [1, 1, 1]]])
    assert (found["band_gap"], found["direct_gap"]) == (2, 3)
    assert (found["spin_up_gap"], found["spin_down_gap"]) == (3, 4)
    assert found["is_gap_direct"] == 1


def test_a_half_metal() -> None:
    found, reasons = answer([[[-1, 0, 1], [2, 2, 2]], [[-3, -3, -3], [1, 1, 1]]])
    assert (found["is_metal"], found["band_gap"], found["spin_up_gap"], found["spin_down_gap"]) == (
        1,
        0,
        0,
        4,
    )
    assert reasons == ["no band edges and no effective mass in a metal"]


def test_a_band_that_touches_the_fermi_energy_is_not_crossed_by_it() -> None:
    # Programs round eigenvalues to 1e-4 eV and E_F not at all.
    found, _ = answer([[[-1, -0.5, 0.00005], [1, 1, 1]]])
    assert found["is_metal"] == 0
    assert answer([[[-1, -0.5, 0.01], [1, 1, 1]]])[0]["is_metal"] == 1


def test_bands_on_one_side_of_the_fermi_energy_have_no_gap() -> None:
    found, reasons = answer([[[-1, -1, -1], [-2, -2, -2]]])
    assert found == {}
    assert reasons == ["no gap: the bands lie all on one side of the Fermi energy"]


def test_a_spin_without_empty_bands_has_no_gap_of_its_own() -> None:
    found, reasons = answer([[[-1, -1, -1], [1, 1, 1]], [[-3, -3, -3], [-2, -2, -2]]])
    assert found["band_gap"] == 2
    assert np.isnan(found["spin_down_gap"])
    assert reasons[0] == "no gap in a spin whose bands lie all on one side of the Fermi energy"


def test_a_record_without_bands() -> None:
    assert make().answer(ElectronicRecord())[1] == ["no band structure in the document"]


PUBLIC = ["VBr2_971787_bandstructure", "si_bandstructure_line", "si_bandstructure_uniform"]


@pytest.mark.parametrize("name", PUBLIC)
def test_gaps_are_those_of_pymatgen(public_data: Callable[[str], Path], name: str) -> None:
    from pymatgen.electronic_structure.bandstructure import BandStructure, BandStructureSymmLine

    path = public_data(f"electronic/{name}.json")
    content = json.loads(path.read_text())
    kind = BandStructureSymmLine if "branches" in content else BandStructure
    theirs = kind.from_dict(content)
    found, _ = make().answer(read_record(str(path)))
    assert found["band_gap"] == pytest.approx(theirs.get_band_gap()["energy"], abs=1e-9)
    assert found["is_gap_direct"] == theirs.get_band_gap()["direct"]
    assert found["direct_gap"] == pytest.approx(theirs.get_direct_band_gap(), abs=1e-9)
    assert found["is_metal"] == theirs.is_metal()
    assert found["vbm"] == pytest.approx(theirs.get_vbm()["energy"] - theirs.efermi, abs=1e-9)
    assert found["cbm"] == pytest.approx(theirs.get_cbm()["energy"] - theirs.efermi, abs=1e-9)


def test_the_gap_of_a_vasprun_is_that_of_pymatgen(public_data: Callable[[str], Path]) -> None:
    from pymatgen.io.vasp.outputs import Vasprun

    path = public_data("electronic/si_vasprun.xml.gz")
    theirs = Vasprun(path, parse_potcar_file=False).get_band_structure()
    found, _ = make().answer(read_record(str(path)))
    assert found["band_gap"] == pytest.approx(theirs.get_band_gap()["energy"], abs=1e-9)
    assert found["direct_gap"] == pytest.approx(theirs.get_direct_band_gap(), abs=1e-9)


def test_masses_of_silicon_along_a_path(public_data: Callable[[str], Path]) -> None:
    """Measured: m_l 0.92 (doi:10.1103/PhysRev.138.A225); calculated along Γ–X without spin-orbit coupling:

    heavy holes 0.26 to 0.29, light holes 0.17 to 0.19. Three bands meet at Γ without spin-orbit coupling.
    """
    found, _ = make().answer(read_record(str(public_data("electronic/si_bandstructure_line.json"))))
    assert 0.92 < found["effective_mass_electron"] < 0.98
    assert found["electron_fit_r2"] > 0.999
    assert found["hole_edge_degeneracy"] == 3
    assert 0.26 < found["heaviest_hole_mass"] < 0.30
    assert 0.16 < found["lightest_hole_mass"] < 0.19


@pytest.mark.parametrize("name", ["si_bandstructure_uniform.json", "si_vasprun.xml.gz"])
def test_meshes_of_silicon_that_are_too_coarse_for_masses(
    public_data: Callable[[str], Path], name: str
) -> None:
    """A step is 0.10 Å⁻¹, over which the transverse electron (0.19) rises by 0.22 eV: far from a parabola."""
    found, reasons = make().answer(read_record(str(public_data(f"electronic/{name}"))))
    assert not [word for word in found if word.endswith("_mass") or word.startswith("effective")]
    assert "R² 0.9" in reasons[0]
    assert "too coarse" in reasons[1]
    loose, _ = make(least_r2=0.9).answer(read_record(str(public_data(f"electronic/{name}"))))
    assert 0.92 < loose["largest_electron_mass"] < 0.98
    assert 0.19 < loose["smallest_electron_mass"] < 0.29
