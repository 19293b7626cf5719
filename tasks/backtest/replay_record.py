"""What the replays of all seeds come to: hits against labels, and how many labels a rule saves against chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.tasks.backtest.random_picks import expected_picks

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Shares of the hits for which it is said how many labels they take.
SHARES = (0.1, 0.25, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """A file of `replay_rule`, read.

    Attributes
    ----------
    rule, seed
        Which one it is.
    arrays
        What the file holds.
    """

    rule: str
    seed: int
    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, path: Path, rule: str, seed: int) -> Replay:
        """Return what a worker has left."""
        return cls(rule, seed, read_arrays(path))

    @property
    def labels(self) -> NDArray[np.int64]:
        """How many labels are known at the start and after each round, (rounds + 1,)."""
        start, batch, all_of_them = (
            int(self.arrays["start"]),
            int(self.arrays["batch"]),
            len(self.arrays["hit"]),
        )
        return np.append(np.arange(start, all_of_them, batch), all_of_them)

    @property
    def found(self) -> NDArray[np.int64]:
        """How many hits are among them, (rounds + 1,)."""
        return np.asarray(np.cumsum(self.arrays["hit"])[self.labels - 1])

    @property
    def expected(self) -> NDArray[np.float64]:
        """How many would be expected by picking at random from the same start, (rounds + 1,)."""
        left = int(self.arrays["pool"]) - int(self.arrays["start"])
        return np.asarray(self.found[0] + self._hits_left * (self.labels - self.labels[0]) / left)

    @property
    def _hits_left(self) -> int:
        """Hits that were not in the start."""
        return int(self.arrays["hits"]) - int(self.found[0])

    def needed(self, share: float) -> tuple[int | None, float]:
        """Return how many labels beyond the start a share of the hits left took, and take on average at random.

        Labels are counted by whole rounds, as they are paid for; None where the share was not reached.
        """
        wanted = int(np.ceil(share * self._hits_left))
        left = int(self.arrays["pool"]) - int(self.arrays["start"])
        by_chance = expected_picks(left, self._hits_left, wanted)
        reached = np.flatnonzero(self.found - self.found[0] >= wanted)
        return (int(self.labels[reached[0]] - self.labels[0]) if len(reached) else None), by_chance


def replay_record(replays: Sequence[Replay]) -> dict[str, Any]:
    """Return what stands in replay.json of replays.

    Parameters
    ----------
    replays
        At least one; of each rule there are as many, from the same starts.

    Returns
    -------
    ``pool`` and ``hits`` there are, ``labels`` after each round, ``expected`` hits by chance there, and ``rules`` with
    an entry each: mean and standard deviation over seeds of the hits found after each round, what the last are times
    the expected ones beyond the start, and for each of `SHARES` the labels needed and the acceleration over chance.
    """
    first = replays[0]
    return {
        "pool": int(first.arrays["pool"]),
        "hits": int(first.arrays["hits"]),
        "labels": first.labels.tolist(),
        "expected": np.mean([one.expected for one in replays], axis=0).tolist(),
        "rules": [
            _of_rule(rule, [one for one in replays if one.rule == rule])
            for rule in dict.fromkeys(one.rule for one in replays)
        ],
        "fit_seconds": sum(float(one.arrays["seconds"]) for one in replays),
    }


def _of_rule(rule: str, replays: Sequence[Replay]) -> dict[str, Any]:
    found = np.array([one.found for one in replays], dtype=np.float64)
    over = [
        (one.found[-1] - one.found[0]) / (one.expected[-1] - one.expected[0])
        for one in replays
        if one.expected[-1] > one.expected[0]
    ]
    return {
        "rule": rule,
        "seeds": [one.seed for one in replays],
        "found": found.mean(axis=0).tolist(),
        "found_std": found.std(axis=0, ddof=1).tolist() if len(found) > 1 else None,
        "enrichment": _spread(over),
        "until": [_until(share, replays) for share in SHARES],
    }


def _until(share: float, replays: Sequence[Replay]) -> dict[str, Any]:
    """Return what a share of the hits takes; labels and acceleration are None unless every seed has reached it."""
    needed = [one.needed(share) for one in replays]
    reached = [(labels, by_chance) for labels, by_chance in needed if labels]
    everywhere = len(reached) == len(needed)
    return {
        "share": share,
        "reached": len(reached),
        "labels": _spread([float(labels) for labels, _ in reached]) if everywhere else None,
        "at_random": float(np.mean([by_chance for _, by_chance in needed])),
        "acceleration": _spread([by_chance / labels for labels, by_chance in reached])
        if everywhere
        else None,
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    return {
        "mean": float(np.mean(values)) if values else None,
        "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
    }


def replay_table(replays: Sequence[Replay], classes: Sequence[str] = ()) -> pd.DataFrame:
    """Return a line for each label: rule, seed, round (0 for the start), id, formula, value, whether it is a hit.

    Parameters
    ----------
    replays
        Replays.
    classes
        Names of the target's classes, in whose place `value` is one; none where it is a number.
    """
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame(
                {
                    "rule": one.rule,
                    "seed": one.seed,
                    "round": np.repeat(np.arange(len(one.labels)), np.diff(one.labels, prepend=0)),
                    "id": one.arrays["id"],
                    "formula": one.arrays["formula"],
                    "value": np.asarray(classes)[one.arrays["y"]] if classes else one.arrays["y"],
                    "hit": one.arrays["hit"],
                }
            )
            for one in replays
        ],
        ignore_index=True,
    )
