"""The log of a block's table: Delta Lake's, so that others read the store and a commit is whole or absent."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.commit_lock import committing
from matsluice.infra.feature_store.log_entries import add_action_of, remove_action
from matsluice.infra.feature_store.parts import is_part
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction, RemoveAction

    from matsluice.infra.feature_store.store_files import StoredFile

Result = TypeVar("Result")
log_of_events = logging.getLogger(__name__)

PARTITION_COLUMNS = ["version", "parameters"]
PARTITION_FIELDS = [pa.field("version", pa.int32()), pa.field("parameters", pa.string())]
# A commit takes some 0.03 s on a disk; processes that commit at the same moment take turns within seconds.
COMMIT_ATTEMPTS = 20
COMMIT_PAUSE_S = 0.05


def open_log(table: BlockTable) -> DeltaTable | None:
    """Return the table's log as it is now, or None where nothing was ever entered.

    A log that cannot be read is set aside and written anew from the parts, which say themselves what they
    are.

    Raises
    ------
    Failed
        The store cannot be reached, or an earlier form of it stands there.
    """
    from deltalake.exceptions import DeltaError

    try:
        log = _opened(table)
    except DeltaError as error:
        log = _rebuilt(table, error)
    if log is not None and "attempt" not in {field.name for field in log.schema().fields}:
        raise Failed(
            f"{table.address} was written by an earlier matsluice and does not say what each row cost: "
            "move that folder away; what is needed is computed again"
        )
    return log


def _opened(table: BlockTable) -> DeltaTable | None:
    from deltalake import DeltaTable

    options = table.files.delta_options
    try:
        if not DeltaTable.is_deltatable(table.address, options):
            return None
        return DeltaTable(table.address, storage_options=options)
    except OSError as error:
        raise table.files.told(error) from error


def _rebuilt(table: BlockTable, error: Exception) -> DeltaTable | None:
    from deltalake.exceptions import DeltaError

    aside = f"{table.block}/_delta_log.broken-{time.time_ns()}"
    why = str(error).splitlines()[0]
    log_of_events.warning(
        "the log of %s cannot be read (%s): it is set aside as %s and written anew from the part files",
        table.address,
        why,
        aside,
    )
    table.files.set_aside(f"{table.block}/_delta_log", aside)
    # Another process may do the same at this moment: whoever is first, the log says all that is in the folder.
    with suppress(DeltaError):
        _create(table)
    return _opened(table)


def taking_turns(table: BlockTable, commit: Callable[[], Result]) -> Result:
    """Return what `commit` gives, repeated from the start where another process was first.

    Raises
    ------
    Failed
        It does not come through.
    """
    from deltalake.exceptions import DeltaError

    last: Exception | None = None
    for attempt in range(COMMIT_ATTEMPTS):
        try:
            with committing(table):
                return commit()
        except DeltaError as error:
            last = error
            time.sleep(COMMIT_PAUSE_S * (attempt + 1))
        except OSError as error:
            raise table.files.told(error) from error
    raise Failed(
        f"the log of {table.address} cannot be written ({str(last).splitlines()[0]}): what was computed is "
        "kept; run the same command to go on"
    ) from last


def commit_parts(table: BlockTable) -> int:
    """Enter every part file that the log does not know yet, in one commit, and return how many.

    That is how a chunk enters the table after its worker wrote it, and how one whose run was killed in
    between is adopted by the next. A part that was taken out of the log on purpose is not entered again.
    """
    return taking_turns(table, lambda: _commit_new_parts(table))


def _commit_new_parts(table: BlockTable) -> int:
    log = open_log(table)
    if log is None:
        return _create(table)
    known = _names_in(table, log)
    new = [file for file in _parts_below(table, table.partition) if file.name not in known]
    if not new:
        return 0
    gone = set(tombstones(table, log))
    actions = [action for file in new if file.name not in gone and (action := add_action_of(table, file))]
    enter(log, actions, table.part_schema)
    return len(actions)


def enter(log: DeltaTable, actions: Sequence[AddAction | RemoveAction], columns: pa.Schema) -> None:
    """Make one commit of parts that come and parts that go; columns the table lacks are added to it."""
    from deltalake import Schema

    if not actions:
        return
    there = {field.name for field in log.schema().fields}
    added = [field for field in Schema.from_arrow(columns).fields if field.name not in there]
    if added:
        log.alter.add_columns(added)
    log.create_write_transaction(
        list(actions), mode="append", schema=log.schema(), partition_by=PARTITION_COLUMNS
    )


def _create(table: BlockTable) -> int:
    """Make the log of a block from all parts of all its versions, and return how many there are."""
    from deltalake import Schema
    from deltalake.transaction import create_table_with_add_actions

    schemas: list[pa.Schema] = []
    files = _parts_below(table, table.block)
    actions = [action for file in files if (action := add_action_of(table, file, schemas)) is not None]
    if actions:
        columns = pa.unify_schemas([*schemas, pa.schema(PARTITION_FIELDS)])
        create_table_with_add_actions(
            table.address,
            Schema.from_arrow(columns),
            actions,
            mode="error",
            partition_by=PARTITION_COLUMNS,
            name=table.block,
            storage_options=table.files.delta_options,
        )
    return len(actions)


def _parts_below(table: BlockTable, folder: str) -> list[StoredFile]:
    return [file for file in table.files.listing(folder) if is_part(file.name)]


def log_version(table: BlockTable) -> int:
    """Return the number of the latest commit, -1 where there is none: where it is the same, so is the table."""
    log = open_log(table)
    return -1 if log is None else int(log.version())


def _names_in(table: BlockTable, log: DeltaTable) -> set[str]:
    paths: Any = pa.table(log.get_add_actions()).column("path").to_pylist()
    return {f"{table.block}/{path}" for path in paths}


def tombstones(table: BlockTable, log: DeltaTable, hours: float = 0.0) -> list[str]:
    """Return the parts that were taken out of the log so long ago and whose files may still be there."""
    gone = log.vacuum(retention_hours=int(hours), dry_run=True, enforce_retention_duration=False)
    return [f"{table.block}/{path}" for path in gone]


def committed_parts(table: BlockTable) -> list[str]:
    """Return the parts of this version and these parameters that the log knows, sorted, relative to the store."""
    log = open_log(table)
    names: Iterable[str] = () if log is None else _names_in(table, log)
    return sorted(name for name in names if name.startswith(f"{table.partition}/"))


def drop_part(table: BlockTable, name: str) -> None:
    """Take a part that is not what was written out of the folder and of the log."""
    table.files.delete(name)

    def take_out() -> None:
        log = open_log(table)
        if log is not None and name in _names_in(table, log):
            enter(log, [remove_action(table, name)], log_columns(log))

    taking_turns(table, take_out)


def log_columns(log: DeltaTable) -> pa.Schema:
    """Return the columns a table has."""
    return pa.schema(log.schema().to_arrow())
