"""The source "optimade" against the reference implementation of the specification, with its own test data."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.optimade_options import OptimadeOptions
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_table

# A server of its own, which takes long to come up on a busy machine.
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server that holds optimade-python-tools' test structures."""
    folder = tmp_path_factory.mktemp("optimade")
    (folder / "config.json").write_text(
        json.dumps({"insert_test_data": True, "database_backend": "mongomock", "log_dir": str(folder)})
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "optimade.server.main:app", "--port", str(port)]
    environment = {**os.environ, "OPTIMADE_CONFIG_FILE": str(folder / "config.json")}
    url = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder) as server,
    ):
        try:
            _wait_for(f"{url}/versions", server, folder / "log")
            yield url
        finally:
            server.terminate()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(url, timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_structures_are_those_of_the_reference(reference: str, tmp_path: Path) -> None:
    from optimade.adapters import Structure

    options = OptimadeOptions(url=reference, page_limit=5, downloads=str(tmp_path))
    (batch,) = read_source("optimade", options, ["nsites"])
    entries = {}
    for file in sorted(tmp_path.rglob("page-*.json")):
        entries |= {entry["id"]: entry for entry in json.loads(file.read_bytes())["data"]}
    assert len(entries) == len(batch.ids) > 10
    assert len(list(tmp_path.rglob("page-*.json"))) == -(-len(entries) // 5)
    assert batch.crystals is not None
    crystals = batch.crystals.batch
    assert len(crystals) > 10
    formulas = materials_table(Materials(crystals.compositions(), crystals, None))["formula"].to_pylist()
    for row, formula, volume in zip(batch.crystals.rows.tolist(), formulas, crystals.volumes, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attributes = httpx.get(f"{reference}/v1/structures/{batch.ids[row]}", timeout=60).json()["data"]
            theirs = Structure(attributes).as_pymatgen
        assert theirs.composition.reduced_formula == formula
        assert theirs.volume == pytest.approx(volume)
        assert batch.labels["nsites"][row] == str(len(theirs))


def test_filters_are_the_providers(reference: str) -> None:
    options = OptimadeOptions(url=f"{reference}/v1", filter='elements HAS "Ac" AND nelements=2')
    (batch,) = read_source("optimade", options)
    assert batch.crystals is not None
    assert all(89 in batch.crystals.batch.atomic_numbers for _ in batch.ids)
    wrong = OptimadeOptions(url=reference, filter="elements HAS")
    with pytest.raises(InvalidInput, match=r"refuses the request \(status 400: .*filter") as caught:
        list(read_source("optimade", wrong))
    assert "\n" not in str(caught.value)
    none = OptimadeOptions(url=reference, filter="nelements=99")
    with pytest.raises(InvalidInput, match="gives no structure: widen the filter"):
        list(read_source("optimade", none))
