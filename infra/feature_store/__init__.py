"""Feature values that are never computed twice: content-named rows in one Delta table a block."""

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable, parameters_digest
from matsluice.infra.feature_store.delta_log import commit_parts, committed_parts, log_version
from matsluice.infra.feature_store.filling import Filled, fill
from matsluice.infra.feature_store.lookup import Found, look_up, missing
from matsluice.infra.feature_store.part_rows import PartRows, Refused
from matsluice.infra.feature_store.parts import DamagedPart, MissingRows, write_part
from matsluice.infra.feature_store.windows import fill_windows

__all__ = [
    "KEY_DTYPE",
    "BlockTable",
    "DamagedPart",
    "Filled",
    "Found",
    "MissingRows",
    "PartRows",
    "Refused",
    "commit_parts",
    "committed_parts",
    "fill",
    "fill_windows",
    "log_version",
    "look_up",
    "missing",
    "parameters_digest",
    "write_part",
]
