"""What costs seconds is imported where it is used: names, registries and --help stay quick."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

HEAVY = (
    "prefect", "mlflow", "sklearn", "xgboost", "matminer", "pymatgen", "matplotlib", "distributed", "dask",
    "numba", "deltalake", "scipy", "pandas", "jax", "optax", "sympy",
)  # fmt: skip
REPORT = """
import json, sys
{program}
print(json.dumps(sorted(set({heavy!r}) & set(sys.modules))))
"""


def heavy_imports_of(program: str) -> set[str]:
    """Return what a program has imported by its end, in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-c", REPORT.format(program=program, heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "program",
    [
        "import matsluice.flows",
        "import matsluice.tasks",
        "import matsluice.models",
        "import matsluice.infra",
        "from matsluice.flows.campaign_file import load_campaign",
        "from matsluice.models.catalogue import MODELS; dict(MODELS)",
        "from matsluice.tasks.split.splits import SPLITS; dict(SPLITS)",
        "from matsluice.tasks.ingest.sources import SOURCES; dict(SOURCES)",
        "from matsluice.infra.clusters import CLUSTERS; dict(CLUSTERS)",
        "from matsluice.infra.doctor import CHECKS; dict(CHECKS)",
        "from matsluice.tasks.screen.acquisition import ACQUISITIONS; dict(ACQUISITIONS)",
    ],
)
def test_names_and_registries(program: str) -> None:
    assert heavy_imports_of(program) == set()


@pytest.mark.parametrize("name", ["flows", "tasks", "models"])
def test_a_face_tells_every_name_it_finds(name: str) -> None:
    face = import_module(f"matsluice.{name}")
    assert sorted(face.__all__) == sorted(face._PLACES)


def test_blocks_bring_arrays_and_no_more() -> None:
    program = "from matsluice.tasks.features.blocks import BLOCKS; dict(BLOCKS)"
    assert heavy_imports_of(program) == set()


HELP = """
from matsluice.flows.command_line.app import main
sys.argv = ["matsluice", {words}"--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
"""


@pytest.mark.parametrize(
    "words", ["", '"run", ', '"plan", ', '"doctor", ', '"predict", ', '"screen", "replay", ']
)
def test_help(words: str) -> None:
    assert heavy_imports_of(HELP.format(words=words)) == set()


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("matsluice.tasks", ["featurize", "load_model"]),
        ("matsluice.models", ["MODELS", "ApplicabilityDomain", "ResidualDistribution", "make_model"]),
        ("matsluice.flows", ["load_campaign", "run"]),
    ],
)
def test_public_names_are_there_when_they_are_asked_for(package: str, names: list[str]) -> None:
    program = f"""
import {package} as package
for name in {names!r}:
    assert name in package.__all__, name
    assert callable(getattr(package, name)) or name == "MODELS"
for name in package.__all__:
    getattr(package, name)
try:
    package.nothing_of_that_name
except AttributeError as error:
    assert "nothing_of_that_name" in str(error)
else:
    raise AssertionError
print("all there")
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.stdout == "all there\n", answer.stderr
