"""One run's folder: what it was asked, how far it is, what it leaves."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.workspace.atomic_files import read_json, write_json
from matsluice.infra.workspace.layout import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.flows.campaign_file import Campaign

STATE_FILE = "state.json"
UNFINISHED = frozenset({"running", "interrupted"})
ID_FORMAT = "%Y%m%dT%H%M%S"
ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9]{3}")

# Tasks of one flow write the state from several threads.
_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A run's folder. Everything steps tell each other stands in it, so a killed run loses nothing it has told."""

    path: Path
    _loaded: list[Any] = field(default_factory=list, compare=False, repr=False)

    @property
    def run_id(self) -> str:
        """The folder's name: the moment the run began, or just after the run before where the clock was set back."""
        return self.path.name

    @property
    def workspace(self) -> Workspace:
        """The workspace the run stands in."""
        return Workspace(self.path.parents[2])

    @property
    def campaign(self) -> Campaign:
        """The resolved campaign file, as it was when the run began."""
        from matsluice.flows.campaign_file import load_campaign

        if not self._loaded:
            self._loaded.append(
                load_campaign(
                    self.path / "campaign.toml", workspace=self.workspace.path, files_must_exist=False
                )
            )
        loaded: Campaign = self._loaded[0]
        return loaded

    @property
    def work(self) -> Path:
        """Files that steps hand to each other; removed when the run is complete."""
        return self.path / "work"

    @property
    def retry(self) -> list[str]:
        """Reasons for which blocks refused rows that this run tries again."""
        reasons: list[str] = self.state()["retry"]
        return reasons

    def state(self) -> dict[str, Any]:
        """Return what is known of the run so far."""
        known: dict[str, Any] = read_json(self.path / STATE_FILE)
        return known

    def tell(self, **facts: Any) -> None:
        """Add facts to the state; a dictionary is merged into the one that is there."""
        with _writing:
            known = self.state()
            for name, value in facts.items():
                both = isinstance(value, dict) and isinstance(known.get(name), dict)
                known[name] = {**known[name], **value} if both else value
            write_json(self.path / STATE_FILE, known)

    def add_seconds(self, stage: str, seconds: float) -> None:
        """Add to the time a stage has taken over all attempts."""
        self.tell(seconds={stage: round(self.state()["seconds"].get(stage, 0.0) + seconds, 3)})


def new_run(campaign: Campaign, inputs: str, retry: Sequence[str] = ()) -> RunDirectory:
    """Make the folder of a new run.

    Parameters
    ----------
    campaign
        The resolved campaign.
    inputs
        Hash of the campaign and of the files it reads: a later start with the same hash goes on with this run.
    retry
        Reasons for which blocks refused rows that this run tries again.
    """
    workspace = Workspace(campaign.workspace)
    began = datetime.now(UTC)
    run_id = next_run_id(began, [path.name for path in run_paths(workspace, campaign.name)])
    run = RunDirectory(workspace.run_directory(campaign.name, run_id))
    run.work.mkdir(parents=True)
    (run.path / "campaign.toml").write_text(_kept(campaign, run.path).resolved_toml(), encoding="utf-8")
    state = {
        "campaign": campaign.name,
        "run_id": run_id,
        "status": "running",
        "started": began.isoformat(timespec="seconds"),
        "inputs": inputs,
        "retry": list(retry),
        "attempts": 0,
        "seconds": {},
    }
    write_json(run.path / STATE_FILE, state)
    return run


def _kept(campaign: Campaign, folder: Path) -> Campaign:
    """Copy the plug-in files into the run's folder, and return the campaign that uses the copies.

    A person may edit a plug-in while its run goes on; what is written in the run's folder stays as it was run.
    """
    if not campaign.plugins.modules:
        return campaign
    kept = folder / "plugins"
    kept.mkdir()
    for plugin in campaign.plugins.files():
        (kept / Path(plugin.path).name).write_text(plugin.text, encoding="utf-8")
    modules = tuple(kept / module.name for module in campaign.plugins.modules)
    return campaign.model_copy(update={"plugins": campaign.plugins.model_copy(update={"modules": modules})})


def next_run_id(now: datetime, existing: Sequence[str]) -> str:
    """Return the id of a new run: the time, but later than every run there is, so that ids sort as runs began.

    Parameters
    ----------
    now
        The present moment, as the clock has it.
    existing
        Ids of the campaign's runs.

    Examples
    --------
    >>> next_run_id(datetime(2026, 5, 4, 12), ["20260504T115900-000"])
    '20260504T120000-000'
    >>> next_run_id(datetime(2026, 5, 4, 12), ["20260505T120000-999"])  # the clock was a day ahead
    '20260505T120001-000'
    """
    present = _id_of(now)
    last = max((name for name in existing if ID.fullmatch(name)), default="")
    if present > last:
        return present
    moment, _, thousandths = last.partition("-")
    just_after = datetime.strptime(moment, ID_FORMAT).replace(tzinfo=UTC)
    return _id_of(just_after + timedelta(milliseconds=int(thousandths) + 1))


def _id_of(moment: datetime) -> str:
    return f"{moment.strftime(ID_FORMAT)}-{moment.microsecond // 1000:03d}"


def unfinished_run(campaign: Campaign, inputs: str) -> RunDirectory | None:
    """Return the latest run that began with the same campaign and inputs and has not come to its end."""
    for path in reversed(run_paths(Workspace(campaign.workspace), campaign.name)):
        run = RunDirectory(path)
        state = run.state()
        if state["inputs"] == inputs:
            goes_on = state["status"] in UNFINISHED or state.get("resumable", False)
            return run if goes_on else None
    return None


def run_paths(workspace: Workspace, campaign: str) -> list[Path]:
    """Return the folders of a campaign's runs, the oldest first."""
    folder = workspace.campaign_folder(campaign)
    return sorted(path.parent for path in folder.glob(f"*/{STATE_FILE}") if not path.parent.is_symlink())


def last_completed(run: RunDirectory) -> RunDirectory | None:
    """Return the campaign's latest run before this one that has come to its end, or None where there is none."""
    for path in reversed(run_paths(run.workspace, run.path.parent.name)):
        before = RunDirectory(path)
        if path.name < run.run_id and before.state()["status"] == "completed":
            return before
    return None


def latest_path(workspace: Workspace, campaign: str) -> Path | None:
    """Return the folder of the run that was begun or taken up last, or None before the first."""
    paths = run_paths(workspace, campaign)
    pointed = (workspace.campaign_folder(campaign) / "latest").resolve()
    return next((path for path in paths if path.resolve() == pointed), paths[-1] if paths else None)


def point_latest(run: RunDirectory) -> None:
    """Make `latest` point at this run, at once for whoever reads it."""
    link = run.path.parent / "latest"
    draft = run.path.parent / f".latest.{os.getpid()}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(run.run_id)
    draft.replace(link)
