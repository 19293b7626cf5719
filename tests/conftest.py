"""What tests of every folder share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(os.environ.get("MATSLUICE_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def public_data() -> Callable[[str], Path]:
    """A function: the path of a public data file, or a skip that says where it was looked for."""

    def path_of(name: str) -> Path:
        if not (DATA / name).exists():
            pytest.skip(f"{name} is not in {DATA}; set MATSLUICE_DATA to the folder that has it")
        return DATA / name

    return path_of
