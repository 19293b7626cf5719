"""The logged model outside of this process: behind MLflow's own server, and in an environment made for it alone."""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_folder import write_model
from matsluice.tasks.predict.model_record import MODEL_ARTIFACT, add_to_record

# MLflow says so of its own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

ROOT = Path(__file__).parents[3]
START_S = 240.0
ASK = """
import json, sys
import mlflow, pandas
import matsluice.tasks
assert ".venv-of-the-model" in matsluice.tasks.__file__, matsluice.tasks.__file__
said = mlflow.pyfunc.load_model(sys.argv[1]).predict(pandas.DataFrame({"formula": ["GaAs", "Xx"]}))
print(said.to_json(orient="records", double_precision=15))
"""


@pytest.fixture(scope="module")
def saved(model: MaterialModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import mlflow

    from matsluice.tasks.predict.pyfunc import CODE, pinned_requirements, signature

    top = tmp_path_factory.mktemp("saved")
    folder = top / MODEL_ARTIFACT
    folder.mkdir()
    write_model(model, folder)
    add_to_record(folder, {"columns": ["formula"]})
    mlflow.pyfunc.save_model(
        top / "logged",
        python_model=str(CODE),
        artifacts={MODEL_ARTIFACT: str(folder)},
        signature=signature(("formula",)),
        input_example=pd.DataFrame({"formula": ["GaAs"]}),
        pip_requirements=pinned_requirements(model.blocks),
    )
    return top / "logged"


@pytest.fixture
def server(saved: Path, tmp_path: Path) -> Iterator[str]:
    """The address of MLflow's server of the model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "--model-uri",
        str(saved),
        "--port",
        str(port),
    ]
    with (tmp_path / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--env-manager", "local"],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Its own program is called by name.
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
        try:
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + START_S
            while not _answers(f"{address}/ping"):
                assert process.poll() is None, (tmp_path / "served.log").read_text()
                assert time.monotonic() < end, (tmp_path / "served.log").read_text()
                time.sleep(0.5)
            yield address
        finally:
            # It has children of its own, which are in its session alone.
            os.killpg(process.pid, 15)
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.faults
def test_mlflow_serves_it(server: str, model: MaterialModel) -> None:
    from pymatgen.core import Lattice, Structure

    crystal = Structure(Lattice.cubic(4.2), ["Mg", "O"], [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)])
    asked = ["GaAs", "Xx", crystal.to_json(), crystal.to(fmt="cif")]
    body = json.dumps({"dataframe_records": [{"formula": one} for one in asked]}).encode()
    request = urllib.request.Request(
        f"{server}/invocations", body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        said = json.load(answer)["predictions"]
    expected = model.predict(["GaAs", "Xx", "MgO", "MgO"]).to_dict("records")
    assert [_plain(row) for row in said] == [_plain(row) for row in expected]
    assert math.isnan(said[1]["prediction"])
    assert said[1]["reason"].startswith("unknown element")


def _plain(row: dict[Any, Any]) -> dict[Any, Any]:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()
    }


@pytest.mark.examples
@pytest.mark.timeout(3600)
def test_it_works_in_an_environment_of_its_pinned_requirements(
    saved: Path, model: MaterialModel, tmp_path: Path
) -> None:
    """What is installed: the logged requirements, of which matsluice is this checkout's wheel, and what they need."""
    sources = tmp_path / "sources"
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, sources / name)
    _done([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(sources)])
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    _done([sys.executable, "-m", "venv", str(tmp_path / ".venv-of-the-model")])
    python = str(tmp_path / ".venv-of-the-model" / "bin" / "python")
    logged = (saved / "requirements.txt").read_text().splitlines()
    others = [line for line in logged if not line.startswith("matsluice==")]
    assert len(others) == len(logged) - 1
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _done([*pip, "--constraint", str(ROOT / "constraints.txt"), str(wheel), *others])
    said = json.loads(_done([python, "-W", "ignore", "-c", ASK, str(saved)], cwd=tmp_path).splitlines()[-1])
    expected = json.loads(model.predict(["GaAs", "Xx"]).to_json(orient="records", double_precision=15))
    assert said == expected


def _done(command: list[str], cwd: Path | None = None) -> str:
    answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    return answer.stdout
