"""Whether MLflow takes what a run records: tried with a run of the doctor's own, which is deleted."""

from __future__ import annotations

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused
from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.tracking.store import TrackingStore, open_store

EXPERIMENT = "matsluice-doctor"
WORDS = "written by matsluice doctor"


def write(subject: Subject) -> Finding:
    """Record a number and a file, read both back, and delete the run."""
    if not subject.write:
        return unused("nothing is recorded without --write")
    try:
        store = open_store(subject.tracking_uri, subject.workspace, patience_s=0.0)
        read = store.write(lambda: _back_and_forth(store), "record a run in MLflow")
    except (Failed, InvalidInput) as mistake:
        return failure(str(mistake), "mend what it names; the server's log says more")
    if read != (WORDS, 1.5):
        return failure(
            f"what was recorded is read back as something else ({read})",
            "look at where the server keeps its files, and at what stands between",
        )
    return ok(f"a number and a file, in experiment {EXPERIMENT}, deleted again")


def _back_and_forth(store: TrackingStore) -> tuple[str, float]:
    client = store.client
    run = client.create_run(store.experiment(EXPERIMENT)).info.run_id
    try:
        client.log_metric(run, "one_and_a_half", 1.5)
        client.log_text(run, WORDS, "doctor.txt")
        value = client.get_run(run).data.metrics["one_and_a_half"]
        from mlflow.artifacts import load_text

        text = load_text(f"{client.get_run(run).info.artifact_uri}/doctor.txt")
    finally:
        client.set_terminated(run)
        client.delete_run(run)
    return text, value
