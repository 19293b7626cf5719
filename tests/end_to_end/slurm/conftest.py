"""A real Slurm on this host, started by the script that people start it with."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra" / "slurm" / "testbed.sh"


@dataclass(frozen=True)
class Slurm:
    """A Slurm that answers whoever has SLURM_CONF set."""

    folder: Path

    @property
    def settings(self) -> str:
        return str(self.folder / "slurm.conf")

    def ask(self, *words: str) -> str:
        environment = {**os.environ, "SLURM_CONF": self.settings}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout

    def jobs(self, *states: str) -> dict[str, str]:
        """Return job → state of all that were submitted, or of those in some states."""
        lines = self.ask("squeue", "--noheader", "--states=all", "--format=%A|%T").split()
        found = dict(line.split("|") for line in lines)
        return {job: state for job, state in found.items() if not states or state in states}

    def let_have(self, jobs: int) -> None:
        """Set how many jobs a person may have."""
        (self.folder / "max-jobs").write_text(f"{jobs}\n")

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 240.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen in time; {self.jobs()}"
            time.sleep(0.2)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """Slurm with three nodes of two cores; packages are installed where they are missing."""
    if os.geteuid() != 0:
        pytest.skip("starting a Slurm takes root: slurmd starts jobs as their users")
    folder = tmp_path_factory.mktemp("slurm") / "bed"
    started = subprocess.run(
        [SCRIPT, "start", folder], stdout=subprocess.PIPE, text=True, check=True, timeout=280
    )
    assert started.stdout == f"export SLURM_CONF={folder}/slurm.conf\n"
    yield Slurm(folder)
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=120)
    assert not folder.exists()
