"""Whether Slurm would take the jobs, asked before a run writes anything."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from matsluice.infra.clusters.jobqueue import slurm_job_class
from matsluice.infra.clusters.opened import ClusterSettings
from matsluice.infra.clusters.own_scheduler import check_own_certificates
from matsluice.infra.clusters.slurm_commands import SlurmRefusal, ask, partitions
from matsluice.infra.clusters.slurm_jobs import JobShape, job_arguments, shapes_of
from matsluice.infra.clusters.slurm_options import SlurmOptions
from matsluice.infra.clusters.slurm_words import walltime_seconds, walltime_text
from matsluice.infra.mistakes import Hindered, InvalidInput, unknown_word

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo")


def check_slurm(settings: ClusterSettings) -> None:
    """Raise InvalidInput where Slurm is not here, or would never run such jobs.

    Raises
    ------
    InvalidInput
        Slurm or dask-jobqueue is not installed, the partition does not exist or ends jobs earlier, or sbatch says
        of a job like ours that it can never run.
    Hindered
        Slurm's controller does not answer.
    """
    lacking = [command for command in COMMANDS if shutil.which(command) is None]
    if lacking:
        raise InvalidInput(
            f'cluster.kind = "slurm": {", ".join(lacking)} of Slurm cannot be found on this machine: start the run '
            'where jobs are submitted, such as a login node, or write kind = "local"'
        )
    if find_spec("dask_jobqueue") is None:
        raise InvalidInput(
            'cluster.kind = "slurm": dask-jobqueue, which submits the jobs, is not installed: '
            "run `pip install 'matsluice[slurm]'`"
        )
    options = settings.options
    assert isinstance(options, SlurmOptions)
    check_own_certificates(options.tls)
    try:
        limits, default = partitions()
    except SlurmRefusal as refusal:
        raise Hindered(f"Slurm does not answer ({refusal}): run the same command once it does") from refusal
    for resource, (shape, _) in shapes_of(settings).items():
        table = "cluster.train" if resource == "train" else "cluster"
        _check_partition(shape, limits, default, table)
        _check_taken(shape, settings, table)


def _check_partition(shape: JobShape, limits: Mapping[str, int | None], default: str, table: str) -> None:
    named = shape.queue or default
    for name in named.split(",") if named else ():
        if name not in limits:
            raise InvalidInput(f"{table}.queue: {unknown_word('partition', name, limits)}")
        limit = limits[name]
        if limit is not None and walltime_seconds(shape.walltime) > limit:
            raise InvalidInput(
                f'{table}.walltime: "{shape.walltime}" is longer than the partition {name} lets a job last, '
                f'which is "{walltime_text(limit)}"'
            )


def _check_taken(shape: JobShape, settings: ClusterSettings, table: str) -> None:
    """Have sbatch judge a job like ours, without submitting it."""
    options = settings.options
    assert isinstance(options, SlurmOptions)
    with tempfile.TemporaryDirectory() as folder:
        job = slurm_job_class()(
            "tcp://127.0.0.1:1", name="asked", **job_arguments(shape, options, Path(folder))
        )
        script = Path(folder) / "job.sh"
        script.write_text(job.job_script(), encoding="utf-8")  # type: ignore[no-untyped-call]
        try:
            ask("sbatch", "--test-only", str(script))
        except SlurmRefusal as refusal:
            # A limit on what may be submitted now passes; whether the job itself is possible is what is asked.
            if "job submit limit" not in str(refusal).lower() and "MaxSubmit" not in str(refusal):
                raise InvalidInput(
                    f"[{table}]: Slurm would not take the job ({refusal}): look at queue, account, memory, cores "
                    "and directives"
                ) from refusal
