"""A plug-in whose file is edited is another block, and a model carries the one it learned with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tests.end_to_end.test_poison_rows import poisoned, screen_healthy, without_poison

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder


def test_nothing_of_the_old_ones_values_is_taken(brief: MakeFolder) -> None:
    folder = poisoned(brief)
    without_poison(folder)
    screen_healthy(folder)
    folder.run()
    own = folder.path / "poison.py"
    own.write_text(own.read_text().replace("elements.mean(), len", "elements.max(), len"))
    summary = folder.run()
    assert (summary["features"]["computed"], summary["features"]["reused"]) == (244, 0)
    # The model carries its block with it, and is used where the file is gone.
    own.unlink()
    (folder.path / "healthy.csv").write_text("formula\nInP\nFrS\nCdTe\n")
    words = ("predict", "gaps", "healthy.csv", "--out", "out.csv", "--workspace", "workspace")
    refused = folder(*words)
    assert (refused.code, "the plug-in plugins/0/poison.py" in refused.err) == (2, True), refused.err
    answer = folder(*words, "--trust")
    assert answer.code == 0, answer.err
    reasons = pd.read_csv(folder.path / "out.csv", keep_default_na=False)["reason"].tolist()
    assert reasons == ["", "raised: ValueError: not this one", ""]
