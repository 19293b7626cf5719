"""What a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.flows.contests import search_space
from matsluice.flows.learnable import bounded_models
from matsluice.flows.learning_curve import curve_fits
from matsluice.flows.preflight import Preflight, inputs_digest, preflight
from matsluice.flows.run_directory import unfinished_run
from matsluice.infra.feature_store import look_up
from matsluice.models.catalogue import MODELS
from matsluice.tasks.features.chunk import chunk_bounds, rows_of_a_chunk
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.ingest.labels import class_order
from matsluice.tasks.material.key_columns import KEY_COLUMNS
from matsluice.tasks.material.materials import Needs
from matsluice.tasks.train.choose import deciding_split

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.flows.campaign_file.learning_sections import Model, Target

# One core's rate with which a composition block is computed and written, rounded down: `benchmarks/featurize.py`.
ROWS_PER_S: Mapping[Needs, float] = {"composition": 10_000, "structure": 200, "electronic": 2}
# One core's seconds to fit 1000 rows of 100 columns once, and with which power of the rows they grow; measured on
# the demo. Of classes a forest and a booster take about as long, the others up to some times longer.
FIT_S: Mapping[str, tuple[float, int]] = {
    "dummy": (0.01, 1),
    "linear": (0.05, 1),
    "ridge": (0.05, 1),
    "lasso": (0.1, 1),
    "elastic_net": (0.1, 1),
    "logistic": (0.2, 1),
    "svm": (0.2, 2),
    "knn": (0.05, 1),
    "gaussian_process": (5.0, 3),
    "decision_tree": (0.1, 1),
    "random_forest": (2.0, 1),
    "extra_trees": (1.0, 1),
    "xgboost": (1.0, 1),
    "mlp": (10.0, 1),
    "kan": (10.0, 1),
    "sisso": (10.0, 1),
}
# One core's seconds for a study with the defaults of its keys: for each fold of 1000 rows, in all where it takes none.
STUDY_S: Mapping[str, float] = {
    "optimizers": 25.0,
    "kan_against_mlp": 50.0,
    "separability": 6.0,
    "universal_approximation": 60.0,
}


def plan_campaign(campaign: Campaign) -> dict[str, Any]:
    """Return rows, chunks, fits, what is there already, and a rough cost in core seconds; write nothing.

    Raises
    ------
    InvalidInput
        What `run` would refuse.
    """
    looked_at = preflight(campaign)
    found, seen = looked_at.counts, looked_at.groups
    blocks = {}
    columns = 0
    for name in campaign.features.blocks:
        table = block_table(campaign.store, name)
        spec = find_block(name)
        wanted = found.keys_of(spec.key_column)
        missing = int((~look_up(table, wanted).found).sum())
        columns += len(table.columns)
        blocks[name] = {
            "columns": len(table.columns),
            "computed_already": len(wanted) - missing,
            "to_compute": missing,
            "chunks": len(
                chunk_bounds(
                    missing,
                    campaign.cluster.workers * campaign.cluster.threads_per_worker,
                    campaign.features.chunk_rows or rows_of_a_chunk(spec),
                )
            ),
        }
    repeats = sum(seen.folds.values())
    fits = len(_learning(campaign)) * repeats
    deciding = seen.folds[deciding_split(campaign.validation.splits)]
    fits += curve_fits(deciding) if campaign.validation.learning_curve else 0
    resumed = unfinished_run(campaign, inputs_digest(campaign))
    return {
        "campaign": campaign.name,
        "rows": found.rows,
        "rejected": dict(found.refused),
        "unique_materials": found.materials,
        "classes": {
            target: {name: found.classes[target][name] for name in class_order(found.classes[target])}
            for target in campaign.class_targets
        },
        "subsampled": [
            f"{bound.model} learns {bound.target} from {bound.max_rows} of {bound.rows} rows, drawn at random"
            for bound in bounded_models(campaign, found)
        ],
        "blocks": blocks,
        "columns": columns,
        "splits": {
            split: {"folds": folds, "groups": _groups(split, looked_at)}
            for split, folds in seen.folds.items()
        },
        "holdout": campaign.validation.holdout,
        "fits": fits,
        "searches": [
            _search(model, target, repeats) for model, target in _learning(campaign) if model.search
        ],
        "studies": [study.name for study in campaign.studies],
        "core_seconds": _cost(campaign, found.rows, columns, blocks, sum(seen.folds.values())),
        "workers": campaign.cluster.workers,
        "resumes": resumed.run_id if resumed else None,
    }


def _groups(split: str, looked_at: Preflight) -> int | None:
    """Return how many groups the whole data has under a split, where the pass over it has shown that."""
    if split == "composition":
        return len(looked_at.counts.keys_of(KEY_COLUMNS["composition"]))
    seen = looked_at.groups.groups
    return len(seen[split]) if split in seen else None


def _learning(campaign: Campaign) -> list[tuple[Model, Target]]:
    """Return every model with every target that it can learn."""
    return [
        (model, target)
        for target in campaign.targets
        for model in campaign.models
        if target.task in MODELS[model.kind].tasks
    ]


def _search(model: Model, target: Target, repeats: int) -> dict[str, Any]:
    """Return what a search adds: trials and the fits they take at most; None where time alone is the budget."""
    asked = model.search
    assert asked is not None
    trials = None if asked.trials is None else asked.trials * repeats
    return {
        "model": model.name,
        "target": target.column,
        "trials": trials,
        # And each fold without a search, to compare with.
        "fits": None if trials is None else trials * asked.inner_folds + repeats,
        "minutes": asked.minutes,
        "space": {name: str(values) for name, values in search_space(model, target.task).items()},
    }


def _fits_of_a_fold(model: Model) -> float:
    """Return how many fits on all training rows of a fold a model costs; a trial's are on fewer rows each."""
    asked = model.search
    if asked is None:
        return 1.0
    return 2.0 + (asked.trials or 0) * (asked.inner_folds - 1)


def _cost(
    campaign: Campaign, rows: int, columns: int, blocks: dict[str, dict[str, int]], repeats: int
) -> dict[str, float]:
    learned = rows * (1.0 - campaign.validation.holdout)
    seconds = sum(
        _fit_seconds(
            model.kind, model.parameters_for(target.task, campaign.models, target.objective), learned
        )
        * _fits_of_a_fold(model)
        for model, target in _learning(campaign)
    )
    featurize = sum(
        block["to_compute"] / ROWS_PER_S[find_block(word).needs] for word, block in blocks.items()
    )
    studied = sum(
        STUDY_S[study.kind]
        * (min(study.rows, learned) / 1000 * campaign.validation.folds if study.target else 1)
        for study in campaign.studies
    )
    return {
        "featurize": round(featurize, 1),
        "train": round(seconds * columns / 100 * repeats, 1),
        **({"study": round(studied, 1)} if campaign.studies else {}),
    }


def _fit_seconds(kind: str, parameters: Mapping[str, Any], rows: float) -> float:
    """Return one core's seconds for a fit on 100 columns."""
    if "members" in parameters:
        each = 0.0
        for member in parameters["members"]:
            known = isinstance(member, str)
            settings = MODELS[member].parameters if known else member["params"]
            each += _fit_seconds(member if known else member["kind"], settings, rows)
        return each * (int(parameters["inner_folds"]) + 1)
    seconds, power = FIT_S.get(kind, (1.0, 1))
    some = min(rows, float(parameters.get("max_rows") or rows))
    return float(seconds * (some / 1000) ** power)
