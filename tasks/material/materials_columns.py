"""Materials as columns of a table on disk, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.crystal_identity import cell_keys, crystal_keys
from matsluice.tasks.material.crystals import CrystalBatch
from matsluice.tasks.material.formulas import parse_formulas
from matsluice.tasks.material.identity import material_keys, reduced_formulas
from matsluice.tasks.material.key_columns import ALL_KEYS, CELL_KEY, KEY_COLUMNS
from matsluice.tasks.material.materials import Materials, Needs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOATS: Final = pa.large_list(pa.float64())
# The columns from which `materials_of` makes what a block asks for.
VALUE_COLUMNS: Final[Mapping[Needs, tuple[str, ...]]] = {
    "composition": ("formula",),
    "structure": ("lattice", "atomic_numbers", "positions", "occupancies"),
    "electronic": ("electronic",),
}
SCHEMA: Final = pa.schema(
    [
        ("key", pa.string()),
        ("formula", pa.string()),
        *((column, pa.string()) for column in ALL_KEYS),
        ("lattice", _FLOATS),
        ("atomic_numbers", pa.large_list(pa.int16())),
        ("positions", _FLOATS),
        ("occupancies", _FLOATS),
        ("electronic", pa.large_string()),
    ]
)


def materials_table(materials: Materials, *, keys_of_formulas: bool = True) -> pa.Table:
    """Return materials as a table: the key of each, its formula, and what else is known of it.

    Parameters
    ----------
    materials
        n of them.
    keys_of_formulas
        Whether materials of which nothing but the composition is known have keys. They follow from the formula, and
        take as long as all the rest.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> table = materials_table(Materials(parse_formulas(["O3Fe2"]).batch))
    >>> table.column("formula").to_pylist(), sorted(materials_of(table).known)
    (['Fe2O3'], ['composition'])
    """
    n = len(materials)
    columns: dict[str, object] = {name: pa.nulls(n, SCHEMA.field(name).type) for name in SCHEMA.names}
    keys: dict[Needs, list[str]] = {}
    if materials.compositions is not None:
        columns["formula"] = reduced_formulas(materials.compositions)
        if keys_of_formulas or len(materials.known) > 1:
            keys["composition"] = material_keys(materials.compositions)
    if materials.crystals is not None:
        columns |= _crystal_columns(materials.crystals)
        keys["structure"] = crystal_keys(materials.crystals)
        columns[CELL_KEY] = cell_keys(materials.crystals)
    if materials.electronic is not None:
        columns["electronic"] = list(materials.electronic.documents)
        keys["electronic"] = materials.electronic.keys()
    columns |= {KEY_COLUMNS[word]: some for word, some in keys.items()}
    if keys:
        columns["key"] = _identities(keys)
    return pa.table(columns, schema=SCHEMA)


def materials_of(table: pa.Table, needs: Iterable[Needs] = tuple(VALUE_COLUMNS)) -> Materials | None:
    """Return the materials of a table that `materials_table` made, or of some of its rows and columns.

    Parameters
    ----------
    table
        At least the columns that `VALUE_COLUMNS` names for the needs.
    needs
        What of the materials is wanted; what is not known of all of them is left out.

    Returns
    -------
    None where there are no rows.
    """
    if not table.num_rows:
        return None
    known = {word for word in needs if not table.column(VALUE_COLUMNS[word][0]).null_count}
    electronic = None
    if "electronic" in known:
        from matsluice.tasks.electronic.batch import ElectronicBatch

        electronic = ElectronicBatch(tuple(table.column("electronic").to_pylist()))
    return Materials(
        # A formula this project wrote is read again as the same composition.
        parse_formulas(table.column("formula").to_pylist()).batch if "composition" in known else None,
        _crystals(table) if "structure" in known else None,
        electronic,
    )


def _identities(keys: Mapping[Needs, list[str]]) -> list[str]:
    """Return what tells materials apart: the crystal's key includes the composition's."""
    telling = [some for word, some in keys.items() if word != "composition" or "structure" not in keys]
    if len(telling) == 1:
        return telling[0]
    return [
        blake2b("".join(parts).encode(), digest_size=16, person=b"matsluice joined").hexdigest()
        for parts in zip(*telling, strict=True)
    ]


def _crystal_columns(batch: CrystalBatch) -> dict[str, object]:
    return {
        "lattice": _lists(9 * np.arange(len(batch) + 1), batch.lattices.ravel()),
        "atomic_numbers": _lists(batch.offsets, batch.atomic_numbers),
        "positions": _lists(3 * batch.offsets, batch.positions.ravel()),
        "occupancies": _lists(batch.offsets, batch.occupancies),
    }


def _lists(offsets: NDArray[np.int64], values: NDArray[np.generic]) -> pa.Array:
    return pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values))


def _crystals(table: pa.Table) -> CrystalBatch:
    numbers = table.column("atomic_numbers").combine_chunks()
    lengths = np.asarray(numbers.value_lengths(), dtype=np.int64)

    def values(name: str) -> NDArray[np.generic]:
        array: NDArray[np.generic] = (
            table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False)
        )
        return array

    return CrystalBatch(
        values("lattice").reshape(-1, 3, 3),  # type: ignore[arg-type]
        offsets_of(lengths),
        values("atomic_numbers"),  # type: ignore[arg-type]
        values("positions").reshape(-1, 3),  # type: ignore[arg-type]
        values("occupancies"),  # type: ignore[arg-type]
    )
