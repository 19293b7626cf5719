"""The solar-absorbers campaign as a plain script: joblib, and nothing that outlives an interruption.

    python benchmarks/plain_campaign.py CAMPAIGN.toml FOLDER

It reads the same rows, computes the same features, fits the same folds of the same models with the same seeds, tests
the champion on the hold-out, fits it on all rows, and ranks the same candidates. It leaves scores.json and hits.csv.
There is no store, no ledger, no flag of the applicability domain in cross-validation, no figure, no page, no record in
MLflow.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import joblib
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from plain.work import block_values, fitted, predicted, screened

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.objective import objective_of
from matsluice.infra.numeric_threads import use_one_thread
from matsluice.infra.seeds import derive_seed
from matsluice.models.catalogue import make_model
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.tasks.evaluate.metrics import mean_absolute_error, score_folds
from matsluice.tasks.evaluate.record import scores_record
from matsluice.tasks.features.each import BlockRows, side_by_side
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.split.divide import assign_folds, holdout
from matsluice.tasks.split.folds import HOLDOUT
from matsluice.tasks.train.choose import choose_champion, deciding_split
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import TrainingRows, labelled_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORKERS: Final = 2
ORDER: Final = {"in_domain": False, "probability": False, "distance": True, "formula": True, "id": True}


class Script:
    """The steps, one after the other, in the words of one campaign file."""

    def __init__(self, campaign: Campaign, folder: Path, parallel: Any) -> None:
        self.campaign, self.folder, self.parallel = campaign, folder, parallel
        self.target = campaign.targets[0]
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def note(self, step: str) -> None:
        """Note how long a step has taken."""
        now = time.perf_counter()
        self.seconds[step], self._since = now - self._since, now

    def read(self) -> Snapshot:
        """Read the rows."""
        names = [self.target.column]
        batches = read_source(self.campaign.data.source, self.campaign.data.options, names)
        return freeze((examine(batch, names) for batch in batches), names, self.folder, {})

    def features(self, snapshot: Snapshot) -> BlockRows:
        """Compute every block of every material."""
        materials = materials_of(pq.read_table(snapshot.materials_file))
        blocks = self.campaign.features.blocks
        return side_by_side(self.parallel(joblib.delayed(block_values)(word, materials) for word in blocks))

    def contests(self) -> Iterator[Contest]:
        """Give every model under every split."""
        validation = self.campaign.validation
        for split in validation.splits:
            for model in self.campaign.models:
                yield Contest(
                    model.name,
                    model.kind,
                    dict(model.params),
                    self.target.column,
                    self.target.unit,
                    0,
                    split,
                    validation.folds,
                )

    def cross_validate(self, X: NDArray[np.float64], rows: TrainingRows) -> tuple[list[Any], dict[str, Any]]:
        """Return every contest's scores, and its predictions (fold, y, ŷ)."""
        seed, validation = self.campaign.seed, self.campaign.validation
        self.kept = holdout(rows.material, validation.holdout, derive_seed(seed, "holdout"))
        folds = {
            split: assign_folds(split, rows, self.kept, validation.folds, derive_seed(seed, "folds", split))
            for split in validation.splits
        }
        planned = list(self.contests())
        values = self.parallel(
            joblib.delayed(predicted)(
                X,
                rows.y,
                folds[contest.split] == fold,
                self.kept,
                make_model(contest.kind, contest.parameters, contest.fit_seed(seed, fold)),
            )
            for contest in planned
            for fold in range(contest.folds)
        )
        scores, predictions = [], {}
        for number, contest in enumerate(planned):
            fold = folds[contest.split]
            y_pred = np.empty(len(fold))
            for each in range(contest.folds):
                y_pred[fold == each] = values[number * contest.folds + each]
            seen = fold != HOLDOUT
            found = score_folds(rows.y[seen], y_pred[seen], fold[seen])
            scores.append(scores_record(contest.model, contest.target, contest.split, found, 0.0))
            predictions[contest.name] = rows.y[seen], y_pred[seen]
        return scores, predictions

    def champion(
        self, X: NDArray[np.float64], rows: TrainingRows, scores: list[Any], predictions: dict[str, Any]
    ) -> tuple[MaterialModel, float]:
        """Return the best model, fitted on all rows, and its error on the hold-out."""
        split, seed = deciding_split(self.campaign.validation.splits), self.campaign.seed
        name = choose_champion(scores, self.target.column, split)
        won = next(c for c in self.contests() if (c.model, c.split) == (name, split))
        models = [make_model(won.kind, won.parameters, won.fit_seed(seed, to)) for to in ("holdout", "all")]
        y_pred, (pipeline, learned) = self.parallel(
            [
                joblib.delayed(predicted)(X, rows.y, self.kept, self.kept, models[0]),
                joblib.delayed(fitted)(X, rows.y, models[1]),
            ]
        )
        model = MaterialModel(
            pipeline=pipeline,
            blocks={word: find_block(word).version for word in self.campaign.features.blocks},
            target=self.target.column,
            unit=self.target.unit,
            learned_from=learned,
            intervals=ConformalIntervals(ResidualDistribution.of(*predictions[won.name])),
            confidence=0.9,
        )
        return model, mean_absolute_error(np.asarray(rows.y[self.kept], np.float64), y_pred)

    def screen(self, model: MaterialModel) -> pd.DataFrame:
        """Return the best hits."""
        wanted = self.campaign.screen
        assert wanted is not None
        excluded = [ATOMIC_NUMBERS[symbol] for symbol in wanted.exclude_elements]
        batches = (
            examine(batch) for batch in read_source(wanted.candidates.source, wanted.candidates.options)
        )
        parts = self.parallel(
            joblib.delayed(screened)(batch.materials, batch.batch.ids, model, objective_of(wanted), excluded)
            for batch in batches
        )
        hits = pd.concat(parts).sort_values(list(ORDER), ascending=list(ORDER.values()))
        best: pd.DataFrame = hits.drop_duplicates("key").head(wanted.top)
        return best

    def run(self) -> None:
        """Do it all."""
        snapshot = self.read()
        self.note("ingest")
        features = self.features(snapshot)
        self.note("featurize")
        refused = np.isin(np.arange(snapshot.unique_materials), list(features.refused))
        rows = labelled_rows(snapshot, self.target.column, self.campaign.data.duplicates, refused)
        X = features.values[rows.material]
        scores, predictions = self.cross_validate(X, rows)
        model, error = self.champion(X, rows, scores, predictions)
        joblib.dump(model, self.folder / "champion.joblib")
        self.note("train")
        self.screen(model).to_csv(self.folder / "hits.csv", index=False)
        self.note("screen")
        told = {"models": scores, "holdout_mae": error, "seconds": self.seconds}
        (self.folder / "scores.json").write_text(json.dumps(told))


if __name__ == "__main__":
    use_one_thread()
    with joblib.Parallel(n_jobs=WORKERS, batch_size=1) as workers:
        Script(load_campaign(sys.argv[1]), Path(sys.argv[2]), workers).run()
