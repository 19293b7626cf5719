"""A chunk as it travels to a worker and on to its child: paths, names and numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.plugins import PluginFile


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What one row may cost.

    Attributes
    ----------
    timeout_s
        Seconds.
    memory_bytes
        What it may add to the process that computes it.
    """

    timeout_s: float = 60.0
    memory_bytes: int = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class ChunkCall:
    """Which materials, which block, which store: paths, names and numbers only.

    Attributes
    ----------
    materials
        A snapshot's materials.parquet.
    wanted
        .npy file of `first_wanted`: the rows of `materials` to compute, and which attempt it is.
    start, stop
        The part of `wanted` this call computes.
    block
        A block's word.
    store
        The feature store.
    made_by
        The code that the run relies on.
    limits
        What a row may cost.
    plugins
        Files with further blocks.
    """

    materials: str
    wanted: str
    start: int
    stop: int
    block: str
    store: str
    made_by: MadeBy
    limits: RowLimits = field(default=RowLimits())
    plugins: tuple[PluginFile, ...] = ()

    @property
    def label(self) -> str:
        """What the run's log calls the chunk."""
        return f"{self.block}/{self.start}-{self.stop}"


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What became of a chunk: its rows, and how many of them were refused for which reason.

    Attributes
    ----------
    examples
        (key, reason, detail) of the first refused ones, for the run's log.
    """

    rows: int
    refused: Mapping[str, int]
    examples: tuple[tuple[str, str, str], ...] = ()
