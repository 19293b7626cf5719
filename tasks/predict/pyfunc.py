"""The logged model: a table with a column of formulas or structures in, values with intervals out."""

# No `from __future__ import annotations`: MLflow reads the type of `predict`'s table when the class is made.
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from mlflow.pyfunc.model import PythonModel

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_folder import read_model
from matsluice.tasks.predict.model_record import MODEL_ARTIFACT, libraries_of, read_record
from matsluice.tasks.predict.predictions import PROBABILITY

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

# What MLflow runs when it loads the model, so that nothing is unpickled.
CODE: Final = Path(__file__).with_name("pyfunc_code.py")


class MaterialPyfunc(PythonModel):
    """A `MaterialModel` as MLflow loads and serves it; all it knows stands in the folder of the model's files."""

    def __init__(self) -> None:
        self.columns: tuple[str, ...] = ()
        self._model: MaterialModel | None = None

    def load_context(self, context: Any) -> None:
        """Read the model, and refuse it where the blocks here are of other versions."""
        folder = Path(context.artifacts[MODEL_ARTIFACT])
        self.columns = tuple(read_record(folder)["columns"])
        # Whoever lets MLflow load it has let it run the code that stands beside it, and trusts who logged both.
        self._model = read_model(folder, trust=True)

    @property
    def model(self) -> MaterialModel:
        """The model itself, once `load_context` has read it."""
        assert self._model is not None
        return self._model

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride] - MLflow's own has no annotation and no body
        self,
        context: Any,  # noqa: ARG002 - MLflow's signature
        model_input: pd.DataFrame,
        params: Any = None,  # noqa: ARG002 - MLflow's signature
    ) -> pd.DataFrame:
        """Return one line a row of the table, as `MaterialModel.predict` does."""
        column = next((name for name in self.columns if name in model_input.columns), None)
        if column is None:
            raise InvalidInput(
                f"the table has no column {' or '.join(self.columns)}; "
                f"it has {', '.join(map(str, model_input.columns)) or 'no other that the model was logged with'}"
            )
        table = self.model.predict(list(model_input[column]))
        table.index = model_input.index
        return table


def signature(columns: tuple[str, ...], classes: tuple[str, ...] = ()) -> "ModelSignature":
    """Return what the logged model takes and gives: values, or classes; one of the columns is enough."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    values = ("prediction", "lower", "upper")
    given = [(name, DataType.double) for name in values]
    if classes:
        given = [
            ("prediction", DataType.string),
            *((PROBABILITY + name, DataType.double) for name in classes),
            ("set", DataType.string),
        ]
    given += [("in_domain", DataType.boolean), ("domain", DataType.string), ("reason", DataType.string)]
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, name, required=len(columns) == 1) for name in columns]),
        outputs=Schema([ColSpec(kind, name) for name, kind in given]),
    )


def pinned_requirements(blocks: Iterable[str]) -> list[str]:
    """Return what must be installed for a model of these blocks to load, at the versions it was made with."""
    from importlib.metadata import version

    return [f"{name}=={version(name)}" for name in (*libraries_of(blocks), "mlflow")]
