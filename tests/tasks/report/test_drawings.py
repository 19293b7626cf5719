"""A figure in two themes differs in colours alone."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matsluice.tasks.evaluate.figures import DARK, parity, periodic_table, png_bytes
from matsluice.tasks.report.drawings import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from matsluice.tasks.evaluate.figures import Theme

CHANCE = np.random.default_rng(0)
MEASURED, PREDICTED = CHANCE.normal(2.0, 1.0, (2, 80))


@pytest.mark.parametrize(
    "draw",
    [
        lambda theme: parity(MEASURED, PREDICTED, "band_gap", "eV", theme=theme),
        # With a colour bar, which is a pair of axes of its own.
        lambda theme: periodic_table({"O": 0.3, "S": 0.2, "Zn": 0.4}, "MAE (eV)", theme=theme),
    ],
    ids=["parity", "periodic table"],
)
def test_the_dark_one_is_laid_out_as_if_drawn_alone(draw: Callable[[Theme], Figure]) -> None:
    drawn = picture(draw, "")
    assert drawn.dark == f"data:image/png;base64,{b64encode(png_bytes(draw(DARK))).decode('ascii')}"
    assert drawn.dark != drawn.light
