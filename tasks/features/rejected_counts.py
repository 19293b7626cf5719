"""How many rows were rejected for which reason, and which of them can be tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from matsluice.tasks.features.wanted import REFUSAL_REASONS


def rejected_by_reason(rejected_file: Path) -> dict[str, int]:
    """Return reason → rows of the data that were rejected when they were read or by a block, most first.

    Parameters
    ----------
    rejected_file
        A run's rejected.parquet, which need not be there yet.
    """
    import pyarrow.parquet as pq

    if not rejected_file.exists():
        return {}
    table = pq.read_table(rejected_file, columns=["stage", "reason"])
    stages, reasons = (table.column(name).to_pylist() for name in ("stage", "reason"))
    counts = Counter(reason for stage, reason in zip(stages, reasons, strict=True) if stage != "screen")
    return dict(counts.most_common())


def counts_text(counts: Mapping[str, int]) -> str:
    """Return counts as people read them.

    Examples
    --------
    >>> counts_text({"timeout": 2, "unknown element": 1})
    '2 timeout, 1 unknown element'
    """
    return ", ".join(f"{count} {reason}" for reason, count in counts.items())


def worth_a_retry(counts: Mapping[str, int]) -> str:
    """Return the reasons that `matsluice run --retry` takes, as it takes them, or "".

    Examples
    --------
    >>> worth_a_retry({"not finite": 1, "unknown element": 4, "timeout": 2})
    'timeout,not-finite'
    """
    return ",".join(reason.replace(" ", "-") for reason in REFUSAL_REASONS if reason in counts)
