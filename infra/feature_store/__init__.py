"""Feature values that are never computed twice: content-named rows in one Delta table a block."""

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable, parameters_digest
from matsluice.infra.feature_store.lookup import fill, missing, present
from matsluice.infra.feature_store.parts import commit_parts, committed_parts, write_part

__all__ = [
    "KEY_DTYPE",
    "BlockTable",
    "commit_parts",
    "committed_parts",
    "fill",
    "missing",
    "parameters_digest",
    "present",
    "write_part",
]
