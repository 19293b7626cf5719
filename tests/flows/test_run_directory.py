"""Runs in the order in which they began, whatever the clock said; and which one is gone on with."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.run_directory import (
    RunDirectory,
    latest_path,
    new_run,
    next_run_id,
    point_latest,
    run_paths,
    unfinished_run,
)
from matsluice.infra.workspace.layout import Workspace

CAMPAIGN = Path(__file__).parents[2] / "flows" / "campaign_file" / "first-campaign" / "campaign.toml"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return load_campaign(CAMPAIGN, workspace=tmp_path)


def test_a_run_from_the_future_is_followed_by_a_later_one(campaign: Campaign) -> None:
    future = new_run(campaign, "a")
    ahead = next_run_id(datetime.now(UTC) + timedelta(days=400), [])
    future.path.rename(future.path.with_name(ahead))
    workspace = Workspace(campaign.workspace)
    made = []
    for inputs in ("b", "c", "d"):
        made.append(new_run(campaign, inputs))
        point_latest(made[-1])
        assert run_paths(workspace, campaign.name)[-1] == made[-1].path
        assert latest_path(workspace, campaign.name) == made[-1].path
    names = [ahead, *(run.run_id for run in made)]
    assert names == sorted(set(names))
    # When it began is still told by the clock.
    assert made[-1].state()["started"].startswith(time.strftime("%Y-", time.gmtime()))


def test_a_folder_that_is_no_run_does_not_count() -> None:
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert next_run_id(now, ["zzz", "latest", "20991231T000000"]) == "20260504T120000-000"
    assert next_run_id(now, ["20261231T235959-999"]) == "20270101T000000-000"


def test_latest_is_the_run_taken_up_last(campaign: Campaign) -> None:
    older, newer = new_run(campaign, "a"), new_run(campaign, "b")
    point_latest(newer)
    point_latest(older)
    assert latest_path(Workspace(campaign.workspace), campaign.name) == older.path


@pytest.mark.parametrize(
    ("ending", "goes_on"),
    [
        ({"status": "running"}, True),
        ({"status": "interrupted"}, True),
        ({"status": "failed", "resumable": True}, True),
        ({"status": "failed", "resumable": False}, False),
        ({"status": "failed"}, False),
        ({"status": "completed"}, False),
    ],
)
def test_what_is_gone_on_with(campaign: Campaign, ending: dict[str, object], goes_on: bool) -> None:
    run = new_run(campaign, "a")
    run.tell(**ending)
    found = unfinished_run(campaign, "a")
    assert found == (run if goes_on else None)
    assert unfinished_run(campaign, "other inputs") is None
    assert isinstance(run, RunDirectory)
