"""CIF texts as people and programs write them."""

from __future__ import annotations

import csv
import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core.structure import Structure
from pymatgen.io.cif import CifParser, CifWriter

from matsluice.tasks.material.readers.cif import read_cifs

CELL = "data_salt\n" + "".join(f"_cell_length_{x} 5.64(2)\n" for x in "abc") + "".join(
    f"_cell_angle_{x} 90\n" for x in ("alpha", "beta", "gamma")
)  # fmt: skip
TABLE = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
SYMBOLS = TABLE.replace("_label\n", "_label\n_atom_site_type_symbol\n_atom_site_occupancy\n")
SALT = CELL + "_symmetry_space_group_name_H-M 'F m -3 m'\n" + TABLE + "Na1 0 0 0\nCl1 0.5 0.5 0.5\n"


def refusal(text: str) -> tuple[str, str]:
    parsed = read_cifs([text])
    assert len(parsed.batch) == 0
    (why,) = parsed.refused
    return why.reason, why.detail


def difference(text: str, structure: Structure) -> float:
    """Largest distance in fractional coordinates from our sites to pymatgen's, infinite where they differ."""
    parsed = read_cifs([text])
    assert not parsed.refused, parsed.refused
    batch = parsed.batch
    entries = [
        (species.Z, share, site.frac_coords) for site in structure for species, share in site.species.items()
    ]
    metric = batch.lattices[0] @ batch.lattices[0].T
    if len(entries) != len(batch.positions) or not np.allclose(
        metric, structure.lattice.matrix @ structure.lattice.matrix.T
    ):
        return float("inf")
    worst, left = 0.0, list(range(len(entries)))
    for number, share, place in entries:
        apart = {
            i: np.abs((d := batch.positions[i] - place) - np.round(d)).max()
            for i in left
            if batch.atomic_numbers[i] == number and abs(batch.occupancies[i] - share) < 1e-9
        }
        if not apart:
            return float("inf")
        nearest = min(apart, key=lambda i: apart[i])
        left.remove(nearest)
        worst = max(worst, apart[nearest])
    return worst


def test_the_same_cells_as_pymatgen(public_data: Callable[[str], Path]) -> None:
    with gzip.open(public_data("perov5/perov5_val.csv.gz"), "rt", newline="") as table:
        texts = [row["cif"] for row in csv.DictReader(table)][:400:4]
    for text in texts:
        (structure,) = CifParser.from_str(text, frac_tolerance=0).parse_structures(primitive=False)
        assert difference(text, structure) < 1e-9


def test_the_same_cells_as_pymatgen_where_symmetry_is_expanded() -> None:
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY

    structures = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of coordinates pymatgen rounds
        for structure in [some for some in structures if len(some) <= 12][::8]:
            text = str(CifWriter(structure, symprec=0.01))
            (expected,) = CifParser.from_str(text).parse_structures(primitive=False)
            # Half a unit of the fourth digit: we set 0.1667 to 1/6 as well as 0.3333 to 1/3.
            assert difference(text, expected) < 5.1e-5


def test_rock_salt_from_the_name_of_its_group() -> None:
    batch = read_cifs([SALT]).batch
    # 192 operations of Fm-3m take (0, 0, 0) to the 4 points of the face-centred lattice, and so (1/2, 1/2, 1/2).
    assert sorted(batch.atomic_numbers.tolist()) == [11] * 4 + [17] * 4
    assert batch.volumes[0] == pytest.approx(5.64**3)
    by_number = SALT.replace("_symmetry_space_group_name_H-M 'F m -3 m'", "_space_group_IT_number 225")
    by_hall = SALT.replace("_symmetry_space_group_name_H-M 'F m -3 m'", "_space_group_name_Hall '-F 4 2 3'")
    for text in (by_number, by_hall, SALT.replace("\n", "\r\n"), "\ufeff" + SALT):
        assert len(read_cifs([text]).batch.positions) == 8


def test_thirds_of_four_digits_lie_on_the_threefold_axis() -> None:
    # Mg stands at (1/3, 2/3, 1/4) and (2/3, 1/3, 3/4) of P6_3/mmc: two atoms, however 1/3 is rounded.
    cell = CELL.replace("gamma 90", "gamma 120").replace("_c 5.64", "_c 8.9")
    text = cell + "_space_group_IT_number 194\n" + TABLE + "Mg1 0.3333 0.6667 0.25\n"
    assert read_cifs([text]).batch.positions.tolist() == [
        pytest.approx([1 / 3, 2 / 3, 0.25]),
        pytest.approx([2 / 3, 1 / 3, 0.75]),
    ]


def test_shared_sites_and_vacancies() -> None:
    text = CELL + SYMBOLS + "A Fe3+ 0.60 0 0 0\nB Ni2+ 0.4 0 0 0\nC O2- .95(1) .5 .5 .5\nD Fe2+ . 0.5 0.5 0\n"
    batch = read_cifs([text]).batch
    assert batch.atomic_numbers.tolist() == [26, 28, 8, 26]
    assert batch.occupancies.tolist() == [0.6, 0.4, 0.95, 1.0]
    # One element with two charges at one place is one entry; an empty site is none.
    text = CELL + SYMBOLS + "A Fe3+ 0.5 0 0 0\nB Fe2+ 0.5 0 0 0\nC O2- 0 .5 .5 .5\n"
    batch = read_cifs([text]).batch
    assert batch.atomic_numbers.tolist() == [26]
    assert batch.is_ordered.all()


def test_rounded_occupancies_may_exceed_one_a_little() -> None:
    text = CELL + SYMBOLS + "A Fe 0.667 0 0 0\nB Ni 0.334 0 0 0\n"
    assert read_cifs([text]).batch.occupancies.sum() == pytest.approx(1)
    assert refusal(text.replace("0.334", "0.5"))[0] == "occupancy out of range"
    assert refusal(text.replace("0.334", "-0.5"))[0] == "occupancy out of range"


def test_cartesian_coordinates() -> None:
    text = CELL + TABLE.replace("fract", "Cartn") + "Cs1 0 0 0\nCl1 2.82 2.82 2.82\n"
    assert read_cifs([text]).batch.positions[1] == pytest.approx([0.5, 0.5, 0.5])


def test_magnetic_operations_move_atoms_too() -> None:
    operations = "loop_\n_space_group_symop_magn_operation.xyz\nx,y,z,+1\n-x,-y,-z,-1\n"
    batch = read_cifs([CELL + operations + TABLE + "Fe1 0.1 0.2 0.3\n"]).batch
    assert batch.positions.tolist() == [pytest.approx([0.1, 0.2, 0.3]), pytest.approx([0.9, 0.8, 0.7])]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no structure"),
        ("data_x\n", "no structure"),
        ("not a CIF at all", "unreadable CIF"),
        ("\x00\x01\x02", "unreadable CIF"),
        (SALT[: SALT.index("Cl1") + 5], "unreadable CIF"),
        (SALT + SALT.replace("data_salt", "data_more"), "several structures"),
        (SALT.replace("_cell_length_b 5.64(2)\n", ""), "no cell"),
        (SALT.replace("_cell_length_b 5.64(2)", "_cell_length_b ?"), "no cell"),
        (SALT.replace("_cell_length_b 5.64(2)", "_cell_length_b 0"), "no volume"),
        (SALT.replace("gamma 90", "gamma 180"), "no volume"),
        (SALT.replace("Cl1 0.5", "Cl1 ?"), "no coordinates"),
        (SALT.replace("Cl1 0.5", "Cl1 nan"), "no coordinates"),
        (SALT.replace("_atom_site_fract_z", "_atom_site_z"), "no coordinates"),
        (SALT.replace("Cl1", "D1"), "unknown element"),
        (SALT.replace("Cl1", "Xx1"), "unknown element"),
        (SALT.replace("Cl1", "CO1"), "ambiguous element"),
        (SALT.replace("'F m -3 m'", "'F o o'"), "unknown space group"),
        (SALT.replace("'F m -3 m'", "'F d -3 m'"), "ambiguous space group"),
        (SALT.replace("gamma 90", "gamma 100"), "contradictory symmetry"),
        (CELL + TABLE + "Na1 0 0 0\nCl1 0.01 0 0\n", "overlapping sites"),
        (SALT.replace("_cell_length_b", "_cell_length_a"), "unreadable CIF"),
        (CELL + "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\nrubbish\n" + TABLE + "Na1 0 0 0\n", "unreadable symmetry"),
        (CELL + "loop_\n_symmetry_equiv_pos_as_xyz\n-x,y,z\n" + TABLE + "Na1 .1 0 0\n", "unreadable symmetry"),
    ],
)  # fmt: skip
def test_what_is_no_crystal_is_refused(text: str, reason: str) -> None:
    found, detail = refusal(text)
    assert found == reason, detail
    assert "\n" not in detail


@settings(max_examples=150)
@given(st.integers(min_value=0, max_value=len(SALT)))
def test_a_text_cut_anywhere_is_refused_or_a_crystal(kept: int) -> None:
    parsed = read_cifs([SALT[:kept], SALT])
    assert parsed.rows[-1] == 1
    assert len(parsed.rows) + len(parsed.refused) == 2


def test_a_large_cell_among_small_ones() -> None:
    places = [(x / 8 + 0.01, y / 8, z / 8) for x in range(8) for y in range(8) for z in range(8)]
    rows = "".join(f"Si{i} {x} {y} {z}\n" for i, (x, y, z) in enumerate(places))
    text = CELL.replace("5.64", "20.64") + TABLE + rows
    assert read_cifs([SALT, text, "", SALT]).batch.site_counts.tolist() == [8, 512, 8]
