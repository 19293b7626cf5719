"""electronic.surface: potentials of steps, by hand, and public data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.tasks.electronic import ElectronicRecord, PlanarPotential, read_record
from matsluice.tasks.features.electronic.surface import make

PERIOD = 20.0  # Å, 400 steps of 0.05 Å
PLACES = np.arange(400) * 0.05


def slab(left: float, right: float, solid: float = -10.0) -> NDArray[np.float64]:
    """Return a slab from 5 to 11 Å; the vacuum left of 5 Å and right of 18 Å is `left`, the rest `right`."""
    profile = np.where((PLACES >= 5) & (PLACES < 11), solid - np.sin(PLACES * 6), right)
    return np.where((PLACES < 5) | (PLACES >= 18), left, profile)


def answer(
    values: NDArray[np.float64], period: float | None = PERIOD, fermi: float | None = 1.0, **parameters: float
) -> tuple[dict[str, float], list[str]]:
    found, reasons = make(**parameters).answer(
        ElectronicRecord(potential=PlanarPotential(values, period), fermi=fermi)
    )
    return dict(found), list(reasons)


def test_a_slab_of_two_equal_sides() -> None:
    found, reasons = answer(slab(4.5, 4.5))
    # Φ = 4.5 − 1; the vacuum goes from 11 to 25 Å, 14 Å.
    assert found == pytest.approx(
        {
            "work_function": 3.5,
            "largest_work_function": 3.5,
            "vacuum_level": 4.5,
            "vacuum_level_difference": 0.0,
            "vacuum_plateau_width": 14.0,
            "plateau_slope": 0.0,
        }
    )
    assert reasons == []


def test_a_slab_of_two_different_sides_has_two_levels() -> None:
    found, _ = answer(slab(left=5.5, right=4.5))
    assert found["work_function"] == pytest.approx(3.5)
    assert found["largest_work_function"] == pytest.approx(4.5)
    assert found["vacuum_level_difference"] == pytest.approx(1.0)
    # The lower one from 11 to 18 Å.
    assert found["vacuum_plateau_width"] == pytest.approx(7.0)


def test_a_small_slope_is_told() -> None:
    found, _ = answer(
        slab(4.5, 4.5) + np.where((PLACES >= 11) & (PLACES < 18), 0.002 * (PLACES - 11), 0.0), spread=0.01
    )
    assert found["plateau_slope"] == pytest.approx(0.0, abs=0.003)
    tilted = slab(-20.0, 4.5) + np.where((PLACES >= 11) & (PLACES < 18), 0.002 * (PLACES - 11), 0.0)
    assert answer(tilted)[0]["plateau_slope"] == pytest.approx(0.002)


def test_a_vacuum_that_slopes_has_no_level() -> None:
    # 0.02 V/Å over 14 Å is 0.28 eV: three plateaus of 0.05 eV end to end, which are none.
    distance = (PLACES - 11) % PERIOD
    found, reasons = answer(np.where(distance < 14, 4.5 + 0.02 * distance, -10.0))
    assert found == {}
    assert reasons == ["no flat vacuum: the potential slopes through it (a dipole that is not corrected for)"]


def test_a_potential_of_the_other_sign_is_told() -> None:
    found, reasons = answer(-slab(4.5, 4.5))
    assert found == {}
    assert "change the sign" in reasons[0]


def test_a_bulk_crystal_has_no_vacuum() -> None:
    found, reasons = answer(5 * np.cos(2 * np.pi * PLACES / 5))
    assert found == {}
    assert reasons == ["no vacuum plateau in the potential"]


def test_a_gap_narrower_than_the_least_width_is_no_vacuum() -> None:
    narrow = np.where((PLACES >= 5) & (PLACES < 6.5), 4.5, -10 - 3 * np.sin(PLACES * 6))
    assert answer(narrow)[1] == ["no vacuum plateau in the potential"]
    assert answer(narrow, width=1.0)[0]["vacuum_level"] == pytest.approx(4.5)


def test_without_a_fermi_energy_there_is_a_level_only() -> None:
    found, reasons = answer(slab(4.5, 4.5), fermi=None)
    assert found["vacuum_level"] == pytest.approx(4.5)
    assert "work_function" not in found
    assert reasons == ["no work function: the document has a potential and no Fermi energy"]


def test_without_places_there_are_no_lengths() -> None:
    found, reasons = answer(slab(4.5, 4.5), period=None)
    assert found["work_function"] == pytest.approx(3.5)
    assert "vacuum_plateau_width" not in found
    assert reasons == ["no width and slope in Å: the table has no column of places"]


@given(shift=st.integers(0, 399), zero=st.floats(-5, 5), left=st.floats(3, 6), right=st.floats(3, 6))
def test_the_origin_the_direction_and_the_zero_of_energy_do_not_matter(
    shift: int, zero: float, left: float, right: float
) -> None:
    values = slab(left, right)
    found, reasons = answer(values)
    moved, moved_reasons = answer(np.roll(values[::-1], shift) + zero, fermi=1.0 + zero)
    for word in ("work_function", "largest_work_function", "vacuum_level_difference"):
        assert (word in moved) == (word in found)
        if word in found:
            assert moved[word] == pytest.approx(found[word], abs=1e-6 if abs(left - right) > 0.05 else 0.05)
    assert moved_reasons == reasons


def test_a_run_with_a_potential_has_a_work_function(public_data: Callable[[str], Path]) -> None:
    bulk = read_record(str(public_data("electronic/zns_bulk_LOCPOT.gz")))
    assert make().answer(bulk) == ({}, ["no vacuum plateau in the potential"])
    slab_table = read_record(str(public_data("electronic/bi2o3_slab_planar_potential.csv")))
    found, reasons = make().answer(slab_table)
    assert found == pytest.approx({"vacuum_level": 8.2925, "vacuum_level_difference": 0.0}, abs=1e-3)
    assert len(reasons) == 2
