"""Materials with all that is known of them: composition, crystal, electronic structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from matsluice.tasks.electronic.batch import ElectronicBatch
    from matsluice.tasks.material.batch import CompositionBatch
    from matsluice.tasks.material.crystals import CrystalBatch

    Batch = CompositionBatch | CrystalBatch | ElectronicBatch

Needs = Literal["composition", "structure", "electronic"]


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """n materials; what is not known of them is None.

    Attributes
    ----------
    compositions, crystals, electronic
        A batch of n each.

    Raises
    ------
    ValueError
        Nothing is known, or the batches differ in length.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> materials = Materials(parse_formulas(["NaCl", "Si"]).batch)
    >>> len(materials), sorted(materials.known), len(materials.seen_by("composition"))
    (2, ['composition'], 2)
    """

    compositions: CompositionBatch | None = None
    crystals: CrystalBatch | None = None
    electronic: ElectronicBatch | None = None

    def __post_init__(self) -> None:
        """Check that the batches are of one length."""
        if len({len(batch) for batch in self.known.values()}) != 1:
            raise ValueError("materials need one or more batches of the same length")

    @property
    def known(self) -> dict[Needs, Batch]:
        """What is known, by the word with which a block asks for it."""
        batches: dict[Needs, Batch | None] = {
            "composition": self.compositions,
            "structure": self.crystals,
            "electronic": self.electronic,
        }
        return {word: batch for word, batch in batches.items() if batch is not None}

    def __len__(self) -> int:
        """Return n."""
        return len(next(iter(self.known.values())))

    def seen_by(self, needs: Needs) -> Batch:
        """Return the batch a block computes from.

        Raises
        ------
        InvalidInput
            That is not known of these materials.
        """
        if needs not in self.known:
            raise InvalidInput(
                f"a block needs the {needs} of the materials, and these have their {' and '.join(self.known)} only"
            )
        return self.known[needs]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Materials:
        """Return the materials with these indices, in this order."""
        return Materials(
            None if self.compositions is None else self.compositions.take(rows),
            None if self.crystals is None else self.crystals.take(rows),
            None if self.electronic is None else self.electronic.take(rows),
        )

    def slice(self, start: int, stop: int) -> Materials:
        """Return the materials ``start:stop``, sharing memory."""
        return Materials(
            None if self.compositions is None else self.compositions.slice(start, stop),
            None if self.crystals is None else self.crystals.slice(start, stop),
            None if self.electronic is None else self.electronic.slice(start, stop),
        )
