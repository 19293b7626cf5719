"""Tables are read as they are: no value is invented, and a reason names what is missing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pymatgen.core.periodic_table import Element

from matsluice.infra.mistakes import Failed
from matsluice.tasks.features import find_block
from matsluice.tasks.features.composition.element_table import magpie_table, pymatgen_table
from matsluice.tasks.material import parse_formulas


def test_elemental_values_are_those_of_pymatgen() -> None:
    names = [column.name for column in find_block("composition.elemental").make().columns()]
    fe = find_block("composition.elemental").make().compute(parse_formulas(["Fe"]).batch).values[0]
    iron = Element("Fe")
    expected = {
        "mean_atomic_number": iron.Z,
        "mean_atomic_mass": float(iron.atomic_mass),
        "mean_electronegativity": iron.X,
        "mean_atomic_radius": float(iron.atomic_radius or 0),
        "mean_ionization_energy": iron.ionization_energy,
        "mean_electron_affinity": iron.electron_affinity,
        "mean_group": iron.group,
        "mean_period": iron.row,
    }
    for name, value in expected.items():
        assert fe[names.index(f"composition.elemental.{name}")] == value, name


def test_units_that_are_easily_mistaken() -> None:
    """Textbook: hydrogen's ionization energy 13.6 eV, iron melts at 1811 K, chlorine's affinity 3.61 eV."""
    table = pymatgen_table(
        [
            ("ionization", "Ionization energies"),
            ("melting", "Melting point"),
            ("affinity", "Electron affinity"),
        ]
    )
    assert table.values[1, 0] == pytest.approx(13.598, abs=1e-3)
    assert table.values[26, 1] == 1811
    assert table.values[17, 2] == pytest.approx(3.613, abs=1e-3)


def test_periods_of_the_rare_earths_are_6_and_7() -> None:
    table = pymatgen_table([("period", "row"), ("group", "group")])
    assert table.values[[57, 64, 71, 89, 92, 118], 0].tolist() == [6, 6, 6, 7, 7, 7]
    assert table.values[[1, 2, 26, 64, 118], 1].tolist() == [1, 18, 8, 3, 18]


def test_argon_has_no_radius() -> None:
    features = find_block("composition.elemental").make().compute(parse_formulas(["Ar", "Na"]).batch)
    assert features.undefined == {0: "no electronegativity, atomic_radius for Ar"}


def test_reasons_name_property_and_elements() -> None:
    features = find_block("composition.magpie").make().compute(parse_formulas(["NaCl", "HeNe", "KrO"]).batch)
    assert features.undefined == {1: "no MeltingT for He; no Electronegativity for He, Ne"}


def test_mode_is_defined_where_the_most_abundant_element_has_a_value() -> None:
    block = find_block("composition.magpie").make()
    names = [column.name for column in block.columns()]
    values = block.compute(parse_formulas(["Fe2He", "FeHe", "FeHe2"]).batch).values
    mode = names.index("composition.magpie.MagpieData mode Electronegativity")
    mean = names.index("composition.magpie.MagpieData mean Electronegativity")
    assert values[0, mode] == 1.83
    assert np.isnan(values[1:, mode]).all()
    assert np.isnan(values[:, mean]).all()


def test_missing_lines_and_words_are_missing_values() -> None:
    table = magpie_table(["Number", "Electronegativity", "SpaceGroupNumber"])
    assert table.values.shape == (119, 3)
    assert np.isnan(table.values[0]).all()
    assert np.isnan(table.values[113:, 0]).all()  # the file ends at 112
    assert np.isnan(table.values[2, 1])  # the file says "Missing"
    assert table.values[26].tolist() == [26, 1.83, 229]


def test_a_table_that_is_not_there() -> None:
    with pytest.raises(Failed, match="no readable Magpie table Nonsense"):
        magpie_table(["Nonsense"])


def test_every_element_with_a_valence_has_valence_electrons() -> None:
    counts = magpie_table(["NValence"]).values[1:113]
    assert (counts > 0).all()


def test_a_changed_number_changes_the_fingerprint() -> None:
    table, other = magpie_table(["Row"]), magpie_table(["Row"])
    assert table.fingerprint == other.fingerprint
    other.values[26, 0] += 1e-12
    assert table.fingerprint != other.fingerprint
    assert magpie_table(["Column"]).fingerprint != table.fingerprint


def test_matminer_is_not_imported() -> None:
    code = (
        "import sys; from matsluice.tasks.features import find_block; "
        "find_block('composition.magpie').make().columns(); "
        "assert not {'matminer', 'pymatgen.core', 'numba', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
