"""The champion in the registry."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import Client

from matsluice.flows.contests import champion_contest, input_of
from matsluice.flows.model_about import about_champion
from matsluice.flows.run_directory import RunDirectory, last_completed
from matsluice.flows.tracked import champion_metrics
from matsluice.infra.fan_out import fan_out
from matsluice.infra.tracking.champion import LoggedModel, is_champion, register_champion
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


def log_champion(run: RunDirectory, store: TrackingStore) -> int:
    """Log the fitted model into the run of the contest it has won, and return its version in the registry.

    An attempt that was killed in between leaves a version without the alias, which does no harm.
    """
    import pandas as pd

    campaign, state = run.campaign, run.state()
    earlier = unchanged_version(run, store)
    if earlier is not None:
        return earlier
    asked = input_of(campaign)
    contest = champion_contest(run)
    archive = Path(write_model_files(files_call(run)))
    with TemporaryDirectory(dir=run.work) as temporary:
        folder = Path(temporary) / MODEL_ARTIFACT
        unpack(archive, folder)
        write_card(add_to_record(folder, about_champion(run)), folder)
        return register_champion(
            store,
            state["contests"][contest.name]["mlflow_run_id"],
            campaign.tracking.registered_name,
            LoggedModel(
                code=CODE,
                artifacts={MODEL_ARTIFACT: folder},
                signature=signature(asked.columns, tuple(state.get("classes", {}).get(contest.target, ()))),
                input_example=pd.DataFrame({asked.columns[0]: list(asked.examples)}),
                pip_requirements=pinned_requirements(),
            ),
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


def unchanged_version(run: RunDirectory, store: TrackingStore) -> int | None:
    """Return the version of the last completed run, where it is this very fit and still the champion."""
    before = last_completed(run)
    if before is None:
        return None
    then, now = before.state(), run.state()
    same = then["champion"].get("fit_key") == now["champion"].get("fit_key")
    data, data_before = run.campaign.data, before.campaign.data
    # The model's card says them.
    same = same and (data.licence, data.citation) == (data_before.licence, data_before.citation)
    version = then["champion"].get("registered_version")
    there = then.get("mlflow", {}).get("tracking_uri") == store.uri
    name = run.campaign.tracking.registered_name
    if not (same and version and there and before.campaign.tracking.registered_name == name):
        return None
    return int(version) if is_champion(store, name, int(version)) else None
