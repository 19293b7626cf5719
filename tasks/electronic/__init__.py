"""What an electronic record is (bands, density of states, potential) and how it is read."""

from matsluice.tasks.electronic.batch import ElectronicBatch
from matsluice.tasks.electronic.reader import read_record
from matsluice.tasks.electronic.record import (
    Bands,
    CannotRead,
    CrystalCell,
    ElectronicRecord,
    PlanarPotential,
    StateDensity,
)

__all__ = [
    "Bands",
    "CannotRead",
    "CrystalCell",
    "ElectronicBatch",
    "ElectronicRecord",
    "PlanarPotential",
    "StateDensity",
    "read_record",
]
