"""The champion's formula, where it has one: in explanations.json, and as a text that MLflow keeps."""

from __future__ import annotations

from pathlib import Path

from distributed import Client
from prefect import task

from matsluice.flows.contests import champion_contest, final_call
from matsluice.flows.reused import keep_fits, recall_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.infra.workspace.atomic_files import read_json, write_json, written_whole
from matsluice.models.kan import FORMULA
from matsluice.tasks.report.number_text import significant_decimals
from matsluice.tasks.train.choose import DECIDING
from matsluice.tasks.train.formula_text import FILE_NAME, formula_text
from matsluice.tasks.train.write_out import EXPLANATIONS, KEY, WriteOutCall, write_out, written_of


@task(name="write champion out")
def write_champion_out(run_directory: str) -> None:
    """Write the fitted champion as a formula or rules, to the digits in which its predictions are shown."""
    run = RunDirectory(Path(run_directory))
    contest, state = champion_contest(run), run.state()
    error = state["contests"][contest.name]["metrics"][DECIDING[contest.task]]["mean"]
    call = WriteOutCall.of(
        final_call(run, "champion.joblib", "all"),
        state["champion"]["fit_key"],
        0.5 * 10.0 ** -significant_decimals(1.0 if error is None else error, 2),
        read_network=bool(contest.parameters.get(FORMULA, False)),
    )
    recall_fits(run, [call])
    list(fan_out(Client.current(), write_out, [(call,)], in_flight=1, needs="train"))
    keep_fits(run, [call])
    run.tell(formula=read_json(Path(call.output)))


def write_explanations(run: RunDirectory) -> None:
    """Write explanations.json, of what the champion leans on and its formula, and the formula as formula.txt."""
    contest, state = champion_contest(run), run.state()
    formula = {**state[KEY], "model": contest.model}
    record = {"model": contest.model, "split": contest.split, **state.get("explained", {}), KEY: formula}
    write_json(run.path / EXPLANATIONS, record)
    written = written_of(formula)
    if written.is_empty:
        return
    if written.reason:
        say("info", f"the champion is not written out as a formula: {written.reason}")
    with written_whole(run.path / FILE_NAME) as temporary:
        temporary.write_text(formula_text(written), encoding="utf-8")
