"""Which column of a table of materials names what a block computes from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from matsluice.tasks.material.materials import Needs

# What is asked for → the column of its key: the same for every writing of one composition, one crystal.
KEY_COLUMNS: Final[Mapping[Needs, str]] = MappingProxyType(
    {"composition": "composition_key", "structure": "structure_key", "electronic": "electronic_key"}
)
# The key of the cell as written, for what is computed from the cell and not from the infinite crystal.
CELL_KEY: Final = "cell_key"
ALL_KEYS: Final = (*KEY_COLUMNS.values(), CELL_KEY)
