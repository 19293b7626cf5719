"""electronic.surface: vacuum level and work function of a slab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from matsluice.tasks.features.block import Column
from matsluice.tasks.features.electronic.record_block import Answer, RecordBlock

if TYPE_CHECKING:
    from matsluice.tasks.electronic import ElectronicRecord

NAME: Final = "electronic.surface"
_SOURCE: Final = (
    "Φ = E_vac − E_F from the planar average: Fall, Binggeli & Baldereschi, doi:10.1088/0953-8984/11/13/006; "
    "two sides: Neugebauer & Scheffler, doi:10.1103/PhysRevB.46.16067"
)
COLUMNS: Final = tuple(
    Column(f"{NAME}.{word}", unit, definition, _SOURCE)
    for word, unit, definition in (
        (
            "work_function",
            "eV",
            "Φ = E_vac − E_F; of the side with the lower vacuum level where two sides differ",
        ),
        (
            "largest_work_function",
            "eV",
            "E_vac − E_F of the side with the higher vacuum level; Φ where there is one",
        ),
        (
            "vacuum_level",
            "eV",
            (
                "mean of an electron's planar-averaged potential energy over the middle half of the vacuum plateau, "
                "the lower of two, on the calculation's scale"
            ),
        ),
        (
            "vacuum_level_difference",
            "eV",
            "higher minus lower vacuum level of the two sides; 0 for one plateau",
        ),
        ("vacuum_plateau_width", "Å", "width of the plateau that vacuum_level is from"),
        ("plateau_slope", "eV/Å", "slope of a straight line through the middle half of that plateau"),
    )
)


@dataclass(frozen=True, slots=True)
class SurfaceBlock(RecordBlock):
    """Values of the planar-averaged potential; see `make` for the parameters."""

    COLUMNS = COLUMNS

    spread: float
    width: float

    def answer(self, record: ElectronicRecord) -> Answer:
        """Return one record's values by word, and why others are missing."""
        from matsluice.tasks.features.electronic.plateau import vacuum_plateaus

        potential = record.potential
        if potential is None:
            return {}, [record.missing.get("potential", "no potential in the document")]
        plateaus = vacuum_plateaus(potential.values, potential.period, self.spread, self.width)
        if isinstance(plateaus, str):
            return {}, [plateaus]
        lower, higher = plateaus[0], plateaus[-1]
        found = {"vacuum_level": lower.level, "vacuum_level_difference": higher.level - lower.level}
        reasons: list[str] = []
        if potential.period is None:
            reasons.append("no width and slope in Å: the table has no column of places")
        else:
            step = potential.period / len(potential.values)
            found |= {"vacuum_plateau_width": lower.points * step, "plateau_slope": lower.slope / step}
        if record.fermi is None:
            reasons.append("no work function: the document has a potential and no Fermi energy")
        else:
            found |= {
                "work_function": lower.level - record.fermi,
                "largest_work_function": higher.level - record.fermi,
            }
        return found, reasons


@cache
def make(spread: float = 0.05, width: float = 2.0) -> SurfaceBlock:
    """Return the block.

    Parameters
    ----------
    spread
        How much the potential may vary within a plateau, eV.
    width
        The least width of a plateau, Å; a tenth of the period where no lengths are known.

    Examples
    --------
    >>> make().columns()[0].name
    'electronic.surface.work_function'
    """
    return SurfaceBlock(spread, width)
