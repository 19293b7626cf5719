"""The same campaign through Slurm: jobs that are cancelled, walltimes that run out, and the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder
    from tests.end_to_end.slurm.conftest import Slurm

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
BLOCKS = '"composition.elemental", "unhurried.elements"'
UNHURRIED = Path(__file__).parents[2] / "plugins" / "unhurried.py"


def on(slurm: Slurm, *lines: str) -> tuple[str, str]:
    """Return the change of the small campaign that takes it to Slurm."""
    keys = ['kind = "slurm"', "workers = 2", 'memory_per_worker = "1GiB"', 'interface = "lo"', *lines]
    return "workers = 1", "\n".join(keys)


def with_slurm(folder: CampaignFolder, slurm: Slurm, **more: str) -> CampaignFolder:
    folder.environment = {**folder.environment, "SLURM_CONF": slurm.settings, **more}
    return folder


def same_bytes(one: CampaignFolder, other: CampaignFolder) -> None:
    (this,), (that,) = one.runs(), other.runs()
    for name in NUMBERS:
        assert (this / name).read_bytes() == (that / name).read_bytes(), name


def test_jobs_cancelled_during_the_run(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder, slurm: Slurm
) -> None:
    folder = with_slurm(brief(on(slurm, 'queue = "short"', 'walltime = "00:10:00"')), slurm)
    before = set(slurm.jobs())
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.state().get("stage") == "featurize" or folder.fits() > 0)
    first = sorted(set(slurm.jobs("RUNNING")) - before)
    slurm.ask("scancel", first[0])
    call.wait_for(lambda: folder.fits() >= 4)
    # Both of those that run now, so that for a while there is no worker at all.
    slurm.ask("scancel", *slurm.jobs("RUNNING"))
    answer = call.wait(600)
    assert answer.code == 0, answer.err
    assert len(set(slurm.jobs()) - before) >= 5
    assert folder.state()["attempts"] == 1
    same_bytes(undisturbed[0], folder)
    slurm.wait_until(lambda: not slurm.jobs("RUNNING", "PENDING", "COMPLETING"))
    assert call.left_over(grace_s=20) == {}


def test_walltime_runs_out_during_the_run(brief: MakeFolder, slurm: Slurm) -> None:
    def unhurried(*changes: tuple[str, str]) -> CampaignFolder:
        folder = brief(
            ('"composition.elemental", "composition.magpie", "composition.stoichiometry"', BLOCKS),
            # A chunk is to be much shorter than a worker's life, also where a machine is busy.
            ("chunk_rows = 64", "chunk_rows = 8"),
            ("[screen]", '[plugins]\nmodules = ["unhurried.py"]\n[screen]'),
            ("sizes = [2, 3]", "sizes = [2]"),
            *changes,
        )
        shutil.copy(UNHURRIED, folder.path)
        return folder

    here = unhurried()
    here.run()
    there = unhurried(on(slurm, 'walltime = "00:02:00"'))
    with_slurm(there, slurm, MATSLUICE_TEST_ROW_S="1.2")
    before = set(slurm.jobs())
    summary = there.run()
    assert summary["attempts"] == 1
    # That workers leave before Slurm ends their job is seen in test_slurm_workers; a busy machine may be late.
    assert len(set(slurm.jobs()) - before) >= 4
    same_bytes(here, there)
