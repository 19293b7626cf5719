"""One commit at a time, where the file system cannot tell two of them apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matsluice.infra.feature_store.block_table import BlockTable


@contextmanager
def committing(table: BlockTable) -> Iterator[None]:
    """Hold the table's commit lock where commits are renames; elsewhere nothing is needed."""
    folder = table.files.kernel_locks
    if folder is None or table.files.delta_options is None:
        yield
        return
    from matsluice.infra.workspace.file_lock import held

    with held(folder / table.block / ".commit.lock", wait=True):
        yield
