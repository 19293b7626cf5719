"""What every split promises, on formulas, crystals, dates and folds from a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.snapshot import KEPT_PREFIX
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_table
from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.divide import group_labels
from matsluice.tasks.split.divided_rows import DividedRows, Known
from matsluice.tasks.split.folds import HOLDOUT, LEARNED, TESTED, load_folds
from matsluice.tasks.split.splits import SPLITS, SplitSpec
from matsluice.tasks.train.training_rows import TrainingRows

ELEMENTS = ("Li", "Mg", "Ca", "Ti", "Fe", "Cu", "Al", "N", "O", "S", "Cl")
MATERIALS = 60
FOLDS = 3
A, B = 4.0 * np.eye(3), np.diag([4.0, 4.0, 5.0])
# Rock salt, caesium chloride, zinc blende and a tetragonal cell, each of any two elements.
CELLS: tuple[tuple[NDArray[np.float64], list[list[float]]], ...] = (
    (4.0 * (1 - np.eye(3)), [[0, 0, 0], [0.5, 0.5, 0.5]]),
    (A, [[0, 0, 0], [0.5, 0.5, 0.5]]),
    (4.0 * (1 - np.eye(3)), [[0, 0, 0], [0.25, 0.25, 0.25]]),
    (B, [[0, 0, 0], [0.5, 0.5, 0.5]]),
)


class Made:
    """Rows of sixty crystals, some measured twice, with features, years and folds from a file.

    Parameters
    ----------
    folder
        For their files.
    order
        The order of the materials in the source.
    """

    def __init__(self, folder: Path, order: NDArray[np.int64]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        place = np.argsort(order)
        numbers = np.arange(MATERIALS)
        pairs = [(i, j) for i in range(len(ELEMENTS)) for j in range(i)]
        chosen = [pairs[(7 * n) % len(pairs)] for n in numbers]
        from matsluice.tasks.material.elements import ATOMIC_NUMBERS

        cells = [
            (CELLS[n % 4][0], [ATOMIC_NUMBERS[ELEMENTS[i]] for i in chosen[n]], CELLS[n % 4][1])
            for n in order
        ]
        pq.write_table(
            materials_table(Materials(None, crystals_from_cells(cells).batch)), folder / "materials.parquet"
        )
        chance = np.random.default_rng(5)
        X = chance.normal(size=(MATERIALS, 6)) + 4.0 * (numbers % 5)[:, None]
        X[::9, 3] = np.nan
        np.save(folder / "matrix.npy", X[order])
        # Ordered by content: what it is, and not where it stands.
        content = np.sort(np.concatenate([numbers, numbers[:20]]))
        formulas = np.array(["".join(sorted((ELEMENTS[i], ELEMENTS[j]))) for i, j in chosen])
        ids = np.array([f"m{n}-{k}" for k, n in enumerate(content)])
        y = np.round(chance.normal(size=MATERIALS), 1)[content] + 0.01 * np.arange(len(content))
        self.rows = TrainingRows(ids, formulas[content], place[content].astype(np.int64), y)
        years = [str(1990 + 3 * (n % 11)) for n in content]
        rows = {
            "material": self.rows.material,
            "reason": pa.nulls(len(ids), pa.string()),
            KEPT_PREFIX + "year": years,
        }
        pq.write_table(pa.table(rows), folder / "rows.parquet")
        fold = [f"{one},{n % FOLDS}" for one, n in zip(ids, content, strict=True)]
        (folder / "folds.csv").write_text("\n".join(["id,fold", *fold]))
        self.known = Known(folder / "matrix.npy", folder / "materials.parquet", folder / "rows.parquet")
        self.folder = folder

    def options(self, spec: SplitSpec) -> dict[str, Any]:
        given = {"time": {"column": "year"}, "official": {"path": str(self.folder / "folds.csv")}}
        if not spec.options:
            return {}
        return {spec.name: spec.options_class().model_validate(given.get(spec.name, {}))}

    def divided(self, spec: SplitSpec, seed: int = 1, holdout: float = 0.2) -> NDArray[np.int8]:
        division = SimpleNamespace(holdout=holdout, folds=FOLDS, splits=(spec.name,))
        divide(self.rows, division, seed, self.folder / "out", self.options(spec), self.known)
        return np.array(load_folds(self.folder / "out" / f"folds-{spec.name}.npy").roles)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[NDArray[np.int64]], Made]:
    def make(order: NDArray[np.int64]) -> Made:
        return Made(tmp_path_factory.mktemp("rows"), order)

    return make


@pytest.fixture(scope="module")
def straight(made: Callable[[NDArray[np.int64]], Made]) -> Made:
    return made(np.arange(MATERIALS))


pytestmark = pytest.mark.parametrize("spec", SPLITS.values(), ids=lambda spec: spec.name)


def test_specification(spec: SplitSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z-]*", spec.name)
    assert SPLITS[spec.name] is spec
    assert spec.summary
    assert "doi:10." in spec.source
    assert spec.needs in {"composition", "structure"}
    assert spec.task in {"", "regression"}
    if spec.options:
        assert all(field.description for field in spec.options_class().model_fields.values())


def test_groups_are_one_label_a_row_and_never_part_a_material(spec: SplitSpec, straight: Made) -> None:
    rows = DividedRows(straight.rows, np.zeros(len(straight.rows.y), dtype=bool), straight.known)
    labels = group_labels(spec.name, rows)
    if labels is None:
        assert spec.name == "random"
        return
    assert labels.shape == straight.rows.material.shape
    assert labels.dtype.kind == "U"
    for material in np.unique(straight.rows.material):
        assert len(set(labels[straight.rows.material == material])) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_folds(spec: SplitSpec, straight: Made, seed: int) -> None:
    roles = straight.divided(spec, seed)
    kept = roles[0] == HOLDOUT
    assert ((roles == HOLDOUT) == kept).all()
    assert kept.any()
    for fold in roles:
        assert (fold == TESTED).any()
        assert (fold == LEARNED).any()
    if spec.partition:
        assert len(roles) == FOLDS
        assert ((roles[:, ~kept] == TESTED).sum(axis=0) == 1).all()
        assert (roles[:, ~kept] != 0).all()
    assert (straight.divided(spec, seed) == roles).all()


def test_no_group_is_on_both_sides(spec: SplitSpec, straight: Made) -> None:
    roles = straight.divided(spec)
    if not spec.groups:
        return
    labels = {"material": straight.rows.material}
    if spec.divider.endswith(":keep_together"):
        rows = DividedRows(straight.rows, roles[0] == HOLDOUT, straight.known)
        labels["group"] = np.asarray(group_labels(spec.name, rows))
    for label in labels.values():
        for fold in roles:
            assert not set(label[fold == TESTED].tolist()) & set(label[fold == LEARNED].tolist())


@settings(max_examples=6, derandomize=True)
@given(order=st.permutations(range(MATERIALS)))
def test_the_order_of_the_source_does_not_matter(
    spec: SplitSpec, straight: Made, made: Callable[[NDArray[np.int64]], Made], order: list[int]
) -> None:
    shuffled = made(np.array(order))
    assert (shuffled.divided(spec) == straight.divided(spec)).all()
    assert (shuffled.rows.ids == straight.rows.ids).all()


def test_labels_decide_only_where_they_are_what_is_divided_by(spec: SplitSpec, straight: Made) -> None:
    before = straight.divided(spec)
    rows = straight.rows
    straight.rows = TrainingRows(rows.ids, rows.formulas, rows.material, -rows.y[::-1])
    try:
        same = (straight.divided(spec) == before).all()
    finally:
        straight.rows = rows
    assert same == (spec.name != "target-extreme")


def test_fewer_groups_than_folds_are_named(spec: SplitSpec, straight: Made, tmp_path: Path) -> None:
    """All rows are of one crystal, one formula, one year and one value."""
    one = np.zeros(8, dtype=np.int64)
    ids = np.array([f"r{n}" for n in range(8)])
    rows = TrainingRows(ids, np.repeat("NaCl", 8), one, np.ones(8))
    table = {"material": one, "reason": pa.nulls(8, pa.string()), KEPT_PREFIX + "year": ["2001"] * 8}
    pq.write_table(pa.table(table), tmp_path / "rows.parquet")
    (tmp_path / "folds.csv").write_text("id,fold\n" + "\n".join(f"{name},0" for name in ids))
    known = Known(straight.known.matrix, straight.known.materials_file, tmp_path / "rows.parquet")
    options = straight.options(spec)
    if spec.name == "official":
        options = {"official": spec.options_class().model_validate({"path": str(tmp_path / "folds.csv")})}
    division = SimpleNamespace(holdout=0.0, folds=9 if spec.name == "random" else 3, splits=(spec.name,))
    with pytest.raises(InvalidInput, match=spec.name):
        divide(rows, division, 1, tmp_path, options, known)
