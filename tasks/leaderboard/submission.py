"""Results in the form in which matbench 0.6 writes and reads them: a gzipped JSON file with a digest of its own."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from matsluice.infra.workspace.atomic_files import written_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BENCHMARK = "matbench_v0.1"
VERSION = "0.6"


def task_record(name: str, folds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return one task's results.

    Parameters
    ----------
    name
        Of the task.
    folds
        Fold → its ``data`` (id → prediction), ``parameters`` and ``scores``.
    """
    return {
        "@module": "matbench.task",
        "@class": "MatbenchTask",
        "benchmark_name": BENCHMARK,
        "dataset_name": name,
        "results": {fold: dict(said) for fold, said in folds.items()},
    }


def benchmark_record(
    tasks: Mapping[str, Mapping[str, Any]], about: Mapping[str, Any], when: datetime | None = None
) -> dict[str, Any]:
    """Return all tasks' results with the digest that `matbench` checks when it reads them.

    Examples
    --------
    >>> record = benchmark_record({"matbench_steels": task_record("matbench_steels", {})}, {"algorithm": "a"})
    >>> record["version"], len(record["hash"])
    ('0.6', 64)
    """
    record = {
        "@module": "matbench.bench",
        "@class": "MatbenchBenchmark",
        "version": VERSION,
        "tasks": dict(tasks),
        "user_metadata": dict(about),
        "benchmark_name": BENCHMARK,
        "datestamp": (when or datetime.now(UTC)).strftime("%Y.%m.%d %H:%M.%S"),
    }
    return {**record, "hash": digest(record)}


def digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the record with its keys in order, as matbench takes it."""
    return hashlib.sha256(json.dumps(_ordered(record)).encode()).hexdigest()


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(item) for key, item in sorted(value.items())}
    return value


def write_submission(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as .json.gz, whole or not at all."""
    with written_whole(path) as temporary:
        # No time in the archive's own header: the same record gives the same bytes.
        temporary.write_bytes(gzip.compress(json.dumps(record).encode(), mtime=0))
