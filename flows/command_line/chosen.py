"""Which campaign and which workspace a command is about."""

from __future__ import annotations

from pathlib import Path

from matsluice.flows.run_directory import RunDirectory, latest_path, run_paths
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.workspace.layout import Workspace

DEFAULT_WORKSPACE = Path("workspace")


def chosen_workspace(campaign_file: Path | None, workspace: Path | None) -> Path:
    """Return the workspace a command was given, the campaign file's, or the one in this folder.

    Raises
    ------
    InvalidInput
        There is no such workspace.
    """
    folder = workspace
    if folder is None and campaign_file is not None:
        from matsluice.flows.campaign_file import load_campaign

        folder = load_campaign(campaign_file, files_must_exist=False).workspace
    folder = folder or DEFAULT_WORKSPACE
    if not folder.is_dir():
        raise InvalidInput(
            f"there is no workspace {folder}: run a campaign first, or name one with --workspace"
        )
    return folder


def chosen_tracking(campaign_file: Path | None) -> str:
    """Return a campaign's `tracking.uri`; "" where none is given."""
    if campaign_file is None:
        return ""
    from matsluice.flows.campaign_file import load_campaign

    return load_campaign(campaign_file, files_must_exist=False).tracking.uri


def latest_run(campaign_file: Path, workspace: Path | None) -> RunDirectory:
    """Return the latest run of a campaign.

    Raises
    ------
    InvalidInput
        It was never run in this workspace.
    """
    from matsluice.flows.campaign_file import load_campaign

    campaign = load_campaign(campaign_file, workspace=workspace, files_must_exist=False)
    path = latest_path(Workspace(campaign.workspace), campaign.name)
    if path is None:
        raise InvalidInput(
            f"campaign {campaign.name} has no run in {campaign.workspace}: start one with "
            f"`matsluice run {campaign_file}`"
        )
    return RunDirectory(path)


def chosen_run(campaign_file: Path, workspace: Path | None, run_id: str) -> RunDirectory:
    """Return a campaign's run of this id, or the latest where none is named.

    Raises
    ------
    InvalidInput
        There is no such run.
    """
    latest = latest_run(campaign_file, workspace)
    if not run_id:
        return latest
    ids = [path.name for path in run_paths(latest.workspace, latest.path.parent.name)]
    if run_id not in ids:
        raise InvalidInput(unknown_word("run", run_id, ids))
    return RunDirectory(latest.path.parent / run_id)


def all_latest_runs(workspace: Path) -> list[RunDirectory]:
    """Return the latest run of every campaign in a workspace."""
    folders = sorted(path for path in (workspace / "runs").glob("*") if path.is_dir())
    paths = [latest_path(Workspace(workspace), folder.name) for folder in folders]
    return [RunDirectory(path) for path in paths if path is not None]
