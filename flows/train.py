"""Every model × target × split × fold at once; the best is tested once on the hold-out and fitted for good."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from distributed import Client
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

from matsluice.flows.audited import audit_run
from matsluice.flows.contests import champion_contest, confidence_of, contests, deciding_target, final_call
from matsluice.flows.delivery import post_champion, post_contest
from matsluice.flows.formula import write_champion_out, write_explanations
from matsluice.flows.further_targets import best_contest, fit_further, further_targets
from matsluice.flows.learning_curve import curve_fits, learn_from_fewer_rows
from matsluice.flows.progress import Progress
from matsluice.flows.reused import keep_fits, key_of, note_rows, recall_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.search import (
    pieces_of,
    search,
    search_facts,
    tuned_final,
    tuned_folds,
    unit_of,
    untuned_folds,
)
from matsluice.flows.stage import is_done, timed_stage
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.infra.workspace.atomic_files import read_json
from matsluice.tasks.evaluate.coverage_record import coverage_record
from matsluice.tasks.evaluate.record import scores_record
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.matrix import refused_materials
from matsluice.tasks.ingest.snapshot import open_snapshot
from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.divided_rows import Known
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.choose import DECIDING, deciding_split
from matsluice.tasks.train.class_votes import add_tied, tied_rows
from matsluice.tasks.train.coverage_elsewhere import CoverageCall, cover_elsewhere
from matsluice.tasks.train.cross_validation import gather_folds
from matsluice.tasks.train.explain_fold import ExplainCall, explain_fold, explained
from matsluice.tasks.train.fit_final import fit_final, holdout_record, predict_holdout
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.model_artifacts import (
    ArtifactCall,
    champion_predictions,
    concatenate_tables,
    predicted_levels,
    write_artifacts,
)
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import VOTES, labelled_rows, usable_rows
from matsluice.tasks.tune.learned_rows import FOR_HOLDOUT, FOR_USE
from matsluice.tasks.tune.outcome import Outcome, search_sentence

# Threads of tasks that only wait for the cluster; every fold of every model is under way at once.
WAITING: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=64)


@flow(name="train", validate_parameters=False, task_runner=WAITING)  # type: ignore[arg-type]  # Prefect types its own runner as another future's
def train(run_directory: str) -> None:
    """Cross-validate every model, choose the champion, test it once, fit it for good."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "train"):
        return
    with timed_stage(run, "train"):
        for index in range(len(run.campaign.targets)):
            divide_rows(run_directory, index)
        look_for_leaks(run_directory)
        # Only now is it known how many folds every split has.
        planned = contests(run)
        more = _curve_fits(run, planned)
        total = sum(map(pieces_of, planned)) + more
        progress = Progress(run.path, "train", total=total, unit=unit_of(planned))
        running = [cross_validate.submit(run_directory, contest, progress) for contest in planned]
        for each in running:
            each.result()
        choose(run_directory)
        covered = cover_splits.submit(run_directory)
        explaining = explain_champion.submit(run_directory) if run.campaign.validation.explain else None
        tested = test_champion.submit(run_directory, progress)
        fitted = fit_champion.submit(run_directory, progress)
        further = fit_further.submit(run_directory, progress) if further_targets(run.campaign) else None
        curve = learn_from_fewer_rows.submit(run_directory, progress) if more else None
        tested.result()
        fitted.result()
        covered.result()
        if further is not None:
            further.result()
        if explaining is not None:
            explaining.result()
        if curve is not None:
            curve.result()
        write_champion_out.submit(run_directory).result()
        write_explanations(run)
        post_champion(run)


def _curve_fits(run: RunDirectory, planned: Sequence[Contest]) -> int:
    """Return how many fits the champion's learning curve takes, 0 where none is asked for."""
    validation = run.campaign.validation
    if not validation.learning_curve:
        return 0
    split = deciding_split(validation.splits)
    return curve_fits(next(contest.folds for contest in planned if contest.split == split))


@task(name="divide rows")
def divide_rows(run_directory: str, target_index: int) -> None:
    """Set the hold-out apart and assign the folds of every split."""
    run = RunDirectory(Path(run_directory))
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    campaign = run.campaign
    target = campaign.targets[target_index].column
    refused = refused_materials(run.work / "refused.parquet", snapshot.unique_materials)
    rows = labelled_rows(snapshot, target, campaign.data.duplicates, refused)
    if len(rows.classes) and campaign.data.duplicates in VOTES:
        usable, _ = usable_rows(snapshot, target, refused)
        add_tied(tied_rows(usable, target), target, run.path / "rejected.parquet")
    run.tell(classes={target: rows.classes.tolist()})
    folder = run.work / f"target-{target_index}"
    validation = campaign.validation
    known = Known(run.work / "matrix.npy", snapshot.materials_file, snapshot.rows_file)
    divided = divide(rows, validation, campaign.seed, folder, validation.options, known)
    told = run.state().get("divided", {})
    run.tell(divided={**told, target: {split: made.record() for split, made in divided.items()}})
    note_rows(run, folder / "rows")


@task(name="look for leaks")
def look_for_leaks(run_directory: str) -> None:
    """Stop before any model is fitted where scores would be false."""
    audit_run(RunDirectory(Path(run_directory)))


@task(name="cross-validate", task_run_name="cross-validate {contest.model} on {contest.split}")
def cross_validate(run_directory: str, contest: Contest, progress: Progress) -> None:
    """Fit every fold on the cluster, put the folds together, and post them to MLflow."""
    run = RunDirectory(Path(run_directory))
    if contest.name in run.state().get("contests", {}):
        progress.advance(pieces_of(contest))
        return
    client = Client.current()
    plain = contest.fold_calls(run.work, run.campaign.seed)
    searches = contest.search_calls(run.work, run.campaign.seed)
    found = search(run, searches, progress) if searches else []
    calls, compared = tuned_folds(plain, found), untuned_folds(plain, found)
    reused = recall_fits(run, calls)
    recall_fits(run, compared)
    every = list({call.output: call for call in (*calls, *compared)}.values())
    for _ in fan_out(client, fit_fold, ((call,) for call in every), in_flight=len(every), needs="train"):
        progress.advance(1)
    progress.advance(len(calls) + len(compared) - len(every))
    keep_fits(run, every)
    outputs = tuple(call.output for call in calls)
    artifacts = ArtifactCall(
        outputs=outputs,
        rows=str(contest.rows(run.work)),
        model=contest.model,
        target=contest.target,
        unit=contest.unit,
        split=contest.split,
        confidence=confidence_of(run.campaign),
        columns=tuple(run.state()["features"]["column_names"]),
        folder=str(contest.folder(run.work)),
        intervals=run.campaign.validation.intervals.settings,
    )
    list(fan_out(client, write_artifacts, [(artifacts,)], in_flight=1, priority=1, needs="train"))
    result = gather_folds(outputs, training_rows.load(contest.rows(run.work)), None)
    record = scores_record(contest.model, contest.target, contest.split, result.scores, result.fit_seconds)
    if contest.search is not None:
        record["search"] = search_facts(run, contest, found, outputs, [call.output for call in compared])
        say(
            "info",
            f"{contest.model}, {contest.target}, {contest.split} split: "
            f"{search_sentence(record['search'], contest.unit if contest.task == 'regression' else '')}",
        )
    record["coverage"] = coverage_record(predicted_levels(contest.folder(run.work)))
    run.tell(contests={contest.name: {**record, "reused_folds": reused}})
    error = record["metrics"][DECIDING[contest.task]]["mean"]
    name = "log-loss" if contest.task == "classification" else "MAE"
    said = f"no {name}" if error is None else f"{name} {error:.4g} {contest.unit}".rstrip()
    say("info", f"{contest.model}, {contest.target}, {contest.split} split: {said}")
    post_contest(run, contest)


@task(name="choose champion")
def choose(run_directory: str) -> None:
    """Take the model with the least error on new materials."""
    run = RunDirectory(Path(run_directory))
    planned = contests(run)
    told = run.state()["contests"]
    concatenate_tables(
        [contest.folder(run.work) / "cv_predictions.parquet" for contest in planned],
        run.path / "cv_predictions.parquet",
    )
    target = deciding_target(run)
    chosen = best_contest(run, planned, told, target)
    model, split = chosen.model, chosen.split
    champion_predictions(
        [call.output for call in chosen.fold_calls(run.work, run.campaign.seed)],
        chosen.rows(run.work),
        run.work / "champion-predictions.npz",
    )
    run.tell(champion={"model": model, "target": target, "split": split, "contest": chosen.name})
    say("info", f"the champion is {model}: least error of {target} on the {split} split")


@task(name="coverage under every split")
def cover_splits(run_directory: str) -> None:
    """See how far intervals made from the champion's errors hold under each split."""
    run = RunDirectory(Path(run_directory))
    won = champion_contest(run)
    alike = [each for each in contests(run) if (each.model, each.target) == (won.model, won.target)]
    call = CoverageCall(
        rows=str(won.rows(run.work)),
        outputs={
            each.split: tuple(one.output for one in each.fold_calls(run.work, run.campaign.seed))
            for each in alike
        },
        split=won.split,
        intervals=run.campaign.validation.intervals.settings,
        confidence=confidence_of(run.campaign),
        output=str(run.work / "champion-coverage.json"),
    )
    list(fan_out(Client.current(), cover_elsewhere, [(call,)], in_flight=1, needs="train"))
    run.tell(coverage=read_json(Path(call.output)))


@task(name="explain champion")
def explain_champion(run_directory: str) -> None:
    """Find what the champion leans on: its folds are fitted again, and asked with columns shuffled."""
    run = RunDirectory(Path(run_directory))
    contest = champion_contest(run)
    words = run.campaign.features.blocks
    blocks = tuple(len(find_block(word).make().columns()) for word in words)
    folds = contest.fold_calls(run.work, run.campaign.seed)
    found = [Outcome.read(Path(one.output)) for one in contest.search_calls(run.work, run.campaign.seed)]
    calls = [ExplainCall.of(fold, blocks) for fold in tuned_folds(folds, found)]
    recall_fits(run, calls)
    list(
        fan_out(
            Client.current(), explain_fold, ((one,) for one in calls), in_flight=len(calls), needs="train"
        )
    )
    keep_fits(run, calls)
    record = explained([one.output for one in calls], run.state()["features"]["column_names"], words)
    run.tell(explained=record)


@task(name="test champion on hold-out")
def test_champion(run_directory: str, progress: Progress) -> None:
    """Predict the hold-out, once, by a model that has seen none of it."""
    run = RunDirectory(Path(run_directory))
    if not run.campaign.validation.holdout:
        return
    call = tuned_final(run, final_call(run, "holdout.npz", "holdout"), FOR_HOLDOUT, progress)
    recall_fits(run, [call])
    list(fan_out(Client.current(), predict_holdout, [(call,)], in_flight=1, needs="train"))
    keep_fits(run, [call])
    record = holdout_record(Path(call.output), Path(call.predictions), call.confidence, call.intervals)
    run.tell(holdout=record)


@task(name="fit champion on all rows")
def fit_champion(run_directory: str, progress: Progress) -> None:
    """Fit the champion on every labelled row, hold-out included: this is the model that is used."""
    run = RunDirectory(Path(run_directory))
    call = tuned_final(run, final_call(run, "champion.joblib", "all"), FOR_USE, progress)
    reused = recall_fits(run, [call])
    list(fan_out(Client.current(), fit_final, [(call,)], in_flight=1, needs="train"))
    keep_fits(run, [call])
    run.tell(champion={"fit_key": key_of(call), "reused": bool(reused)})
