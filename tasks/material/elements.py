"""The 118 elements: symbols by atomic number, and the order in which a formula names them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

LAST_ATOMIC_NUMBER: Final = 118

# Position 0 is empty, so that SYMBOLS[Z] is the symbol of atomic number Z.
SYMBOLS: Final = (
    "",
    *(  # noqa: SIM905 - one text is easier to check against a periodic table than 118 quoted symbols
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br "
        "Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho "
        "Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es "
        "Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
    ).split(),
)

ATOMIC_NUMBERS: Final = MappingProxyType({symbol: z for z, symbol in enumerate(SYMBOLS) if symbol})

# Increasing Pauling electronegativity, then alphabetical, elements without a value last: the order in which
# pymatgen writes formulas (doi:10.1016/j.commatsci.2012.10.028). Literal, so that a readable formula never
# changes with the pymatgen that is installed; a test compares the two.
_BY_ELECTRONEGATIVITY: Final = (  # noqa: SIM905 - as above
    "Fr Cs K Rb Ba Ra Na Sr Li Ca Ac La Tb Yb Ce Pm Pr Nd Sm Eu Gd Dy Y Ho Er Tm Lu Pu Am Bk Cf Cm "
    "Es Fm Hf Lr Md No Th Mg Zr Np Sc U Pa Ta Ti Mn Be Nb Al Tl V Zn Cr Cd In Ga Fe Co Cu Re Si Tc "
    "Ni Ag Sn Hg Po Ge Bi B Sb Te Mo As P At H Ir Os Pd Rn Ru Pt Rh Pb W Au C Se S Xe I Br Kr N Cl O "
    "F Ar Bh Cn Db Ds Fl He Hs Lv Mc Mt Ne Nh Og Rf Rg Sg Ts"
).split()

# FORMULA_RANK[Z] is the place of element Z in a readable formula.
FORMULA_RANK: Final = (0, *(_BY_ELECTRONEGATIVITY.index(symbol) for symbol in SYMBOLS[1:]))
