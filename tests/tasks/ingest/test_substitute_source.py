"""A prototype with other elements on its sites."""

from __future__ import annotations

import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure
from pymatgen.transformations.standard_transformations import SubstitutionTransformation

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.source_batch import STRUCTURE_ROWS, SourceBatch, read_source
from matsluice.tasks.ingest.substitute_options import SubstituteOptions
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_table

PEROVSKITE = """data_SrTiO3
_cell_length_a 3.905
_cell_length_b 3.905
_cell_length_c 3.905
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P m -3 m'
_symmetry_Int_Tables_number 221
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
A Sr 0 0 0
B Ti 0.5 0.5 0.5
X O 0.5 0.5 0
"""
# Two labels of one element, at places that are alike.
TWO_LABELS = """data_CsCl
_cell_length_a 4.12
_cell_length_b 4.12
_cell_length_c 4.12
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
corner Cs 0 0 0
centre Cs 0.5 0.5 0.5
"""


@pytest.fixture
def perovskite(tmp_path: Path) -> str:
    path = tmp_path / "perovskite.cif"
    path.write_text(PEROVSKITE)
    return str(path)


def made(prototype: str, sites: dict[str, tuple[str, ...]], **keys: Any) -> list[SourceBatch]:
    options = SubstituteOptions.model_validate({"prototype": prototype, "sites": sites, **keys})
    return list(read_source("substitute", options))


def formulas(batch: SourceBatch) -> list[str]:
    assert batch.crystals is not None
    crystals = batch.crystals.batch
    found: list[str] = materials_table(Materials(crystals.compositions(), crystals, None))[
        "formula"
    ].to_pylist()
    return found


def keys(batch: SourceBatch) -> list[str]:
    assert batch.crystals is not None
    crystals = batch.crystals.batch
    found: list[str] = materials_table(Materials(crystals.compositions(), crystals, None))["key"].to_pylist()
    return found


def test_decorations_are_those_of_pymatgen_but_for_the_lattice(perovskite: str) -> None:
    (batch,) = made(perovskite, {"Sr": ("Ca", "Ba", "La"), "Ti": ("Zr", "Al"), "O": ("O",)})
    assert batch.ids == [
        "perovskite:Sr=Ca,Ti=Zr,O=O", "perovskite:Sr=Ba,Ti=Zr,O=O", "perovskite:Sr=La,Ti=Al,O=O",
    ]  # fmt: skip
    assert formulas(batch) == ["CaZrO3", "BaZrO3", "LaAlO3"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prototype = Structure.from_file(perovskite)
    assert prototype.composition.reduced_formula == "SrTiO3"
    assert batch.crystals is not None
    crystals = batch.crystals.batch
    for row, name in enumerate(batch.ids):
        put = dict(pair.split("=") for pair in name.partition(":")[2].split(","))
        expected = SubstitutionTransformation(put).apply_transformation(prototype)
        sites = slice(crystals.offsets[row], crystals.offsets[row + 1])
        # The images of a site come in another order.
        ours = zip(
            crystals.atomic_numbers[sites].tolist(), crystals.positions[sites].round(9).tolist(), strict=True
        )
        theirs = ((site.specie.Z, (site.frac_coords % 1).round(9).tolist()) for site in expected)
        assert sorted(ours) == sorted(theirs)
        angles = Lattice(crystals.lattices[row]).angles
        np.testing.assert_allclose(angles, expected.lattice.angles)


def test_only_what_is_balanced_is_made(perovskite: str) -> None:
    sites = {"Sr": ("K", "Sr", "La"), "Ti": ("Al", "Ti", "Ta")}
    (batch,) = made(perovskite, sites)
    assert formulas(batch) == ["KTaO3", "SrTiO3", "LaAlO3"]
    (batch,) = made(perovskite, sites, charge_balanced=False, volume="keep")
    assert len(batch.ids) == 9
    (batch,) = made(perovskite, {"Sr": ("Eu",), "Ti": ("Al",)}, oxidation_states={"Eu": (3,)})
    assert formulas(batch) == ["EuAlO3"]
    with pytest.raises(InvalidInput, match="no decoration with these elements is charge-balanced"):
        made(perovskite, {"Sr": ("K",)})


@pytest.mark.parametrize(
    ("rule", "error"), [("ionic-radii", 0.1), ("atomic-radii", 0.3), ("element-volumes", 0.3)]
)
def test_volumes_are_near_those_measured(perovskite: str, rule: str, error: float) -> None:
    (batch,) = made(perovskite, {"Sr": ("Sr", "Ba"), "Ti": ("Ti", "Zr")}, volume=rule)
    assert batch.crystals is not None
    volume = dict(zip(batch.ids, batch.crystals.batch.volumes, strict=True))
    assert volume["perovskite:Sr=Sr,Ti=Ti"] == pytest.approx(3.905**3)
    # BaZrO3 is cubic with a = 4.193 Å.
    assert volume["perovskite:Sr=Ba,Ti=Zr"] == pytest.approx(4.193**3, rel=error)
    (kept,) = made(perovskite, {"Sr": ("Ba",)}, volume="keep")
    assert kept.crystals is not None
    assert kept.crystals.batch.volumes[0] == pytest.approx(3.905**3)


def test_labels_name_sites_and_what_is_one_crystal_comes_once(tmp_path: Path) -> None:
    (tmp_path / "CsCl.cif").write_text(TWO_LABELS)
    both = ("Na", "Cs", "F", "Cl")
    (batch,) = made(
        str(tmp_path / "CsCl.cif"),
        {"corner": both, "centre": both},
        volume="atomic-radii",
    )
    # F on the corner and Na in the centre is the same crystal as Na on the corner.
    assert batch.ids == [
        "CsCl:corner=F,centre=Na",
        "CsCl:corner=F,centre=Cl",
        "CsCl:corner=F,centre=Cs",
        "CsCl:corner=Na,centre=Cl",
        "CsCl:corner=Cl,centre=Cs",
    ]
    every = made(
        str(tmp_path / "CsCl.cif"),
        {"corner": both, "centre": both},
        charge_balanced=False,
        volume="keep",
    )[0]
    assert len(every.ids) == len(set(keys(every))) == 10


def test_the_prototypes_symmetry_leaves_out_exactly_the_duplicates(tmp_path: Path) -> None:
    """By brute force: the keys of all decorations of eight free sites are those that are made."""
    rock_salt = Structure(
        Lattice.cubic(5.6), ["Na"] * 4, [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    )
    rock_salt.to(str(tmp_path / "POSCAR"), fmt="poscar")
    path = tmp_path / "fcc.vasp"
    (tmp_path / "POSCAR").rename(path)
    labels = [f"Na{i}" for i in range(1, 5)]
    sites = dict.fromkeys(labels, ("Li", "Na", "K"))
    (batch,) = made(str(path), sites, charge_balanced=False, volume="keep")
    assert len(set(keys(batch))) == len(batch.ids) == 15  # multisets of 4 from 3
    assert batch.ids[0] == "fcc:Na1=Li,Na2=Li,Na3=Li,Na4=Li"


def test_mirror_images_are_two_crystals(tmp_path: Path) -> None:
    """Four sites of which no rotation brings one onto another: only a mirror does, and keys tell hands apart."""
    chiral = Structure(
        Lattice.orthorhombic(4.0, 5.0, 6.0),
        ["Li"] * 4,
        [[0.1, 0.2, 0.3], [0.9, 0.2, 0.3], [0.4, 0.7, 0.8], [0.6, 0.7, 0.8]],
    )
    path = tmp_path / "chiral.vasp"
    chiral.to(str(path), fmt="poscar")
    sites = dict.fromkeys(("Li1", "Li2", "Li3", "Li4"), ("Na", "K"))
    (batch,) = made(str(path), sites, charge_balanced=False, volume="keep")
    assert len(set(keys(batch))) == len(batch.ids)


def test_batches_and_the_order_of_the_options(perovskite: str) -> None:
    ions = (
        "Li",
        "Na",
        "K",
        "Rb",
        "Cs",
        "Mg",
        "Ca",
        "Sr",
        "Ba",
        "La",
        "Ti",
        "Zr",
        "Hf",
        "Nb",
        "Al",
        "Ga",
        "In",
    )
    sites = {"Sr": ions, "Ti": ions, "O": ("O", "S", "Se", "Te", "F", "Cl", "Br", "I")}
    batches = made(perovskite, sites)
    assert {len(batch.ids) for batch in batches[:-1]} <= {STRUCTURE_ROWS}
    names = [name for batch in batches for name in batch.ids]
    assert len(set(names)) == len(names) > 300
    turned = {key: tuple(reversed(sites[key])) for key in reversed(sites)}
    assert names == [name for batch in made(perovskite, turned) for name in batch.ids]
    assert [name for batch in made(perovskite, sites, limit=7) for name in batch.ids] == names[:7]


def test_the_first_come_before_the_last_are_made(perovskite: str) -> None:
    anything = tuple(s for s in ATOMIC_NUMBERS if ATOMIC_NUMBERS[s] < 84)
    sites = {"Sr": anything, "Ti": anything, "O": anything}  # 571,787 of them
    options = SubstituteOptions.model_validate(
        {"prototype": perovskite, "sites": sites, "charge_balanced": False, "volume": "keep"}
    )
    (first,) = islice(read_source("substitute", options), 1)
    assert len(first.ids) == STRUCTURE_ROWS


def test_rows_without_a_radius_are_refused(perovskite: str) -> None:
    (batch,) = made(perovskite, {"Sr": ("Sn", "Ba"), "Ti": ("Ti",)})
    assert {batch.ids[row]: why.reason for row, why in batch.refusals.items()} == {
        "perovskite:Sr=Sn,Ti=Ti": "no volume rule"
    }
    assert "no ionic radius of Sn2+ is known" in next(iter(batch.refusals.values())).detail


@pytest.mark.parametrize(
    ("text", "sites", "sentence"),
    [
        ("no structure at all", {"Sr": ("Ba",)}, "is no prototype"),
        (TWO_LABELS, {"Na": ("K",)}, 'no site is left that is called "Na".*it has.*Cs, corner, centre'),
        (TWO_LABELS, {"Cs": ("K",), "corner": ("K",), "centre": ("K",)}, 'called "Cs"'),
        (TWO_LABELS, {"Cs": ("K",)}, "is not charge-balanced by common oxidation states"),
        (TWO_LABELS + "b Cl 0.5 0.5 0.51\n", {"Cs": ("K",)}, "nearer than 0.5 Å"),
    ],
)
def test_prototypes_that_cannot_be_used(
    tmp_path: Path, text: str, sites: dict[str, tuple[str, ...]], sentence: str
) -> None:
    (tmp_path / "p.cif").write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        made(str(tmp_path / "p.cif"), sites)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"sites": {"Sr": ()}}, "name at least one element"),
        ({"sites": {"Sr": ("Ba", "Ba")}}, "Ba stands more than once"),
        ({"sites": {"Sr": ("ba",)}}, 'did you mean "Ba"'),
        ({"sites": {"Sr": ("He",)}}, "He forms no charge-balanced compound"),
        ({"sites": {"Sr": ("Ba",)}, "charge_balanced": False}, "there are no ionic radii"),
        ({"sites": {"Sr": ("Ba",)}, "oxidation_states": {"Ba": (0,)}}, "write its states as a list"),
        ({"sites": {}}, "at least 1"),
    ],
)
def test_options_that_contradict(perovskite: str, keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        SubstituteOptions.model_validate({"prototype": perovskite, **keys})


def test_excluded_elements_are_not_made(perovskite: str) -> None:
    options = SubstituteOptions.model_validate({"prototype": perovskite, "sites": {"Sr": ("Ba", "Pb")}})
    assert options.without(frozenset({"Pb"})).sites == {"Sr": ("Ba",)}
    with pytest.raises(ValueError, match="no element is left for the site Sr"):
        options.without(frozenset({"Ba", "Pb"}))
