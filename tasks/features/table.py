"""Features of a handful or a million materials, in this process: the public `featurize`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.blocks import chosen_blocks
from matsluice.tasks.material.batch import CompositionBatch
from matsluice.tasks.material.compositions import batch_from_compositions
from matsluice.tasks.material.formulas import parse_formulas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from pymatgen.core.composition import Composition
    from pymatgen.core.structure import IStructure

    Materials = Sequence[str] | Sequence[Composition | IStructure] | CompositionBatch

# Rows computed at a time: their values stay in the processor's cache.
ROWS_AT_A_TIME: Final = 4096


def featurize(materials: Materials, blocks: str | Sequence[str]) -> pd.DataFrame:
    """Return the features of materials as a table, computed in this process.

    Parameters
    ----------
    materials : sequence of str, sequence of pymatgen Composition or Structure, or CompositionBatch
        The n materials.
    blocks : str or sequence of str
        Names of blocks, such as "composition.magpie"; `matsluice blocks` lists them.

    Returns
    -------
    pandas.DataFrame
        n rows, by position; a float64 column for each feature, named in full; NaN where it is undefined.

    Raises
    ------
    InvalidInput
        For a material that cannot be read (naming its row, the position in it and the reason), an unknown
        block, a block named twice.

    Examples
    --------
    >>> table = featurize(["NaCl", "Fe2O3"], ["composition.elemental"])
    >>> table["composition.elemental.mean_atomic_number"].tolist()
    [14.0, 15.2]
    """
    import pandas as pd

    made = [spec.make() for spec in chosen_blocks([blocks] if isinstance(blocks, str) else blocks)]
    batch = _batch(materials)
    columns = [[column.name for column in block.columns()] for block in made]
    values = np.empty((len(batch), sum(map(len, columns))))
    for start in range(0, len(batch), ROWS_AT_A_TIME):
        part = batch.slice(start, start + ROWS_AT_A_TIME)
        computed = [block.compute(part) for block in made]
        parts = [features.values for features in computed]
        np.concatenate(parts, axis=1, out=values[start : start + len(part)])
    return pd.DataFrame(values, columns=[name for block in columns for name in block], copy=False)


def _batch(materials: Materials) -> CompositionBatch:
    if isinstance(materials, CompositionBatch):
        return materials
    if isinstance(materials, str):
        raise InvalidInput(f'one formula, "{materials}", where several are expected: write ["{materials}"]')
    items = list(materials)
    if any(hasattr(item, "composition") or hasattr(item, "element_composition") for item in items):
        return batch_from_compositions([_composition(item, row) for row, item in enumerate(items)])
    parsed = parse_formulas(cast("list[str]", items))
    if parsed.refused:
        first = parsed.refused[0]
        others = len(parsed.refused) - 1
        more = f" ({others} more of {len(items)} cannot be read either)" if others else ""
        raise InvalidInput(f"material {first.row}: {first.detail}{more}")
    return parsed.batch


def _composition(item: object, row: int) -> Composition:
    # A structure has a composition; a composition can leave out its oxidation states.
    composition = getattr(item, "composition", item)
    if not hasattr(composition, "element_composition"):
        raise InvalidInput(
            f"material {row} is a {type(item).__name__}, others are structures or compositions: "
            "give one kind in one call"
        )
    return cast("Composition", composition)
