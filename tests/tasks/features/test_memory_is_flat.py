"""Featurization needs as much memory for many crystals as for few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Rock salt of eight atoms, every crystal of another size. Ten times as many may take so much more, MB: their table of
# values, 3600 rows of some 60 columns, and what the allocator leaves unused.
FEW, MANY, MORE_AT_MOST = 400, 4000, 40

_PROGRAM = """
import resource, sys
from pathlib import Path
from matsluice.tasks.features import featurize
from matsluice.tasks.features.table_file import featurize_file
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.material.crystals import CrystalBatch

sites = [[x, y, z] for x in (0, 0.5) for y in (0, 0.5) for z in (0, 0.5)]
numbers = [17 if 2 * sum(site) % 2 else 11 for site in sites]
way, rows, blocks, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(), Path(sys.argv[4])
edges = [5.6 + 1e-4 * row for row in range(rows)]
if way == "batch":
    cells = [([[a, 0, 0], [0, a, 0], [0, 0, a]], numbers, sites) for a in edges]
    table = featurize(crystals_from_cells(cells).batch, blocks)
    assert len(table) == rows
else:
    file = folder / f"{rows}.extxyz"
    with file.open("w") as lines:
        for a in edges:
            print(8, f'Lattice="{a} 0 0 0 {a} 0 0 0 {a}" Properties=species:S:1:pos:R:3', sep="\\n", file=lines)
            for number, site in zip(numbers, sites):
                print({11: "Na", 17: "Cl"}[number], *(a * x for x in site), file=lines)
    assert featurize_file(file, blocks, folder / f"{rows}.parquet")["computed"] == rows
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.parametrize(("way", "blocks"), [("batch", "structure.bonding"), ("file", "graph.topology")])
def test_ten_times_as_many_crystals_take_little_more_memory(way: str, blocks: str, tmp_path: Path) -> None:
    few, many = (_peak(way, rows, blocks, tmp_path) for rows in (FEW, MANY))
    assert many - few < MORE_AT_MOST


def _peak(way: str, rows: int, blocks: str, folder: Path) -> float:
    """Return the most memory a new process takes, MB."""
    command = [sys.executable, "-c", _PROGRAM, way, str(rows), blocks, str(folder)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(run.stdout)
