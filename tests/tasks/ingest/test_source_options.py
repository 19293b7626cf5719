"""The keys of the sources, by themselves."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.element_words import RADIOACTIVE, expand_groups
from matsluice.tasks.ingest.enumerate_options import DEFAULT_ELEMENTS, EnumerateOptions
from matsluice.tasks.ingest.enumerate_source import charge_balanced_formulas
from matsluice.tasks.ingest.oxidation_states import NEVER_BALANCED
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.ingest.sources import SOURCES
from matsluice.tasks.material import material_keys, parse_formulas

if TYPE_CHECKING:
    from pathlib import Path


def test_radioactive_elements_have_no_stable_isotope() -> None:
    from pymatgen.core.periodic_table import Element

    assert RADIOACTIVE[:3] == ("Tc", "Pm", "Po")
    assert {"Th", "U", "Og"} <= set(RADIOACTIVE)
    assert "Bi" not in RADIOACTIVE
    assert [Element(s).Z for s in RADIOACTIVE] == [43, 61, *range(84, 119)]


def test_groups_expand_once_in_order_of_atomic_number() -> None:
    assert expand_groups(["U", "Pb", "Pb", "radioactive", "H"])[:3] == ("H", "Tc", "Pm")
    assert expand_groups(["U", "radioactive"]).count("U") == 1


def test_elements_that_are_never_balanced_are_those_pymatgen_knows_nothing_of() -> None:
    from pymatgen.core.periodic_table import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns of each element without an electronegativity
        unknown = {e.symbol for e in Element if e.Z <= 118 and (not e.common_oxidation_states or e.X != e.X)}
    assert unknown - {"D", "T"} == set(NEVER_BALANCED)
    assert all(Element(symbol).common_oxidation_states for symbol in DEFAULT_ELEMENTS)


def test_own_oxidation_states_take_the_place_of_the_common_ones() -> None:
    # Copper's common state is +2 in pymatgen; CuInSe2 needs Cu+.
    wanted = material_keys(parse_formulas(["CuInSe2"]).batch)[0]

    def is_made(options: EnumerateOptions) -> bool:
        return wanted in material_keys(parse_formulas(list(charge_balanced_formulas(options))).batch)

    elements = ("Cu", "In", "Se")
    assert not is_made(EnumerateOptions(elements=elements))
    assert is_made(EnumerateOptions(elements=elements, oxidation_states={"Cu": (1, 2)}))


def test_excluded_elements_are_left_out() -> None:
    options = EnumerateOptions(elements=("Cu", "Pb", "In", "Se"), oxidation_states={"Pb": (2,), "Cu": (1,)})
    left = options.without(frozenset({"Pb"}))
    assert left.elements == ("Cu", "Se", "In")
    assert left.oxidation_states == {"Cu": (1,)}
    with pytest.raises(ValueError, match="only 2 elements are left"):
        left.without(frozenset({"Se"}))


def test_csv_path_is_relative_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n")
    (tmp_path / "b.csv").mkdir()
    table = {"path": "*.csv", "formula": "x"}
    options = CsvOptions.model_validate(table, context={"folder": tmp_path})
    assert options.files() == (tmp_path / "a.csv",)
    assert options.without(frozenset({"Pb"})) is options
    with pytest.raises(ValidationError, match="no file matches"):
        CsvOptions.model_validate({**table, "path": "c*.csv"}, context={"folder": tmp_path})


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_options_whose_fields_say_what_is_allowed(name: str) -> None:
    from matsluice.flows.campaign_file.vocabulary import source_options

    options = source_options(name)
    assert issubclass(options, SourceOptions)
    assert options.model_config["extra"] == "forbid"
    for field, info in options.model_fields.items():
        assert info.description, field
