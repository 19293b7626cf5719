"""Whether a block's values are a material's own: some are computed once more, each alone, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array
from matsluice.tasks.audit.finding import Finding, named
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.known_blocks import MATMINER_PREFIX, add_plugins, find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.plugins import PluginFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited
    from matsluice.tasks.features.block_spec import BlockSpec
    from matsluice.tasks.material.materials import Needs

# Materials that are computed once more, by what a block needs of them: microseconds each, or seconds.
SAMPLE: Mapping[Needs, int] = MappingProxyType({"composition": 16, "structure": 8, "electronic": 2})
RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class RecomputeCall:
    """Which materials of which block: paths, names and numbers only.

    Attributes
    ----------
    block
        A block's word.
    materials
        The snapshot's materials.parquet.
    rows
        Its rows that are computed once more.
    matrix
        .npy file of features, (unique materials, columns).
    first, last
        The block's first column in it, and the one behind its last.
    made_by, limits, plugins
        As in a ChunkCall.
    """

    block: str
    materials: str
    rows: tuple[int, ...]
    matrix: str
    first: int
    last: int
    made_by: MadeBy
    limits: RowLimits = field(default=RowLimits())
    plugins: tuple[PluginFile, ...] = ()

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return f"{self.block}/recomputed"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What computing some materials once more has shown.

    Attributes
    ----------
    block
        Its word.
    materials
        How many were computed.
    differ
        (material, first column that differs, stored value, value alone, whether two computations alone differ too).
    """

    block: str
    materials: int
    differ: tuple[tuple[int, int, float, float, bool], ...]


def is_recomputed(spec: BlockSpec) -> bool:
    """Return whether a block's values are looked at: this project's own blocks are held to it by its tests."""
    return bool(spec.code) or spec.name.startswith(MATMINER_PREFIX)


def sample_of(material: NDArray[np.int64], needs: Needs) -> tuple[int, ...]:
    """Return some materials of training rows, (n,), spread over the rows' order, which is one of content.

    Examples
    --------
    >>> sample_of(np.array([5, 5, 3, 9, 1, 0]), "electronic")
    (0, 5)
    """
    distinct = material[np.sort(np.unique(material, return_index=True)[1])]
    places = np.linspace(0, len(distinct) - 1, min(len(distinct), SAMPLE[needs])).astype(np.int64)
    return tuple(sorted(set(distinct[places].tolist())))


def recompute(call: RecomputeCall) -> Recomputed:
    """Compute each material alone, on a worker, and compare with what stands in the matrix."""
    add_plugins(call.plugins)
    matrix = mapped_array(call.matrix)
    differ = []
    for row in call.rows:
        stored = np.asarray(matrix[row, call.first : call.last])
        alone = _alone(call, row)
        unequal = ~_equal(stored, alone)
        if unequal.any():
            column = int(np.argmax(unequal))
            again = not _equal(alone, _alone(call, row)).all()
            differ.append((row, call.first + column, float(stored[column]), float(alone[column]), again))
    return Recomputed(call.block, len(call.rows), tuple(differ))


def _alone(call: RecomputeCall, row: int) -> NDArray[np.float64]:
    task = RowsTask(
        call.materials, np.array([row]), call.block, call.made_by, call.limits.memory_bytes, call.plugins
    )
    return np.asarray(compute_isolated(child_of_this_thread(), task, call.limits.timeout_s).values[0])


def _equal(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isclose(one, other, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def outside_fold(audited: Audited) -> Iterator[Finding]:
    """Find blocks whose values depend on the other rows they are computed with, or on chance."""
    for one in audited.recomputed:
        if not one.differ:
            continue
        materials = [material for material, *_ in one.differ]
        ids = _ids_of(audited, materials)
        columns = tuple(dict.fromkeys(audited.columns[column] for _, column, *_ in one.differ))
        _, column, stored, alone, chance = one.differ[0]
        what = (
            "gives another value each time it is computed"
            if chance
            else "depends on the other rows it is computed with, as a scaler fitted on all rows does, so that a fold "
            "learns from what it tests"
        )
        yield Finding(
            "features-outside-fold",
            "stops",
            f"block {one.block} {what}: {audited.columns[column]} of {named(ids, 1)} is {stored:.6g} in its chunk and "
            f"{alone:.6g} alone, and {len(materials)} of {one.materials} materials computed once more differ; scale "
            "inside the model's pipeline, which is fitted on the rows of a fold",
            ids,
            one.materials,
            audited.target,
            block=find_block(one.block).name,
            columns=columns,
        )


def _ids_of(audited: Audited, materials: Sequence[int]) -> NDArray[np.str_]:
    first = {material: place for place, material in reversed(list(enumerate(audited.rows.material.tolist())))}
    # A material may be labelled for another target only.
    return np.array([str(audited.rows.ids[first[one]]) for one in materials if one in first], dtype=np.str_)
