"""Figures: the same bytes every time, no global state, and a picture of everything that may come."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from matsluice.tasks.evaluate import figures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure

EMPTY = np.empty(0)
SOME = np.random.default_rng(3).uniform(0.0, 6.0, 3000)
NEAR = SOME + np.random.default_rng(4).normal(0.0, 0.4, 3000)
NAN = float("nan")
HALF = np.where(SOME > 3, NAN, NEAR)

DRAWN: dict[str, Callable[[figures.Theme], Figure]] = {
    "parity": lambda theme: figures.parity(SOME, NEAR, "band gap", "eV", theme=theme, window=(1.1, None)),
    "parity of few": lambda theme: figures.parity(SOME[:5], NEAR[:5], "band gap", "eV", theme=theme),
    "parity of none": lambda theme: figures.parity(EMPTY, EMPTY, "gap", "", theme=theme, window=(None, 2.0)),
    "parity of one value": lambda theme: figures.parity(np.ones(3), np.ones(3), "gap", "eV", theme=theme),
    "parity with undefined": lambda theme: figures.parity(SOME, HALF, "材料", "$/kg$", theme=theme),
    "residuals": lambda theme: figures.residuals(SOME, NEAR, "band gap", "eV", theme=theme),
    "residuals of none": lambda theme: figures.residuals(EMPTY, EMPTY, "band gap", "eV", theme=theme),
    "exact residuals": lambda theme: figures.residuals(SOME, SOME, "band gap", "eV", theme=theme),
    "comparison": lambda theme: figures.split_comparison(
        ["ridge", "$a$"],
        {"random": [(0.4, 0.1), (NAN, NAN)], "other": [(0.6, NAN), (0.5, 0.1)]},
        "MAE",
        theme=theme,
    ),
    "comparison of none": lambda theme: figures.split_comparison([], {}, "MAE (eV)", theme=theme),
    "coverage": lambda theme: figures.coverage_curves(
        {"random": [0.0, 0.5, 1.0], "$element$": [0.0, 0.4, 0.8]}, 0.9, theme=theme
    ),
    "coverage of none": lambda theme: figures.coverage_curves({}, None, theme=theme),
    "width": lambda theme: figures.width_against_error(NEAR, np.abs(SOME - NEAR), "eV", theme=theme),
    "width of none": lambda theme: figures.width_against_error(EMPTY, EMPTY, "", theme=theme),
    "width with undefined": lambda theme: figures.width_against_error(HALF, SOME, "eV", theme=theme),
    "groups": lambda theme: figures.error_by_group(
        ["O", "Fe"], [0.4, NAN], [10, 0], 0.3, ("MAE (eV)", "element"), theme=theme
    ),
    "groups of none": lambda theme: figures.error_by_group([], [], [], NAN, ("MAE", "element"), theme=theme),
    "histogram": lambda theme: figures.prediction_histogram(
        np.arange(4.0),
        np.array([1, 5, 2]),
        (1.1, 1.7),
        "band gap",
        "eV",
        in_domain=np.array([0, 4, 2]),
        theme=theme,
    ),
    "histogram of none": lambda theme: figures.prediction_histogram(
        EMPTY, EMPTY.astype(np.int64), (None, None), "band gap", "eV", theme=theme
    ),
    "importance": lambda theme: figures.importance(["a" * 80, "b"], [0.1, 0.9], theme=theme),
    "importance of none": lambda theme: figures.importance([], [], theme=theme),
    "seconds": lambda theme: figures.stage_seconds({"ingest": 0.0, "train": 120.0}, theme=theme),
    "seconds of none": lambda theme: figures.stage_seconds({}, theme=theme),
    "periodic table": lambda theme: figures.periodic_table(
        {"O": 0.2, "Fe": 0.7, "La": NAN}, "MAE", theme=theme
    ),
    "periodic table of none": lambda theme: figures.periodic_table({}, "MAE (eV)", theme=theme),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_has_the_same_bytes_twice_and_the_theme_as_background(name: str) -> None:
    for theme in (figures.LIGHT, figures.DARK):
        png = figures.png_bytes(DRAWN[name](theme))
        assert png == figures.png_bytes(DRAWN[name](theme))
        with Image.open(BytesIO(png)) as image:
            assert "Software" not in image.info
            corner = image.convert("RGB").getpixel((0, 0))
        assert corner == tuple(bytes.fromhex(theme.background[1:]))


def test_the_global_settings_are_untouched_and_pyplot_stays_away(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    figures.save_png(figures.parity(SOME, NEAR, "band gap", "eV"), tmp_path / "parity.png")
    assert dict(mpl.rcParams) == before
    program = (
        "import sys, numpy, matsluice.tasks.evaluate.figures as f\n"
        "assert 'matplotlib' not in sys.modules\n"
        "f.png_bytes(f.residuals(numpy.arange(9.0), numpy.arange(9.0), 'gap', 'eV'))\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_saving_writes_what_the_bytes_are(tmp_path: Path) -> None:
    path = figures.save_png(figures.stage_seconds({"ingest": 1.0}), tmp_path / "seconds.png")
    assert path.read_bytes() == figures.png_bytes(figures.stage_seconds({"ingest": 1.0}))


def test_axes_name_the_quantity_and_its_unit() -> None:
    axes = figures.parity(SOME, NEAR, "band gap", "eV").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("measured band gap (eV)", "predicted band gap (eV)")
    assert figures.residuals(SOME, NEAR, "gap", "").axes[0].get_ylabel() == "predicted − measured"


def test_parity_is_square_in_units_and_holds_every_point() -> None:
    axes = figures.parity(SOME, NEAR, "band gap", "eV").axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[0] < min(SOME.min(), NEAR.min())
    assert axes.get_xlim()[1] > max(SOME.max(), NEAR.max())
    counted = next(one for one in axes.collections if one.get_array() is not None).get_array()
    assert counted is not None
    assert counted.sum() == len(SOME)


def test_every_element_has_its_own_place() -> None:
    from matsluice.tasks.evaluate.figures.periodic_table import ROWS
    from matsluice.tasks.material.elements import SYMBOLS

    rows = [row.split() for row in ROWS]
    assert all(len(row) == 18 for row in rows)
    assert sorted(symbol for row in rows for symbol in row if symbol != ".") == sorted(SYMBOLS[1:])


def test_a_million_points_are_drawn_in_seconds() -> None:
    many = np.random.default_rng(0).normal(2.0, 1.0, 1_000_000)
    start = perf_counter()
    figures.png_bytes(figures.parity(many, many + 0.1, "band gap", "eV"))
    assert perf_counter() - start < 20
