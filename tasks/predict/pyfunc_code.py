"""What MLflow runs to load a logged model, in place of unpickling one: a copy of this file stands beside its files."""

from __future__ import annotations

from mlflow.models import set_model

from matsluice.tasks.predict.pyfunc import MaterialPyfunc

set_model(MaterialPyfunc())
