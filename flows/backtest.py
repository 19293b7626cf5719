"""`matsluice screen backtest`: hide labelled materials fold by fold, and see whether the screen finds the hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matsluice.flows.hindsight import Hindsight, Told, at_work, compute_missing, look_back
from matsluice.flows.labelled import check_audit, divided, groups_file, labelled_materials
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.atomic_files import read_json, write_json, written_whole
from matsluice.tasks.backtest.backtest_fold import BacktestCall, backtest_fold
from matsluice.tasks.backtest.backtest_record import backtest_record
from matsluice.tasks.backtest.hidden_folds import HiddenFold, backtest_table, curves
from matsluice.tasks.evaluate.figures import found_against, png_bytes

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

RECORD: Final = "backtest.json"
TABLE: Final = "backtest.parquet"
FIGURES: Final = ("precision", "recall")
PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class BacktestAsked:
    """What is asked of a backtest.

    Attributes
    ----------
    ks
        How many candidates are taken, ascending.
    seeds
        How many times the materials are divided anew.
    model
        One of the campaign's; "" for its champion.
    top_share
        Of a direction, the share of the materials that count as hits.
    """

    ks: tuple[int, ...] = (10, 50, 100)
    seeds: int = 5
    model: str = ""
    top_share: float = 0.1


def backtest(campaign: Campaign, asked: BacktestAsked, told: Told | None = None) -> dict[str, Any]:
    """Hide every fold of the deciding split once a seed, and return what stands in backtest.json.

    Files stand in runs/<campaign>/backtests/<id>: the record, a line for each hidden candidate, and two figures.

    Parameters
    ----------
    campaign
        Whose labelled data, model and objective.
    asked
        How.
    told
        Called with what is counted, how many are done and how many there are.

    Raises
    ------
    InvalidInput
        What is asked cannot be done; nothing has been written.
    Failed
        There is no hit to find again, or the model refuses the rows.
    Interrupted
        A stop was asked for; the same call goes on.
    """
    look = look_back(campaign, "backtests", asked.model, {"top_share": asked.top_share})
    seeds = range(asked.seeds)
    if not _all_there(look, seeds):
        _compute(look, asked, told or (lambda *_: None))
    return _written(look, asked)


def _piece(look: Hindsight, seed: int, fold: int) -> Path:
    return look.pieces / f"seed-{seed}-fold-{fold}.npz"


def _plan(look: Hindsight) -> dict[str, Any]:
    """Return what is known of the look's pieces: counts for people, and seed → folds that have a candidate."""
    path = look.folder / PLAN
    known: dict[str, Any] = read_json(path) if path.exists() else {"folds": {}}
    return known


def _all_there(look: Hindsight, seeds: Sequence[int]) -> bool:
    folds = _plan(look)["folds"]
    return all(
        str(seed) in folds and all(_piece(look, seed, fold).exists() for fold in folds[str(seed)])
        for seed in seeds
    )


def _compute(look: Hindsight, asked: BacktestAsked, told: Told) -> None:
    """Have every piece that is missing computed on the cluster."""
    with at_work(look) as client:
        labelled = labelled_materials(look, asked.top_share, told)
        calls: list[BacktestCall] = []
        plan = _plan(look)["folds"]
        for seed in range(asked.seeds):
            name = f"seed-{seed}"
            folds = divided(look, labelled, name, _seed(look, "folds", seed))
            if not seed:
                check_audit(look, labelled, folds)
            with_candidates = [
                fold for fold in range(len(folds)) if labelled.may_be[folds.tested(fold)].any()
            ]
            plan[str(seed)] = with_candidates
            calls += [
                BacktestCall(
                    matrix=str(look.work / "matrix.npy"),
                    rows=str(look.work / "rows"),
                    folds=str(look.work / f"folds-{name}.npy"),
                    fold=fold,
                    kind=look.model.kind,
                    seed=_seed(look, "fit", seed, fold),
                    output=str(_piece(look, seed, fold)),
                    candidates=str(look.work / "may-be.npy"),
                    objective=labelled.objective,
                    window=labelled.window,
                    columns=labelled.columns,
                    parameters=look.parameters,
                    groups=groups_file(look),
                    intervals=look.campaign.validation.intervals.settings,
                )
                for fold in with_candidates
            ]
        looked_for = labelled.window.text(look.target.column, look.target.unit)
        write_json(look.folder / PLAN, {"folds": plan, "data": labelled.record(), "hit": looked_for})
        compute_missing(client, backtest_fold, calls, "folds", told)


def _seed(look: Hindsight, *work: str | int) -> int:
    names = (look.target.column, look.model.name, look.split)
    return derive_seed(look.campaign.seed, "backtest", *names, *work)


def _written(look: Hindsight, asked: BacktestAsked) -> dict[str, Any]:
    """Put the pieces together, write the files, and return the record."""
    plan = _plan(look)
    folds = [
        HiddenFold.read(_piece(look, seed, fold), seed, fold)
        for seed in range(asked.seeds)
        for fold in plan["folds"][str(seed)]
    ]
    classes = plan["data"]["classes"]
    record = {
        **look.record(plan),
        "split": look.split,
        "seeds": asked.seeds,
        "folds": len(plan["folds"]["0"]),
        "data": plan["data"],
        **backtest_record(folds, asked.ks),
    }
    with written_whole(look.folder / TABLE) as temporary:
        backtest_table(folds, classes).to_parquet(temporary, index=False)
    for quantity in FIGURES:
        drawn = curves(folds, quantity)
        ways = {
            look.model.name: (drawn.model, drawn.model_spread),
            "best single feature": (drawn.feature, drawn.feature_spread),
        }
        word = (
            "share that are hits (precision)"
            if quantity == "precision"
            else "share of the hits found (recall)"
        )
        figure = found_against(
            drawn.k, ways, ("candidates taken", word), expected=drawn.random, logarithmic=True, shares=True
        )
        with written_whole(look.folder / f"{quantity}.png") as temporary:
            temporary.write_bytes(png_bytes(figure))
    write_json(look.folder / RECORD, record)
    return record
