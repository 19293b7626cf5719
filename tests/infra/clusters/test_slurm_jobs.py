"""What is submitted to Slurm, to the letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import dask.config
import pytest

from matsluice.infra.clusters import ClusterOptions
from matsluice.infra.clusters.jobqueue import slurm_job_class
from matsluice.infra.clusters.slurm_jobs import job_arguments, lifetime, shapes_of
from matsluice.infra.clusters.slurm_options import SlurmOptions, TrainWorkers

EXPORTS = """\
test -d '/shared/my runs' || { echo 'the folder /shared/my runs of the run is not there on' \
"$(hostname): the workspace must be on a disk that all share" >&2; exit 2; }
export OMP_NUM_THREADS=1
export OPENBLAS_NUM_THREADS=1
export MKL_NUM_THREADS=1
export NUMBA_NUM_THREADS=1
export MALLOC_TRIM_THRESHOLD_=67108864
export MALLOC_MMAP_THRESHOLD_=33554432
export DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False
export DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False
export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=0.8
export DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE=0.95
export DASK_DISTRIBUTED__ADMIN__TICK__LIMIT=30s
export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False
"""
SMALLEST = f"""\
#!/usr/bin/env bash

#SBATCH -J matsluice
#SBATCH -n 1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2560M
#SBATCH -t 01:00:00
#SBATCH --output="/shared/my runs/jobs/matsluice-%j.log"
#SBATCH --export=ALL
#SBATCH --no-requeue
{EXPORTS}\
/usr/bin/python3 -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name job1 --nthreads 1 \
--memory-limit 2.00GiB --nanny --death-timeout 120 --local-directory '/shared/my runs' --no-dashboard \
--lifetime 3200s --lifetime-stagger 100s
"""
FULL = f"""\
#!/usr/bin/env bash

#SBATCH -J matsluice
#SBATCH -p short
#SBATCH -A materials
#SBATCH -n 1
#SBATCH --cpus-per-task=16
#SBATCH --mem=32768M
#SBATCH -t 04:00:00
#SBATCH --output="/shared/my runs/jobs/matsluice-%j.log"
#SBATCH --export=ALL
#SBATCH --no-requeue
#SBATCH --exclusive
module load python/3.11
{EXPORTS}\
/usr/bin/python3 -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name job1 --nthreads 2 \
--memory-limit 2.00GiB --nworkers 4 --nanny --death-timeout 120 --local-directory $TMPDIR --no-dashboard \
--lifetime 14000s --lifetime-stagger 100s --resources featurize=2 --interface ib0
"""
TRAIN = f"""\
#!/usr/bin/env bash

#SBATCH -J matsluice
#SBATCH -p bigmem
#SBATCH -A materials
#SBATCH -n 1
#SBATCH --cpus-per-task=8
#SBATCH --mem=65536M
#SBATCH -t 1-00:00:00
#SBATCH --output="/shared/my runs/jobs/matsluice-%j.log"
#SBATCH --export=ALL
#SBATCH --no-requeue
#SBATCH --exclusive
module load python/3.11
{EXPORTS}\
/usr/bin/python3 -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name job1 --nthreads 8 \
--memory-limit 63.50GiB --nanny --death-timeout 120 --local-directory $TMPDIR --no-dashboard \
--lifetime 86000s --lifetime-stagger 100s --resources train=8 --interface ib0
"""


@dataclass(frozen=True)
class Settings:
    """What a campaign's [cluster] says."""

    kind: str = "slurm"
    workers: int = 8
    memory_per_worker_bytes: int = 2 * 2**30
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = field(default_factory=lambda: SlurmOptions(python="/usr/bin/python3"))


EVERYTHING = SlurmOptions(
    queue="short",
    account="materials",
    walltime="04:00:00",
    memory="32G",
    cores=16,
    workers_per_job=4,
    directives=("--exclusive",),
    setup=("module load python/3.11",),
    python="/usr/bin/python3",
    interface="ib0",
    scratch="$TMPDIR",
    train=TrainWorkers(workers=3, memory="64G", queue="bigmem", walltime="1-00:00:00", threads_per_worker=8),
)


def script(settings: Settings, resource: str = "") -> str:
    """Return the job script as Slurm gets it."""
    assert isinstance(settings.options, SlurmOptions)
    shape, _ = shapes_of(settings)[resource]
    arguments = job_arguments(shape, settings.options, Path("/shared/my runs"))
    if shape.resource == "train":
        # Cores are those of a job of the others.
        assert arguments["job_cpu"] is None
    return str(slurm_job_class()("tcp://10.0.0.1:8786", name="job1", **arguments).job_script())  # type: ignore[no-untyped-call]


def test_script_of_a_campaign_that_says_nothing() -> None:
    assert script(Settings()) == SMALLEST


@pytest.mark.parametrize(("resource", "expected"), [("featurize", FULL), ("train", TRAIN)])
def test_script_of_a_campaign_that_says_everything(resource: str, expected: str) -> None:
    settings = Settings(threads_per_worker=2, options=EVERYTHING)
    assert script(settings, resource) == expected
    assert {name: jobs for name, (_, jobs) in shapes_of(settings).items()} == {"featurize": 2, "train": 3}


def test_files_in_a_home_do_not_count() -> None:
    at_home = {
        "jobqueue.slurm.queue": "mine",
        "jobqueue.slurm.account": "mine",
        "jobqueue.slurm.job-mem": "1G",
    }
    with dask.config.set(at_home):
        assert script(Settings()) == SMALLEST


@pytest.mark.parametrize("walltime_s", [60.0, 90.0, 600.0, 3600.0, 86400.0, 864000.0])
def test_a_worker_leaves_before_its_job_ends_and_has_lived(walltime_s: float) -> None:
    lives, spread = lifetime(walltime_s)
    assert 0.5 * walltime_s < lives - spread
    # A worker takes some seconds to start, from which on its lifetime counts.
    assert lives + spread <= walltime_s - min(15.0, 0.25 * walltime_s)
