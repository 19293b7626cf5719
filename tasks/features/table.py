"""Features of a handful or a million materials, in this process: the public `featurize`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.electronic.batch import ElectronicBatch
from matsluice.tasks.features.known_blocks import check_needs, chosen_blocks
from matsluice.tasks.material import (
    CompositionBatch,
    CrystalBatch,
    batch_from_compositions,
    crystals_from_structures,
    parse_formulas,
)
from matsluice.tasks.material.materials import Materials, Needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from pymatgen.core.composition import Composition
    from pymatgen.core.structure import IStructure

    Given = (
        Sequence[str]
        | Sequence[Composition | IStructure]
        | CompositionBatch
        | CrystalBatch
        | ElectronicBatch
        | Materials
    )

# Rows computed at a time. The values of so many compositions stay in the processor's cache; crystals have up to 0.1 MB
# each of neighbours and Voronoi faces while they are computed.
ROWS_AT_A_TIME: Final[Mapping[Needs, int]] = MappingProxyType(
    {"composition": 4096, "structure": 256, "electronic": 256}
)


def featurize(materials: Given, blocks: str | Sequence[str]) -> pd.DataFrame:
    """Return the features of materials as a table, computed in this process.

    Parameters
    ----------
    materials : sequence of str, sequence of pymatgen Composition or Structure, or a batch
        The n materials: formulas, compositions, structures, or a `CompositionBatch`, `CrystalBatch`,
        `ElectronicBatch` or `Materials`. Of a structure the composition is known too.
    blocks : str or sequence of str
        Names of blocks, such as "composition.magpie" or "graph.topology(bonding=crystal_nn)"; `matsluice blocks`
        lists them.

    Returns
    -------
    pandas.DataFrame
        n rows, by position; a float64 column for each feature, named in full; NaN where it is undefined.

    Raises
    ------
    InvalidInput
        For a material that cannot be read (naming its row, the position in it and the reason), an unknown
        block, a block named twice, a block that needs what is not known of the materials.

    Examples
    --------
    >>> table = featurize(["NaCl", "Fe2O3"], ["composition.elemental"])
    >>> table["composition.elemental.mean_atomic_number"].tolist()
    [14.0, 15.2]
    """
    import pandas as pd

    specs = chosen_blocks([blocks] if isinstance(blocks, str) else blocks)
    known = _materials(materials)
    check_needs(specs, known.known, "what is given")
    made = [(spec, spec.make()) for spec in specs]
    columns = [[column.name for column in block.columns()] for _, block in made]
    values = np.empty((len(known), sum(map(len, columns))))
    rows = min(ROWS_AT_A_TIME[spec.needs] for spec in specs)
    for start in range(0, len(known), rows):
        part = known.slice(start, start + rows)
        parts = [block.compute(part.seen_by(spec.needs)).values for spec, block in made]
        np.concatenate(parts, axis=1, out=values[start : start + len(part)])
    return pd.DataFrame(values, columns=[name for block in columns for name in block], copy=False)


def _materials(given: Given) -> Materials:
    if isinstance(given, Materials):
        return given
    if isinstance(given, CompositionBatch):
        return Materials(compositions=given)
    if isinstance(given, CrystalBatch):
        return Materials(compositions=given.compositions(), crystals=given)
    if isinstance(given, ElectronicBatch):
        return Materials(electronic=given)
    if isinstance(given, str):
        raise InvalidInput(f'one formula, "{given}", where several are expected: write ["{given}"]')
    return _read(list(given))


def _read(items: Sequence[object]) -> Materials:
    if items and all(hasattr(item, "lattice") and hasattr(item, "frac_coords") for item in items):
        crystals = crystals_from_structures(cast("Sequence[IStructure]", items))
        return Materials(compositions=crystals.compositions(), crystals=crystals)
    if any(hasattr(item, "composition") or hasattr(item, "element_composition") for item in items):
        return Materials(batch_from_compositions([_composition(item, row) for row, item in enumerate(items)]))
    parsed = parse_formulas(cast("Sequence[str]", items))
    if parsed.refused:
        first = parsed.refused[0]
        others = len(parsed.refused) - 1
        more = f" ({others} more of {len(items)} cannot be read either)" if others else ""
        raise InvalidInput(f"material {first.row}: {first.detail}{more}")
    return Materials(parsed.batch)


def _composition(item: object, row: int) -> Composition:
    # A structure has a composition; a composition can leave out its oxidation states.
    composition = getattr(item, "composition", item)
    if not hasattr(composition, "element_composition"):
        raise InvalidInput(
            f"material {row} is a {type(item).__name__}, others are structures or compositions: "
            "give one kind in one call"
        )
    return cast("Composition", composition)
