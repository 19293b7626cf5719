"""The error of one hidden layer against its width, on a function of one variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from matsluice.tasks.studies.figures import error_by_width_figure
from matsluice.tasks.studies.findings import Drawing, Findings
from matsluice.tasks.studies.universal_approximation import error_by_width

if TYPE_CHECKING:
    from matsluice.tasks.studies.study_options import UniversalApproximationOptions

# What counts as approximated: nowhere off by more than this, in standard deviations of the function.
CLOSE: Final = 0.01


def run(data: None, options: UniversalApproximationOptions, seed: int) -> Findings:  # noqa: ARG001 - it takes no rows
    """Fit layers of growing width to sin(6x) exp(x/2) on [−1, 1]."""
    table = error_by_width(
        widths=sorted(options.widths),
        activations=options.activations,
        starts=options.starts,
        steps=options.steps,
        seed=seed,
    )
    return Findings(verdict=tuple(verdict(table)), table=tuple(table))


def verdict(table: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how close each activation comes, and with how many neurons it is within 1 % of the spread.

    Examples
    --------
    >>> table = [{"activation": name, "width": width, "largest_error": error}
    ...          for name, width, error in (("tanh", 1, 1.8), ("tanh", 8, 0.002), ("relu", 1, 2.0), ("relu", 8, 0.3))]
    >>> for sentence in verdict(table):
    ...     print(sentence)
    One hidden layer follows sin(6x)·exp(x/2) to 0.002 σ everywhere with 8 neurons (tanh); with 1 it misses by 1.8 σ.
    Neurons it takes to stay within 0.01 σ: tanh 8; relu more than 8.
    """
    best = min(table, key=lambda one: float(one["largest_error"]))
    own = [one for one in table if one["activation"] == best["activation"]]
    narrow = min(own, key=lambda one: int(one["width"]))
    needed = []
    for activation in dict.fromkeys(one["activation"] for one in table):
        lines = [one for one in table if one["activation"] == activation]
        enough = [one["width"] for one in lines if one["largest_error"] <= CLOSE]
        widest = max(one["width"] for one in lines)
        needed.append(f"{activation} {min(enough) if enough else f'more than {widest}'}")
    close = (
        f"One hidden layer follows sin(6x)·exp(x/2) to {best['largest_error']:.2g} σ everywhere with "
        f"{best['width']} neurons ({best['activation']}); with {narrow['width']} it misses by "
        f"{narrow['largest_error']:.2g} σ."
    )
    return [close, f"Neurons it takes to stay within {CLOSE:g} σ: {'; '.join(needed)}."]


def drawings(findings: Findings) -> list[Drawing]:
    """Return the largest error against the width."""
    return [
        Drawing(
            "error-by-width",
            partial(_drawn, findings.table),
            "Largest error between the fitted points, of the best start; pale: the median start, for the theorem says "
            "how small the error can be made, not that training finds it.",
            "Largest error of one hidden layer against its neurons, a line for each activation.",
        )
    ]


def _drawn(table: Sequence[Mapping[str, Any]], theme: Any) -> Any:
    return error_by_width_figure(table, theme=theme)
