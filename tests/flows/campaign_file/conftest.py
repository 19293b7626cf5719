"""A right campaign file to spoil, and the answer to a spoilt one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matsluice.flows.campaign_file import load_campaign
from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Line 1 is [campaign]; the cases count on it.
RIGHT = """\
[campaign]
name = "gaps"
[data]
source = "csv"
path = "table.csv"
formula = "composition"
[[targets]]
column = "gap"
unit = "eV"
task = "regression"
[features]
blocks = ["composition.magpie"]
[validation]
folds = 3
[[models]]
kind = "ridge"
"""
SCREEN = """\
[screen]
candidates = { source = "enumerate", elements = ["Cu", "Zn", "Pb", "S"] }
objective = { target = "gap", between = [1.1, 1.7] }
exclude_elements = ["Hg"]
"""


@pytest.fixture
def right() -> str:
    """The text of a right campaign file without a screen."""
    return RIGHT


@pytest.fixture
def screen() -> str:
    """A right [screen], four lines."""
    return SCREEN


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[str | bytes], list[str]]:
    """A function: the lines that answer a campaign file, without the folder's name."""

    def answer(text: str | bytes) -> list[str]:
        (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
        file = tmp_path / "campaign.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(InvalidInput) as caught:
            load_campaign(file)
        return str(caught.value).replace(f"{tmp_path}/", "").replace(str(tmp_path), "FOLDER").split("\n")

    return answer
