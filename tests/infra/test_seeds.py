"""Seeds that depend on what is done and never on when."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from matsluice.infra.seeds import derive_seed

WORK = st.lists(st.one_of(st.integers(), st.text(st.characters(min_codepoint=32), max_size=20)), max_size=5)


def test_golden_seeds() -> None:
    # The first 4 bytes of BLAKE2b (4 bytes long) of the words joined by U+001F, little-endian. Runs that were
    # interrupted under one version and resumed under the next rely on these numbers.
    assert derive_seed(7) == 973742608
    assert derive_seed(7, "fit", "band_gap", "ridge", "random", 0) == 3127169296


def test_another_process_derives_the_same_seed() -> None:
    program = 'from matsluice.infra.seeds import derive_seed; print(derive_seed(7, "folds", "composition"))'
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(answer.stdout) == derive_seed(7, "folds", "composition")


@given(seed=st.integers(0, 2**31), work=WORK)
def test_every_seed_is_one_that_scikit_learn_takes(seed: int, work: list[str | int]) -> None:
    assert 0 <= derive_seed(seed, *work) < 2**32


def test_words_are_not_run_together() -> None:
    assert derive_seed(7, "ab", "c") != derive_seed(7, "a", "bc")
    assert derive_seed(71, "fit") != derive_seed(7, "1", "fit")


def test_every_piece_of_work_has_a_seed_of_its_own() -> None:
    seeds = {
        derive_seed(campaign, "fit", model, split, fold)
        for campaign in range(5)
        for model in ("dummy", "ridge", "svm", "random_forest")
        for split in ("random", "composition")
        for fold in range(10)
    }
    assert len(seeds) == 5 * 4 * 2 * 10
