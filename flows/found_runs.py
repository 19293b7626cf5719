"""Runs by what a person calls them: a folder, an id, a campaign, a campaign file, MLflow's id."""

from __future__ import annotations

from pathlib import Path

from matsluice.flows.run_directory import STATE_FILE, RunDirectory, latest_path
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.workspace.layout import Workspace

DEFAULT_WORKSPACE = Path("workspace")


def found_run(word: str, workspace: Path | None) -> RunDirectory:
    """Return the run a word means.

    Parameters
    ----------
    word
        A run's folder, its id, "<campaign>/<id>", a campaign's name or file (its latest run), or the id of its run
        in MLflow.
    workspace
        Where runs are looked for that are not named by a path; the folder "workspace" if None.

    Raises
    ------
    InvalidInput
        There is no such run, or several have this id.
    """
    path = Path(word)
    if path.is_file() and path.suffix == ".toml" and path.name != "campaign.toml":
        return _of_file(path, workspace)
    if (path / STATE_FILE).exists():
        return RunDirectory(path.resolve())
    if path.is_file():
        return _of_file(path, workspace)
    return _in_workspace(word, workspace or DEFAULT_WORKSPACE)


def _of_file(path: Path, workspace: Path | None) -> RunDirectory:
    from matsluice.flows.campaign_file import load_campaign

    campaign = load_campaign(path, workspace=workspace, files_must_exist=False)
    return _latest(campaign.name, campaign.workspace)


def _latest(campaign: str, workspace: Path) -> RunDirectory:
    found = latest_path(Workspace(workspace), campaign)
    if found is None:
        raise InvalidInput(f"campaign {campaign} has no run in {workspace}: start one with `matsluice run`")
    return RunDirectory(found)


def _in_workspace(word: str, workspace: Path) -> RunDirectory:
    if not workspace.is_dir():
        raise InvalidInput(
            f'"{word}" is no run\'s folder, and there is no workspace {workspace} to look for it in: name one with '
            "--workspace"
        )
    runs = [RunDirectory(path.parent) for path in sorted(workspace.glob(f"runs/*/*/{STATE_FILE}"))]
    runs = [run for run in runs if not run.path.is_symlink()]
    campaigns = sorted({run.path.parent.name for run in runs})
    if word in campaigns:
        return _latest(word, workspace)
    named = [run for run in runs if word in (run.run_id, f"{run.path.parent.name}/{run.run_id}")]
    named = named or [run for run in runs if run.state().get("mlflow", {}).get("run_id") == word]
    if len(named) > 1:
        raise InvalidInput(
            f'"{word}" is a run of several campaigns: write '
            + " or ".join(f"{run.path.parent.name}/{run.run_id}" for run in named)
        )
    if not named:
        ids = [f"{run.path.parent.name}/{run.run_id}" for run in runs][-10:]
        raise InvalidInput(unknown_word(f"run in {workspace}", word, [*campaigns, *ids]))
    return named[0]
