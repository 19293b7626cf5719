"""The wheel, built through the source distribution, has everything in it and works without the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from matsluice.models.catalogue import MODELS

FOLDERS = ("flows", "tasks", "models", "infra")
# Beside the modules, and needed by them.
DATA = {
    "matsluice/flows/model_service/page.html.jinja",
    "matsluice/tasks/report/page.html.jinja",
    "matsluice/tasks/report/page.css",
    "matsluice/tasks/predict/card.html.jinja",
    "matsluice/flows/campaign_file/first-campaign/campaign.toml",
    "matsluice/flows/campaign_file/first-campaign/measured_band_gaps.csv",
    "matsluice/flows/campaign_file/first-campaign/DATA.md",
    "matsluice/infra/dask/several-hosts.yaml",
    "matsluice/infra/servers/no-authority.pem",
    *(f"matsluice/models/pages/{kind}.md" for kind in MODELS),
    *(f"matsluice/{folder}/py.typed" for folder in FOLDERS),
}
# Third parties are found where they are installed; .pth files, and so the editable install, are not read.
WITHOUT_CHECKOUT = """
import json, sys
sys.path[:0] = [{unpacked!r}]
sys.path.append({installed!r})
{program}
"""


@pytest.fixture(scope="module")
def built(root: Path, committed_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source distribution and the wheel made of it. Building downloads nothing."""
    folder = tmp_path_factory.mktemp("built")
    sources = folder / "sources"
    # As a fresh clone has them: what only this checkout has must not be needed.
    for path in committed_files:
        copy = sources / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    answer = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(sources)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as installing it lays it out."""
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_without_checkout(unpacked: Path, program: str, folder: Path) -> str:
    """Return what a program prints that sees the unpacked wheel and not the checkout."""
    text = WITHOUT_CHECKOUT.format(
        unpacked=str(unpacked), installed=sysconfig.get_path("purelib"), program=program
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_it_has_every_module_and_nothing_else(wheel: Path, modules: list[Path], root: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {f"matsluice/{path.relative_to(root).as_posix()}" for path in modules} | DATA


def test_it_is_pure_python_and_says_what_it_is(wheel: Path, unpacked: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    (information,) = unpacked.glob("*.dist-info")
    metadata = (information / "METADATA").read_text(encoding="utf-8")
    assert "Name: matsluice\n" in metadata
    assert "License-Expression: MIT\n" in metadata
    assert (information / "licenses" / "LICENSE").is_file()
    assert (
        "matsluice = matsluice.flows.command_line.app:main" in (information / "entry_points.txt").read_text()
    )


def test_the_source_distribution_can_be_built_from_and_has_no_results(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {"pyproject.toml", "LICENSE", "README.md", "tasks/report/page.css"} <= names
    assert not {name for name in names if name.startswith("examples/") and "/workspace/" in name}


def test_every_module_is_imported_from_it(unpacked: Path, tmp_path: Path, modules: list[Path]) -> None:
    program = """
import pkgutil
from importlib import import_module
files = []
for folder in ("flows", "tasks", "models", "infra"):
    package = import_module(f"matsluice.{folder}")
    names = [package.__name__, *(m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
    files += [import_module(name).__file__ for name in names]
print(json.dumps(files))
"""
    files = json.loads(run_without_checkout(unpacked, program, tmp_path).splitlines()[-1])
    assert len(files) == len(modules)
    assert [file for file in files if not Path(file).is_relative_to(unpacked)] == []


def test_a_first_campaign_is_made_and_planned_with_it(unpacked: Path, tmp_path: Path) -> None:
    program = """
from matsluice.flows.command_line.app import main
for words in (["init", "mine"], ["plan", "mine/campaign.toml"]):
    sys.argv = ["matsluice", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
"""
    said = run_without_checkout(unpacked, program, tmp_path)
    assert {path.name for path in (tmp_path / "mine").iterdir()} >= {
        "campaign.toml",
        "measured_band_gaps.csv",
    }
    assert "composition.magpie" in said


def test_it_knows_its_version(unpacked: Path, tmp_path: Path, pyproject: dict[str, dict[str, str]]) -> None:
    program = "from importlib.metadata import version; print(version('matsluice'))"
    assert run_without_checkout(unpacked, program, tmp_path).strip() == pyproject["project"]["version"]
