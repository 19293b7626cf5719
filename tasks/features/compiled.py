"""Every kernel compiled once on this machine, so that a worker's first call finds it on disk.

python -m matsluice.tasks.features.compiled
"""

from __future__ import annotations

import numpy as np

from matsluice.models.compiled import compile_kernels as compile_looks
from matsluice.models.sisso.compiled import compile_kernels as compile_formula_search
from matsluice.tasks.features.blocks import BLOCKS
from matsluice.tasks.features.table import featurize
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.material.crystal_identity import crystal_keys
from matsluice.tasks.screen.pareto import fronts, may_lead


def compile_kernels() -> None:
    """Compute every block and the key of caesium chloride, learn from some rows, put two candidates into fronts."""
    cell = ([[4.12, 0.0, 0.0], [0.0, 4.12, 0.0], [0.0, 0.0, 4.12]], [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    names = [spec.name for spec in BLOCKS.values() if spec.needs != "electronic" and not spec.extra]
    batch = crystals_from_cells([cell]).batch
    featurize(batch, names)
    crystal_keys(batch)
    compile_formula_search()
    compile_looks()
    sought = np.array([[1.0, 0.0], [0.0, 1.0]])
    fronts(sought)
    may_lead(sought, np.arange(2), 1, 2)


if __name__ == "__main__":
    compile_kernels()
