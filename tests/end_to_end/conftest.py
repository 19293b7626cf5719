"""Whole runs, started as a person starts them: the installed command in a folder with a campaign file."""

from __future__ import annotations

import fcntl
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest

COMMAND = Path(sys.executable).with_name("matsluice")
DATA = Path(__file__).parents[2] / "flows" / "campaign_file" / "first-campaign" / "measured_band_gaps.csv"
# Every process a command starts inherits it, so that what is left over can be told from other processes.
MARK = "MATSLUICE_TEST_CALL"
# What a process may find in its environment only after its imports; with anything else it is started anew.
READ_LATE = {
    MARK,
    "COLUMNS",
    "MATSLUICE_TEST_ROWS",
    "PREFECT_API_URL",
    "PYTEST_CURRENT_TEST",
    "XDG_CACHE_HOME",
}
CALL_TIMEOUT_S = 1200.0

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
# Tests of faults begin a campaign again and again: it computes no more than they need.
BRIEF = (
    ('"random", ', ""),
    ("[validation]", "chunk_rows = 64\n[validation]"),
    ("n_estimators = 40", "n_estimators = 10"),
    ("workers = 2", "workers = 1"),
)


@dataclass(slots=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    def check_scores(self, client: Any) -> None:
        """See that MLflow has this summary's scores to the bit, each once a fold; what is not defined is NaN there."""
        for entry in self.record["models"]:
            for metric, score in entry["metrics"].items():
                history = client.get_metric_history(entry["mlflow_run_id"], metric)
                history.sort(key=lambda one: one.step)
                assert [one.step for one in history] == list(range(len(score["folds"])))
                for part in ("mean", "std"):
                    history += client.get_metric_history(entry["mlflow_run_id"], f"{metric}_{part}")
                said = [None if math.isnan(one.value) else one.value for one in history]
                assert said == [*score["folds"], score["mean"], score["std"]]


@dataclass(slots=True)
class Call:
    """A command under way; its output goes to files, which no orphan can keep open for a reader."""

    process: Any  # Popen, or one that has been forked
    mark: str
    out: Path
    err: Path

    def wait(self, timeout_s: float = CALL_TIMEOUT_S) -> Answer:
        return Answer(self.process.wait(timeout_s), self.out.read_text(), self.err.read_text())

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = CALL_TIMEOUT_S) -> None:
        """Return when the condition holds; the command must not end before."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.005)

    def running(self) -> dict[int, str]:
        """Return process id → command line of everything the command has started, itself included."""
        found = {} if self.process.poll() is not None else {self.process.pid: "matsluice"}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # another user's, or gone
                continue
        return {pid: line for pid, line in found.items() if line}  # a zombie has no command line

    def left_over(self, grace_s: float) -> dict[int, str]:
        """Return what still runs when the grace is over, or nothing as soon as nothing does."""
        deadline = time.monotonic() + grace_s
        while (found := self.running()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


@dataclass(slots=True)
class CampaignFolder:
    """A folder with a campaign file and its data, and what runs leave there."""

    path: Path
    environment: Mapping[str, str]
    calls: list[Call] = field(default_factory=list)
    fork: Callable[[dict[str, Any]], Any] | None = None

    @property
    def file(self) -> Path:
        return self.path / "campaign.toml"

    def change(self, *changes: tuple[str, str]) -> None:
        """Replace texts in the campaign file, each of which must stand there."""
        text = self.file.read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        self.file.write_text(text)

    def take_candidates_from(self, name: str) -> None:
        """Screen a file's column "formula" in place of enumerated candidates."""
        before, _, rest = self.file.read_text().partition("[screen.candidates]")
        section = f'[screen.candidates]\nsource = "csv"\npath = "{name}"\nformula = "formula"\n'
        self.file.write_text(before + section + rest[rest.index("[cluster]") :])

    def start(self, *words: str, program: Sequence[str | Path] = (COMMAND,)) -> Call:
        """Start `matsluice words…` in the folder, as the leader of its own process group."""
        mark = uuid4().hex
        outputs = self.path.parent / "outputs"
        outputs.mkdir(exist_ok=True)
        asked: dict[str, Any] = {name: str(outputs / f"{mark}.{name}") for name in ("out", "err", "end")}
        asked |= {"words": [str(word) for word in (*program, *words)], "folder": str(self.path)}
        asked["environment"] = {**self.environment, MARK: mark}
        own = {name for name, value in asked["environment"].items() if os.environ.get(name) != value}
        process = (self.fork if self.fork and program == (COMMAND,) and own <= READ_LATE else anew)(asked)
        self.calls.append(Call(process, mark, Path(asked["out"]), Path(asked["err"])))
        return self.calls[-1]

    def __call__(self, *words: str, timeout_s: float = CALL_TIMEOUT_S) -> Answer:
        """Run `matsluice words…` in the folder to its end."""
        return self.start(*words).wait(timeout_s)

    def run(self, *words: str) -> dict[str, Any]:
        """Run the campaign to its good end and return its summary."""
        answer = self("run", "campaign.toml", "--json", *words)
        assert answer.code == 0, answer.err
        return dict(answer.record)

    def features(self, source: str, *words: str, blocks: Sequence[str]) -> Any:
        """Return counts and the tables of values and of rejected rows that a good `featurize` writes."""
        answer = self(
            "featurize", source, "--blocks", ",".join(blocks), "--out", "out.parquet", "--json", *words
        )
        assert (answer.code, answer.err) == (0, "")
        tables = []
        for name in ("out.parquet", "out.rejected.parquet"):
            tables.append(pd.read_parquet(self.path / name))
            (self.path / name).unlink()
        return answer.record, *tables

    def runs(self, workspace: str = "workspace") -> list[Path]:
        """Return the folders of the campaign's runs, the oldest first."""
        return sorted(path.parent for path in (self.path / workspace / "runs" / "gaps").glob("2*/state.json"))

    def state(self) -> dict[str, Any]:
        """Return the latest run's state, empty before there is one."""
        return dict(json.loads((runs[-1] / "state.json").read_text())) if (runs := self.runs()) else {}

    def fits(self) -> int:
        """Return how many folds of runs that are under way are fitted."""
        return len(list(self.path.glob("workspace/runs/gaps/2*/work/target-0/*/*/fold-*.npz")))

    def files(self) -> set[str]:
        """Return every file and folder, relative."""
        return {str(path.relative_to(self.path)) for path in self.path.rglob("*")}

    def end_all(self) -> None:
        """Kill what tests have left running."""
        for call in self.calls:
            for pid in call.running():
                os.kill(pid, signal.SIGKILL)
            call.process.wait(10)


def anew(asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a program; what is asked is as in forking_command.py."""
    with Path(asked["out"]).open("wb") as out, Path(asked["err"]).open("wb") as err:
        places = {"cwd": asked["folder"], "stdin": subprocess.DEVNULL, "stdout": out, "stderr": err}
        return subprocess.Popen(asked["words"], env=asked["environment"], start_new_session=True, **places)


MakeFolder = Callable[..., CampaignFolder]
Finished = tuple[CampaignFolder, Answer]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all of pytest's workers share for the session."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def environment(shared: Path) -> dict[str, str]:
    """The environment of every command: one cache for the session, so that its databases are made once."""
    mine = {name: text for name, text in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
    return {**mine, "XDG_CACHE_HOME": str(shared / "end-to-end-cache"), "COLUMNS": "80"}


@pytest.fixture(scope="session")
def session_folder(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[MakeFolder]:
    """A function: a new folder with the small campaign, which outlives the test; on its own Prefect server or not."""
    made: list[CampaignFolder] = []
    fork = request.getfixturevalue("fork")

    def make(*changes: tuple[str, str], own_server: bool = True, **more: Any) -> CampaignFolder:
        lent = {} if own_server else {"PREFECT_API_URL": request.getfixturevalue("prefect_url")}
        place = tmp_path_factory.mktemp("campaign") / "folder"
        made.append(CampaignFolder(place, {**environment, **lent}, fork=fork))
        fill(made[-1], *changes, **more)
        return made[-1]

    yield make
    for folder in made:
        folder.end_all()


def fill(folder: CampaignFolder, *changes: tuple[str, str], table: str | bytes | None = None) -> None:
    folder.path.mkdir(parents=True)
    folder.file.write_text(SMALL)
    folder.change(*changes)
    data = DATA.read_bytes() if table is None else table if isinstance(table, bytes) else table.encode()
    (folder.path / "measured_band_gaps.csv").write_bytes(data)


@pytest.fixture
def new_folder(session_folder: MakeFolder) -> Iterator[MakeFolder]:
    """A function: a new folder with the small campaign, in which nothing runs on after the test."""
    made: list[CampaignFolder] = []

    def make(*changes: tuple[str, str], **more: Any) -> CampaignFolder:
        made.append(session_folder(*changes, **more))
        return made[-1]

    yield make
    for folder in made:
        folder.end_all()


@pytest.fixture(scope="session")
def finished(shared: Path, environment: dict[str, str], fork: Any) -> Finished:
    """The small campaign, run once from nothing to its end with --json, and how the command ended; left as it is."""
    return run_once("finished", shared, environment, fork)


@pytest.fixture
def brief(new_folder: MakeFolder) -> MakeFolder:
    """A function: a new folder with the brief campaign, on the Prefect server of the tests or with its own."""
    return partial(new_folder, *BRIEF, own_server=False)


@pytest.fixture(scope="session")
def undisturbed(shared: Path, environment: dict[str, str], fork: Any) -> Finished:
    """The brief campaign, run once from nothing to its end, on servers of its own; left as it is."""
    return run_once("undisturbed", shared, environment, fork, *BRIEF)


def run_once(name: str, shared: Path, environment: dict[str, str], fork: Any, *changes: Any) -> Finished:
    """Run a campaign in whichever of pytest's processes comes first, as the others wait; later calls may be forked."""
    folder = CampaignFolder(shared / name / "folder", environment)
    kept = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            shutil.rmtree(folder.path, ignore_errors=True)
            fill(folder, *changes)
            kept.write_text(json.dumps(asdict(folder("run", "campaign.toml", "--json"))))
    answer = Answer(**json.loads(kept.read_text()))
    assert answer.code == 0, answer.err
    return replace(folder, fork=fork), answer
