"""Times and sizes as Slurm's options take them."""

from __future__ import annotations

import re

# sbatch --time: minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]].
_WALLTIME = re.compile(r"(?:(?P<days>\d{1,3})-)?(?P<parts>\d{1,5}(?::\d{1,2}){0,2})")
_SIZE = re.compile(r"(?P<number>[1-9]\d{0,8})(?P<unit>[KMGT]?)(?:iB)?")
_BYTES_PER = {"K": 2**10, "M": 2**20, "": 2**20, "G": 2**30, "T": 2**40}


def walltime_seconds(text: str) -> int:
    """Return how long a job may last.

    Raises
    ------
    ValueError
        It is no time as Slurm writes them.

    Examples
    --------
    >>> walltime_seconds("30"), walltime_seconds("04:00:00"), walltime_seconds("2-12")
    (1800, 14400, 216000)
    """
    match = _WALLTIME.fullmatch(text)
    if match is None:
        raise ValueError(
            f'got "{text}"; allowed: a time as Slurm\'s --time takes it, such as "04:00:00" or "2-00:00:00"'
        )
    parts = [int(part) for part in match["parts"].split(":")]
    if match["days"] is not None:
        hours, minutes, seconds = (*parts, 0, 0)[:3]
        return ((int(match["days"]) * 24 + hours) * 60 + minutes) * 60 + seconds
    if len(parts) == 1:
        return parts[0] * 60
    hours, minutes, seconds = (0, *parts)[-3:]
    return (hours * 60 + minutes) * 60 + seconds


def walltime_text(seconds: int) -> str:
    """Return a time as Slurm takes it.

    >>> walltime_text(14400), walltime_text(216000)
    ('04:00:00', '2-12:00:00')
    """
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}-{clock}" if days else clock


def memory_bytes(text: str) -> int:
    """Return a size in bytes; Slurm's K, M, G and T are binary, and megabytes are meant where none is written.

    Raises
    ------
    ValueError
        It is no size as Slurm writes them.

    Examples
    --------
    >>> memory_bytes("64G"), memory_bytes("64GiB"), memory_bytes("512")
    (68719476736, 68719476736, 536870912)
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f'got "{text}"; allowed: a size as Slurm\'s --mem takes it, such as "64G" or "500M"')
    return int(match["number"]) * _BYTES_PER[match["unit"]]
