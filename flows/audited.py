"""The audit of a run: what a campaign's rows, splits and features are looked at for before any model is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from distributed import Client

from matsluice.flows.contests import row_limits
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.tasks.audit.audit import audit, check_stops, write_audit
from matsluice.tasks.audit.audited import Audited
from matsluice.tasks.audit.recomputed import RecomputeCall, is_recomputed, recompute, sample_of
from matsluice.tasks.features.block_columns import block_columns
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.snapshot import open_snapshot
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.split.official import read_folds
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.ingest.snapshot import Snapshot
    from matsluice.tasks.train.training_rows import TrainingRows


def audit_run(run: RunDirectory) -> None:
    """Look at every target's rows, write audit.json, and stop where scores would be false.

    Raises
    ------
    Failed
        A finding would falsify the scores, and the campaign does not allow it.
    """
    campaign = run.campaign
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    rows = [
        training_rows.load(run.work / f"target-{index}" / "rows") for index in range(len(campaign.targets))
    ]
    calls = recompute_calls(run, snapshot, rows)
    recomputed = tuple(fan_out(Client.current(), recompute, ((call,) for call in calls), needs="featurize"))
    findings = []
    for index, target in enumerate(campaign.targets):
        folder = run.work / f"target-{index}"
        audited = Audited(
            rows=rows[index],
            folds={split: load_folds(folder / f"folds-{split}.npy") for split in campaign.validation.splits},
            matrix=mapped_array(run.work / "matrix.npy"),
            columns=tuple(run.state()["features"]["column_names"]),
            target=target.column,
            unit=target.unit,
            given=given_folds(run, snapshot),
            # A block is wrong for all targets, and said to be once.
            recomputed=tuple(sorted(recomputed, key=lambda one: one.block)) if index == 0 else (),
        )
        findings += audit(audited, campaign.validation.allow)
    record = write_audit(findings, [call.block for call in calls], run.state()["divided"], run.path)
    counts = {
        weight: sum(one["weight"] == weight for one in record["findings"])
        for weight in ("stops", "warns", "notes")
    }
    run.tell(audit={"findings": len(findings), **counts, "stopped": record["stopped"]})
    for finding in findings:
        say("info" if finding.weight == "notes" else "warning", f"audit, {finding.check}: {finding.sentence}")
    check_stops(findings, campaign.name)


def recompute_calls(run: RunDirectory, snapshot: Snapshot, rows: list[TrainingRows]) -> list[RecomputeCall]:
    """Return a call for each block whose values are looked at once more."""
    campaign = run.campaign
    places = block_columns(campaign.features.blocks)
    material = np.concatenate([np.asarray(some.material) for some in rows])
    calls = []
    for word, (first, last) in places.items():
        spec = find_block(word)
        if is_recomputed(spec):
            calls.append(
                RecomputeCall(
                    block=word,
                    materials=str(snapshot.materials_file),
                    rows=sample_of(material, spec.needs),
                    matrix=str(run.work / "matrix.npy"),
                    first=first,
                    last=last,
                    made_by=MadeBy.here(spec),
                    limits=row_limits(campaign),
                    plugins=campaign.plugins.files(),
                )
            )
    return calls


def given_folds(
    run: RunDirectory, snapshot: Snapshot
) -> Mapping[str, tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]]:
    """Return split → id, material and fold of all usable source rows, where a file gives the folds by id."""
    given = {}
    for split, options in run.campaign.validation.options.items():
        if split != "official":
            continue
        fold_of = read_folds(options.files()[0]).fold_of
        table = pq.read_table(snapshot.rows_file, columns=["id", "material"])
        ids = np.array(table.column("id").to_pylist(), dtype=np.str_)
        material = table.column("material").to_numpy()
        fold = np.array([fold_of.get(one, -1) for one in ids.tolist()], dtype=np.int64)
        usable = (material >= 0) & (fold >= 0)
        given[split] = (ids[usable], material[usable], fold[usable])
    return given
