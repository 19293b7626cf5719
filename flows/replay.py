"""`matsluice screen replay`: active learning over the labelled data, by several rules from the same starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.flows.hindsight import Hindsight, Told, at_work, compute_missing, look_back
from matsluice.flows.labelled import Labelled, check_audit, divided, groups_file, labelled_materials
from matsluice.infra.mistakes import Failed, InvalidInput, unknown_word
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.atomic_files import read_json, write_json, written_whole
from matsluice.tasks.backtest.replay import ReplayCall, replay_rule
from matsluice.tasks.backtest.replay_record import Replay, replay_record, replay_table
from matsluice.tasks.evaluate.figures import found_against, png_bytes
from matsluice.tasks.screen.acquisition import ACQUISITIONS

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

RECORD: Final = "replay.json"
TABLE: Final = "replay.parquet"
FIGURE: Final = "found.png"
PLAN: Final = "plan.json"
USUAL_RULES: Final = ("exploit", "expected_improvement", "upper_bound", "random")


@dataclass(frozen=True, slots=True)
class ReplayAsked:
    """What is asked of a replay.

    Attributes
    ----------
    rounds, batch, start
        How often is picked, how many at a time, and how many labels are known at first.
    seeds
        From how many starts.
    rules
        Names in `ACQUISITIONS`; none for the usual ones that the target allows.
    model
        One of the campaign's; "" for its champion.
    top_share
        Of a direction, the share of the materials that count as hits.
    """

    rounds: int = 20
    batch: int = 10
    start: int = 20
    seeds: int = 5
    rules: tuple[str, ...] = ()
    model: str = ""
    top_share: float = 0.1


def replay(campaign: Campaign, asked: ReplayAsked, told: Told | None = None) -> dict[str, Any]:
    """Replay every rule from every start, and return what stands in replay.json.

    Files stand in runs/<campaign>/replays/<id>: the record, a line for each label, and a figure.

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
        There is no hit to find again, or the model refuses so few rows.
    Interrupted
        A stop was asked for; the same call goes on.
    """
    rules = chosen_rules(campaign, asked.rules)
    settings = {name: getattr(asked, name) for name in ("rounds", "batch", "start", "top_share")}
    look = look_back(campaign, "replays", asked.model, settings)
    pieces = [(rule, seed) for seed in range(asked.seeds) for rule in rules]
    if not (look.folder / PLAN).exists() or not all(_piece(look, *each).exists() for each in pieces):
        _compute(look, asked, pieces, told or (lambda *_: None))
    return _written(look, asked, rules)


def chosen_rules(campaign: Campaign, names: Sequence[str]) -> tuple[str, ...]:
    """Return the rules that are named, each once; without names the usual ones that the target allows.

    Raises
    ------
    InvalidInput
        There is no such rule, or it is not for the objective's target.
    """
    column = campaign.screen.first.target if campaign.screen else campaign.targets[0].column
    task = next(target.task for target in campaign.targets if target.column == column)
    able = [name for name, spec in ACQUISITIONS.items() if task in spec.tasks]
    for name in names:
        if name not in ACQUISITIONS:
            raise InvalidInput(f"--rules: {unknown_word('rule', name, able)}")
        if name not in able:
            raise InvalidInput(
                f"--rules: {name} needs a target that is a number, and {column} has classes; allowed: {', '.join(able)}"
            )
    return tuple(dict.fromkeys(names)) or tuple(name for name in USUAL_RULES if name in able)


def _piece(look: Hindsight, rule: str, seed: int) -> Path:
    return look.pieces / f"seed-{seed}-{rule}.npz"


def _compute(look: Hindsight, asked: ReplayAsked, pieces: Sequence[tuple[str, int]], told: Told) -> None:
    """Have every piece that is missing computed on the cluster."""
    with at_work(look) as client:
        labelled = labelled_materials(look, asked.top_share, told)
        pool = int(labelled.may_be.sum())
        if asked.start >= pool:
            raise Failed(
                f"a start of {asked.start} leaves nothing to pick from {pool} labelled materials: lower --start"
            )
        # Folds are not needed here but for the audit, and for the groups that inner folds keep together.
        check_audit(look, labelled, divided(look, labelled, "audit", _seed(look, "folds")))
        hit = labelled.window.text(look.target.column, look.target.unit)
        write_json(look.folder / PLAN, {"data": labelled.record(), "hit": hit})
        calls = [_call(look, asked, labelled, rule, seed) for rule, seed in pieces]
        compute_missing(client, replay_rule, calls, "replays", told)


def _call(look: Hindsight, asked: ReplayAsked, labelled: Labelled, rule: str, seed: int) -> ReplayCall:
    return ReplayCall(
        matrix=str(look.work / "matrix.npy"),
        rows=str(look.work / "rows"),
        candidates=str(look.work / "may-be.npy"),
        kind=look.model.kind,
        rule=rule,
        rounds=asked.rounds,
        batch=asked.batch,
        start=asked.start,
        # Not of the rule: from the same labels every rule learns the same.
        seed=_seed(look, "fit", seed),
        start_seed=_seed(look, "start", seed),
        objective=labelled.objective,
        window=labelled.window,
        output=str(_piece(look, rule, seed)),
        parameters=look.parameters,
        groups=groups_file(look),
        intervals=look.campaign.validation.intervals.settings,
    )


def _seed(look: Hindsight, *work: str | int) -> int:
    return derive_seed(look.campaign.seed, "replay", look.target.column, look.model.name, *work)


def _written(look: Hindsight, asked: ReplayAsked, rules: Sequence[str]) -> dict[str, Any]:
    """Put the pieces together, write the files, and return the record."""
    plan = read_json(look.folder / PLAN)
    replays = [
        Replay.read(_piece(look, rule, seed), rule, seed) for rule in rules for seed in range(asked.seeds)
    ]
    classes = plan["data"]["classes"]
    record = {
        **look.record(plan),
        "seeds": asked.seeds,
        "rounds": asked.rounds,
        "batch": asked.batch,
        "start": asked.start,
        "data": plan["data"],
        **replay_record(replays),
    }
    with written_whole(look.folder / TABLE) as temporary:
        replay_table(replays, classes).to_parquet(temporary, index=False)
    ways = {
        one["rule"].replace("_", " "): (one["found"], one["found_std"] or np.zeros(len(one["found"])))
        for one in record["rules"]
    }
    figure = found_against(
        np.array(record["labels"]),
        ways,
        ("labels", "hits found"),
        expected=np.array(record["expected"]),
    )
    with written_whole(look.folder / FIGURE) as temporary:
        temporary.write_bytes(png_bytes(figure))
    write_json(look.folder / RECORD, record)
    return record
