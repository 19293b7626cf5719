"""Looking after a feature store: what it holds, whether it is right, merging and deleting its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matsluice.flows.run_directory import run_paths
from matsluice.infra.feature_store import BlockTable, DamagedPart, committed_parts
from matsluice.infra.feature_store.claims import live_claims
from matsluice.infra.feature_store.compaction import compact
from matsluice.infra.feature_store.partitions import contents, partitions
from matsluice.infra.feature_store.parts import read_part
from matsluice.infra.feature_store.pruning import prune, take_out
from matsluice.infra.feature_store.store_files import files_of
from matsluice.infra.interruption import check_stop
from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import is_running
from matsluice.tasks.features.blocks import BLOCKS
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block


@dataclass(frozen=True, slots=True)
class ChosenStore:
    """The store a command is about.

    Attributes
    ----------
    root
        A folder or ``s3://bucket/prefix``.
    workspace
        Where snapshots and running campaigns are looked for; None where only the store is known.
    """

    root: str
    workspace: Path | None

    def tables(self) -> list[BlockTable]:
        """Return every block, version and parameters.

        Raises
        ------
        InvalidInput
            There is no store.
        """
        files = files_of(self.root)
        if files.kernel_locks is not None and not files.kernel_locks.is_dir():
            raise InvalidInput(
                f"there is no feature store {self.root}: run a campaign first, or name one with --store"
            )
        return partitions(self.root)

    def words(self) -> list[str]:
        """Return the blocks as campaigns of the workspace name them, and every block by its name."""
        named = {word for folder in self._campaigns() for word in _blocks_of(folder)}
        return sorted(named) + list(BLOCKS)

    def running(self) -> list[str]:
        """Return the campaigns of the workspace that run now."""
        return [folder.name for folder in self._campaigns() if is_running(folder)]

    def _campaigns(self) -> list[Path]:
        return sorted((self.workspace / "runs").glob("*/")) if self.workspace else []


def _blocks_of(campaign_folder: Path) -> Iterator[str]:
    from matsluice.flows.campaign_file.toml_file import read_toml

    for run in run_paths(Workspace(campaign_folder.parents[1]), campaign_folder.name):
        _, document = read_toml(run / "campaign.toml")
        yield from document["features"]["blocks"]


def show(store: ChosenStore) -> list[dict[str, Any]]:
    """Return what the store holds, a record for each block, version and parameters."""
    words = _words_of(store)
    found = []
    for table in store.tables():
        check_stop()
        found.append(
            {
                "block": table.block,
                "version": table.version,
                "parameters": table.parameters,
                "installed": _installed(table),
                "named": words.get((table.block, table.version, table.parameters)),
                **_in_bytes(asdict(contents(table))),
            }
        )
    return found


def _in_bytes(record: dict[str, Any]) -> dict[str, Any]:
    return {"bytes" if name == "size" else name: value for name, value in record.items()}


def _words_of(store: ChosenStore) -> dict[tuple[str, int, str], str]:
    """Return for each table that an installed block would use: the word for it."""
    found: dict[tuple[str, int, str], str] = {}
    for word in store.words():
        try:
            table = block_table(store.root, word)
        except (InvalidInput, Failed, ImportError, KeyError, ValueError):
            # A block of an earlier run that is not installed here, or not what it needs.
            continue
        found.setdefault((table.block, table.version, table.parameters), word)
    return found


def _installed(table: BlockTable) -> int | None:
    """Return the version of the block that is installed, None where there is no such block."""
    try:
        return find_block(table.block).version
    except (InvalidInput, KeyError, ValueError):
        return None


def compact_store(store: ChosenStore) -> list[dict[str, Any]]:
    """Merge the small parts of every table."""
    return [_named(table, asdict(_unless_damaged(table))) for table in store.tables()]


def _unless_damaged(table: BlockTable) -> Any:
    try:
        return compact(table)
    except DamagedPart as damage:
        raise Failed(f"{damage}; nothing was lost by merging: run the same command again") from damage


def prune_store(store: ChosenStore, older_than_s: float, *, versions: bool) -> dict[str, Any]:
    """Delete files that nothing refers to, and with `versions` what older versions of installed blocks left.

    Raises
    ------
    InvalidInput
        A campaign of the workspace is running.
    """
    running = store.running()
    if running:
        raise InvalidInput(f"campaign {running[0]} is running: prune when it has ended, nothing was deleted")
    tables = store.tables()
    locks = files_of(store.root).kernel_locks
    busy = sorted({table.block for table in tables if locks is not None and live_claims(locks, table.block)})
    tables = [table for table in tables if table.block not in busy]
    old = [table for table in tables if versions and (_installed(table) or 0) > table.version]
    taken_out = [_named(table, {"parts": take_out(table)}) for table in old]
    return {**_in_bytes(asdict(prune(store.root, tables, older_than_s))), "busy": busy, "versions": taken_out}


def verify_store(
    store: ChosenStore, sample: int, tell: Callable[[str], object] = lambda _: None
) -> list[dict[str, Any]]:
    """Check every part against the name it was given by its bytes, and compute a sample of rows again."""
    from matsluice.tasks.features.recompute import recompute_sample

    words = _words_of(store)
    snapshots = sorted((store.workspace / "snapshots").glob("*/materials.parquet")) if store.workspace else []
    found = []
    for table in store.tables():
        tell(f"{table.block} version {table.version}")
        names = committed_parts(table)
        damaged = [name for name in names if not _is_whole(table, name)]
        word = words.get((table.block, table.version, table.parameters))
        recomputed, differ = 0, list[str]()
        if word is not None and not damaged:
            recomputed, differ = recompute_sample(table, word, snapshots, sample)
        record = {"parts": len(names), "damaged": damaged, "recomputed": recomputed, "differ": differ}
        found.append(_named(table, {**record, "installed": _installed(table), "named": word}))
    return found


def _is_whole(table: BlockTable, name: str) -> bool:
    check_stop()
    try:
        read_part(table, name, ["key"])
    except (DamagedPart, FileNotFoundError):
        # Merged and deleted since the names were read is no damage.
        return name not in committed_parts(table)
    return True


def _named(table: BlockTable, record: dict[str, Any]) -> dict[str, Any]:
    return {"block": table.block, "version": table.version, "parameters": table.parameters, **record}
