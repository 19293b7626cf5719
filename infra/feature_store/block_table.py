"""One block's values on disk: a Delta table whose rows are named by the content of the material."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from matsluice.infra.feature_store.store_files import StoreFiles, files_of

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
        The feature store: a folder, or ``s3://bucket/prefix``.
    block, version, parameters
        What the values are: the block's name, its version, the digest of its parameters.
    columns
        Names of the value columns, in the block's order.
    """

    root: Path | str
    block: str
    version: int
    parameters: str
    columns: tuple[str, ...]

    @property
    def files(self) -> StoreFiles:
        """The place the store's files stand in."""
        return files_of(self.root)

    @property
    def address(self) -> str:
        """Path or URI of the Delta table."""
        return self.files.address(self.block)

    @property
    def partition(self) -> str:
        """The folder of this version's part files, relative to the store."""
        return f"{self.block}/version={self.version}/parameters={self.parameters}"

    @property
    def part_schema(self) -> pa.Schema:
        """Columns of a part file.

        ``key``; the values; ``undefined``: why some are null; ``refused`` and ``detail``: the class of reason
        for which the row has no values, and what happened; ``seconds``, ``host``: what the row cost, and
        where; ``attempt``: 1 the first time.
        """
        values = [pa.field(name, pa.float64()) for name in self.columns]
        return pa.schema(
            [
                pa.field("key", pa.string(), nullable=False),
                *values,
                pa.field("undefined", pa.string()),
                pa.field("refused", pa.string()),
                pa.field("detail", pa.string()),
                pa.field("seconds", pa.float32()),
                pa.field("host", pa.string()),
                pa.field("attempt", pa.int16()),
            ]
        )
