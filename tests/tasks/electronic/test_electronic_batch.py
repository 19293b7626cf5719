"""Documents that are read late may have changed since they were frozen."""

from __future__ import annotations

from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.tasks.electronic import ElectronicBatch


def test_what_is_as_it_was_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "dos.json").write_text('{"@class": "Dos"}')
    batch = ElectronicBatch((str(tmp_path / "dos.json"), '{"@class": "Dos"}'))
    batch.check_unchanged(batch.keys())


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_file_that_changed_stops_the_run(tmp_path: Path, change: str) -> None:
    file = tmp_path / "dos.json"
    file.write_text('{"@class": "Dos"}')
    batch = ElectronicBatch((str(file),))
    keys = batch.keys()
    if change == "edited":
        file.write_text('{"@class": "Dos", "efermi": 1.0}')
    else:
        file.unlink()
    with pytest.raises(Failed, match=r"dos\.json has changed since the input was frozen"):
        batch.check_unchanged(keys)
