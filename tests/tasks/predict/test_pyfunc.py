"""The model as MLflow keeps it: saved, loaded in place, and asked with a table."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import joblib
import pandas as pd
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.predict.material_model import MaterialModel

# MLflow says so of its own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


@pytest.fixture(scope="module")
def model_file(model: MaterialModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.joblib"
    joblib.dump(model, path)
    return path


@pytest.mark.parametrize("column", ["composition", "formula"])
def test_a_table_with_either_column(model: MaterialModel, model_file: Path, column: str) -> None:
    from matsluice.tasks.predict.pyfunc import MODEL_ARTIFACT, MaterialPyfunc

    pyfunc = MaterialPyfunc(("composition", "formula"))
    pyfunc.load_context(SimpleNamespace(artifacts={MODEL_ARTIFACT: str(model_file)}))
    asked = pd.DataFrame({"note": [1, 2, 3], column: ["GaAs", None, "NaCl"]}, index=[10, 20, 30])
    answer = pyfunc.predict(None, asked)
    assert answer.index.tolist() == [10, 20, 30]
    expected = model.predict(["GaAs", "", "NaCl"])
    pd.testing.assert_frame_equal(answer.reset_index(drop=True), expected)


def test_a_table_without_a_formula(model_file: Path) -> None:
    from matsluice.tasks.predict.pyfunc import MaterialPyfunc

    with pytest.raises(InvalidInput, match="the table has no column composition or formula; it has a, b"):
        MaterialPyfunc(("composition", "formula")).predict(None, pd.DataFrame({"a": [1], "b": [2]}))


def test_a_model_of_other_blocks_is_refused_when_it_is_loaded(model: MaterialModel, tmp_path: Path) -> None:
    from matsluice.tasks.predict.pyfunc import load_material_model

    joblib.dump(replace(model, blocks={"composition.elemental": 99}), tmp_path / "old.joblib")
    with pytest.raises(InvalidInput, match=r"composition\.elemental version 99"):
        load_material_model(tmp_path / "old.joblib")


def test_signature_takes_one_formula_column_and_gives_what_predict_gives(model: MaterialModel) -> None:
    from matsluice.tasks.predict.pyfunc import signature

    both = signature(("composition", "formula"))
    assert [(column.name, column.required) for column in both.inputs] == [
        ("composition", False),
        ("formula", False),
    ]
    assert [column.required for column in signature(("formula",)).inputs] == [True]
    assert [column.name for column in both.outputs] == model.predict([]).columns.tolist()


def test_requirements_are_pinned_to_what_is_installed() -> None:
    from matsluice.tasks.predict.pyfunc import pinned_requirements

    requirements = pinned_requirements()
    assert f"scikit-learn=={version('scikit-learn')}" in requirements
    assert f"matsluice=={version('matsluice')}" in requirements
    assert all("==" in requirement for requirement in requirements)


def test_mlflow_loads_it_and_asks_it(model: MaterialModel, model_file: Path, tmp_path: Path) -> None:
    import mlflow

    from matsluice.tasks.predict.pyfunc import MODEL_ARTIFACT, MaterialPyfunc, pinned_requirements, signature

    columns = ("composition", "formula")
    mlflow.pyfunc.save_model(
        tmp_path / "saved",
        python_model=MaterialPyfunc(columns),
        artifacts={MODEL_ARTIFACT: str(model_file)},
        signature=signature(columns),
        input_example=pd.DataFrame({"composition": ["GaAs"], "formula": ["GaAs"]}),
        pip_requirements=pinned_requirements(),
    )
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "saved"))
    answer = loaded.predict(pd.DataFrame({"formula": ["GaAs", "Xx"]}))
    pd.testing.assert_frame_equal(answer, model.predict(["GaAs", "Xx"]))
