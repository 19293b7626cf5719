"""What Slurm's commands say, asked for rarely: the controller serves a whole site."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matsluice.infra.clusters.slurm_words import walltime_seconds

ANSWER_WITHIN_S = 60.0


class SlurmRefusal(Exception):  # noqa: N818 - it is Slurm's word, and mostly no error of ours
    """A command of Slurm ended badly; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that Slurm has not done with: its state, such as PENDING, and why it waits."""

    state: str
    reason: str


def ask(*words: str) -> str:
    """Return what a command of Slurm prints.

    Raises
    ------
    SlurmRefusal
        It ended badly, did not answer in time, or is not installed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            words,
            capture_output=True,
            text=True,
            timeout=ANSWER_WITHIN_S,
            check=False,
            stdin=subprocess.DEVNULL,
            # An admin's or a person's SQUEUE_FORMAT and the like would change what is printed.
            env={
                name: text for name, text in os.environ.items() if not name.startswith(("SQUEUE_", "SINFO_"))
            },
        )
    except FileNotFoundError as error:
        raise SlurmRefusal(f"{words[0]} is not installed here") from error
    except subprocess.TimeoutExpired as error:
        raise SlurmRefusal(f"{words[0]} has not answered for {ANSWER_WITHIN_S:.0f} s") from error
    if done.returncode:
        raise SlurmRefusal(said(done.stderr) or f"{words[0]} ended with {done.returncode}")
    return done.stdout


def said(text: str) -> str:
    r"""Return what a command complains of on one line, without its name.

    >>> said("sbatch: error: invalid partition specified: shrt\nsbatch: error: Batch job submission failed: x")
    'invalid partition specified: shrt; Batch job submission failed: x'
    """
    lines = [line.rsplit("error: ", 1)[-1].strip() for line in text.splitlines()]
    return "; ".join(dict.fromkeys(line for line in lines if line))


def my_jobs(ids: Iterable[str]) -> dict[str, Job]:
    """Return those of some jobs that Slurm has not done with.

    Raises
    ------
    SlurmRefusal
        The controller does not answer; nothing is known of the jobs then.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    # All of a person's jobs in one question: one that names jobs fails where a single one is forgotten.
    lines = ask("squeue", "--me", "--noheader", "--format=%A|%T|%r").splitlines()
    found = {}
    for line in lines:
        job, state, reason = line.split("|", 2)
        if job in wanted:
            found[job] = Job(state, reason)
    return found


def partitions() -> tuple[Mapping[str, int | None], str]:
    """Return partition → the longest a job may last there (s), None where there is no limit; and the default one.

    A job that is longer is mostly not refused, but waits for ever.

    Raises
    ------
    SlurmRefusal
        Slurm is not installed here, or its controller does not answer.
    """
    found: dict[str, int | None] = {}
    default = ""
    for line in ask("sinfo", "--noheader", "--format=%R|%l|%P").splitlines():
        name, limit, marked = line.strip().split("|", 2)
        default = name if marked.endswith("*") else default
        try:
            found[name] = walltime_seconds(limit)
        except ValueError:  # "infinite", "n/a"
            found[name] = None
    return found, default
