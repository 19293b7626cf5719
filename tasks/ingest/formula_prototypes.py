"""Named stoichiometries with the charges their sites take: perovskite ABX3, spinel AB2X4 and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from types import MappingProxyType
from typing import Final

from matsluice.tasks.material.usual_charges import is_ionic

# Late transition metals of a half-Heusler compound fill their d shell: 10 electrons less those they have.
_FILLED_D_SHELL: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("Fe", "Ru", "Os"), (-2,)),
        **dict.fromkeys(("Co", "Rh", "Ir"), (-1,)),
        **dict.fromkeys(("Ni", "Pd", "Pt"), (0,)),
        **dict.fromkeys(("Cu", "Ag", "Au"), (1,)),
    }
)


@dataclass(frozen=True, slots=True)
class FormulaPrototype:
    """A named stoichiometry.

    Attributes
    ----------
    name
        The word in the campaign file.
    formula
        With letters for its sites.
    counts
        Atoms of each site in one formula.
    charges
        Oxidation states that its sites take together; each sums to 0.
    source
        Where these are known from; a label is that of AFLOW's prototypes (doi:10.1016/j.commatsci.2017.01.017).
    own_states
        Symbol → states that an element takes in this prototype beside its common ones.
    """

    name: str
    formula: str
    counts: tuple[int, ...]
    charges: tuple[tuple[int, ...], ...]
    source: str
    own_states: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def assignments(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Give (states, counts) for every order in which elements may take the sites."""
        for charges in self.charges:
            yield from (
                (tuple(charge for charge, _ in order), tuple(count for _, count in order))
                for order in sorted(set(permutations(zip(charges, self.counts, strict=True))))
            )


PROTOTYPES: Mapping[str, FormulaPrototype] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            FormulaPrototype(
                "rock-salt", "AX", (1, 1), ((1, -1), (2, -2), (3, -3)),
                "AB_cF8_225_a_b; Goldschmidt 1926, doi:10.1007/BF01507527",
            ),
            FormulaPrototype(
                "fluorite", "AX2", (1, 2), ((2, -1), (4, -2)),
                "AB2_cF12_225_a_c; Goldschmidt 1926, doi:10.1007/BF01507527",
            ),
            FormulaPrototype(
                "corundum", "A2X3", (2, 3), ((3, -2),),
                "A2B3_hR10_167_c_e; Goldschmidt 1926, doi:10.1007/BF01507527",
            ),
            FormulaPrototype(
                "perovskite", "ABX3", (1, 1, 3), ((1, 2, -1), (1, 5, -2), (2, 4, -2), (3, 3, -2)),
                "AB3C_cP5_221_a_c_b; Bartel et al. 2019, doi:10.1126/sciadv.aav0693",
            ),
            FormulaPrototype(
                "double-perovskite", "A2BCX6", (2, 1, 1, 6),
                (
                    (1, 1, 3, -1), (2, 2, 6, -2), (2, 3, 5, -2), (2, 1, 7, -2),
                    (3, 2, 4, -2), (3, 1, 5, -2), (1, 4, 6, -2),
                ),
                "doubled AB3C_cP5_221_a_c_b; Bartel et al. 2019, doi:10.1126/sciadv.aav0693",
            ),
            FormulaPrototype(
                "spinel", "AB2X4", (1, 2, 4), ((2, 3, -2), (4, 2, -2), (6, 1, -2), (2, 1, -1)),
                "A2BC4_cF56_227_d_a_e; Hill et al. 1979, doi:10.1007/BF00307535",
            ),
            FormulaPrototype(
                "chalcopyrite", "ABX2", (1, 1, 2), ((1, 3, -2), (2, 4, -3)),
                "ABC2_tI16_122_a_b_d; Jaffe and Zunger 1984, doi:10.1103/PhysRevB.29.1882",
            ),
            FormulaPrototype(
                "kesterite", "A2BCX4", (2, 1, 1, 4), ((1, 2, 4, -2),),
                "space group 82; Chen et al. 2009, doi:10.1103/PhysRevB.79.165211",
            ),
            FormulaPrototype(
                "pyrochlore", "A2B2X7", (2, 2, 7), ((3, 4, -2), (2, 5, -2)),
                "space group 227; Subramanian et al. 1983, doi:10.1016/0079-6786(83)90001-8",
            ),
            FormulaPrototype(
                "half-heusler", "ABC", (1, 1, 1),
                (
                    (1, 2, -3), (1, 3, -4), (4, 0, -4), (3, 0, -3), (5, -1, -4), (4, -1, -3), (5, -2, -3), (3, 1, -4),
                    (2, 1, -3),
                ),
                "space group 216, 8 or 18 valence electrons; Zeier et al. 2016, doi:10.1038/natrevmats.2016.32",
                _FILLED_D_SHELL,
            ),
        )
    }
)  # fmt: skip


def is_ionic_beside_neutral(states: tuple[int, ...]) -> bool:
    """Return whether the states without those that are 0 are cations and then anions.

    Examples
    --------
    >>> is_ionic_beside_neutral((4, 0, -4)), is_ionic_beside_neutral((-4, 4, 0))
    (True, False)
    """
    charged = tuple(state for state in states if state)
    return bool(charged) and is_ionic(charged)
