"""The pieces of work cross-validation consists of, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matsluice.infra.seeds import derive_seed
from matsluice.tasks.split.splits import SPLITS
from matsluice.tasks.train.fit_fold import FoldCall
from matsluice.tasks.tune.search import SearchCall, SearchPlan


@dataclass(frozen=True, slots=True)
class Contest:
    """One model × target × split.

    Attributes
    ----------
    model, kind, parameters
        The model's name in the campaign, its kind, and all its settings.
    target, unit, target_index
        What is predicted; the index names its folder, since a column's name need not be a file's.
    split, folds
        How rows are divided.
    task
        "regression" or "classification".
    blocks
        The blocks it learns from.
    search
        How parameters are searched in the training rows of each fold; None where those given are taken.
    """

    model: str
    kind: str
    parameters: dict[str, Any]
    target: str
    unit: str
    target_index: int
    split: str
    folds: int
    task: str = "regression"
    search: SearchPlan | None = None
    blocks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tells this contest from the others of a run."""
        return f"{self.target_index}.{self.split}.{self.model}"

    def folder(self, work: Path) -> Path:
        """Return where this contest's files stand."""
        return work / f"target-{self.target_index}" / self.split / self.model

    def rows(self, work: Path) -> Path:
        """Return the folder of the target's training rows."""
        return work / f"target-{self.target_index}" / "rows"

    def fold_file(self, work: Path) -> Path:
        """Return the file with what each fold does with each training row."""
        return work / f"target-{self.target_index}" / f"folds-{self.split}.npy"

    def group_file(self, work: Path) -> str:
        """Return the file with the group of each training row, "" where the split keeps none together."""
        if not SPLITS[self.split].groups:
            return ""
        return str(work / f"target-{self.target_index}" / f"groups-{self.split}.npy")

    def fit_seed(self, campaign_seed: int, *fold: int | str) -> int:
        """Return the seed of a fit, the same whenever and wherever it is done."""
        return derive_seed(campaign_seed, "fit", self.target, self.model, self.split, *fold)

    def fold_calls(self, work: Path, campaign_seed: int) -> list[FoldCall]:
        """Return one call a fold."""
        return [
            FoldCall(
                matrix=str(work / "matrix.npy"),
                rows=str(self.rows(work)),
                folds=str(self.fold_file(work)),
                fold=fold,
                kind=self.kind,
                seed=self.fit_seed(campaign_seed, fold),
                output=str(self.folder(work) / f"fold-{fold}.npz"),
                parameters=self.parameters,
                groups=self.group_file(work),
            )
            for fold in range(self.folds)
        ]

    def fewer_rows_calls(self, work: Path, campaign_seed: int, share: float) -> list[FoldCall]:
        """Return one call a fold that learns from a share of the groups outside it."""
        folder = self.folder(work) / f"share-{share:g}"
        return [
            replace(call, share=share, output=str(folder / Path(call.output).name))
            for call in self.fold_calls(work, campaign_seed)
        ]

    def search_calls(self, work: Path, campaign_seed: int) -> list[SearchCall]:
        """Return one search a fold; none where nothing is searched."""
        if self.search is None:
            return []
        return [
            SearchCall(
                matrix=fold.matrix,
                rows=fold.rows,
                folds=fold.folds,
                fold=fold.fold,
                kind=fold.kind,
                seed=fold.seed,
                output=str(self.folder(work) / f"search-{fold.fold}.json"),
                plan=self.search,
                parameters=self.parameters,
                groups=fold.groups,
            )
            for fold in self.fold_calls(work, campaign_seed)
        ]
