"""The keys of kind = "slurm"."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from matsluice.infra.clusters.cluster_options import (
    ClusterOptions,
    EncryptedOptions,
    Folder,
    GrowingOptions,
    Line,
    Word,
)
from matsluice.infra.clusters.slurm_words import memory_bytes, walltime_seconds

# A job needs time to start its worker, and some to let go of it.
SHORTEST_WALLTIME_S = 60


def _walltime(text: str) -> str:
    if text and walltime_seconds(text) < SHORTEST_WALLTIME_S:
        raise ValueError(f'got "{text}"; allowed: a minute or more, such as "04:00:00"')
    return text


def _memory(text: str) -> str:
    if text:
        memory_bytes(text)
    return text


Walltime = Annotated[str, AfterValidator(_walltime)]
Memory = Annotated[str, AfterValidator(_memory)]

DIRECTIVES = 'a list of options of sbatch, such as ["--exclusive", "--constraint=skylake"]'


class TrainWorkers(BaseModel):
    """cluster.train: workers of their own for fits; what is left out is as for the others.

    Attributes
    ----------
    workers
        How many, a worker each job.
    memory
        Of one job.
    threads_per_worker, queue, walltime, directives
        As in [cluster].
    """

    model_config = ClusterOptions.model_config

    workers: int = Field(ge=1, le=10_000, description="a whole number from 1 to 10000")
    memory: Memory = Field(min_length=1, description='the memory of one job, such as "64G"')
    threads_per_worker: int | None = Field(
        default=None, ge=1, le=256, description="a whole number from 1 to 256"
    )
    queue: Word | None = Field(
        default=None, min_length=1, description='a partition of sinfo, such as "bigmem"'
    )
    walltime: Walltime | None = Field(default=None, description='a time such as "1-00:00:00"')
    directives: tuple[Line, ...] | None = Field(default=None, description=DIRECTIVES)


class SlurmOptions(GrowingOptions, EncryptedOptions):
    """How jobs are asked for. Words and times are Slurm's own.

    Attributes
    ----------
    queue, account, walltime, memory, cores
        --partition, --account, --time, --mem and --cpus-per-task of one job; "" or None where Slurm's or our
        default will do.
    workers_per_job
        How many workers one job starts.
    directives
        Further options of sbatch.
    setup
        Lines of shell that a job runs before its workers.
    python
        The interpreter on the nodes; "" for the run's own path.
    interface
        The network by which nodes and the run reach each other; "" for what the host's name leads to.
    scratch
        Folder on the nodes for what workers keep there; "" for one in the workspace.
    train
        Workers of their own for fits, or None.

    Examples
    --------
    >>> SlurmOptions(queue="short", walltime="04:00:00").workers_per_job
    1
    """

    queue: Word = Field(default="", description='a partition of sinfo, such as "short"')
    account: Word = Field(default="", description='the account that is charged, such as "materials"')
    walltime: Walltime = Field(
        default="01:00:00", min_length=1, description='a time as --time takes it, such as "04:00:00"'
    )
    memory: Memory = Field(
        default="", description='the memory of one job as --mem takes it, such as "64G"; "" for our sum'
    )
    cores: int | None = Field(
        default=None, ge=1, le=4096, description="the cores of one job, a whole number from 1 to 4096"
    )
    workers_per_job: int = Field(default=1, ge=1, le=1024, description="a whole number from 1 to 1024")
    directives: tuple[Line, ...] = Field(default=(), description=DIRECTIVES)
    setup: tuple[Line, ...] = Field(
        default=(), description='a list of lines of shell, such as ["module load python/3.11"]'
    )
    python: str = Field(
        default="", description='the path of Python on the nodes, such as "/opt/env/bin/python"'
    )
    interface: Word = Field(default="", description='a network interface of `ip link`, such as "ib0"')
    scratch: Folder = Field(
        default="", description='an absolute folder on the nodes, such as "/local/me" or "$TMPDIR"'
    )
    train: TrainWorkers | None = Field(
        default=None, description='a table such as { workers = 2, memory = "64G", queue = "bigmem" }'
    )

    def check_with(self, workers: int) -> None:
        """Raise ValueError where workers and jobs do not go together."""
        super().check_with(workers)
        if workers % self.workers_per_job:
            raise ValueError(
                f"workers = {workers} is no multiple of workers_per_job = {self.workers_per_job}; "
                f"write workers = {-(-workers // self.workers_per_job) * self.workers_per_job}"
            )
