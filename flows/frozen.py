"""A campaign's input as a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from matsluice.flows.campaign_file import Campaign
from matsluice.flows.preflight import examined_rows
from matsluice.flows.progress import Progress
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.snapshot import Snapshot, freeze


def frozen_input(campaign: Campaign, snapshots: Path, progress: Progress) -> Snapshot:
    """Read the source once and return its snapshot; the same content is frozen once.

    Parameters
    ----------
    campaign
        Whose input it is.
    snapshots
        Where snapshots stand.
    progress
        Counts the rows.
    """

    def counted() -> Iterator[ExaminedRows]:
        for rows in examined_rows(campaign):
            yield rows
            progress.advance(len(rows.keys))

    origin = {
        "source": campaign.data.source,
        "options": campaign.data.options.model_dump(mode="json"),
        "frozen": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    targets = [target.column for target in campaign.targets]
    kept = campaign.validation.row_columns
    snapshot = freeze(counted(), targets, snapshots, origin, campaign.class_targets, kept)
    progress.finish()
    return snapshot
