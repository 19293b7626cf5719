"""A run's version is settled in a real registry, by what the runs have cross-validated."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matsluice.flows import promote as by_hand
from matsluice.flows.campaign_file import load_campaign
from matsluice.flows.promoted import settle_version
from matsluice.flows.run_directory import RunDirectory, new_run
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.tracking import move_champion as moving
from matsluice.infra.tracking.registered import look_up
from matsluice.infra.tracking.store import TrackingStore, open_store

pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

CAMPAIGN = Path(__file__).parents[2] / "flows" / "campaign_file" / "first-campaign" / "campaign.toml"
CONTEST = "band_gap-composition-ridge"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrackingStore:
    return open_store("", tmp_path_factory.mktemp("registry"))


class Runs:
    """Runs in one workspace whose champion errs as asked, and their versions in the registry."""

    def __init__(self, folder: Path, store: TrackingStore, name: str) -> None:
        self.folder, self.store, self.name = folder, store, name
        store.client.create_registered_model(name)

    def campaign(self, **changes: str) -> Path:
        text = CAMPAIGN.read_text().replace("[tracking]", f'[tracking]\nregister = "{self.name}"')
        for old, new in changes.items():
            assert f"# {old} = " in text, old
            text = text.replace(f"# {old} = ", f"{old} = {new} # ", 1)
        file = self.folder / "campaign.toml"
        file.write_text(text)
        (self.folder / "measured_band_gaps.csv").write_bytes(
            CAMPAIGN.with_name("measured_band_gaps.csv").read_bytes()
        )
        return file

    def run(self, error: float, *, shift: int = 0, fit: str = "", **changes: str) -> RunDirectory:
        """Make a complete run; `shift` puts its rows into other folds, `error` is its mean absolute one in eV."""
        run = new_run(load_campaign(self.campaign(**changes), workspace=self.folder / "workspace"), "inputs")
        rng = np.random.default_rng(0)
        wrong = error * rng.uniform(0.9, 1.1, 200)
        fold = (np.arange(200) + shift * (np.arange(200) % 3)) % 5
        pd.DataFrame(
            {
                "id": [f"m{i}" for i in range(200)],
                "formula": [f"Fe{i + 1}O" for i in range(200)],
                "target": "band_gap",
                "model": "ridge",
                "split": "composition",
                "fold": fold,
                "y_true": 1.0,
                "y_pred": 1.0 + wrong,
            }
        ).to_parquet(run.path / "cv_predictions.parquet")
        means = pd.Series(wrong).groupby(fold).mean()
        run.tell(
            champion={
                "model": "ridge", "target": "band_gap", "split": "composition", "contest": CONTEST,
                "fit_key": fit or f"{error} {shift} {run.run_id}",
            },
            contests={
                CONTEST: {
                    "model": "ridge", "target": "band_gap", "split": "composition",
                    "metrics": {"mae": {"mean": float(means.mean()), "folds": means.tolist()}},
                }
            },
        )  # fmt: skip
        return run

    def version(self, run: RunDirectory) -> int:
        """Register the run's model as `register_version` does, without its files."""
        fit_key = run.state()["champion"]["fit_key"]
        same = look_up(self.store, self.name).with_fit(fit_key)
        if same is not None:
            return same.number
        tags = {"fit_key": fit_key, "campaign": run.path.parent.name, "run": run.run_id, "unit": "eV",
                "target": "band_gap", "split": "composition", "model": "ridge", "champion_mae_mean": "0.4"}  # fmt: skip
        made = self.store.client.create_model_version(self.name, source=run.path.as_uri(), tags=tags)
        return int(made.version)

    def settled(self, error: float, **how: Any) -> tuple[str, str, int | None]:
        """Return outcome, because, and the champion after a run of this error."""
        run = self.run(error, **how)
        found = settle_version(run, self.store, self.version(run))
        return found.outcome, found.because, look_up(self.store, self.name).champion


@pytest.fixture
def runs(store: TrackingStore, tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    return Runs(tmp_path, store, re.sub(r"\W", "-", request.node.name[5:]))


def test_only_what_is_better_beyond_noise_becomes_champion(runs: Runs) -> None:
    assert runs.settled(0.40) == ("promoted", "first", 1)
    assert runs.settled(0.40, shift=1) == ("challenger", "not better", 1)
    assert runs.settled(0.50) == ("challenger", "not better", 1)
    assert look_up(runs.store, runs.name).aliases == {"champion": 1, "challenger": 3}
    assert runs.settled(0.30) == ("promoted", "better", 4)
    assert runs.settled(0.20, shift=1) == ("promoted", "better", 5)
    found = look_up(runs.store, runs.name)
    assert found.aliases == {"champion": 5}
    assert [(move.origin, move.to, move.by) for move in found.moves] == [
        (None, 1, "run"),
        (1, 4, "run"),
        (4, 5, "run"),
    ]
    assert "0.1008 eV lower than version 4's" in found.versions[5].tags["promotion_reason"]
    assert found.versions[5].tags["promotion"] == "promoted"
    assert "version 3 is kept as challenger" in found.versions[3].tags["promotion_reason"]


def test_the_same_fit_is_the_same_version(runs: Runs) -> None:
    assert runs.settled(0.40, fit="one") == ("promoted", "first", 1)
    assert runs.settled(0.40, fit="one") == ("unchanged", "same fit", 1)
    assert runs.settled(0.41, fit="two") == ("challenger", "not better", 1)
    assert runs.settled(0.41, fit="two") == ("challenger", "not better", 1)
    found = look_up(runs.store, runs.name)
    assert (list(found.versions), len(found.moves)) == ([1, 2], 1)
    assert found.versions[1].tags["promotion"] == "promoted"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"holdout": "0.1"}, "the hold-out is 0.1 of the materials and not 0.2"),
        ({"folds": "4"}, "it was cross-validated in 4 folds and not in 5"),
    ],
)
def test_what_cannot_be_compared_is_a_challenger(runs: Runs, changes: dict[str, str], said: str) -> None:
    runs.settled(0.40)
    run = runs.run(0.01, **changes)  # type: ignore[arg-type]
    found = settle_version(run, runs.store, runs.version(run))
    assert (found.outcome, found.because) == ("challenger", "not comparable")
    assert said in found.sentence


@pytest.mark.parametrize("damage", ["folder", "predictions", "campaign", "few"])
def test_a_champion_whose_run_is_gone_or_damaged(runs: Runs, damage: str) -> None:
    first = runs.run(0.40)
    settle_version(first, runs.store, runs.version(first))
    predictions = first.path / "cv_predictions.parquet"
    if damage == "folder":
        first.path.rename(runs.folder / "elsewhere")
    elif damage == "predictions":
        predictions.write_bytes(b"PAR1 and no more")
    elif damage == "campaign":
        (first.path / "campaign.toml").unlink()
    else:
        table = pd.read_parquet(predictions)
        table.assign(y_true=np.where(np.arange(200) < 150, 7.0, table["y_true"])).to_parquet(predictions)
    assert runs.settled(0.01) == ("challenger", "not comparable", 1)


def test_the_rule_is_the_campaigns(runs: Runs) -> None:
    assert runs.settled(0.40, promote='"never"') == ("challenger", "asked never", None)
    assert runs.settled(0.41) == ("promoted", "first", 2)
    assert runs.settled(0.10, promote='"never"') == ("challenger", "asked never", 2)
    assert runs.settled(0.90, promote='"always"') == ("promoted", "asked always", 4)


def test_by_hand_and_back(runs: Runs) -> None:
    for error in (0.40, 0.30, 0.30):
        runs.settled(error, shift=1)
    with pytest.raises(InvalidInput, match="give --reason"):
        by_hand.promote(runs.store, runs.name, "3", " \n")
    moved = by_hand.promote(runs.store, runs.name, None, "  the extra\noxides ")
    assert (moved["from"], moved["to"], moved["by"], moved["reason"]) == (2, 3, "hand", "the extra oxides")
    assert by_hand.promote(runs.store, runs.name, "3", "again")["moved"] is False
    with pytest.raises(InvalidInput, match="has no challenger: name a version, one of 1, 2, 3"):
        by_hand.promote(runs.store, runs.name, None, "again")
    assert [by_hand.roll_back(runs.store, runs.name, "wrong")["to"] for _ in range(2)] == [2, 1]
    with pytest.raises(InvalidInput, match=r"no champion of .* is known before version 1"):
        by_hand.roll_back(runs.store, runs.name, "wrong")
    told = by_hand.listed(runs.store, runs.name)
    assert [move["to"] for move in told["moves"]] == [1, 2, 3, 2, 1]
    assert [(one["version"], one["aliases"], one["error"]) for one in told["versions"]] == [
        (3, [], 0.4), (2, [], 0.4), (1, ["champion"], 0.4),
    ]  # fmt: skip


def test_a_fit_that_was_taken_back_is_not_promoted_by_itself(runs: Runs) -> None:
    runs.settled(0.40, fit="one")
    assert runs.settled(0.30, fit="two") == ("promoted", "better", 2)
    by_hand.roll_back(runs.store, runs.name, "it fails on oxides")
    run = runs.run(0.30, fit="two", promote='"always"')
    found = settle_version(run, runs.store, runs.version(run))
    assert (found.because, look_up(runs.store, runs.name).champion) == ("taken back", 1)
    assert "it fails on oxides" in found.sentence
    # Another fit that is better is no repetition of it.
    assert runs.settled(0.29, fit="three") == ("promoted", "better", 3)


class Killed(BaseException):
    """Stands for kill -9: nothing after it is done."""


@pytest.mark.parametrize("step", ["_tell", "_make", "name_champion", "tag_version"])
def test_the_next_attempt_goes_on_after_a_kill(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    runs.settled(0.40)
    run = runs.run(0.30)
    version = runs.version(run)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if step == "tag_version":
            patch.setattr("matsluice.flows.promoted.tag_version", killed)
        elif step == "name_champion":
            patch.setattr(type(runs.store.client), "set_registered_model_alias", killed)
        else:
            patch.setattr(moving, step, killed)
        with pytest.raises(Killed):
            settle_version(run, runs.store, version)
    monkeypatch.setattr(
        "matsluice.flows.promoted.settled", lambda store, name: moving.settled(store, name, 0.0)
    )
    found = settle_version(run, runs.store, version)
    assert (found.outcome, found.against) == ("promoted", 1)
    registry = look_up(runs.store, runs.name)
    assert registry.champion == version
    assert [(move.to, move.done) for move in registry.moves] == [(1, True), (2, True)]
    assert registry.versions[version].tags["promotion_reason"] == registry.moves[-1].reason == found.sentence


def test_two_runs_that_end_at_once(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other is promoted while this one is compared: it is compared again, with that one."""
    runs.settled(0.40)
    here, there = runs.run(0.30), runs.run(0.20)
    versions = [runs.version(run) for run in (here, there)]
    once: list[Callable[..., Any]] = [settle_version]
    real = moving.move_champion

    def overtaken(*words: Any, **more: Any) -> Any:
        if once:
            once.pop()(there, runs.store, versions[1])
        return real(*words, **more)

    monkeypatch.setattr("matsluice.flows.promoted.move_champion", overtaken)
    found = settle_version(here, runs.store, versions[0])
    assert (found.outcome, found.against) == ("challenger", versions[1])
    registry = look_up(runs.store, runs.name)
    assert registry.aliases == {"champion": versions[1], "challenger": versions[0]}
    assert [move.to for move in registry.moves] == [1, versions[1]]
