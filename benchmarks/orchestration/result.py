"""A number that was measured, and what it has to be."""

from __future__ import annotations

import os
from typing import Any

_LINE = "{:<66}{:>11} {:<10}{:>9}{:>4}"


def result(
    name: str, value: float, unit: str, bar: float | None = None, *, at_least: bool = False
) -> dict[str, Any]:
    """Return a result, and print it; a bar is the most that is allowed, or the least."""
    met = bar is None or (value >= bar if at_least else value <= bar)
    sign = ">=" if at_least else "<="
    shown = f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
    print(
        _LINE.format(name, shown, unit, "" if bar is None else f"{sign} {bar:g}", "" if met else "no"),
        flush=True,
    )
    return {"name": name, "value": value, "unit": unit, "bar": bar, "met": met}


def load_said() -> None:
    """Print how busy the machine has been, without which no time means anything."""
    one, five, _ = os.getloadavg()
    print(f"   (load of the machine: {one:.1f} over the last minute, {five:.1f} over five)", flush=True)
