"""One block's values on disk: a Delta table whose rows are named by the content of the material."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

# A key is 32 hex digits: 128 bits of a material's content.
KEY_DTYPE = "S32"


def parameters_digest(parameters: Mapping[str, Any]) -> str:
    """Return a short name for a block's parameters that does not depend on their order.

    Examples
    --------
    >>> parameters_digest({"a": 1, "b": 2}) == parameters_digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(dict(parameters), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class BlockTable:
    """Where one version of one block keeps its values.

    Attributes
    ----------
    root
        The feature store's folder.
    block, version, parameters
        What the values are: the block's name, its version, the digest of its parameters.
    columns
        Names of the value columns, in the block's order.
    """

    root: Path
    block: str
    version: int
    parameters: str
    columns: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The Delta table."""
        return self.root / self.block

    @property
    def partition(self) -> Path:
        """The folder of this version's part files."""
        return self.path / f"version={self.version}" / f"parameters={self.parameters}"

    @property
    def part_schema(self) -> pa.Schema:
        """Columns of a part file: the key, the values, and why a value or the row is missing."""
        values = [pa.field(name, pa.float64()) for name in self.columns]
        return pa.schema(
            [
                pa.field("key", pa.string(), nullable=False),
                *values,
                pa.field("undefined", pa.string()),
                pa.field("refused", pa.string()),
            ]
        )

    @property
    def table_schema(self) -> pa.Schema:
        """Columns of the Delta table: those of a part, and the two it is partitioned by."""
        return self.part_schema.append(pa.field("version", pa.int32())).append(
            pa.field("parameters", pa.string())
        )
