"""What a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.flows.preflight import inputs_digest, preflight
from matsluice.flows.run_directory import unfinished_run
from matsluice.infra.feature_store import look_up
from matsluice.tasks.features.chunk import chunk_bounds, rows_of_a_chunk
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.material.materials import Needs

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

# One core's rate with which a composition block is computed and written, rounded down: `benchmarks/featurize.py`.
ROWS_PER_S: Mapping[Needs, float] = {"composition": 10_000, "structure": 200, "electronic": 2}
# One core's seconds to fit 1000 rows of 100 columns once, measured on the demo; a forest's and a booster's
# grow with the rows, a support vector machine's with their square.
FIT_S = {"dummy": 0.01, "ridge": 0.05, "svm": 0.2, "random_forest": 2.0, "xgboost": 1.0}


def plan_campaign(campaign: Campaign) -> dict[str, Any]:
    """Return rows, chunks, fits, what is there already, and a rough cost in core seconds; write nothing.

    Raises
    ------
    InvalidInput
        What `run` would refuse.
    """
    found = preflight(campaign).counts
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
    fits = (
        len(campaign.models)
        * len(campaign.targets)
        * len(campaign.validation.splits)
        * campaign.validation.folds
    )
    resumed = unfinished_run(campaign, inputs_digest(campaign))
    return {
        "campaign": campaign.name,
        "rows": found.rows,
        "rejected": dict(found.refused),
        "unique_materials": found.materials,
        "blocks": blocks,
        "columns": columns,
        "fits": fits,
        "core_seconds": _cost(campaign, found.rows, columns, blocks),
        "workers": campaign.cluster.workers,
        "resumes": resumed.run_id if resumed else None,
    }


def _cost(campaign: Campaign, rows: int, columns: int, blocks: dict[str, dict[str, int]]) -> dict[str, float]:
    size = rows * (1.0 - campaign.validation.holdout) / 1000
    per_kind = {}
    for model in campaign.models:
        growth = size**2 if model.kind == "svm" else size
        per_kind[model.name] = FIT_S.get(model.kind, 1.0) * growth * columns / 100
    repeats = len(campaign.targets) * len(campaign.validation.splits) * campaign.validation.folds
    featurize = sum(
        block["to_compute"] / ROWS_PER_S[find_block(word).needs] for word, block in blocks.items()
    )
    return {"featurize": round(featurize, 1), "train": round(sum(per_kind.values()) * repeats, 1)}
