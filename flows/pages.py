"""Where else a run can be looked at, as its report says it."""

from __future__ import annotations

import shlex

from matsluice.flows.links import links_of, on_this_machine
from matsluice.flows.run_directory import RunDirectory
from matsluice.tasks.report.run_facts import PageFacts

ONLY_HERE = "(opens only on the machine that serves it)"
WHILE_IT_LASTS = "(while the run lasts)"


def pages_of(run: RunDirectory) -> tuple[PageFacts, ...]:
    """Return the pages of a run: an address where a server serves it for good, else the command that does."""
    state = run.state()
    links = links_of(state)
    show = f"matsluice ui --workspace {shlex.quote(str(run.workspace.path))}"
    pages = [
        PageFacts(name, address=address, remark=ONLY_HERE if on_this_machine(address) else "")
        for name, address in (("Prefect page", links.prefect), ("MLflow page", links.mlflow))
        if address
    ]
    lacking = [
        name for name, address in (("Prefect", links.prefect), ("MLflow", links.mlflow)) if not address
    ]
    if lacking:
        remark = f"starts {' and '.join(lacking)} on this workspace and prints where the run's own pages are"
        pages.append(PageFacts("Its pages", command=show, remark=remark))
    if state["status"] == "running" and links.dask and state.get("stage") != "report":
        where = f"{ONLY_HERE} {WHILE_IT_LASTS}" if on_this_machine(links.dask) else WHILE_IT_LASTS
        pages.append(PageFacts("Dask page", address=links.dask, remark=where))
    file = shlex.quote(str(run.path / "campaign.toml"))
    pages.append(PageFacts("Log", command=f"matsluice logs {file} --run {run.run_id}"))
    return tuple(pages)
