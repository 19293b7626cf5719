"""The studies of a campaign: each by itself on the cluster, its findings in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Client, KilledWorker
from prefect import flow, task

from matsluice.flows.delivery import post_study
from matsluice.flows.progress import Progress
from matsluice.flows.reused import DIGEST_FILE, kept_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.flows.study_calls import study_call, study_folder, study_named
from matsluice.flows.train import WAITING
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Hindered
from matsluice.infra.run_log import say
from matsluice.tasks.studies.findings import Findings, read_findings
from matsluice.tasks.studies.run_study import StudyCall, run_study
from matsluice.tasks.studies.study_key import study_key

if TYPE_CHECKING:
    from matsluice.infra.workspace.kept_files import KeptFiles


@flow(name="study", validate_parameters=False, task_runner=WAITING)  # type: ignore[arg-type]  # Prefect types its own runner as another future's
def study(run_directory: str) -> None:
    """Do every study the campaign asks for."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "study"):
        return
    with timed_stage(run, "study"):
        asked = run.campaign.studies
        progress = Progress(run.path, "study", total=len(asked), unit="studies")
        running = [do_study.submit(run_directory, one.name, progress) for one in asked]
        for each in running:
            each.result()


@task(name="study", task_run_name="study {name}")
def do_study(run_directory: str, name: str, progress: Progress) -> None:
    """Do one study on the cluster, and post it to MLflow; one that cannot be done is told with its reason."""
    run = RunDirectory(Path(run_directory))
    asked, folder = study_named(run, name), study_folder(run, name)
    if name in run.state().get("studies", {}):
        progress.advance(1)
        return
    call, kept = study_call(run, asked), kept_fits(run)
    key = study_key(call, (Path(call.rows) / DIGEST_FILE).read_text(encoding="ascii") if call.rows else "")
    reused = not Path(call.output).exists() and kept.recall(key, Path(call.output))
    _on_the_cluster(call, folder)
    findings = read_findings(folder)
    assert findings is not None
    if findings.refusal:
        say("warning", f"study {name} could not be done: {findings.refusal}")
    else:
        _keep(run, kept, key, Path(call.output))
        say("info", f"study {name}: {' '.join(findings.verdict)}")
    facts = {
        "name": name,
        "kind": asked.kind,
        "verdict": list(findings.verdict),
        "refusal": findings.refusal or None,
        "seconds": findings.seconds,
        "reused": reused,
    }
    run.tell(studies={name: facts})
    post_study(run, name)
    progress.advance(1)


def _on_the_cluster(call: StudyCall, folder: Path) -> None:
    try:
        list(fan_out(Client.current(), run_study, [(call,)], in_flight=1, needs="train"))
    except Hindered as error:
        if not isinstance(error.__cause__, KilledWorker):
            raise
        # It would end its worker in every later attempt too, and the run would never come to its report.
        reason = "it ended its worker again and again: lower its rows, or raise cluster.memory_per_worker"
        Findings(refusal=reason).write(folder)


def _keep(run: RunDirectory, kept: KeptFiles, key: str, findings: Path) -> None:
    """Keep findings for later runs; what was refused is tried again by them."""
    kept.keep(key, findings)
    run.tell(fits={key: True})
