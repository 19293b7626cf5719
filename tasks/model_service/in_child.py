"""What the service's killable child does: read structures or formulas, and compute their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import Refused
from matsluice.infra.isolation.memory_limit import at_most_more
from matsluice.tasks.features.each import BlockRows, compute_each, joined, side_by_side
from matsluice.tasks.features.known_blocks import add_plugins, find_block
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.material import CellRefused, CompositionBatch, crystals_from_cells, parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists
from matsluice.tasks.material.readers.structure_text import cell_of_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.refusal import Refusal

# Caesium chloride: what every block can compute, with which kernels are compiled or loaded.
_CELL = ([[4.12, 0.0, 0.0], [0.0, 4.12, 0.0], [0.0, 0.0, 4.12]], [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])


@dataclass(frozen=True, slots=True)
class ChildTask:
    """What a model computes from, and what a material may cost.

    Attributes
    ----------
    blocks
        Words of the blocks, in the order of the columns.
    plugins
        Files with further blocks.
    atoms
        Sites that a structure may have.
    row_memory_bytes
        What computing may add to the process.
    """

    blocks: tuple[str, ...]
    plugins: tuple[PluginFile, ...]
    atoms: int
    row_memory_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class ChildRows:
    """What became of n materials.

    Attributes
    ----------
    computed
        Features and refusals of the n rows.
    compositions
        Of those that are not refused, in order.
    """

    computed: BlockRows
    compositions: CompositionBatch


# The child answers one caller, one call after the other.
_task: list[ChildTask] = []


def prepare(task: ChildTask) -> int:
    """Keep the task, load its blocks and try them out; returns how many columns they have."""
    add_plugins(task.plugins)
    _task[:] = [task]
    crystals = crystals_from_cells([_CELL]).batch
    tried = _features(Materials(crystals.compositions(), crystals))
    return tried.values.shape[1]


def compute(texts: tuple[str, ...], are_structures: bool) -> ChildRows:
    """Return the features of structures or formulas; one that cannot be read or computed is refused."""
    (task,) = _task
    with at_most_more(task.row_memory_bytes):
        materials, rows, refusals = (_crystals if are_structures else _compositions)(texts, task.atoms)
        parts = [_features(materials)] if len(rows) else []
    computed = joined(parts, parts[0].values.shape[1] if parts else 0)
    refused = {why.row: Refused(why.reason, why.detail) for why in refusals}
    refused |= {int(rows[place]): why for place, why in computed.refused.items()}
    values = np.full((len(texts), computed.values.shape[1]), np.nan)
    values[rows] = computed.values
    kept = [place for place in range(len(rows)) if place not in computed.refused]
    assert materials.compositions is not None
    seconds = np.zeros(len(texts), dtype=np.float32)
    return ChildRows(BlockRows(values, {}, refused, seconds), materials.compositions.take(kept))


def _crystals(texts: tuple[str, ...], most_atoms: int) -> tuple[Materials, NDArray[np.int64], list[Refusal]]:
    parsed = crystals_from_lists([_cell(text, most_atoms) for text in texts])
    return Materials(parsed.batch.compositions(), parsed.batch), parsed.rows, parsed.refused


def _compositions(texts: tuple[str, ...], _: int) -> tuple[Materials, NDArray[np.int64], list[Refusal]]:
    parsed = parse_formulas(texts)
    return Materials(parsed.batch), parsed.rows, parsed.refused


def _cell(text: str, most_atoms: int) -> CellLists | CellRefused:
    try:
        cell = cell_of_text(text)
    except MemoryError:
        return CellRefused("memory", "reading it takes more memory than a material may have")
    except Exception as error:  # noqa: BLE001 - whatever a reader meets in a stranger's text costs that text alone
        return CellRefused("unreadable structure", f"{type(error).__name__}: {error}")
    if isinstance(cell, CellLists) and len(cell.atomic_numbers) > most_atoms:
        return CellRefused(
            "too many atoms",
            f"the cell has {len(cell.atomic_numbers)} sites, at most {most_atoms} are computed",
        )
    return cell


def _features(materials: Materials) -> BlockRows:
    specs = [find_block(word) for word in _task[0].blocks]
    return side_by_side([compute_each(spec.make(), materials.seen_by(spec.needs)) for spec in specs])
