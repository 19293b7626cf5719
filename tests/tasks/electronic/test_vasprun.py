"""vasprun.xml: what is taken from a run, by hand-written files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.electronic import CannotRead, read_record

KPOINTS = [(0.0, 0.0, 0.0), (0.25, 0.0, 0.0), (0.5, 0.0, 0.0)]
ENERGIES = np.array([[[0.0, 0.1, 0.2], [2.0, 2.1, 2.2]], [[-0.1, 0.2, 0.3], [3.0, 3.1, 3.2]]])
Text = Callable[..., str]


def write(folder: Path, text: str) -> str:
    (folder / "vasprun.xml").write_text(text)
    return str(folder / "vasprun.xml")


def test_bands_density_and_structure(tmp_path: Path, vasprun_text: Text) -> None:
    record = read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, fermi=1.0)))
    assert record.bands is not None
    assert record.density is not None
    assert record.composition is not None
    assert record.bands.energies.tolist() == ENERGIES.tolist()
    assert record.bands.lines is None
    assert record.bands.reciprocal == pytest.approx(np.eye(3) * 2 * np.pi / 4)
    assert record.density.densities.tolist() == [[1.0] * 5, [2.0] * 5]
    assert record.density.shells is None
    assert record.composition.tolist() == [2]
    assert record.fermi == 1.0


def test_line_mode_is_a_path(tmp_path: Path, vasprun_text: Text) -> None:
    record = read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, fermi=1.0, line_mode=True)))
    assert record.bands is not None
    assert record.bands.lines == ((0, 3),)


def test_points_of_weight_zero_are_the_path_of_a_hybrid_run(tmp_path: Path, vasprun_text: Text) -> None:
    record = read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, fermi=1.0, weights=[1.0, 0.0, 0.0])))
    assert record.bands is not None
    assert record.bands.kpoints.tolist() == [[0.25, 0, 0], [0.5, 0, 0]]
    assert record.bands.lines == ((0, 2),)


def test_a_fermi_energy_just_inside_a_band_goes_to_the_middle_of_the_gap(
    tmp_path: Path, vasprun_text: Text
) -> None:
    # The filled band ends at 0.3 eV, the empty one begins at 2: E_F = 0.2995 is within 1 meV of the edge.
    record = read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, fermi=0.2995)))
    assert record.fermi == pytest.approx((0.3 + 2.0) / 2)


def test_a_run_that_did_not_converge_is_refused(tmp_path: Path, vasprun_text: Text) -> None:
    # NELM is 3: a run of three steps was stopped by it.
    with pytest.raises(CannotRead, match="did not converge"):
        read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, electronic_steps=3)))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.98])
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, vasprun_text: Text, share: float) -> None:
    text = vasprun_text(KPOINTS, ENERGIES, fermi=1.0)
    with pytest.raises(CannotRead) as refusal:
        read_record(write(tmp_path, text[: int(share * len(text))]))
    assert refusal.value.reason == "truncated"


def test_a_folder_joins_the_parts_of_its_files(slab_run: Path) -> None:
    record = read_record(str(slab_run))
    assert record.bands is not None
    assert record.potential is not None
    assert record.fermi == 1.0


def test_a_folder_has_a_work_function(slab_run: Path) -> None:
    from matsluice.tasks.features.electronic.surface import make

    found, _ = make().answer(read_record(str(slab_run)))
    assert found["work_function"] == pytest.approx(5.0 - 1.0)
    assert found["vacuum_plateau_width"] == pytest.approx(5.0)  # 20 of 40 steps of 10 Å


def test_a_folder_with_a_cut_file_is_refused(slab_run: Path) -> None:
    (slab_run / "vasprun.xml").write_text("<modeling>")
    with pytest.raises(CannotRead, match=r"vasprun\.xml"):
        read_record(str(slab_run))


def test_a_density_printed_too_coarsely_is_no_density(tmp_path: Path, vasprun_text: Text) -> None:
    record = read_record(write(tmp_path, vasprun_text(KPOINTS, ENERGIES, fermi=1.0, integral=1.2)))
    assert record.density is None
    # 10 eV of 1 + 2 states/eV are 30; the file's integral is 36.
    assert "integrates to 30.0 states, and the file's own integral is 36.0" in record.missing["density"]
    assert record.bands is not None


def test_silicon(public_data: Callable[[str], Path]) -> None:
    record = read_record(str(public_data("electronic/si_vasprun.xml.gz")))
    assert record.bands is not None
    assert record.bands.energies.shape == (1, 40, 195)
    # Smeared by 1 meV and printed every 49 meV: most states fall between the energies of the grid.
    assert record.density is None
    assert "integrates to" in record.missing["density"]
    assert record.composition is not None
    assert record.composition.tolist() == [14, 14]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "an entity that grows without bound": f'<!DOCTYPE modeling [<!ENTITY l0 "lol">{LAUGHS}]>',
    "an entity that is another file": '<!DOCTYPE modeling [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
}


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_made_to_do_harm_is_refused_at_once(tmp_path: Path, vasprun_text: Text, head: str) -> None:
    begin, whole, rest = vasprun_text(KPOINTS, ENERGIES, fermi=1.0).partition("<modeling")
    text = f"{begin}{head}{whole}{rest}".replace("</modeling>", "<note>&l11;</note></modeling>")
    with pytest.raises(CannotRead) as refused:
        read_record(write(tmp_path, text))
    assert refused.value.reason == "wrong content"
    assert "root:" not in refused.value.detail
    assert "lollol" not in refused.value.detail
