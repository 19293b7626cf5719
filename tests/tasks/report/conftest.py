"""A small run's folder, the same every time, of which a test changes what it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matsluice.tasks.report.run_facts import (
    BlockFacts,
    HoldoutFacts,
    ImportanceFacts,
    ObjectiveFacts,
    RunFacts,
    ScreenFacts,
    SnapshotFacts,
    TargetFacts,
)

FORMULAS = ("Fe2O3", "CuBr", "LuP", "Cu3SbSe4", "GaAs", "ZnO", "Hg0.7Cd0.3Te", "BaTiO3")
ERRORS = {
    ("dummy", "random"): 1.1,
    ("dummy", "composition"): 1.1,
    ("random_forest", "random"): 0.28,
    ("random_forest", "composition"): 0.4,
}

WriteRun = Callable[..., Path]


def scores(mean: float, std: float = 0.01) -> dict[str, Any]:
    return {
        "mae": {"mean": mean, "std": std, "folds": [mean - std, mean + std]},
        "rmse": {"mean": 1.4 * mean, "std": std, "folds": []},
        "mse": {"mean": 2 * mean**2, "std": std, "folds": []},
        "r2": {"mean": 1 - mean, "std": std, "folds": []},
    }


def summary() -> dict[str, Any]:
    return {
        "campaign": "absorbers",
        "run_id": "run-1",
        "status": "completed",
        "snapshot": {"id": "c0ffee", "rows": 80, "unique_materials": 8},
        "features": {"rows_in": 80, "computed": 79, "reused": 0, "rejected": 1, "columns": 12, "blocks": []},
        "models": [
            {
                "model": model,
                "target": "band_gap",
                "split": split,
                "metrics": scores(error),
                "fit_seconds": 1.5,
                "mlflow_run_id": f"{model}-{split}",
            }
            for (model, split), error in ERRORS.items()
        ],
        "champion": {
            "model": "random_forest",
            "target": "band_gap",
            "split": "composition",
            "registered_version": 3,
        },
        "screen": {"candidates": 900, "rejected": 0, "in_domain": 700, "hits": 2},
        "seconds": {"ingest": 0.5, "featurize": 2.0, "total": 3.0},
        "mlflow": {"tracking_uri": "sqlite:///mlflow.db", "experiment_id": "1", "run_id": "abc"},
        "prefect": {"flow_run_id": "def"},
    }


def facts() -> RunFacts:
    return RunFacts(
        matsluice="0.1.0",
        started="2026-11-24T12:31:05+00:00",
        seed=7,
        confidence=0.9,
        registered_name="absorbers",
        formula_column="composition",
        targets=(TargetFacts("band_gap", "eV"),),
        objective=ObjectiveFacts("band_gap between 1.1 and 1.7 eV", "band_gap", 1.1, 1.7),
        excluded_elements=("Pb", "Cd"),
        snapshot=SnapshotFacts("gaps.csv", "2026-11-24T12:31:06+00:00", "keep", {"licence": "MIT"}),
        holdout=(HoldoutFacts("random_forest", "band_gap", {"mae": 0.41}, 20, 0.88),),
        importance=(ImportanceFacts("composition.elemental.mean_atomic_number", 0.6),),
        blocks=(BlockFacts("composition.elemental", 1, 12),),
        screen=ScreenFacts(
            source="enumerate",
            enumerated=1000,
            excluded=100,
            scored=900,
            in_window=3,
            in_domain=700,
            in_window_and_domain=2,
            edges=(0.0, 1.0, 2.0, 3.0),
            counts=(300, 400, 200),
            counts_in_domain=(200, 300, 200),
        ),
        packages={"numpy": "2.3.1"},
    )


def predictions(rows: int = 80) -> dict[str, list[Any]]:
    random = np.random.default_rng(5)
    truth = random.uniform(0, 4, rows)
    table: dict[str, list[Any]] = {name: [] for name in PREDICTION_TYPES}
    for model, split in ERRORS:
        predicted = truth + random.normal(0, 0.3, rows)
        known = model != "dummy"
        table["id"] += [f"row-{i}" for i in range(rows)]
        table["formula"] += [FORMULAS[i % len(FORMULAS)] for i in range(rows)]
        table["target"] += ["band_gap"] * rows
        table["model"] += [model] * rows
        table["split"] += [split] * rows
        table["fold"] += [i % 2 for i in range(rows)]
        table["y_true"] += truth.tolist()
        table["y_pred"] += predicted.tolist()
        table["lower"] += (predicted - 0.5).tolist() if known else [None] * rows
        table["upper"] += (predicted + 0.5).tolist() if known else [None] * rows
        table["in_domain"] += [i % 5 > 0 for i in range(rows)]
    return table


def hits() -> dict[str, list[Any]]:
    return {
        "rank": [1, 2],
        "id": ["c-1", "c-2"],
        "formula": ["Cu2ZnSnSe4", "CuInSe2"],
        "prediction": [1.41, 1.2],
        "lower": [1.1, 0.9],
        "upper": [1.7, 1.5],
        "probability": [0.81, 0.7],
        "in_domain": [True, True],
        "known": [False, True],
        "spread": [0.1, 0.12],
    }


def rejected() -> dict[str, list[Any]]:
    return {
        "id": ["row-9"],
        "stage": ["ingest"],
        "block": [None],
        "reason": ["unknown element"],
        "detail": ['gaps.csv line 10: "Xx2O3": unknown element "Xx" at position 1'],
    }


TEXT, NUMBER, FLAG, WHOLE = pa.string(), pa.float64(), pa.bool_(), pa.int64()
PREDICTION_TYPES = {
    "id": TEXT,
    "formula": TEXT,
    "target": TEXT,
    "model": TEXT,
    "split": TEXT,
    "fold": WHOLE,
    "y_true": NUMBER,
    "y_pred": NUMBER,
    "lower": NUMBER,
    "upper": NUMBER,
    "in_domain": FLAG,
}
HIT_TYPES = {
    "rank": WHOLE,
    "id": TEXT,
    "formula": TEXT,
    "prediction": NUMBER,
    "lower": NUMBER,
    "upper": NUMBER,
    "probability": NUMBER,
    "in_domain": FLAG,
    "known": FLAG,
    "spread": NUMBER,
}
REJECTED_TYPES = dict.fromkeys(("id", "stage", "block", "reason", "detail"), TEXT)


def write_table(path: Path, columns: dict[str, list[Any]], types: dict[str, pa.DataType]) -> None:
    pq.write_table(pa.table({name: pa.array(values, types[name]) for name, values in columns.items()}), path)


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    """Return a function that writes a run's folder; a part given as None is left out."""

    def write(**changes: Any) -> Path:
        parts: dict[str, Any] = {
            "summary": summary(),
            "facts": facts(),
            "predictions": predictions(),
            "hits": hits(),
            "rejected": rejected(),
            "campaign": '[campaign]\nname = "absorbers"\n',
        } | changes
        if parts["summary"] is not None:
            (tmp_path / "summary.json").write_text(json.dumps(parts["summary"]), encoding="utf-8")
        if parts["facts"] is not None:
            parts["facts"].write(tmp_path)
        for part, name, types in (
            ("predictions", "cv_predictions.parquet", PREDICTION_TYPES),
            ("hits", "hits.parquet", HIT_TYPES),
            ("rejected", "rejected.parquet", REJECTED_TYPES),
        ):
            if parts[part] is not None:
                write_table(tmp_path / name, parts[part], types)
        if parts["campaign"] is not None:
            (tmp_path / "campaign.toml").write_text(parts["campaign"], encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def run_parts() -> dict[str, Any]:
    """Return fresh parts of the run to change before they are written."""
    return {
        "summary": summary(),
        "facts": facts(),
        "predictions": predictions(),
        "hits": hits(),
        "rejected": rejected(),
    }
