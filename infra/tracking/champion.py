"""Putting a model into MLflow's registry, so that anybody can load it by name."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from matsluice.infra.tracking.limits import valid_key, valid_tags
from matsluice.infra.tracking.process_address import addressed
from matsluice.infra.tracking.registered import FIT_KEY, look_up
from matsluice.infra.tracking.store import TrackingStore

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model as MLflow keeps it: one that takes a table and returns values, with all it needs.

    Attributes
    ----------
    code
        A Python file that ends in `mlflow.models.set_model(...)` (MLflow runs it when the model is loaded;
        nothing is pickled), or a PythonModel, which is pickled.
    artifacts
        Files the model reads in `load_context`, by name.
    signature
        Columns and types of the table it takes and of what it returns.
    input_example
        A few rows of such a table.
    pip_requirements
        What must be installed to load it. Never left out: MLflow would load the model in another process to
        find out, which takes 7 to 13 s.
    model_config
        Plain values handed to the model as `context.model_config`.
    """

    code: Path | PythonModel
    artifacts: Mapping[str, Path]
    signature: ModelSignature
    input_example: pd.DataFrame
    pip_requirements: Sequence[str]
    model_config: Mapping[str, Any] = field(default_factory=dict)


def register_version(
    store: TrackingStore,
    run_id: str,
    name: str,
    model: LoggedModel,
    *,
    fit_key: str,
    metrics: Mapping[str, float],
    tags: Mapping[str, str] | None = None,
) -> int:
    """Log a model into a run and register it, or find the version that is this very fit.

    Which version is the champion is decided afterwards (`move_champion`): an attempt that is killed here leaves a
    version without an alias, which the next one takes up.

    Parameters
    ----------
    store
        The open store.
    run_id
        The run the model came from.
    name
        Its name in the registry.
    model
        What is logged.
    fit_key
        The content name of the fit: one of that name is registered once.
    metrics, tags
        Written beside the version, as tags.

    Returns
    -------
    int
        The version's number.

    Raises
    ------
    Failed
        MLflow cannot do it: one sentence.
    """
    client = store.client
    words = {**(tags or {}), **{key: f"{value:.6g}" for key, value in metrics.items()}, FIT_KEY: fit_key}

    def register() -> int:
        same = look_up(store, name).with_fit(fit_key)
        if same is not None:
            return same.number
        model_id = _log(client, run_id, name, model, metrics)
        with addressed(store.uri):
            return int(_new_version(client, run_id, name, model_id, valid_tags(words)))

    return store.write(register, "register the model in MLflow")


def _log(
    client: MlflowClient, run_id: str, name: str, model: LoggedModel, metrics: Mapping[str, float]
) -> str:
    """Log the model into the run's experiment and return its id.

    Step by step through the client: `mlflow.pyfunc.log_model` writes where the process's global address and
    active experiment point.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric

    run = client.get_run(run_id)
    logged = client.create_logged_model(
        run.info.experiment_id, name=name, source_run_id=run_id, model_type="pyfunc"
    )
    with TemporaryDirectory() as folder:
        _save(Path(folder) / "model", run_id, logged.model_id, model)
        client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    now = int(1000 * time.time())
    values = [
        Metric(valid_key(key), float(value), now, 0, model_id=logged.model_id, run_id=run_id)
        for key, value in metrics.items()
    ]
    client.log_batch(run_id, metrics=values)
    return str(logged.model_id)


def _save(folder: Path, run_id: str, model_id: str, model: LoggedModel) -> None:
    from mlflow.models import Model

    with _unexcited():
        import mlflow.pyfunc

        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=Model(run_id=run_id, model_id=model_id),
            python_model=str(model.code) if isinstance(model.code, Path) else model.code,
            artifacts={key: str(path) for key, path in model.artifacts.items()},
            signature=model.signature,
            input_example=model.input_example,
            pip_requirements=list(model.pip_requirements),
            model_config=dict(model.model_config) or None,
        )


def _new_version(client: MlflowClient, run_id: str, name: str, model_id: str, tags: Mapping[str, str]) -> str:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    # Tags with the version and not after it: a version that is there is known by its fit.
    made = client.create_model_version(
        name, source=f"models:/{model_id}", run_id=run_id, model_id=model_id, tags=dict(tags)
    )
    return str(made.version)


@contextmanager
def _unexcited() -> Iterator[None]:
    """Keep what MLflow says about its own code, and about pickles we make ourselves, off the terminal."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Raised by the import of mlflow.pyfunc, about a type hint inside MLflow.
            warnings.filterwarnings("ignore", ".*Any type hint is inferred as AnyType", UserWarning)
            yield
    finally:
        logger.setLevel(before)
