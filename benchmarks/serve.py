"""How fast a served model answers, and whether it goes on answering.

    python benchmarks/serve.py [--minutes 1] [--model NAME --workspace DIR] [--json]

An XGBoost model on the demo's blocks of compositions is fitted by a campaign in a temporary folder (or one that is
there is used) and served by `matsluice serve-model` in a process of its own. All formulas differ. First answers are
compared with `load_model(...).predict(...)`; then come batches of 1000, and single formulas from four clients at 50
requests a second together, for as long as is asked.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import numpy as np
from orchestration.result import load_said, result

from matsluice.infra.servers.ports import free_port
from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.predict.load import load_model

DEMO: Final = Path(__file__).parents[1] / "examples" / "solar-absorbers"
COMMAND: Final = Path(sys.executable).with_name("matsluice")
ELEMENTS: Final = "Li Na K Mg Ca Sr Ba Al Ga In Ti Zr Zn Cu Ag Sn Sb O S Se Te N P F Cl Br I"
NAME: Final = "served"
BATCH, BATCHES, CLIENTS, PER_SECOND = 1000, 20, 4, 50
LEAST_PER_SECOND, MOST_P99_MS = 2000.0, 25.0
READY_S: Final = 600.0
CAMPAIGN: Final = """
[campaign]
name = "served"
seed = 7
[data]
source = "csv"
path = "{data}"
formula = "composition"
[[targets]]
column = "band_gap"
unit = "eV"
[features]
blocks = ["composition.elemental", "composition.magpie", "composition.stoichiometry", "composition.valence",
          "composition.fractions"]
[validation]
folds = 2
splits = ["composition"]
learning_curve = false
[[models]]
kind = "xgboost"
[cluster]
workers = 1
"""


def formulas() -> Iterator[str]:
    """Give formulas of three and four elements, each once."""
    options = EnumerateOptions(elements=tuple(ELEMENTS.split()), sizes=(3, 4), max_coefficient=4)
    for batch in read_source("enumerate", options):
        yield from batch.formulas


class Client:
    """A connection that stays open.

    Parameters
    ----------
    port
        Of the service.
    """

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def predict(self, materials: list[str]) -> list[dict[str, Any]]:
        """Return the rows of an answer, which must be one."""
        body = json.dumps({"materials": materials})
        self.connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {text[:200]!r}")
        rows: list[dict[str, Any]] = json.loads(text)["predictions"]
        return rows


@contextlib.contextmanager
def served(model: str, workspace: Path) -> Iterator[int]:
    """Serve a model and give the port, once it is ready."""
    port = free_port()
    words = ["serve-model", model, "--port", str(port), "--workspace", str(workspace)]
    with subprocess.Popen([COMMAND, *words], stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        try:
            _wait_until_ready(port, process)
            yield port
        finally:
            process.terminate()
    assert process.returncode == 0, f"the service ended with {process.returncode}"


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.suppress(OSError):
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.2)
    raise RuntimeError("the service does not become ready")


def check_equal(port: int, model: str, workspace: Path, some: list[str]) -> None:
    """Raise AssertionError where the service says anything else than the model."""
    table = load_model(model, workspace=workspace).predict(some)
    for row, (_, expected) in zip(Client(port).predict(some), table.iterrows(), strict=True):
        for name in ("prediction", "lower", "upper", "in_domain"):
            assert row[name] == expected[name], (name, row, dict(expected))


def singles(port: int, given: Iterator[str], seconds: float) -> tuple[list[float], int]:
    """Return the seconds of each answer to single formulas that come at a steady rate, and how many failed."""
    lock, times, failures = threading.Lock(), list[float](), list[str]()
    began = time.monotonic()

    def ask(number: int) -> None:
        client, turn = Client(port), number
        while (due := began + turn / PER_SECOND) < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            with lock:
                formula = next(given)
            try:
                # From when it was due: a service that stands still is not asked less.
                client.predict([formula])
                taken = time.monotonic() - due
                with lock:
                    times.append(taken)
            except (OSError, RuntimeError) as error:
                failures.append(str(error))
                client = Client(port)
            turn += CLIENTS

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return times, len(failures)


def measured(model: str, workspace: Path, minutes: float) -> Iterator[dict[str, Any]]:
    """Serve, compare, and measure."""
    given = formulas()

    def some(count: int) -> list[str]:
        return [next(given) for _ in range(count)]

    with served(model, workspace) as port:
        check_equal(port, model, workspace, some(50))
        client = Client(port)
        client.predict(some(BATCH))
        batches = [some(BATCH) for _ in range(BATCHES)]
        began = time.perf_counter()
        for batch in batches:
            client.predict(batch)
        rate = BATCH * BATCHES / (time.perf_counter() - began)
        yield result(f"formulas in batches of {BATCH}", rate, "1/s", LEAST_PER_SECOND, at_least=True)
        times, failures = singles(port, given, 60.0 * minutes)
        title = f"one formula, {PER_SECOND} a second from {CLIENTS} clients"
        yield result(f"{title}: median", 1e3 * float(np.median(times)), "ms")
        yield result(f"{title}: 99th percentile", 1e3 * float(np.percentile(times, 99)), "ms", MOST_P99_MS)
        yield result(f"failures among {len(times) + failures} requests", failures, "requests", 0)
    load_said()


def fitted(folder: Path) -> Path:
    """Return the workspace of a campaign that has registered the model."""
    campaign = folder / "campaign.toml"
    campaign.write_text(CAMPAIGN.format(data=DEMO / "experimental_band_gap.csv"), encoding="utf-8")
    words: list[str | Path] = [COMMAND, "run", campaign, "--json"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    return folder / "workspace"


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long single formulas are asked for")
    parser.add_argument("--model", default=NAME, help="a model of compositions that is there")
    parser.add_argument("--workspace", type=Path, help="the workspace whose registry holds it")
    given = parser.parse_args()
    with (
        contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout),
        tempfile.TemporaryDirectory() as folder,
    ):
        workspace = given.workspace or fitted(Path(folder))
        found = list(measured(given.model, workspace, given.minutes))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
