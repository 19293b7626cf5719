"""The model as MLflow keeps it: saved, loaded in place, and asked with a table."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.predict.load import load_model
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_folder import write_model
from matsluice.tasks.predict.model_record import MODEL_ARTIFACT, add_to_record

# MLflow says so of its own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


@pytest.fixture(scope="module")
def folder(model: MaterialModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logged") / MODEL_ARTIFACT
    path.mkdir()
    write_model(model, path)
    add_to_record(path, {"columns": ["composition", "formula"]})
    return path


def loaded_from(folder: Path) -> Any:
    from matsluice.tasks.predict.pyfunc import MaterialPyfunc

    pyfunc = MaterialPyfunc()
    pyfunc.load_context(SimpleNamespace(artifacts={MODEL_ARTIFACT: str(folder)}))
    return pyfunc


@pytest.mark.parametrize("column", ["composition", "formula"])
def test_a_table_with_either_column(model: MaterialModel, folder: Path, column: str) -> None:
    pyfunc = loaded_from(folder)
    asked = pd.DataFrame({"note": [1, 2, 3], column: ["GaAs", None, "NaCl"]}, index=[10, 20, 30])
    answer = pyfunc.predict(None, asked)
    assert answer.index.tolist() == [10, 20, 30]
    expected = model.predict(["GaAs", "", "NaCl"])
    pd.testing.assert_frame_equal(answer.reset_index(drop=True), expected)


def test_a_table_without_a_formula(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="the table has no column composition or formula; it has a, b"):
        loaded_from(folder).predict(None, pd.DataFrame({"a": [1], "b": [2]}))


def test_a_model_of_other_blocks_is_refused_when_it_is_loaded(model: MaterialModel, tmp_path: Path) -> None:
    write_model(replace(model, blocks={"composition.elemental": 99}), tmp_path)
    add_to_record(tmp_path, {"columns": ["formula"]})
    with pytest.raises(InvalidInput, match=r"composition\.elemental version 99, installed is version 1"):
        loaded_from(tmp_path)


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

    requirements = pinned_requirements(["composition.magpie"])
    assert f"scikit-learn=={version('scikit-learn')}" in requirements
    assert f"matsluice=={version('matsluice')}" in requirements
    assert all("==" in requirement for requirement in requirements)
    with_potential = pinned_requirements(["composition.magpie", "structure.embedding(elements=O)"])
    assert set(with_potential) - set(requirements) == {
        f"{name}=={version(name)}" for name in ("chgnet", "torch")
    }


def test_mlflow_loads_it_without_a_pickle_and_asks_it(
    model: MaterialModel, folder: Path, tmp_path: Path
) -> None:
    import mlflow

    from matsluice.tasks.predict.pyfunc import CODE, pinned_requirements, signature

    mlflow.pyfunc.save_model(
        tmp_path / "saved",
        python_model=str(CODE),
        artifacts={MODEL_ARTIFACT: str(folder)},
        signature=signature(("composition", "formula")),
        input_example=pd.DataFrame({"composition": ["GaAs"], "formula": ["GaAs"]}),
        pip_requirements=pinned_requirements(model.blocks),
    )
    assert [path.name for path in (tmp_path / "saved").rglob("*.pkl")] == []
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "saved"))
    answer = loaded.predict(pd.DataFrame({"formula": ["GaAs", "Xx"]}))
    pd.testing.assert_frame_equal(answer, model.predict(["GaAs", "Xx"]))
    # The folder that MLflow keeps is also one that is loaded without MLflow, and without its code.
    again = load_model(tmp_path / "saved")
    pd.testing.assert_frame_equal(again.predict(["GaAs"]), model.predict(["GaAs"]), check_exact=True)
