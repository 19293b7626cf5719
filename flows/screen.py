"""Candidates past the champion, batch by batch, to a ranked list."""

from __future__ import annotations

from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client
from prefect import flow, task

from matsluice.flows.contests import champion_contest, row_limits
from matsluice.flows.logged import log_rejected
from matsluice.flows.preflight import candidate_rows
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.screened import keep_screen, recall_screen, screen_key
from matsluice.flows.stage import is_done, timed_stage
from matsluice.flows.wanted import wanted_of
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.ingest.snapshot import open_snapshot
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.key_columns import KEY_COLUMNS
from matsluice.tasks.screen.candidates import add_rejected, write_batches
from matsluice.tasks.screen.explain_hits import ExplainCall, explain_hits, write_parts
from matsluice.tasks.screen.nearest_miss import nearest_of_all, nearest_sentence
from matsluice.tasks.screen.ranking import histogram_edges, merge_hits, probability_edges, write_hits
from matsluice.tasks.screen.screen_batch import ScreenCall, screen_batch
from matsluice.tasks.screen.screen_counts import ScreenCounts
from matsluice.tasks.train import training_rows


@flow(name="screen", validate_parameters=False)
def screen(run_directory: str) -> None:
    """Predict, flag and rank the candidates."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "screen"):
        return
    with timed_stage(run, "screen"):
        screen_candidates(run_directory)


@task(name="screen candidates")
def screen_candidates(run_directory: str) -> None:
    """Write candidates as they come, screen them on the cluster, and merge the best hits."""
    run = RunDirectory(Path(run_directory))
    wanted = run.campaign.screen
    if wanted is None:
        write_hits(merge_hits([], 0)[0], run.path)
        run.tell(screen=asdict(ScreenCounts()) | {"hits": 0})
        return
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    known = run.work / "known-keys.npy"
    # Candidates known by less than the data are compared by that: formulas with measured crystals by composition.
    same = wanted.candidates.options.gives == run.campaign.data.options.gives
    key = "key" if same else KEY_COLUMNS["composition"]
    save_array(known, np.unique(keys_in(snapshot.materials_file, key, run.work)))
    unchanged = screen_key(run, known)
    progress = Progress(run.path, "screen", unit="candidates")
    counted = recall_screen(run, unchanged)
    if counted is not None:
        progress.advance(counted["candidates"])
        progress.finish()
        run.tell(screen={**counted, "reused": True})
        return
    rows = training_rows.load(champion_contest(run).rows(run.work))
    classes = rows.classes.tolist()
    edges = probability_edges() if classes else histogram_edges(np.asarray(rows.y))
    client = Client.current()
    sought = wanted_of(run)
    made_by = {word: MadeBy.here(find_block(word)) for word in run.campaign.features.blocks}
    columns = len(run.state()["features"]["column_names"])
    calls = (
        (
            ScreenCall(
                candidates=str(path),
                model=str(run.work / "champion.joblib"),
                known_keys=str(known),
                key=key,
                objective=sought.aims[0].objective,
                excluded=tuple(ATOMIC_NUMBERS[symbol] for symbol in wanted.exclude_elements),
                top=wanted.top,
                bins=edges,
                made_by=made_by,
                limits=row_limits(run.campaign),
                require=wanted.require.asked(),
                wanted=sought,
            ),
        )
        for path in write_batches(candidate_rows(run.campaign), run.work / "candidates", columns)
    )
    counts = []
    for some in fan_out(client, screen_batch, calls, needs="featurize"):
        counts.append(some)
        progress.advance(some.candidates)
    progress.finish()
    folder = run.work / "candidates"
    parts = sorted(folder.glob("hits-*.parquet"))
    hits, cut = merge_hits(parts, wanted.top, classes=bool(classes), wanted=sought)
    if cut:
        say("warning", f"{cut} candidates that may be among the first {wanted.top} by fronts had no room")
    total = reduce(add, counts, ScreenCounts())
    # Where some meet the objective and are left out as strangers, nobody comes nearest.
    nearest = None if hits.num_rows or total.in_window else nearest_of_all(parts)
    if nearest is not None:
        say("info", f"no candidate meets the objective: {nearest_sentence(nearest)}")
    to_explain = (
        (
            ExplainCall(
                hits=str(path),
                folder=str(folder),
                model=str(run.work / "champion.joblib"),
                made_by=made_by,
                place=sought.aims[0].objective.place,
                limits=row_limits(run.campaign),
            ),
        )
        for path in write_parts(hits, folder)
    )
    explained = sorted(fan_out(client, explain_hits, to_explain, needs="featurize"))
    write_hits(pa.concat_tables(map(pq.read_table, explained)), run.path)
    add_rejected(sorted(folder.glob("candidates-*.parquet")), run.path / "rejected.parquet")
    log_rejected(run.path / "rejected.parquet", "screen")
    counted = {**asdict(total), "hits": hits.num_rows, "edges": edges}
    counted |= {"no_room": cut, "nearest": None if nearest is None else nearest.record()}
    keep_screen(run, unchanged, counted)
    run.tell(screen={**counted, "reused": False})
