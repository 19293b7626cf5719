"""How long a block's first call takes in a new process: imports, tables, compiled kernels from disk, one material."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Final

BAR: Final = 1.0  # s
BLOCKS: Final = (
    "composition.magpie",
    "composition.oxidation",
    "structure.geometry",
    "structure.bonding",
    "structure.symmetry",
    "structure.radial",
    "structure.electrostatic",
    "graph.topology",
)
_RUNS: Final = 3

# Caesium chloride, as a formula or a cell.
_PROGRAM: Final = """
import sys
from time import perf_counter
start = perf_counter()
from matsluice.tasks.features import find_block
from matsluice.tasks.material import crystals_from_cells, parse_formulas
spec = find_block(sys.argv[1])
if spec.needs == "composition":
    batch = parse_formulas(["CsCl"]).batch
else:
    cube = [[4.12, 0, 0], [0, 4.12, 0], [0, 0, 4.12]]
    batch = crystals_from_cells([(cube, [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch
spec.make().compute(batch)
print(perf_counter() - start)
"""


def first_call(block: str) -> float:
    """Return the seconds of a first call in a new process, median of three; a run before them fills the cache."""
    command = [sys.executable, "-c", _PROGRAM, block]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a constant of ours
        for _ in range(1 + _RUNS)
    ]
    return median(float(run.stdout) for run in runs[1:])
