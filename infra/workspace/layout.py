"""Where things stand in a workspace: one place for every path."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from matsluice.infra.mistakes import InvalidInput


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder a campaign writes to, and nothing outside it.

    Examples
    --------
    >>> Workspace(Path("w")).run_directory("solar", "2026-01-01T00-00-00").as_posix()
    'w/runs/solar/2026-01-01T00-00-00'
    """

    path: Path

    @property
    def snapshots(self) -> Path:
        """Frozen inputs, one folder each, named by content."""
        return self.path / "snapshots"

    @property
    def downloads(self) -> Path:
        """What sources have downloaded, as it came."""
        return self.path / "downloads"

    @property
    def features(self) -> Path:
        """The feature store: one Delta table a block."""
        return self.path / "features"

    def campaign_folder(self, campaign: str) -> Path:
        """Every run of one campaign."""
        return self.path / "runs" / campaign

    def run_directory(self, campaign: str, run_id: str) -> Path:
        """One run's files."""
        return self.campaign_folder(campaign) / run_id

    def check_writable(self) -> None:
        """Raise InvalidInput where the workspace cannot be made or written; make nothing."""
        existing = self.path
        # os.path answers False where Path.exists raises: below a folder one may not enter.
        while not os.path.exists(existing) and existing != existing.parent:  # noqa: PTH110
            existing = existing.parent
        if not os.path.isdir(existing):  # noqa: PTH112
            raise InvalidInput(f"workspace {self.path}: {existing} is a file; name a folder with --workspace")
        for part in (existing, self.snapshots, self.features, self.path / "runs"):
            # Parts of a workspace may be disks of their own.
            if os.path.isdir(part) and os.statvfs(part).f_flag & os.ST_RDONLY:  # noqa: PTH112
                raise InvalidInput(
                    f"workspace {self.path} cannot be written: the disk of {part} is read-only; mount it for "
                    "writing, or name another folder with --workspace or campaign.workspace"
                )
        if not os.access(existing, os.W_OK | os.X_OK):
            raise InvalidInput(
                f"workspace {self.path} cannot be written: no permission in {existing}; "
                "name another folder with --workspace or campaign.workspace"
            )
