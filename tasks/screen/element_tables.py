"""What elements cost, how rare they are, and which are hazardous: tables with their source, date and unit."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from matsluice.tasks.ingest.element_words import RADIOACTIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

# Abundance in the Earth's crust, mg/kg. Haynes (ed.), CRC Handbook of Chemistry and Physics, 95th edition, 2014,
# section 14, "Abundance of elements in the Earth's crust and in the sea"; the numbers as mendeleev 1.3.0 gives them.
# Elements that are not listed are not found there.
CRUST_MG_PER_KG: Final = (
    "H=1400 He=0.008 Li=20 Be=2.8 B=10 C=200 N=19 O=461000 F=585 Ne=0.005 Na=23600 Mg=23300 Al=82300 "
    "Si=282000 P=1050 S=350 Cl=145 Ar=3.5 K=20900 Ca=41500 Sc=22 Ti=5650 V=120 Cr=102 Mn=950 Fe=56300 Co=25 "
    "Ni=84 Cu=60 Zn=70 Ga=19 Ge=1.5 As=1.8 Se=0.05 Br=2.4 Kr=0.0001 Rb=90 Sr=370 Y=33 Zr=165 Nb=20 Mo=1.2 "
    "Ru=0.001 Rh=0.001 Pd=0.015 Ag=0.075 Cd=0.15 In=0.25 Sn=2.3 Sb=0.2 Te=0.001 I=0.45 Xe=0.00003 Cs=3 "
    "Ba=425 La=39 Ce=66.5 Pr=9.2 Nd=41.5 Sm=7.05 Eu=2 Gd=6.2 Tb=1.2 Dy=5.2 Ho=1.3 Er=3.5 Tm=0.52 Yb=3.2 "
    "Lu=0.8 Hf=3 Ta=2 W=1.25 Re=0.0007 Os=0.0015 Ir=0.001 Pt=0.005 Au=0.004 Hg=0.085 Tl=0.85 Pb=14 Bi=0.0085 "
    "Po=2e-10 Rn=4e-13 Ra=9e-7 Ac=5.5e-10 Th=9.6 Pa=1.4e-6 U=2.7"
)

# Price of the element, US dollars per kg, the lower end where a range is given; Wikipedia, "Prices of
# chemical elements", revision 1262554464, which names the source and year of each; the numbers as mendeleev 1.3.0
# gives them. Elements that are sold by less than the gram are left out. Prices move: a
# campaign may give its own.
USD_PER_KG: Final = (
    "H=1.39 He=24 Li=81.4 Be=857 B=3.68 C=0.122 N=0.14 O=0.154 F=1.84 Ne=240 Na=2.57 Mg=2.32 Al=1.79 Si=1.7 "
    "P=2.69 S=0.0926 Cl=0.082 Ar=0.931 K=12.1 Ca=2.21 Sc=3460 Ti=11.1 V=357 Cr=9.4 Mn=1.82 Fe=0.424 Co=32.8 "
    "Ni=13.9 Cu=6 Zn=2.55 Ga=148 Ge=914 As=0.999 Se=21.4 Br=4.39 Kr=290 Rb=15500 Sr=6.53 Y=31 Zr=35.7 Nb=61.4 "
    "Mo=40.1 Ru=10400 Rh=147000 Pd=49500 Ag=521 Cd=2.73 In=167 Sn=18.7 Sb=5.79 Te=63.5 I=35 Xe=1800 Cs=61800 "
    "Ba=0.246 La=4.78 Ce=4.57 Pr=103 Nd=57.5 Sm=13.9 Eu=31.4 Gd=28.6 Tb=658 Dy=307 Ho=57.1 Er=26.4 Tm=3000 "
    "Yb=17.1 Lu=643 Hf=900 Ta=298 W=35.3 Re=3010 Os=12000 Ir=55500 Pt=27800 Au=75430 Hg=30.2 Tl=4200 Pb=2 "
    "Bi=6.36 Th=287 U=101"
)


@dataclass(frozen=True, slots=True)
class HazardList:
    """Elements to keep away from.

    Attributes
    ----------
    summary
        What they have in common.
    source
        Who says so.
    elements
        Symbol → the entry there that names it.
    """

    summary: str
    source: str
    elements: Mapping[str, str]


# The word in the campaign file → its list.
HAZARDS: Final[Mapping[str, HazardList]] = MappingProxyType(
    {
        "rohs": HazardList(
            "restricted in electrical equipment",
            "Directive 2011/65/EU, Annex II; chromium is meant in state +6, which a formula does not tell, so all is",
            {"Cr": "hexavalent chromium", "Cd": "cadmium", "Hg": "mercury", "Pb": "lead"},
        ),
        "radioactive": HazardList(
            "without a stable isotope",
            "IUPAC 2021, doi:10.1515/pac-2019-0603",
            dict.fromkeys(RADIOACTIVE, "no stable isotope"),
        ),
    }
)


def values_in(text: str) -> dict[str, float]:
    """Return symbol → value of one of the tables above.

    Examples
    --------
    >>> values_in(USD_PER_KG)["In"], values_in(CRUST_MG_PER_KG)["In"]
    (167.0, 0.25)
    """
    return {symbol: float(value) for symbol, value in (item.split("=") for item in text.split())}
