"""What the Prefect UI shows of a run beside its states: how far it is, its scores, its hits, what has moved."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from matsluice.flows.progress import read_progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.tasks.evaluate.record import deciding_metric
from matsluice.tasks.report.changes_data import change_sentences, read_changes
from matsluice.tasks.report.names import model_title
from matsluice.tasks.report.number_text import measured, number, percent
from matsluice.tasks.studies.studies import STUDIES

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

WRITE_EVERY_S = 5.0
REQUEST_S = 10.0
SHOWN_HITS = 50


def key_of(run: RunDirectory, what: str) -> str:
    """Return an artifact's key: one line of history in the UI for each campaign and kind."""
    return f"{run.campaign.name}-{what}"


@contextmanager
def progress_shown(run: RunDirectory, flow_run_id: str) -> Iterator[None]:
    """Keep a progress artifact of the run up to date while the block lasts.

    What is shown is not worth stopping for: whatever goes wrong is left out.
    """
    over = threading.Event()
    shower = threading.Thread(
        target=_show_progress, args=(run, UUID(str(flow_run_id)), over), name="prefect-progress", daemon=True
    )
    shower.start()
    try:
        yield
    finally:
        over.set()
        shower.join(2 * REQUEST_S)


def _show_progress(run: RunDirectory, flow_run_id: UUID, over: threading.Event) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

    made: dict[str, UUID] = {}
    shown: dict[str, tuple[float, str]] = {}

    def show(client: SyncPrefectClient) -> None:
        counts = read_progress(run.path)
        if counts is None or not counts["total"]:
            return
        stage = str(counts["stage"])
        share, sentence = progress_of(counts)
        if shown.get(stage) == (share, sentence):
            return
        if stage in made:
            client.update_artifact(made[stage], ArtifactUpdate(data=share, description=sentence))
        else:
            artifact = ArtifactCreate(
                key=key_of(run, f"progress-{stage}"),
                type="progress",
                data=share,
                description=sentence,
                flow_run_id=flow_run_id,
            )
            made[stage] = client.create_artifact(artifact).id
        shown[stage] = (share, sentence)

    last = False
    while not last:
        last = over.wait(WRITE_EVERY_S)
        with (
            suppress(Exception),
            get_client(sync_client=True, httpx_settings={"timeout": REQUEST_S}) as client,
        ):
            show(client)


def progress_of(counts: dict[str, Any]) -> tuple[float, str]:
    """Return the share that is done, in percent, and the sentence beside it.

    Examples
    --------
    >>> progress_of({"stage": "train", "done": 10, "total": 50, "unit": "fits"})
    (20.0, 'train: 10 of 50 fits')
    """
    share = round(100.0 * min(1.0, int(counts["done"]) / int(counts["total"])), 1)
    return share, f"{counts['stage']}: {counts['done']:,} of {counts['total']:,} {counts['unit']}"


def show_results(run: RunDirectory, flow_run_id: str) -> None:
    """Write the tables of scores and hits, and what has moved, as artifacts of a flow run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactCreate

    kinds: dict[str, tuple[str, Callable[[RunDirectory], Any], str]] = {
        "scores": ("table", score_rows, "Mean over the folds ± their standard deviation"),
        "hits": ("table", hit_rows, f"The first {SHOWN_HITS} candidates; hits.csv of the run holds them all"),
        "changes": ("markdown", changes_text, "What has moved since the last run"),
    }
    if run.campaign.studies:
        kinds["studies"] = ("markdown", studies_text, "What the studies say")
    try:
        with get_client(sync_client=True, httpx_settings={"timeout": REQUEST_S}) as client:
            for what, (kind, content, description) in kinds.items():
                client.create_artifact(
                    ArtifactCreate(
                        key=key_of(run, what),
                        type=kind,
                        description=description,
                        data=content(run),
                        flow_run_id=UUID(str(flow_run_id)),
                    )
                )
    except Exception as error:  # noqa: BLE001 - what Prefect shows is not worth a run that is complete
        sys.stderr.write(f"Prefect does not show the results ({type(error).__name__}: {error})\n")


def score_rows(run: RunDirectory) -> list[dict[str, str]]:
    """Return a row for each model under each split."""
    champion = run.state()["champion"]
    rows = []
    for entry in run.state()["contests"].values():
        error = entry["metrics"][deciding_metric(entry)]
        r2, auc = (entry["metrics"].get(name, {}).get("mean") for name in ("r2", "roc_auc"))
        named = (entry["model"], entry["target"], entry["split"])
        won = named == (champion["model"], champion["target"], champion["split"])
        rows.append(
            {
                "model": model_title(entry["model"]) + (" (champion)" if won else ""),
                "target": entry["target"],
                "split": entry["split"],
                "error": "–" if error["mean"] is None else measured(error["mean"], error["std"] or 0.0),
                "of": {"mae": "MAE", "log_loss": "log-loss"}[deciding_metric(entry)],
                "R² or ROC-AUC": number(r2 if auc is None else auc, 3),
                "trained": "taken over" if entry.get("reused_folds") else "now",
            }
        )
    return rows


def hit_rows(run: RunDirectory) -> list[dict[str, Any]]:
    """Return a row for each of the first hits."""
    import pyarrow.parquet as pq

    table = pq.read_table(run.path / "hits.parquet").sort_by("rank").slice(0, SHOWN_HITS)
    return [
        {
            "rank": row["rank"],
            "formula": row["formula"],
            "predicted": row["prediction"] if "set" in row else number(row["prediction"]),
            "interval or set": row.get("set") or f"{number(row['lower'])} to {number(row['upper'])}",
            "probability": percent(row["probability"]),
            "in domain": "yes" if row["in_domain"] else "no",
            "in the data": "yes" if row["known"] else "no",
        }
        for row in table.to_pylist()
    ]


def studies_text(run: RunDirectory) -> str:
    """Return what each study says, or why it could not be done, as Markdown."""
    lines = []
    for study in run.campaign.studies:
        told = run.state()["studies"][study.name]
        said = told["verdict"] or [f"Could not be done: {told['refusal']}"]
        lines += [f"**{STUDIES[study.kind].title}** ({study.name})", "", *(f"- {one}" for one in said), ""]
    return "\n".join([*lines, f"Report: `{run.path / 'report.html'}`", ""])


def changes_text(run: RunDirectory) -> str:
    """Return what has moved since the last run, as Markdown."""
    changes = read_changes(run.path)
    report = run.path / "report.html"
    if changes is None:
        return f"The first run of this campaign.\n\nReport: `{report}`\n"
    lines = [f"Compared with run {changes.since}:", ""]
    lines += [f"- {sentence}" for sentence in change_sentences(changes)]
    hits = changes.hits
    if hits is not None and hits.new:
        lines += ["", f"| new hit | rank | {hits.shows} |", "|---|---|---|"]
        lines += [
            f"| {hit.formula} | {hit.rank_now} | {number(hit.prediction_now)} |" for hit in hits.new[:20]
        ]
    if hits is not None and hits.lost:
        lines += ["", f"| lost hit | last rank | last {hits.shows} |", "|---|---|---|"]
        lines += [
            f"| {hit.formula} | {hit.rank_before} | {number(hit.prediction_before)} |"
            for hit in hits.lost[:20]
        ]
    return "\n".join([*lines, "", f"Report: `{report}`", ""])
