"""A model by its name in the registry, or by the folder of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Failed, InvalidInput, unknown_word
from matsluice.infra.tracking.access import VARIABLE, check_access, without_secret
from matsluice.infra.tracking.bucket_errors import bucket_words, is_of_bucket
from matsluice.infra.tracking.process_address import addressed
from matsluice.infra.tracking.store import check_address
from matsluice.tasks.predict.model_folder import read_model
from matsluice.tasks.predict.model_record import MODEL_ARTIFACT, RECORD_FILE

if TYPE_CHECKING:
    from matsluice.tasks.predict.material_model import MaterialModel

DEFAULT_WORKSPACE = Path("workspace")
BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"


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
    name: str | Path,
    *,
    workspace: Path | str | None = None,
    tracking_uri: str | None = None,
    trust: bool = False,
) -> MaterialModel:
    """Return a model of the registry or of a folder, ready for `.predict(["GaAs", …])`. Nothing of it is run as code.

    Parameters
    ----------
    name
        "solar-absorbers" (its champion), "solar-absorbers@alias", "solar-absorbers/3", an MLflow address, or a
        folder with the model's files.
    workspace
        The workspace whose registry holds it; "workspace" in this folder where nothing else is said.
    tracking_uri
        Address of an MLflow server or database in place of a workspace. MLFLOW_TRACKING_URI counts too.
    trust
        Whether code that the model brings may be run: a plug-in's blocks, or a pickle.

    Raises
    ------
    InvalidInput
        There is no such registry or no such model, it does not let us in, the model is damaged, it was made with
        other versions of its blocks, or it brings code and is not trusted.
    Failed
        The bucket that the model's files are in does not give them out.
    """
    with model_folder(name, workspace=workspace, tracking_uri=tracking_uri) as folder:
        return read_model(folder, trust=trust)


@contextmanager
def model_folder(
    name: str | Path, *, workspace: Path | str | None = None, tracking_uri: str | None = None
) -> Iterator[Path]:
    """Give the folder with a model's files while the block lasts; parameters and errors as in `load_model`."""
    here = folder_named(name)
    if here is not None:
        yield here
        return
    uri = _registry(workspace, tracking_uri)
    with TemporaryDirectory() as temporary:
        yield _fetched(str(name), uri, Path(temporary))


def folder_named(name: str | Path) -> Path | None:
    """Return the folder of model files that a name stands for; None where it is none of a folder.

    A name with a slash may also be a version in the registry: it is a folder where there is one with a model.
    """
    path = Path(name).expanduser()
    inside = (path, path / "artifacts" / MODEL_ARTIFACT)
    found = next((one for one in inside if (one / RECORD_FILE).is_file()), None)
    if found is not None:
        return found
    if not isinstance(name, Path) and not name.startswith((".", "/", "~")):
        return None
    raise InvalidInput(f"{path} holds no model of matsluice: there is no {RECORD_FILE} in it")


def _registry(workspace: Path | str | None, tracking_uri: str | None) -> str:
    """Return the checked address of the registry."""
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
    return uri


@contextmanager
def _without_bar() -> Iterator[None]:
    """Keep MLflow's progress bar off the terminal while the block lasts, unless a person has decided about it."""
    if BAR in os.environ:
        yield
        return
    os.environ[BAR] = "false"
    try:
        yield
    finally:
        os.environ.pop(BAR, None)


def _fetched(name: str, uri: str, temporary: Path) -> Path:
    """Return the folder with the files of a registered model: where they lie, or fetched into a temporary folder."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    try:
        with addressed(uri), _without_bar():
            # Only the files: the model's root has code beside them, which is MLflow's to run.
            files = f"{model_uri(name)}/artifacts/{MODEL_ARTIFACT}"
            return Path(download_artifacts(artifact_uri=files, dst_path=str(temporary)))
    except Exception as error:
        if is_of_bucket(error):
            raise Failed(f"the files of model {name} cannot be read: {bucket_words(error)}") from error
        # Of files that are not there MLflow says either, by where it looked for them.
        if not isinstance(error, MlflowException | FileNotFoundError | NotADirectoryError) and not (
            type(error) is OSError and error.errno is None
        ):
            raise
        raise InvalidInput(_no_such_model(name, uri, error)) from None


def _no_such_model(name: str, uri: str, error: Exception) -> str:
    from mlflow import MlflowClient

    names = [model.name for model in MlflowClient(uri).search_registered_models()]
    asked = name.removeprefix("models:/").split("@")[0].split("/")[0]
    place = without_secret(uri)
    if asked in names:
        return (
            f"the model {name} cannot be loaded from {place} ({str(error).splitlines()[0]}): name a version or alias "
            "that it has; one that an earlier matsluice logged as a pickle is loaded by that version, or trained anew"
        )
    return f"{unknown_word('model', asked, names)} (in {place})" if names else f"{place} holds no models yet"
