"""A registered model by its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Failed, InvalidInput, unknown_word
from matsluice.infra.tracking.access import VARIABLE, check_access, without_secret
from matsluice.infra.tracking.bucket_errors import bucket_words, is_of_bucket
from matsluice.infra.tracking.process_address import addressed
from matsluice.infra.tracking.store import check_address

if TYPE_CHECKING:
    from matsluice.tasks.predict.material_model import MaterialModel

DEFAULT_WORKSPACE = Path("workspace")


def model_uri(name: str) -> str:
    """Return the address of a model in MLflow's registry.

    Examples
    --------
    >>> model_uri("solar-absorbers"), model_uri("solar-absorbers@champion"), model_uri("solar-absorbers/3")
    ('models:/solar-absorbers@champion', 'models:/solar-absorbers@champion', 'models:/solar-absorbers/3')
    """
    if name.startswith(("models:/", "runs:/")):
        return name
    return f"models:/{name}" if "@" in name or "/" in name else f"models:/{name}@champion"


def load_model(
    name: str, *, workspace: Path | str | None = None, tracking_uri: str | None = None
) -> MaterialModel:
    """Return a model of the registry, ready for `.predict(["GaAs", …])`.

    Parameters
    ----------
    name
        "solar-absorbers" (its champion), "solar-absorbers@alias", "solar-absorbers/3", or an MLflow address.
    workspace
        The workspace whose registry holds it; "workspace" in this folder where nothing else is said.
    tracking_uri
        Address of an MLflow server or database in place of a workspace. MLFLOW_TRACKING_URI counts too.

    Raises
    ------
    InvalidInput
        There is no such registry or no such model, or it does not let us in.
    Failed
        The bucket that the model's files are in does not give them out.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = tracking_uri or (None if workspace else os.environ.get(VARIABLE))
    if uri is None:
        database = Path(workspace or DEFAULT_WORKSPACE).absolute() / "mlflow.db"
        if not database.exists():
            named = os.environ.get(VARIABLE)
            raise InvalidInput(
                f"{database.parent} is no workspace with models (no mlflow.db): "
                + ("leave --workspace out, and " if named else "name one with --workspace, or set ")
                + ("MLFLOW_TRACKING_URI is used" if named else "MLFLOW_TRACKING_URI")
            )
        uri = f"sqlite:///{database}"
    if uri.startswith(("http://", "https://")):
        check_address(uri)
        check_access(uri)
    try:
        with addressed(uri):
            loaded = mlflow.pyfunc.load_model(model_uri(name)).unwrap_python_model()
    except MlflowException as error:
        raise InvalidInput(_no_such_model(name, uri, error)) from None
    except Exception as error:
        if not is_of_bucket(error):
            raise
        raise Failed(f"the files of model {name} cannot be read: {bucket_words(error)}") from error
    model: MaterialModel = loaded.model
    return model


def _no_such_model(name: str, uri: str, error: Exception) -> str:
    from mlflow import MlflowClient

    names = [model.name for model in MlflowClient(uri).search_registered_models()]
    asked = name.removeprefix("models:/").split("@")[0].split("/")[0]
    if asked in names:
        return f"the model {name} cannot be loaded from {without_secret(uri)}: {str(error).splitlines()[0]}"
    place = without_secret(uri)
    return f"{unknown_word('model', asked, names)} (in {place})" if names else f"{place} holds no models yet"
