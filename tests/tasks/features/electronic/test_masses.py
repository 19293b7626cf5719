"""Effective masses of bands whose masses are known by hand.

A free electron of mass m has E = ħ²k²/(2m), so 1/m* = ħ⁻² ∂²E/∂k² = 1/m exactly. With FREE = ħ²/mₑ a band of mass m
(in mₑ) is FREE k²/(2m).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.tasks.electronic import Bands, CrystalCell, ElectronicRecord
from matsluice.tasks.features.electronic.bands import make
from matsluice.tasks.features.electronic.curvature import FREE_CURVATURE

Record = Callable[..., ElectronicRecord]
Array = NDArray[np.float64]


def parabola(
    mass: float, edge: float, at: tuple[float, float, float] = (0, 0, 0)
) -> Callable[[Array], Array]:
    return lambda k: edge + FREE_CURVATURE * ((k - np.array(at)) ** 2).sum(axis=1) / (2 * mass)


def level(energy: float) -> Callable[[Array], Array]:
    return lambda k: np.full(len(k), energy)


def test_the_constant() -> None:
    # ħ²/(2mₑ) = 3.80998 eV Å², as in every textbook.
    half = FREE_CURVATURE / 2
    assert half == pytest.approx(3.80998, abs=1e-5)


@pytest.mark.parametrize("mass", [0.05, 1.0, 5.0])
def test_free_electrons_and_holes_on_a_path_that_ends_at_the_edge(path_record: Record, mass: float) -> None:
    record = path_record([parabola(-2 * mass, 0.0), parabola(mass, 1.0)])
    found, reasons = make().answer(record)
    assert found["effective_mass_electron"] == pytest.approx(mass, rel=1e-9)
    assert found["effective_mass_hole"] == pytest.approx(2 * mass, rel=1e-9)
    assert found["electron_fit_r2"] == pytest.approx(1)
    assert found["electron_fit_directions"] == 1
    assert "electron_mass_anisotropy" not in found
    assert reasons == [
        f"no {c} mass anisotropy: the masses are from one direction" for c in ("electron", "hole")
    ]


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_an_edge_within_a_path_is_fitted_on_both_sides(path_record: Record, shift: float) -> None:
    # 40 steps from Γ to X of 0.785 Å⁻¹ are 0.0196 Å⁻¹ each; the edge stands at step 16, or 0.3 steps beyond.
    step = np.pi / 4 / 40
    record = path_record([level(0.0), parabola(0.9, 1.0, ((16 + shift) * step, 0, 0))])
    found, _ = make().answer(record)
    assert found["effective_mass_electron"] == pytest.approx(0.9, rel=1e-9)
    assert found["electron_fit_reach"] > step


def test_directions_of_a_path_have_their_harmonic_mean(path_record: Record) -> None:
    def band(k: Array) -> Array:
        return np.asarray(1.0 + FREE_CURVATURE * (k[:, 0] ** 2 / 0.5 + k[:, 1] ** 2 / 2.0) / 2)

    record = path_record([level(0.0), band], corners=((0.5, 0, 0), (0, 0, 0), (0, 0.5, 0)))
    found, _ = make().answer(record)
    # Along x 0.5, along y 2: 1/m = (1/0.5 + 1/2)/2 = 1.25.
    assert found["effective_mass_electron"] == pytest.approx(0.8, rel=1e-9)
    assert found["smallest_electron_mass"] == pytest.approx(0.5, rel=1e-9)
    assert found["largest_electron_mass"] == pytest.approx(2.0, rel=1e-9)
    assert found["electron_mass_anisotropy"] == pytest.approx(4.0, rel=1e-9)
    assert found["electron_fit_directions"] == 2


def test_parallel_lines_through_an_edge_count_once(path_record: Record) -> None:
    # Γ to X and on from Γ to −X: one direction, whose other side time reversal gives already.
    record = path_record([level(0.0), parabola(1.0, 1.0)], corners=((0.5, 0, 0), (0, 0, 0), (-0.5, 0, 0)))
    assert make().answer(record)[0]["electron_fit_directions"] == 1


def test_bands_that_meet_are_counted_and_held_apart(path_record: Record) -> None:
    # Three holes meet at Γ, of masses 0.2, 0.6 and 0.6; a fourth 0.1 eV below does not.
    holes = [parabola(-m, 0.0) for m in (0.2, 0.6, 0.6)]
    record = path_record([*holes, parabola(-0.3, -0.1), level(1.0)])
    found, _ = make().answer(record)
    assert found["hole_edge_degeneracy"] == 3
    assert found["lightest_hole_mass"] == pytest.approx(0.2, rel=1e-9)
    assert found["heaviest_hole_mass"] == pytest.approx(0.6, rel=1e-9)
    # 1/m = (1/0.2 + 2/0.6)/3 = 2.7778
    assert found["effective_mass_hole"] == pytest.approx(0.36, rel=1e-9)


def test_tight_binding_on_a_mesh(mesh_record: Record) -> None:
    # E = −2t Σ cos(k a), so m* = ħ²/(2 t a²) at the bottom: with t = 0.5 eV, a = 4 Å 0.47625 mₑ. A cosine over the
    # window's first fifth, 0.05 eV, departs from its parabola by (ka)²/12, at most 0.05/0.5/12 = 0.8 %.
    t, a = 0.5, 4.0
    record = mesh_record([level(-9.0), lambda k: -2 * t * np.cos(k * a).sum(axis=1)], size=40, fermi=-5.0)
    found, _ = make().answer(record)
    assert found["effective_mass_electron"] == pytest.approx(FREE_CURVATURE / (2 * t * a**2), rel=0.01)
    assert found["electron_mass_anisotropy"] == pytest.approx(1.0, abs=1e-6)
    assert found["electron_fit_directions"] == 3


def test_a_tensor_with_entries_off_the_diagonal(mesh_record: Record) -> None:
    # Principal masses 0.5, 1 and 2 along axes turned by 30° about z: 1/m = (2 + 1 + 0.5)/3, m = 6/7.
    turn = np.array([[np.cos(0.5236), -np.sin(0.5236), 0], [np.sin(0.5236), np.cos(0.5236), 0], [0, 0, 1]])
    inverse = turn @ np.diag([2.0, 1.0, 0.5]) @ turn.T
    record = mesh_record(
        [level(0.0), lambda k: 1 + FREE_CURVATURE / 2 * np.einsum("ni,ij,nj->n", k, inverse, k)], size=31
    )
    found, reasons = make().answer(record)
    assert found["effective_mass_electron"] == pytest.approx(6 / 7, rel=1e-8)
    assert found["smallest_electron_mass"] == pytest.approx(0.5, rel=1e-8)
    assert found["largest_electron_mass"] == pytest.approx(2.0, rel=1e-8)
    assert reasons == ["no hole mass (the band is flat there, or bends the other way in a direction)"]


def test_a_wedge_is_completed_by_the_symmetry_of_the_structure(mesh_record: Record) -> None:
    def wedge(k: Array) -> NDArray[np.bool_]:
        return np.asarray((k[:, 0] >= k[:, 1]) & (k[:, 1] >= k[:, 2]) & (k[:, 2] >= 0))

    def band(k: Array) -> Array:
        return np.asarray(1 + 0.8 * (3 - np.cos(4 * k).sum(axis=1)))

    cell = CrystalCell(np.eye(3) * 4.0, np.array([11]), np.zeros((1, 3)))
    bands = [level(0.0), band]
    whole, _ = make().answer(mesh_record(bands, size=25))
    part, _ = make().answer(mesh_record(bands, size=25, cell=cell, wedge=wedge))
    assert part["effective_mass_electron"] == pytest.approx(whole["effective_mass_electron"], rel=1e-9)
    _, reasons = make().answer(mesh_record(bands, size=25, wedge=wedge))
    assert "there is no structure" in reasons[0]
    assert "15625 mesh points" in reasons[0]


def test_a_structure_whose_symmetry_the_bands_lack_is_noticed(mesh_record: Record) -> None:
    cell = CrystalCell(np.eye(3) * 4.0, np.array([11]), np.zeros((1, 3)))
    record = mesh_record(
        [level(0.0), lambda k: 1 + k[:, 0] ** 2 + 3 * k[:, 1] ** 2 + k[:, 2] ** 2], cell=cell
    )
    _, reasons = make().answer(record)
    assert "the bands do not have the symmetry of the structure" in reasons[0]


def test_scattered_kpoints_are_no_mesh() -> None:
    kpoints = np.array([[0.1, 0.2, 0.3], [0.4, 0.17, 0.05], [0.33, 0.21, 0.0]])
    bands = Bands(kpoints, np.eye(3), np.array([[[0.0, 0.0, 0.1], [1.0, 1.1, 1.0]]]), 0.5)
    found, reasons = make().answer(ElectronicRecord(bands=bands))
    assert found["band_gap"] == pytest.approx(0.9)
    assert "effective_mass_electron" not in found
    assert "neither a path nor a uniform mesh" in reasons[0]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_coarse_path_has_no_mass(path_record: Record, steps: int) -> None:
    # The first step is 0.26 Å⁻¹ or more: 0.1 mₑ has risen by 2.6 eV there.
    found, reasons = make().answer(path_record([level(0.0), parabola(0.1, 1.0)], steps=steps))
    assert "effective_mass_electron" not in found
    assert "too coarse: 1 k-points within 0.25 eV on a line, and 3 are needed" in reasons[0]


@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_a_coarse_mesh_has_no_mass(mesh_record: Record, size: int) -> None:
    found, reasons = make().answer(mesh_record([level(0.0), parabola(0.1, 1.0)], size=size))
    assert "effective_mass_electron" not in found
    assert "too coarse" in reasons[0]


def test_a_cone_is_no_parabola(path_record: Record) -> None:
    # Graphene's bands with a small gap: the least squares of |k| by a parabola have R² of at most 0.9375.
    record = path_record([level(0.0), lambda k: 1 + np.abs(k[:, 0])])
    found, reasons = make().answer(record)
    assert "effective_mass_electron" not in found
    assert "no parabola: R² 0.9" in reasons[0]


def test_a_line_that_ends_before_the_edge_has_no_mass(path_record: Record) -> None:
    # The lowest energy of this line is at its end, Γ plus 0.3, and the band falls on beyond it.
    record = path_record([level(0.0), parabola(1.0, 1.0)], corners=((0.3, 0, 0), (0.5, 0, 0)))
    found, reasons = make().answer(record)
    assert "effective_mass_electron" not in found
    assert "goes on beyond the end of the line" in reasons[0]


def test_flat_bands_have_no_mass(path_record: Record) -> None:
    _, reasons = make().answer(path_record([level(0.0), level(1.0)]))
    assert all("flat" in reason for reason in reasons)
    assert len(reasons) == 2


def test_a_metal_has_no_mass(path_record: Record) -> None:
    found, reasons = make().answer(path_record([parabola(1.0, 0.0), level(3.0)], fermi=0.5))
    assert found == {
        "band_gap": 0.0,
        "direct_gap": 0.0,
        "is_gap_direct": 0.0,
        "is_metal": 1.0,
        "spin_up_gap": 0.0,
        "spin_down_gap": 0.0,
    }
    assert reasons == ["no band edges and no effective mass in a metal"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shift=st.floats(-20, 20),
    seed=st.integers(0, 10_000),
    masses=st.tuples(st.floats(0.2, 3), st.floats(0.2, 3), st.floats(0.2, 3)),
)
def test_what_is_not_the_crystal_does_not_matter(
    mesh_record: Record, shift: float, seed: int, masses: tuple[float, float, float]
) -> None:
    """The zero of energy, the crystal's orientation and the order of the k-points leave every value as it is."""
    inverse = 1 / np.array(masses)
    bands = [
        lambda k: -FREE_CURVATURE / 2 * (k**2 @ inverse[::-1]),
        lambda k: 1 + FREE_CURVATURE / 2 * (k**2 @ inverse),
    ]
    record = mesh_record(bands, size=20)
    assert record.bands is not None
    random = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(random.normal(size=(3, 3)))
    order = random.permutation(len(record.bands.kpoints))
    moved = Bands(
        record.bands.kpoints[order],
        record.bands.reciprocal @ rotation,
        record.bands.energies[:, :, order] + shift,
        record.bands.fermi + shift,
    )
    before, _ = make().answer(record)
    after, _ = make().answer(ElectronicRecord(bands=moved))
    assert before.keys() == after.keys()
    assert after == pytest.approx(before, rel=1e-6, abs=1e-9)
    assert before["effective_mass_electron"] == pytest.approx(3 / inverse.sum(), rel=1e-7)
