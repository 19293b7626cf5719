"""The champion in the registry."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import Client

from matsluice.flows.contests import champion_contest, input_of
from matsluice.flows.model_about import about_champion
from matsluice.flows.promoted import settle_version
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.tracked import champion_metrics
from matsluice.infra.fan_out import fan_out
from matsluice.infra.tracking.champion import LoggedModel, register_version
from matsluice.infra.tracking.registered import look_up
from matsluice.infra.tracking.store import TrackingStore
from matsluice.tasks.predict.model_card import write_card
from matsluice.tasks.predict.model_files import ARCHIVE, ModelFilesCall, unpack, write_model_files
from matsluice.tasks.predict.model_record import MODEL_ARTIFACT, add_to_record
from matsluice.tasks.predict.pyfunc import CODE, pinned_requirements, signature


def files_call(run: RunDirectory) -> ModelFilesCall:
    """Return the call that writes the fitted champion as files."""
    return ModelFilesCall(str(run.work / "champion.joblib"), str(run.work / ARCHIVE))


def write_champion_files(run: RunDirectory) -> None:
    """Have a worker write the fitted champion as files that run no code when they are read."""
    list(fan_out(Client.current(), write_model_files, [(files_call(run),)], in_flight=1, needs="train"))


def log_champion(run: RunDirectory, store: TrackingStore) -> dict[str, Any]:
    """Register the fitted model and have it promoted where that is due, and return what is told of both.

    An attempt that was killed in between leaves a version without an alias, which the next one takes up.
    """
    same = look_up(store, run.campaign.tracking.registered_name).with_fit(run.state()["champion"]["fit_key"])
    version = _register(run, store) if same is None else same.number
    return {"registered_version": version, "promotion": settle_version(run, store, version).record()}


def _register(run: RunDirectory, store: TrackingStore) -> int:
    """Log the fitted model into the run of the contest it has won, and return its version in the registry."""
    import pandas as pd

    campaign, state = run.campaign, run.state()
    asked = input_of(campaign)
    contest = champion_contest(run)
    archive = Path(write_model_files(files_call(run)))
    with TemporaryDirectory(dir=run.work) as temporary:
        folder = Path(temporary) / MODEL_ARTIFACT
        unpack(archive, folder)
        write_card(add_to_record(folder, about_champion(run)), folder)
        return register_version(
            store,
            state["contests"][contest.name]["mlflow_run_id"],
            campaign.tracking.registered_name,
            LoggedModel(
                code=CODE,
                artifacts={MODEL_ARTIFACT: folder},
                signature=signature(asked.columns, tuple(state.get("classes", {}).get(contest.target, ()))),
                input_example=pd.DataFrame({asked.columns[0]: list(asked.examples)}),
                pip_requirements=pinned_requirements(campaign.features.blocks),
            ),
            fit_key=state["champion"]["fit_key"],
            metrics=champion_metrics(run),
            tags={
                "campaign": campaign.name,
                "run": run.run_id,
                "snapshot": state["snapshot"]["id"],
                "model": contest.model,
                "target": contest.target,
                "unit": contest.unit,
                "split": contest.split,
            },
        )
