"""The one writer of a campaign's runs to MLflow."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from matsluice.infra.mistakes import Failed
from matsluice.infra.tracking.limits import (
    DIGEST_CHARACTERS,
    METRICS_PER_BATCH,
    PARAMETERS_PER_BATCH,
    batches,
    valid_key,
    valid_params,
    valid_tags,
)
from matsluice.infra.tracking.records import DatasetRecord, ModelRunRecord, mean_and_spread
from matsluice.infra.tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Metric, Run

T = TypeVar("T")

Status = Literal["FINISHED", "FAILED", "KILLED"]

# Tags of ours and of MLflow's.
RECORD = "matsluice.record"  # content name of the record, set as the last thing before the run ends
CAMPAIGN_RUN = "matsluice.campaign_run"  # the name of a campaign's run, which is found by it
PARENT = "mlflow.parentRunId"
RUN_NAME = "mlflow.runName"


class Tracker:
    """Writes the runs of one campaign, whichever thread calls.

    Every method raises `Failed` with one sentence where MLflow cannot do it: results are then still on disk,
    and the same calls write them later.

    Parameters
    ----------
    store
        The open store.
    campaign
        The campaign's name, which is the experiment's.
    """

    def __init__(self, store: TrackingStore, campaign: str) -> None:
        self.store = store
        self.experiment_id = store.experiment(campaign)
        self._lock = threading.RLock()

    def start_campaign_run(
        self, name: str, tags: Mapping[str, str] | None = None, params: Mapping[str, object] | None = None
    ) -> str:
        """Start the run that the models' runs are nested under, or find it started, and return its id.

        A server that was only slow may have started it although nobody waited for its answer any more.
        """
        started = self._runs_tagged(CAMPAIGN_RUN, name)
        if started:
            run_id = str(started[0].info.run_id)
        else:
            run_id = self._create(name, {**(tags or {}), CAMPAIGN_RUN: name}, started_at=None)
        self.log_to_run(run_id, params=params)
        return run_id

    def delete_strays(self, parent: str, kept: Iterable[str]) -> int:
        """Delete what a slow server has carried out late, after the same was asked for again.

        Parameters
        ----------
        parent
            Id of the campaign's run; others of its name are strays.
        kept
            Ids of the runs under it; all others there are strays.

        Returns
        -------
        int
            Number of runs deleted.
        """
        wanted = {parent, *kept}
        name = self._write("read the campaign's run", lambda: self.store.client.get_run(parent)).data.tags
        found = self._runs_under(parent)
        if CAMPAIGN_RUN in name:
            found += self._runs_tagged(CAMPAIGN_RUN, name[CAMPAIGN_RUN])
        strays = [str(run.info.run_id) for run in found if run.info.run_id not in wanted]
        for run_id in strays:
            self._delete(run_id)
        return len(strays)

    def resume_campaign_run(self, run_id: str) -> bool:
        """Take up the run of an interrupted campaign; return whether the store still holds it."""
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

        def reopen() -> bool:
            try:
                run = self.store.client.get_run(run_id)
            except MlflowException as error:
                if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                    return False
                raise
            if run.info.lifecycle_stage == "deleted" or run.info.experiment_id != self.experiment_id:
                return False
            self.store.client.update_run(run_id, status="RUNNING")
            return True

        return self._write("take up the campaign's run in MLflow", reopen)

    def log_model_run(self, parent: str, record: ModelRunRecord) -> str:
        """Record a model under the campaign's run and return the id of its own.

        What is recorded already is not written again; what a killed process left half written, or what says
        something else under the same name, is deleted and written anew.

        Parameters
        ----------
        parent
            Id of the campaign's run.
        record
            What is recorded; each metric gets a value per fold (steps 0, 1, …), and `…_mean` and `…_std`; each curve
            gets its values at its own steps.
        """
        for path in record.artifacts:
            if not path.is_file():
                raise Failed(f'cannot record "{record.name}" in MLflow: there is no file {path}')
        with self._lock:
            for run in self._runs_under(parent):
                if run.data.tags.get(RUN_NAME) != record.name:
                    continue
                if run.info.status == "FINISHED" and run.data.tags.get(RECORD) == record.content_name:
                    return str(run.info.run_id)
                self._delete(run.info.run_id)
            run_id = self._create(record.name, {**record.tags, PARENT: parent}, record.started_at)
            self._log_metrics(run_id, self._fold_metrics(record) + self._curves(record))
            if record.dataset is not None:
                data = _dataset_input(record.dataset)
                self._write("log the data set", lambda: self.store.client.log_inputs(run_id, [data]))
            self.log_to_run(run_id, params=record.params, artifacts=record.artifacts)
            self.log_to_run(run_id, tags={RECORD: record.content_name})
            self.finish(run_id, ended_at=record.ended_at)
            return run_id

    def log_to_run(
        self,
        run_id: str,
        *,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        artifacts: Iterable[Path] = (),
        folder: str | None = None,
    ) -> None:
        """Add to a run that is open.

        Parameters
        ----------
        run_id
            The run.
        params
            A value MLflow holds for too long is cut, and kept in full in the file long_parameters.json.
        metrics
            Single values.
        tags
            Written over where they exist.
        artifacts
            Files, put into `folder` of the run's files.
        folder
            Folder inside the run's files; the top where left out.
        """
        from mlflow.entities import Metric, Param, RunTag

        client = self.store.client
        texts, cut = valid_params(params or {})
        entities = [Param(name, text) for name, text in texts.items()]
        for batch in batches(entities, PARAMETERS_PER_BATCH):
            self._write("log parameters", partial(client.log_batch, run_id, params=batch))
        if cut:
            self._write("log parameters", lambda: client.log_dict(run_id, cut, "long_parameters.json"))
        now = _milliseconds(None)
        self._log_metrics(
            run_id, [Metric(valid_key(name), float(value), now, 0) for name, value in (metrics or {}).items()]
        )
        words = [RunTag(name, text) for name, text in valid_tags(tags or {}).items()]
        for some in batches(words, PARAMETERS_PER_BATCH):
            self._write("log tags", partial(client.log_batch, run_id, tags=some))
        for path in artifacts:
            self._write(f"keep {path.name}", partial(client.log_artifact, run_id, str(path), folder))

    def finish(self, run_id: str, status: Status = "FINISHED", ended_at: float | None = None) -> None:
        """End a run; `ended_at` is a Unix time in seconds, now where left out."""
        end = _milliseconds(ended_at)
        self._write("end the run", lambda: self.store.client.set_terminated(run_id, status, end))

    def _create(self, name: str, tags: Mapping[str, str], started_at: float | None) -> str:
        start = _milliseconds(started_at)
        run = self._write(
            "start a run",
            lambda: self.store.client.create_run(
                self.experiment_id, start_time=start, tags=valid_tags(tags), run_name=name
            ),
        )
        return str(run.info.run_id)

    def _delete(self, run_id: str) -> None:
        for below in self._runs_under(run_id):
            self._delete(below.info.run_id)
        self._write("delete a half-written run", lambda: self.store.client.delete_run(run_id))

    def _runs_under(self, parent: str) -> list[Run]:
        return self._runs_tagged(PARENT, parent)

    def _runs_tagged(self, tag: str, value: str) -> list[Run]:
        return self._write(
            "look for recorded runs",
            lambda: list(
                self.store.client.search_runs(
                    [self.experiment_id], f"tags.`{tag}` = '{value}'", max_results=5000
                )
            ),
        )

    def _fold_metrics(self, record: ModelRunRecord) -> list[Metric]:
        from mlflow.entities import Metric

        time_ms = _milliseconds(record.ended_at)
        metrics = []
        for name, values in record.fold_metrics.items():
            key = valid_key(name)
            mean, spread = mean_and_spread(values)
            metrics += [Metric(key, float(value), time_ms, step) for step, value in enumerate(values)]
            metrics += [Metric(f"{key}_mean", mean, time_ms, 0), Metric(f"{key}_std", spread, time_ms, 0)]
        return metrics

    def _curves(self, record: ModelRunRecord) -> list[Metric]:
        from mlflow.entities import Metric

        time_ms = _milliseconds(record.ended_at)
        return [
            Metric(valid_key(name), float(value), time_ms, step)
            for name, curve in record.curves.items()
            for step, value in curve
        ]

    def _log_metrics(self, run_id: str, metrics: list[Metric]) -> None:
        for batch in batches(metrics, METRICS_PER_BATCH):
            self._write("log metrics", partial(self.store.client.log_batch, run_id, metrics=batch))

    def _write(self, purpose: str, action: Callable[[], T]) -> T:
        with self._lock:
            return self.store.write(action, f"{purpose} in MLflow")


def _dataset_input(data: DatasetRecord) -> DatasetInput:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    columns = [{"name": name, "type": kind, "required": True} for name, kind in data.columns.items()]
    dataset = Dataset(
        name=data.name,
        digest=data.digest[:DIGEST_CHARACTERS],
        source_type="local",
        source=json.dumps({"uri": data.source}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": data.rows, "num_columns": len(columns)}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", data.context)])


def _milliseconds(unix_time_s: float | None) -> int:
    return int(1000 * (time.time() if unix_time_s is None else unix_time_s))
