"""Every way to put elements on a prototype's sites, each crystal once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from matsluice.tasks.ingest.prototype import Prototype
    from matsluice.tasks.material.readers.cell_lists import CellLists

# Å. Two sites nearer than this are one to a crystal's key, so decorations that agree to it are one material.
SYMPREC: Final = 1e-4

# Pairs of groups: what stands on the first comes to stand on the second.
GroupMap = frozenset[tuple[int, int]]


def decorations(prototype: Prototype) -> Iterator[tuple[str, ...]]:
    """Give the element of each group of sites, for every different crystal, the last group's changing first.

    Of decorations that a rotation or translation of the prototype's sites brings onto one another only the
    first is given, without any being remembered. Mirror images of one another are two crystals.
    """
    groups = prototype.groups
    maps = group_maps(prototype.cell, [group.sites for group in groups])
    choices = [group.choices for group in groups]
    for ranks in product(*(range(len(some)) for some in choices)):
        chosen = tuple(some[rank] for some, rank in zip(choices, ranks, strict=True))
        if all(_is_first(ranks, chosen, choices, moved) for moved in maps):
            yield chosen


def _is_first(
    ranks: tuple[int, ...], chosen: tuple[str, ...], choices: Sequence[Sequence[str]], moved: GroupMap
) -> bool:
    """Return whether a decoration's image is no earlier decoration."""
    image: dict[int, str] = {}
    for source, target in moved:
        if image.setdefault(target, chosen[source]) != chosen[source]:
            return True  # the image is no decoration of these groups
    if any(image[group] not in some for group, some in enumerate(choices)):
        return True
    return tuple(some.index(image[group]) for group, some in enumerate(choices)) >= ranks


def group_maps(cell: CellLists, groups: Sequence[Sequence[int]]) -> list[GroupMap]:
    """Return where rotations and translations of the bare sites, whatever stands there, bring the groups.

    Those that leave every group in its place are left out.

    Parameters
    ----------
    cell
        The sites; their elements do not matter.
    groups
        The sites of each group.

    Examples
    --------
    >>> from matsluice.tasks.material.readers.cell_lists import CellLists
    >>> cell = CellLists([4, 0, 0, 0, 4, 0, 0, 0, 4], [55, 17], [0, 0, 0, 0.5, 0.5, 0.5], [1, 1])
    >>> [sorted(moved) for moved in group_maps(cell, [[0], [1]])]
    [[(0, 1), (1, 0)]]
    """
    import moyopy

    positions = np.reshape(np.array(cell.positions, dtype=np.float64), (-1, 3))
    lattice = np.reshape(np.array(cell.lattice, dtype=np.float64), (3, 3))
    bare = moyopy.Cell(lattice.tolist(), positions.tolist(), [1] * len(positions))
    try:
        operations = moyopy.MoyoDataset(bare, symprec=SYMPREC).operations
    except ValueError:  # what moyopy raises; then all decorations are given
        return []
    group_of = np.empty(len(positions), dtype=np.int64)
    for group, sites in enumerate(groups):
        group_of[list(sites)] = group
    found: dict[GroupMap, None] = {}
    for rotation, translation in zip(operations.rotations, operations.translations, strict=True):
        if round(float(np.linalg.det(np.array(rotation)))) != 1:
            continue
        images = positions @ np.array(rotation, dtype=np.float64).T + np.array(translation)
        apart = images[:, None, :] - positions[None, :, :]
        apart -= np.round(apart)
        targets = np.linalg.norm(apart @ lattice, axis=2).argmin(axis=1)
        moved = frozenset(zip(group_of.tolist(), group_of[targets].tolist(), strict=True))
        if any(source != target for source, target in moved):
            found[moved] = None
    return list(found)
