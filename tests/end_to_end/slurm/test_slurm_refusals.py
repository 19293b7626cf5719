"""What Slurm would never run is said before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder
    from tests.end_to_end.slurm.conftest import Slurm

KEYS = 'kind = "slurm"\nworkers = 2\nmemory_per_worker = "1GiB"\ninterface = "lo"'


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'queue = "shrt"',
            'cluster.queue: unknown partition "shrt": did you mean "short"? Allowed: short, long',
        ),
        (
            'queue = "short"\nwalltime = "1-00:00:00"',
            'cluster.walltime: "1-00:00:00" is longer than the partition short lets a job last, which is "02:00:00"',
        ),
        (
            'walltime = "1-00:00:00"',
            'cluster.walltime: "1-00:00:00" is longer than the partition short lets a job last, which is "02:00:00"',
        ),
        (
            'memory = "900G"',
            "[cluster]: Slurm would not take the job (allocation failure: Requested node configuration is not",
        ),
        (
            'train = { workers = 1, memory = "2G", queue = "lang" }',
            'cluster.train.queue: unknown partition "lang": did you mean "long"? Allowed: short, long',
        ),
    ],
)
def test_job_that_is_not_possible(new_folder: MakeFolder, slurm: Slurm, line: str, said: str) -> None:
    folder = new_folder(("workers = 2", f"{KEYS}\n{line}"))
    folder.environment = {**folder.environment, "SLURM_CONF": slurm.settings}
    answer = folder("run", "campaign.toml", timeout_s=280)
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (folder.path / "workspace").exists()


def test_slurm_is_not_installed(new_folder: MakeFolder) -> None:
    folder = new_folder(("workers = 2", KEYS))
    # Whatever this machine has installed, none of it can be found.
    folder.environment = {**folder.environment, "PATH": str(folder.path)}
    answer = folder("run", "campaign.toml", timeout_s=280)
    assert answer.code == 2, answer.err
    assert (
        'cluster.kind = "slurm": sbatch, squeue, scancel, sinfo of Slurm cannot be found on this machine: start the '
        'run where jobs are submitted, such as a login node, or write kind = "local"'
    ) in answer.err
    assert "Traceback" not in answer.err
    assert not (folder.path / "workspace").exists()
