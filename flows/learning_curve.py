"""Whether more data would help the champion: it learns once more, from fewer rows."""

from __future__ import annotations

from pathlib import Path

from distributed import Client
from prefect import task

from matsluice.flows.contests import champion_contest
from matsluice.flows.progress import Progress
from matsluice.flows.reused import keep_fits, recall_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.search import tuned_folds
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Failed, Hindered
from matsluice.infra.run_log import say
from matsluice.tasks.train.choose import DECIDING
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.learning_curve import SHARES, CurvePoint, LearningCurve, curve_point
from matsluice.tasks.tune.outcome import Outcome


def curve_fits(folds: int) -> int:
    """Return how many fits a learning curve takes."""
    return len(SHARES) * folds


@task(name="learn from fewer rows")
def learn_from_fewer_rows(run_directory: str, progress: Progress) -> None:
    """Cross-validate the champion on shares of its rows, and write learning_curve.json."""
    run = RunDirectory(Path(run_directory))
    contest = champion_contest(run)
    metric = DECIDING[contest.task]
    # Settings that were found on all rows of a fold: the curve is of the model that is used.
    found = [Outcome.read(Path(call.output)) for call in contest.search_calls(run.work, run.campaign.seed)]
    points: list[CurvePoint] = []
    refused: list[str] = []
    for share in SHARES:
        calls = tuned_folds(contest.fewer_rows_calls(run.work, run.campaign.seed, share), found)
        recall_fits(run, calls)
        try:
            for _ in fan_out(
                Client.current(), fit_fold, ((call,) for call in calls), in_flight=len(calls), needs="train"
            ):
                progress.advance(1)
        except Hindered:
            raise
        except Failed as refusal:  # too few rows for the model: that is what the curve then says
            refused.append(f"from {share:g} of the rows: {refusal}")
            say("warning", f"learning curve of {contest.model}: {refused[-1]}")
            continue
        keep_fits(run, calls)
        points.append(curve_point([call.output for call in calls], contest.rows(run.work), share, metric))
    whole = [call.output for call in contest.fold_calls(run.work, run.campaign.seed)]
    points.append(curve_point(whole, contest.rows(run.work), 1.0, metric))
    LearningCurve(contest.model, contest.target, contest.split, metric, tuple(points), tuple(refused)).write(
        run.path
    )
