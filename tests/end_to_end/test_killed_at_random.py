"""The whole run killed with -9 at twenty random moments: it completes, and next to nothing is computed twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.tasks.audit.recomputed import SAMPLE

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1100)]

PLUGIN = Path(__file__).parents[1] / "plugins" / "counted.py"
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
KILLS, SEED = 20, 20261128
# A forked start takes some seconds until the first chunk, a whole run some ten; on a slow machine both take longer, and
# more of the kills come early.
EARLIEST_S, LATEST_S = 1.0, 11.0
WORKERS, CHUNK_ROWS = 2, 8
AGE_S = 120.0


def counting(brief: MakeFolder) -> tuple[CampaignFolder, Path]:
    """Return a folder whose campaign notes each row it computes, and the file it notes them in."""
    folder = brief(
        (
            '"composition.magpie", "composition.stoichiometry"]',
            '"counted.elements"]',
        ),
        ("chunk_rows = 64", f"chunk_rows = {CHUNK_ROWS}"),
        ("[screen]", '[plugins]\nmodules = ["counted.py"]\n[screen]'),
        ("workers = 1", f"workers = {WORKERS}"),
        ("learning_curve = false", "learning_curve = true"),
    )
    shutil.copy(PLUGIN, folder.path)
    folder.take_candidates_from("candidates.csv")
    (folder.path / "candidates.csv").write_text("formula\n" + "".join(f"Na{n}Po\n" for n in range(1, 20)))
    log = folder.path.parent / "rows.log"
    log.touch()
    return replace(folder, environment={**folder.environment, "MATSLUICE_TEST_ROWS": str(log)}), log


def computed(log: Path) -> Counter[str]:
    """Return how often each row of the data was computed; candidates and the known material are left out."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return Counter(line for line in lines if "Po" not in line and line != "CsCl")


def test_twenty_kills(brief: MakeFolder) -> None:
    undisturbed, log = counting(brief)
    undisturbed.run()
    materials = set(computed(log))
    # The block is asked for each material once, and once more for some by the audit, which looks at plug-ins' values.
    audited = computed(log).total() - len(materials)
    assert set(computed(log).values()) == {1, 2}
    assert audited == SAMPLE["composition"]

    chance = random.Random(SEED)
    kills, rounds = 0, 0
    while kills < KILLS:
        folder, log = counting(brief)
        killed_here = kill_until_complete(folder, chance, KILLS - kills)
        kills, rounds = kills + killed_here, rounds + 1
        rows = computed(log)
        assert set(rows) == materials
        assert rows.total() - len(rows) - audited <= killed_here * WORKERS * CHUNK_ROWS
        compare(folder, undisturbed)
    assert rounds < KILLS


def kill_until_complete(folder: CampaignFolder, chance: random.Random, most: int) -> int:
    """Run the campaign to its end, killed at random moments at most so many times, and return how many it took."""
    kills = 0
    while kills < most:
        call = folder.start("run", "campaign.toml", "--json")
        try:
            answer = call.wait(chance.uniform(EARLIEST_S, LATEST_S))
        except subprocess.TimeoutExpired:
            os.kill(call.process.pid, signal.SIGKILL)
            call.process.wait(10)
            kills += 1
            assert call.left_over(grace_s=20) == {}
            continue
        assert answer.code == 0, answer.err
        return kills
    folder.run()
    return kills


def compare(folder: CampaignFolder, undisturbed: CampaignFolder) -> None:
    # A kill may come between a run's last word and its end; the same command then begins another.
    one, other = undisturbed.runs()[0], folder.runs()[-1]
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    # A writer that is killed leaves its temporary file; those in the store are `store prune`'s to delete, once they
    # are older than a writer that has only just been started.
    left = [name for name in folder.files() if name.endswith(".part")]
    for name in left:
        os.utime(folder.path / name, (time.time() - AGE_S,) * 2)
    assert folder("store", "prune", "campaign.toml").code == 0
    assert not [name for name in folder.files() if name.endswith(".part")], left
