"""Names beside dots meet no other name."""

from __future__ import annotations

from itertools import combinations

from matsluice.tasks.evaluate.figures.style import LIGHT, new_axes, png_bytes
from matsluice.tasks.studies.dot_labels import label_dots


def test_names_of_near_dots_stand_apart() -> None:
    figure, axes = new_axes(5.6, 3.9, LIGHT)
    dots = [(1.0, 1.0), (1.02, 1.01), (1.01, 1.03), (3.0, 2.0)]
    axes.scatter(*zip(*dots, strict=True))
    label_dots(axes, dots, ["16-16", "2n+1", "64-64", "5, 2n+1"], theme=LIGHT)
    assert png_bytes(figure)
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == len(dots)
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
