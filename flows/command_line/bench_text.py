"""A benchmark's scores beside the published ones, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from matsluice.tasks.leaderboard.published import rank

if TYPE_CHECKING:
    from matsluice.tasks.leaderboard.published import Published

OURS: Final = "matsluice"
# Of a method's name; with five folds a line then has 79 characters.
WIDE: Final = 26
# Key of a score → what it is called, the digits it is given with, and whether less is better.
SCORES: Final[Mapping[str, tuple[str, int, bool]]] = {
    "mae": ("mean absolute error", 4, True),
    "roc_auc": ("ROC-AUC by probability", 4, False),
    "roc_auc_label": ("ROC-AUC by hard label", 4, False),
}


def bench_lines(scores: Mapping[str, Mapping[str, Any]], published: Sequence[Published]) -> Iterator[str]:
    """Give a table for each task: place, method, score; ours with its folds and seconds.

    Published areas under the curve mix probabilities and hard labels, so both of ours are placed among them.
    """
    for task, said in scores.items():
        others = [entry for entry in published if entry.task == task]
        keys = [key for key in SCORES if key in said]
        less = SCORES[keys[0]][2]
        metric = others[0].metric if others else SCORES[keys[0]][0]
        yield f"{task}: {metric}, {'less' if less else 'more'} is better"
        yield f"  {'rank':>4}  {'method':<{WIDE}}{'score':>8}  folds"
        rows = [
            (entry.value, f"  {'':>4}  {entry.method[:WIDE]:<{WIDE}}{_text(entry.value):>8}")
            for entry in others
        ]
        for key in keys:
            name = OURS if key == "mae" else f"{OURS}, {SCORES[key][0].removeprefix('ROC-AUC ')}"
            folds = " ".join(
                _text(one) for one in said["folds" + key.removeprefix("roc_auc").removeprefix("mae")]
            )
            place = rank(said[key], others, less_is_better=less)
            rows.append((said[key], f"  {place:>4}  {name:<{WIDE}}{_text(said[key]):>8}  {folds}"))
        for _, line in sorted(rows, key=lambda row: row[0] if less else -row[0]):
            yield line.rstrip()
        yield f"  {said['seconds']:.0f} s of fitting"
        yield ""


def _text(value: float) -> str:
    """Return a score with as many digits as mean something.

    >>> _text(75.4321), _text(0.27314), _text(1234.5)
    ('75.4', '0.2731', '1234')
    """
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"
