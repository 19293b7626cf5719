"""Durations and sizes with their unit, as "60s" or "2GiB"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matsluice.flows.campaign_file.messages import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS_PER: Mapping[str, float] = {"ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES_PER: Mapping[str, int] = {
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("kMGT", start=1)},
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGT", start=1)},
}
# Digits are bounded: a number of thousands of digits is no quantity anybody writes.
_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,20})?) ?([A-Za-z]+)")


def parse_duration_seconds(given: object) -> float:
    """Return a duration in seconds.

    Raises
    ------
    ValueError
        It is no number with one of the units ms, s, m (or min), h, d.

    Examples
    --------
    >>> parse_duration_seconds("5m"), parse_duration_seconds("1.5 h")
    (300.0, 5400.0)
    """
    number, unit = _parts(given, SECONDS_PER, 'a number with a unit, ms s m h or d, such as "60s" or "5m"')
    return float(number) * SECONDS_PER[unit]


def parse_size_bytes(given: object) -> int:
    """Return a size in bytes.

    Raises
    ------
    ValueError
        It is no number with one of the units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB.

    Examples
    --------
    >>> parse_size_bytes("2GiB")
    2147483648
    """
    number, unit = _parts(
        given, BYTES_PER, 'a number with a unit, B kB MB GB TB KiB MiB GiB or TiB, such as "2GiB"'
    )
    return int(number) * BYTES_PER[unit] if number.isdecimal() else round(float(number) * BYTES_PER[unit])


def duration_text(seconds: float) -> str:
    """Return the text that `parse_duration_seconds` reads as exactly this duration.

    >>> duration_text(60.0), duration_text(0.25)
    ('60s', '0.25s')
    """
    return f"{int(seconds) if seconds.is_integer() else repr(seconds)}s"


def size_text(size_bytes: int) -> str:
    """Return the text that `parse_size_bytes` reads as exactly this size, in its largest binary unit.

    >>> size_text(2147483648), size_text(1500)
    ('2GiB', '1500B')
    """
    unit = next(u for u in ("TiB", "GiB", "MiB", "KiB", "B") if size_bytes % BYTES_PER[u] == 0)
    return f"{size_bytes // BYTES_PER[unit]}{unit}"


def _parts(given: object, units: Mapping[str, float], allowed: str) -> tuple[str, str]:
    match = _QUANTITY.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise ValueError(f"got {shown(given)}; allowed: {allowed}")
    by_lower_case = {unit.lower(): unit for unit in units}
    unit = match[2] if match[2] in units else by_lower_case.get(match[2].lower())
    if unit is None:
        raise ValueError(f"got {shown(given)}; allowed: {allowed}")
    return match[1], unit
