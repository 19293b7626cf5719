"""Which of matminer's featurizers can be used as they are, and how each is made.

Left out, with the reason:

- what has to be fitted to all materials first, so that a row's columns depend on the others: BagofBonds,
  BondFractions, CoulombMatrix, SineCoulombMatrix, MinimumRelativeDistances, PartialRadialDistributionFunction,
  SOAP, ChemicalSRO (structure.radial and structure.electrostatic have what some of these are for);
- what asks a server: CohesiveEnergyMP, and CohesiveEnergy, which does so for each formula;
- what wraps another featurizer and is nothing alone: StructureComposition, PartialsSiteStatsFingerprint;
- what has no number as its result: the conversions and the featurizers of functions;
- what wants a band structure or a density of states: electronic.bands and electronic.dos are for these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Featurizer:
    """How one of matminer's classes is made.

    Attributes
    ----------
    needs : {"composition", "structure"}
        What it is computed from.
    package : {"composition", "structure", "site"}
        Where in ``matminer.featurizers`` the class is. A featurizer of sites is put through
        ``SiteStatsFingerprint``.
    preset : str
        The argument of ``from_preset``; "" for the class's own defaults.
    arguments : tuple of (str, value)
        Further arguments of the maker.
    charged : bool
        Whether it wants oxidation states; they are guessed as pymatgen does.
    statistics : tuple of str
        Over the sites, for a featurizer of sites.
    texts : tuple of str
        Labels of results that are words, which are no features and left out.
    """

    needs: Literal["composition", "structure"]
    package: Literal["composition", "structure", "site"]
    preset: str = ""
    arguments: tuple[tuple[str, object], ...] = ()
    charged: bool = False
    statistics: tuple[str, ...] = ("mean", "std_dev")
    texts: tuple[str, ...] = ()


# Nothing is imputed, ever: where a class can, it is told not to.
_AS_IS: Final = (("impute_nan", False),)

FEATURIZERS: Final[Mapping[str, Featurizer]] = MappingProxyType(
    {
        "AtomicOrbitals": Featurizer(
            "composition",
            "composition",
            texts=("HOMO_character", "HOMO_element", "LUMO_character", "LUMO_element"),
        ),
        "AtomicPackingEfficiency": Featurizer("composition", "composition", arguments=_AS_IS),
        "BandCenter": Featurizer("composition", "composition", arguments=_AS_IS),
        "CationProperty": Featurizer("composition", "composition", "deml", _AS_IS, charged=True),
        "ElectronAffinity": Featurizer("composition", "composition", arguments=_AS_IS, charged=True),
        "ElectronegativityDiff": Featurizer("composition", "composition", charged=True),
        "ElementFraction": Featurizer("composition", "composition"),
        "ElementProperty": Featurizer("composition", "composition", "magpie", _AS_IS),
        "IonProperty": Featurizer("composition", "composition", arguments=_AS_IS),
        "Meredig": Featurizer("composition", "composition", arguments=_AS_IS),
        "Miedema": Featurizer("composition", "composition", arguments=_AS_IS),
        "OxidationStates": Featurizer("composition", "composition", charged=True),
        "Stoichiometry": Featurizer("composition", "composition"),
        "TMetalFraction": Featurizer("composition", "composition"),
        "ValenceOrbital": Featurizer("composition", "composition", arguments=_AS_IS),
        "WenAlloys": Featurizer(
            "composition", "composition", arguments=_AS_IS, texts=("Weight Fraction", "Atomic Fraction")
        ),
        "YangSolidSolution": Featurizer("composition", "composition", arguments=_AS_IS),
        "ChemicalOrdering": Featurizer("structure", "structure"),
        "DensityFeatures": Featurizer("structure", "structure"),
        "Dimensionality": Featurizer("structure", "structure"),
        "ElectronicRadialDistributionFunction": Featurizer("structure", "structure", charged=True),
        "EwaldEnergy": Featurizer("structure", "structure", charged=True),
        "GlobalInstabilityIndex": Featurizer("structure", "structure", charged=True),
        "GlobalSymmetryFeatures": Featurizer("structure", "structure", texts=("crystal_system",)),
        "JarvisCFID": Featurizer("structure", "structure"),
        "MaximumPackingEfficiency": Featurizer("structure", "structure"),
        "OrbitalFieldMatrix": Featurizer("structure", "structure"),
        "RadialDistributionFunction": Featurizer("structure", "structure"),
        "SiteStatsFingerprint": Featurizer("structure", "structure", "CrystalNNFingerprint_ops"),
        "StructuralComplexity": Featurizer("structure", "structure"),
        "StructuralHeterogeneity": Featurizer("structure", "structure"),
        "XRDPowderPattern": Featurizer("structure", "structure"),
        # Without the parts along x, y and z, which change when the crystal is turned.
        "AGNIFingerprints": Featurizer("structure", "site", arguments=(("directions", (None,)),)),
        "AngularFourierSeries": Featurizer("structure", "site", "gaussian"),
        "AverageBondAngle": Featurizer("structure", "structure", "BondAngle-dejong2016"),
        "AverageBondLength": Featurizer("structure", "structure", "BondLength-dejong2016"),
        "BondOrientationalParameter": Featurizer("structure", "site"),
        "ChemEnvSiteFingerprint": Featurizer("structure", "site", "simple"),
        "CoordinationNumber": Featurizer("structure", "structure", "CoordinationNumber_ward-prb-2017"),
        "CrystalNNFingerprint": Featurizer("structure", "structure", "CrystalNNFingerprint_ops"),
        "EwaldSiteEnergy": Featurizer("structure", "site", arguments=(("accuracy", 12),), charged=True),
        "GaussianSymmFunc": Featurizer("structure", "site"),
        "GeneralizedRadialDistributionFunction": Featurizer("structure", "site", "gaussian"),
        "IntersticeDistribution": Featurizer("structure", "site", arguments=_AS_IS),
        "LocalPropertyDifference": Featurizer(
            "structure",
            "site",
            "ward-prb-2017",
            _AS_IS,
            statistics=("minimum", "maximum", "range", "mean", "avg_dev"),
        ),
        "OPSiteFingerprint": Featurizer("structure", "structure", "OPSiteFingerprint"),
        "SiteElementalProperty": Featurizer("structure", "site", "seko-prb-2017", _AS_IS),
        "VoronoiFingerprint": Featurizer("structure", "site"),
    }
)
