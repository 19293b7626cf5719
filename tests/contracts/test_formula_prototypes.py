"""What every named stoichiometry promises."""

from __future__ import annotations

import re

import pytest

from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.enumerate_source import charge_balanced_formulas
from matsluice.tasks.ingest.formula_prototypes import PROTOTYPES, FormulaPrototype
from matsluice.tasks.material import material_keys, parse_formulas

# Compounds that everybody would expect of each.
KNOWN = {
    "rock-salt": ("NaCl", "MgO", "ScN"),
    "fluorite": ("CaF2", "ZrO2"),
    "corundum": ("Al2O3",),
    "perovskite": ("SrTiO3", "CsPbI3", "KTaO3", "LaAlO3"),
    "double-perovskite": ("Cs2AgBiBr6", "Sr2MgWO6", "Ba2YTaO6"),
    "spinel": ("MgAl2O4", "TiZn2O4"),
    "chalcopyrite": ("CuInSe2", "ZnGeP2"),
    "kesterite": ("Cu2ZnSnS4",),
    "pyrochlore": ("Y2Ti2O7", "Cd2Nb2O7"),
    "half-heusler": ("LiZnP", "TiNiSn", "TiCoSb", "NbFeSb", "LiAlSi"),
}


@pytest.mark.parametrize("spec", PROTOTYPES.values(), ids=lambda spec: spec.name)
def test_prototype(spec: FormulaPrototype) -> None:
    assert PROTOTYPES[spec.name] is spec
    written = [int(n or 1) for _, n in re.findall(r"([A-Z])(\d*)", spec.formula)]
    assert sorted(written) == sorted(spec.counts)
    assert "doi:10." in spec.source
    for charges in spec.charges:
        assert sum(n * q for n, q in zip(spec.counts, charges, strict=True)) == 0, charges
    for formula in KNOWN[spec.name]:
        elements = tuple(re.findall(r"[A-Z][a-z]?", formula))
        options = EnumerateOptions(
            elements=elements, prototypes=(spec.name,), oxidation_states=_own(elements)
        )
        made = list(charge_balanced_formulas(options))
        assert len(made) == len(set(made))
        assert material_keys(parse_formulas([formula]).batch)[0] in material_keys(parse_formulas(made).batch)


def _own(elements: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    # pymatgen counts Cu as 2+ only.
    return {"Cu": (1,)} if "Cu" in elements else {}
