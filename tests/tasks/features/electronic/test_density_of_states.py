"""electronic.dos: densities whose integrals are known by hand, and pymatgen's values for public data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.tasks.electronic import CrystalCell, ElectronicRecord, StateDensity, read_record
from matsluice.tasks.features.electronic.density_moments import moments, smeared_at
from matsluice.tasks.features.electronic.dos import make

GRID = np.arange(-12.0, 12.001, 0.01).round(2)
TWO_ATOMS = CrystalCell(np.eye(3) * 3, np.array([41, 50]), np.array([[0, 0, 0], [0.5, 0.5, 0.5]]))


def box(low: float, high: float, height: float) -> NDArray[np.float64]:
    return np.where((low - 1e-9 <= GRID) & (high + 1e-9 >= GRID), height, 0.0)


def answer(
    density: NDArray[np.float64],
    *,
    fermi: float = 0.0,
    shells: NDArray[np.float64] | None = None,
    **parameters: float,
) -> tuple[dict[str, float], list[str]]:
    part = StateDensity(GRID, density[None], fermi, shells)
    found, reasons = make(**parameters).answer(ElectronicRecord(density=part, cell=TWO_ATOMS))
    return dict(found), list(reasons)


@pytest.mark.parametrize("smearing", [0.0, 0.01, 0.05, 0.5])
def test_a_constant_density_has_its_value_whatever_the_smearing(smearing: float) -> None:
    # 3 states/eV in a cell of two atoms.
    found, _ = answer(box(-12, 12, 3.0), smearing=smearing)
    assert found["dos_at_fermi"] == pytest.approx(1.5, rel=1e-3 if smearing == 0.5 else 1e-9)
    assert (found["dos_gap"], found["valence_edge"], found["conduction_edge"]) == (0, 0, 0)


def test_a_step_at_the_fermi_energy_has_half_its_height() -> None:
    # Half of the Gaussian lies on the filled side; the step is 0.01 eV wide, 0.005 eV beyond E_F on average.
    found, _ = answer(box(-5, 0, 4.0), smearing=0.5)
    assert found["dos_at_fermi"] == pytest.approx(1.0, abs=0.01)


def test_both_spins_count() -> None:
    part = StateDensity(GRID, np.array([box(-12, 12, 1.0), box(-12, 12, 2.0)]), 0.0)
    found, _ = make().answer(ElectronicRecord(density=part, cell=TWO_ATOMS))
    assert found["dos_at_fermi"] == pytest.approx(1.5)


def test_an_insulator() -> None:
    # Filled from −4 to −1 and from −9 to −8, empty from 2: the band at the edge is 3 eV wide.
    found, _ = answer(box(-9, -8, 5.0) + box(-4, -1, 2.0) + box(2, 6, 1.0))
    assert found["dos_at_fermi"] == pytest.approx(0, abs=1e-12)
    assert found["dos_gap"] == pytest.approx(3)
    assert found["valence_edge"] == pytest.approx(-1)
    assert found["conduction_edge"] == pytest.approx(2)
    assert found["valence_band_width"] == pytest.approx(3)
    # (1 eV × 5 + 3 eV × 2)/2 atoms; each box has half a step of 0.01 eV more at both ends.
    assert found["states_below_fermi"] == pytest.approx(5.5, abs=0.05)


def test_centres_widths_and_shares_of_boxes() -> None:
    # s: −4 to 0, mean −2, standard deviation 4/√12. p: −2 to 0. d: empty states only, from 1 to 2.
    shells = np.zeros((2, 4, len(GRID)))
    shells[0, 0], shells[1, 1], shells[1, 2] = box(-4, 0, 1.0), box(-2, 0, 3.0), box(1, 2, 1.0)
    found, reasons = answer(shells.sum(axis=(0, 1)), fermi=0.5, shells=shells)
    assert found["s_band_centre"] == pytest.approx(-2.5, abs=0.01)
    assert found["s_band_width"] == pytest.approx(4 / np.sqrt(12), abs=0.01)
    assert found["p_band_centre"] == pytest.approx(-1.5, abs=0.01)
    assert found["valence_edge_share_s"] == pytest.approx(0.25)
    assert found["valence_edge_share_p"] == pytest.approx(0.75)
    assert found["conduction_edge_share_d"] == pytest.approx(1)
    assert "d_band_centre" not in found
    assert reasons == [f"no occupied {shell} states within 10 eV below E_F" for shell in "df"]


def test_states_deeper_than_the_window_do_not_count() -> None:
    shells = np.zeros((1, 4, len(GRID)))
    shells[0, 0] = box(-11, -8, 1.0) + box(-2, 0, 1.0)
    found, _ = answer(shells[0, 0], shells=shells, depth=5.0)
    assert found["s_band_centre"] == pytest.approx(-1, abs=0.01)


def test_without_projections_only_the_total_is_there() -> None:
    found, reasons = answer(box(-4, 4, 1.0))
    assert not [word for word in found if "share" in word or "centre" in word]
    assert "no projections on s, p, d and f states" in reasons


@pytest.mark.parametrize("fermi", [-12.5, 13.0])
def test_a_range_that_misses_the_fermi_energy_gives_nothing(fermi: float) -> None:
    found, reasons = answer(box(-4, 4, 1.0), fermi=fermi)
    assert found == {}
    assert reasons[0].startswith("no Fermi energy within the density of states")


def test_a_range_that_ends_at_the_fermi_energy_has_no_smeared_value() -> None:
    found, reasons = answer(box(-4, 12, 1.0), fermi=11.9)
    assert "dos_at_fermi" not in found
    assert reasons[0] == "no density of states as far as 0.2 eV on both sides of the Fermi energy"


def test_a_range_that_cuts_a_band_has_no_width_and_no_centres() -> None:
    shells = np.zeros((1, 4, len(GRID)))
    shells[0, 0] = box(-12, 1, 1.0)
    found, reasons = answer(shells[0, 0], shells=shells, depth=20.0)
    assert "valence_band_width" not in found
    assert "s_band_centre" not in found
    assert len([reason for reason in reasons if "cut through" in reason]) == 2


def test_without_a_structure_there_is_no_value_for_an_atom() -> None:
    record = ElectronicRecord(density=StateDensity(GRID, box(-4, 4, 1.0)[None], 0.0))
    found, reasons = make().answer(record)
    assert "dos_at_fermi" not in found
    assert "no number of atoms: the document has no structure" in reasons


def test_nothing_above_the_fermi_energy() -> None:
    found, reasons = answer(box(-4, -1, 1.0))
    assert np.isnan(found["dos_gap"])
    assert "no states above the Fermi energy" in reasons


@given(st.floats(-3, 3), st.floats(0.5, 4), st.floats(0.01, 0.3), st.integers(3, 40))
def test_smearing_a_line_gives_the_line(slope: float, level: float, sigma: float, points: int) -> None:
    """∫ (a + b u) g(u) du = a: also on a grid far coarser than the Gaussian."""
    grid = np.linspace(-10, 10, points)
    assert smeared_at(grid, level + slope * grid, 0.3, sigma) == pytest.approx(level + slope * 0.3, abs=1e-9)


@given(
    # Half of the smallest number there is is none.
    st.lists(st.floats(0, 5, allow_subnormal=False), min_size=2, max_size=12),
    st.floats(-4, 0),
    st.floats(0.5, 5),
)
def test_moments_do_not_depend_on_points_added_to_the_grid(
    values: list[float], low: float, span: float
) -> None:
    grid, density = np.linspace(-5, 5, len(values)), np.array(values)
    fine = np.union1d(grid, np.linspace(-5, 5, 101))
    coarse = moments(grid, density, low, low + span)
    finer = moments(fine, np.interp(fine, grid, density), low, low + span)
    assert (coarse is None) == (finer is None)
    if coarse is not None and finer is not None and coarse.states > 1e-6:
        assert finer.states == pytest.approx(coarse.states, rel=1e-9)
        assert finer.centre == pytest.approx(coarse.centre, abs=1e-6)
        assert finer.width == pytest.approx(coarse.width, abs=1e-5)


@pytest.mark.parametrize("name", ["si_dos", "nb3sn_dos"])
def test_public_densities_agree_with_pymatgen(public_data: Callable[[str], Path], name: str) -> None:
    from pymatgen.electronic_structure.core import OrbitalType
    from pymatgen.electronic_structure.dos import CompleteDos

    path = public_data(f"electronic/{name}.json")
    theirs = CompleteDos.from_dict(json.loads(path.read_text()))
    found, _ = make(smearing=0.1).answer(read_record(str(path)))
    smeared = theirs.get_smeared_densities(0.1)
    at_fermi = np.interp(theirs.efermi, theirs.energies, sum(smeared.values())) / len(theirs.structure)
    # pymatgen sums the Gaussian at the grid's points, 0.05 and 0.15 eV apart; here it is integrated.
    assert found["dos_at_fermi"] == pytest.approx(at_fermi, rel=0.02, abs=1e-4)
    for shell in "sp":
        kind = OrbitalType[shell]
        # Its window ends at a point of the grid.
        assert found[f"{shell}_band_centre"] == pytest.approx(
            theirs.get_band_center(kind, erange=(-10, 0)), abs=0.02
        )
        assert found[f"{shell}_band_width"] == pytest.approx(
            theirs.get_band_width(kind, erange=(-10, 0)), abs=0.02
        )


def test_niobium_tin_is_a_metal_and_silicon_is_not(public_data: Callable[[str], Path]) -> None:
    metal, _ = make().answer(read_record(str(public_data("electronic/nb3sn_dos.json"))))
    silicon, _ = make().answer(read_record(str(public_data("electronic/si_dos.json"))))
    assert metal["dos_at_fermi"] == pytest.approx(0.0465, abs=5e-4)
    assert metal["dos_gap"] == 0
    assert metal["conduction_edge_share_d"] > 0.8
    assert silicon["dos_at_fermi"] == pytest.approx(0, abs=1e-6)
    assert silicon["dos_gap"] > 0.5
    assert silicon["valence_edge_share_p"] > 0.9
